/** What the producers and consumers of one client share: connections, routes, heartbeats, and the ear for brokers. */
import {
  Compressors,
  MessageConst,
  parseIp,
  type Random,
  type Timer,
  Turn,
  UniqueIdGenerator,
  withoutNamespace,
} from '@rocketmq-ts/common';
import { Dispatcher, RemotingClient, RemotingError, UNREGISTER_CLIENT } from '@rocketmq-ts/remoting';
import type { ClientMember, ConsumerMember, TransactionCheck } from './client-member.js';
import { type ClientOptions, type ResolvedClientOptions, resolveClientOptions } from './client-options.js';
import { bytes, type Codec } from './codec.js';
import { BROKER_REQUEST_LANES, brokerRequestProcessors } from './connection/broker-requests.js';
import { Heartbeats } from './connection/heartbeats.js';
import { discoverNameServers } from './connection/name-server-discovery.js';
import { NameServers } from './connection/name-servers.js';
import { PendingReplies } from './connection/pending-replies.js';
import { requestSigner } from './connection/request-signer.js';
import { decodeRecord, needsLoading } from './consumer/record-decoding.js';
import { ClientClosedError, InvalidArgumentError, NameServerUnreachableError } from './errors.js';
import { LinkEventSource } from './observe/client-events.js';
import { type ClientPorts, nodePorts } from './ports.js';
import { RouteTable } from './route/route-table.js';

/**
 * One client of a cluster. Producers and consumers make their own unless they
 * are given one to share; whoever makes it closes it. Source: MQClientInstance.
 */
export class ClientInstance implements AsyncDisposable {
  readonly options: ResolvedClientOptions;
  readonly ports: ClientPorts;
  /** How brokers name this client: `ip@instance[@unit]`. */
  readonly clientId: string;
  readonly remoting: RemotingClient;
  readonly nameServers: NameServers;
  readonly routes: RouteTable;
  readonly compressors = new Compressors();
  /** Ids of new messages. */
  readonly uniqueIds: UniqueIdGenerator;
  /** Requests that wait for their replies. */
  readonly replies: PendingReplies;
  /** What happens to connections and routes. */
  readonly events: LinkEventSource;
  readonly #heartbeats: Heartbeats;
  readonly #members = new Map<string, ClientMember>();
  readonly #closing = new AbortController();
  #timers: Timer[] = [];

  /** `ports` are for tests. @throws InvalidArgumentError */
  constructor(options: ClientOptions, ports?: ClientPorts) {
    this.options = resolveClientOptions(options);
    const { logger, requestTimeoutMs: timeoutMs } = this.options;
    this.ports = ports ?? nodePorts(logger);
    this.clientId = clientIdOf(this.options, this.ports);
    this.replies = new PendingReplies(this.ports.clock);
    this.events = new LinkEventSource(logger);
    this.remoting = this.#makeRemoting();
    this.nameServers = this.#makeNameServers();
    this.routes = new RouteTable({ nameServers: this.nameServers, clock: this.ports.clock, logger });
    this.routes.onChange(({ topic }) => this.#routeChanged(topic));
    this.uniqueIds = this.#makeUniqueIds();
    this.#heartbeats = new Heartbeats({
      remoting: this.remoting,
      clientId: this.clientId,
      timeoutMs,
      logger,
      brokers: () => this.routes.brokers,
      producers: () => this.#kind('producer').map(({ group }) => ({ groupName: group })),
      consumers: () => this.#kind('consumer').map((consumer) => consumer.consumerData()),
    });
  }

  get closed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** @throws InvalidArgumentError when the client has a member of this kind and group already. */
  register(member: ClientMember): void {
    if (this.closed) throw new ClientClosedError('the client');
    const key = `${member.kind} ${member.group}`;
    if (this.#members.has(key)) {
      throw new InvalidArgumentError(`group: this client has a ${member.kind} of group '${member.group}' already`);
    }
    this.#members.set(key, member);
    if (this.#timers.length === 0) this.#startTimers();
  }

  /** Takes a member out and tells all brokers. */
  async unregister(member: ClientMember): Promise<void> {
    if (!this.#members.delete(`${member.kind} ${member.group}`)) return;
    const groups = member.kind === 'producer' ? { producerGroup: member.group } : { consumerGroup: member.group };
    const timeoutMs = this.options.requestTimeoutMs;
    const leave = async (address: string): Promise<void> => {
      try {
        await this.remoting.invoke(address, UNREGISTER_CLIENT, { clientID: this.clientId, ...groups }, { timeoutMs });
      } catch (error) {
        if (!(error instanceof RemotingError)) throw error;
        // The broker will notice by itself: the connection goes, or no heartbeat comes.
        this.options.logger.debug('broker not told of the leaving client', { address, error });
      }
    };
    await Promise.all(this.remoting.connectedAddresses.filter((address) => this.#isBroker(address)).map(leave));
  }

  /** The topics of all members. */
  *topics(): Iterable<string> {
    for (const member of this.#members.values()) yield* member.topics();
  }

  /** Announces all members now. */
  heartbeat(): Promise<void> {
    return this.#heartbeats.sendAll();
  }

  /** The version of a broker, as `MQVersion` numbers them; undefined when it cannot be found out. */
  brokerVersion(address: string): Promise<number | undefined> {
    return this.#heartbeats.version(address);
  }

  /** A request to a broker timed out: finds out whether the connection is dead. */
  suspect(address: string): void {
    this.#background(this.#heartbeats.probe(address), 'probe');
  }

  /** Ends all connections. Members should have been closed before. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.#closing.abort(new ClientClosedError('the client'));
    for (const timer of this.#timers) timer.cancel();
    this.#timers = [];
    this.replies.close(new ClientClosedError('the client'));
    for (const member of [...this.#members.values()]) await this.unregister(member);
    this.remoting.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #makeRemoting(): RemotingClient {
    const { clock, net, random } = this.ports;
    const { logger, connectTimeoutMs, serializeType, tls, proxyFor, credentials, namespaceV2 } = this.options;
    const processors = brokerRequestProcessors({
      clientId: this.clientId,
      clock,
      logger,
      replies: this.replies,
      checkTransaction: (header, record, address) => this.#checkTransaction(header, record, address),
      consumerOf: (group) => this.#consumerOf(group),
    });
    return new RemotingClient({
      clock,
      net,
      turn: new Turn(clock),
      logger,
      dispatcher: new Dispatcher({ logger, processors, lanes: BROKER_REQUEST_LANES }),
      connectTimeoutMs,
      serializeType,
      tls,
      proxyFor,
      random,
      signer: requestSigner(credentials, namespaceV2),
      onConnectionOpened: (address) => {
        this.events.emit('connected', { address });
        if (this.#isBroker(address)) this.#background(this.#heartbeats.connectionOpened(address), 'heartbeat');
      },
      onConnectionClosed: (address, error) => this.events.emit('disconnected', { address, error }),
    });
  }

  /** In any order, so that the clients of a cluster spread over its name servers. */
  #makeNameServers(): NameServers {
    const { random, http } = this.ports;
    const { nameServers, nameServerDomain, requestTimeoutMs: timeoutMs } = this.options;
    const { signal } = this.#closing;
    return new NameServers({
      remoting: this.remoting,
      addresses: shuffled(nameServers, random),
      timeoutMs,
      discover:
        nameServerDomain === undefined
          ? undefined
          : async () => shuffled(await discoverNameServers(http, nameServerDomain.url, signal), random),
    });
  }

  #makeUniqueIds(): UniqueIdGenerator {
    const { clock, random, pid } = this.ports;
    const ip = parseIp((this.options.clientIp ?? this.ports.localAddress).replace(/^\[|\]$/g, ''));
    return new UniqueIdGenerator({ clock, random, pid, ...(ip === undefined ? {} : { ip }) });
  }

  #startTimers(): void {
    const { clock } = this.ports;
    const { routeRefreshIntervalMs, heartbeatIntervalMs, nameServerDomain } = this.options;
    const every = (intervalMs: number, what: string, work: () => Promise<void>): Timer =>
      clock.setRepeating(intervalMs, () => this.#background(work(), what), { background: true });
    this.#timers = [
      every(routeRefreshIntervalMs, 'route refresh', () => this.#refreshRoutes()),
      every(heartbeatIntervalMs, 'heartbeat', () => this.heartbeat()),
    ];
    if (nameServerDomain === undefined) return;
    this.#timers.push(every(nameServerDomain.refreshIntervalMs, 'name server discovery', () => this.#rediscover()));
  }

  async #rediscover(): Promise<void> {
    try {
      const { nameServers } = this;
      if (await nameServers.rediscover()) {
        this.options.logger.info('the name servers are others now', { nameServers: nameServers.addresses });
      }
    } catch (error) {
      if (!(error instanceof NameServerUnreachableError)) throw error;
      this.options.logger.warn('the name servers were not found out anew', { error });
    }
  }

  #refreshRoutes(): Promise<void> {
    return this.routes.refreshAll(this.topics());
  }

  #routeChanged(topic: string): void {
    this.events.emit('routeChanged', { topic });
    for (const consumer of this.#kind('consumer')) consumer.rebalanceSoon();
  }

  #isBroker(address: string): boolean {
    for (const addresses of this.routes.brokers.values()) {
      for (const known of addresses.values()) if (known === address) return true;
    }
    return false;
  }

  async #checkTransaction(header: TransactionCheck['header'], record: Buffer, address: string): Promise<void> {
    const { namespace = '' } = this.options;
    const message = decodeRecord(record, header.bname ?? '', {
      codec: bytes as Codec<Buffer>,
      compressors: this.compressors,
      topicOf: (topic) => withoutNamespace(topic, namespace),
    });
    const group = message.property(MessageConst.PROPERTY_PRODUCER_GROUP);
    const member = this.#members.get(`producer ${group}`);
    if (member?.kind !== 'producer') {
      this.options.logger.warn('a check of a transaction for no producer of this client', { group, address });
      return;
    }
    if (needsLoading(message.sysFlag)) await this.compressors.loadAll();
    await member.checkTransaction({ header, message, address });
  }

  #consumerOf(group: string): ConsumerMember | undefined {
    const member = this.#members.get(`consumer ${group}`);
    return member?.kind === 'consumer' ? member : undefined;
  }

  #kind<K extends ClientMember['kind']>(kind: K): Extract<ClientMember, { kind: K }>[] {
    return [...this.#members.values()].filter(
      (member): member is Extract<ClientMember, { kind: K }> => member.kind === kind,
    );
  }

  /** Work that nobody waits for: its failure is a bug, and said so. */
  #background(work: Promise<void>, what: string): void {
    work.catch((error: unknown) => this.options.logger.error(`${what} failed`, { clientId: this.clientId, error }));
  }
}

function clientIdOf(options: ResolvedClientOptions, { localAddress, pid, clock, random }: ClientPorts): string {
  const instance = options.instanceName ?? `${pid}#${clock.now()}${random.nextInt(1_000_000)}`;
  const unit = options.unitName === undefined ? '' : `@${options.unitName}`;
  return `${options.clientIp ?? localAddress}@${instance}${unit}`;
}

function shuffled(addresses: readonly string[], random: Random): readonly string[] {
  const list = [...addresses];
  for (let i = list.length - 1; i > 0; i--) {
    const j = random.nextInt(i + 1);
    [list[i], list[j]] = [list[j]!, list[i]!];
  }
  return list;
}
