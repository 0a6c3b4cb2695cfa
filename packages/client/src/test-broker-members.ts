/** The clients of a simulated broker, for the tests of this package. */
import {
  type Answer,
  type CommandDeclaration,
  type Connection,
  codecOf,
  type Exchange,
  type HeaderInit,
  type HeaderSchema,
  HeartbeatData,
  NOTIFY_CONSUMER_IDS_CHANGED,
  type RemotingCommand,
  ResponseCode,
} from '@rocketmq-ts/remoting';

interface Member {
  readonly clientId: string;
  readonly groups: ReadonlySet<string>;
  readonly producers: ReadonlySet<string>;
}

const ASK_TIMEOUT_MS = 60_000;

export class FakeMembers {
  /** Full heartbeats, and those without subscriptions. */
  readonly heartbeats = { full: 0, light: 0 };
  readonly #members = new Map<Connection, Member>();

  /** All connections are gone. */
  clear(): void {
    this.#members.clear();
  }

  clientIds(group: string): string[] {
    return [...this.#members.values()].filter(({ groups }) => groups.has(group)).map(({ clientId }) => clientId);
  }

  /** Settles once the broker has heard of the producer group. */
  hasProducer(group: string): boolean {
    return [...this.#members.values()].some(({ producers }) => producers.has(group));
  }

  /** The connections of the clients that have the producer group. */
  producersOf(group: string): Connection[] {
    return [...this.#members].filter(([, { producers }]) => producers.has(group)).map(([connection]) => connection);
  }

  connectionOf(clientId: string | undefined): Connection | undefined {
    return [...this.#members].find(([, member]) => member.clientId === clientId)?.[0];
  }

  /** Asks a client, and gives its answer. */
  ask<Q extends HeaderSchema | undefined>(
    clientId: string,
    { code, name, request }: CommandDeclaration<Q>,
    values: HeaderInit<Q>,
    body?: Uint8Array,
  ): Promise<RemotingCommand> {
    const connection = this.connectionOf(clientId);
    if (connection === undefined) throw new Error(`no client ${clientId}`);
    const asked = { code, name, codec: request && codecOf(request), values, ...(body === undefined ? {} : { body }) };
    return new Promise((resolve, reject) => {
      connection.request(asked, ASK_TIMEOUT_MS, (error, answer) =>
        answer === undefined ? reject(error) : resolve(answer),
      );
    });
  }

  heartbeat({ connection, command }: Exchange): Answer<never> {
    const { clientID, consumerDataSet, producerDataSet, withoutSub } = HeartbeatData.decode(command.body);
    this.heartbeats[withoutSub ? 'light' : 'full']++;
    const groups = new Set(consumerDataSet.map(({ groupName }) => groupName));
    const isNew = !this.#members.has(connection);
    const producers = new Set(producerDataSet.map(({ groupName }) => groupName));
    this.#members.set(connection, { clientId: clientID, groups, producers });
    if (isNew) this.#notify(groups);
    return { code: ResponseCode.SUCCESS, ext: { IS_SUPPORT_HEART_BEAT_V2: 'true', IS_SUB_CHANGE: 'false' } };
  }

  left(connection: Connection): void {
    const member = this.#members.get(connection);
    this.#members.delete(connection);
    if (member !== undefined) this.#notify(member.groups);
  }

  #notify(groups: ReadonlySet<string>): void {
    const { code, name, request } = NOTIFY_CONSUMER_IDS_CHANGED;
    for (const [connection, member] of this.#members) {
      for (const consumerGroup of groups) {
        if (!member.groups.has(consumerGroup)) continue;
        connection.oneway({ code, name, codec: codecOf(request), values: { consumerGroup } });
      }
    }
  }
}
