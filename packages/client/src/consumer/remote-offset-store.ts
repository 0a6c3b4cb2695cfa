/** Progress of a group kept by the brokers of its queues. */
import { type MessageQueue, messageQueueKey } from '@rocketmq-ts/common';
import { QUERY_CONSUMER_OFFSET, RemotingError, ResponseCode, UPDATE_CONSUMER_OFFSET } from '@rocketmq-ts/remoting';
import type { ClientInstance } from '../client-instance.js';
import { BrokerError, ClientError } from '../errors.js';
import type { OffsetStore } from './offset-store.js';

/** Progress on its way to the broker. */
interface Told {
  readonly queue: MessageQueue;
  readonly offset: number;
}

/** Also what has not changed is told again: a broker that was killed may have forgotten it. Source: RemoteBrokerOffsetStore. */
export class RemoteOffsetStore implements OffsetStore {
  readonly #client: ClientInstance;
  readonly #group: string;
  readonly #progress = new Map<string, number>();
  /** Topics, each at a broker, of which the broker has progress of the group. */
  readonly #introduced = new Set<string>();
  /** First commits that are under way. */
  readonly #introducing = new Map<string, Promise<boolean>>();

  constructor(client: ClientInstance, group: string) {
    this.#client = client;
    this.#group = group;
  }

  load(): void {}

  update(queue: MessageQueue, offset: number): void {
    this.#progress.set(messageQueueKey(queue), offset);
  }

  peek(queue: MessageQueue): number | undefined {
    return this.#progress.get(messageQueueKey(queue));
  }

  async fetch(queue: MessageQueue): Promise<number | undefined> {
    const { routes, remoting, options } = this.#client;
    const { address } = await routes.mustAddressOf(queue);
    const { topic, queueId } = queue;
    const answer = await remoting.invoke(
      address,
      QUERY_CONSUMER_OFFSET,
      { consumerGroup: this.#group, topic, queueId, bname: routes.brokerNameOf(queue) },
      { timeoutMs: options.requestTimeoutMs },
    );
    if (answer.code === ResponseCode.QUERY_NOT_FOUND) return undefined;
    if (answer.code !== ResponseCode.SUCCESS) {
      const what = `offset of group '${this.#group}' on queue ${queueId} of topic '${topic}'`;
      throw new BrokerError(answer.code, answer.remark, answer.address, what);
    }
    return answer.header().offset;
  }

  async persist(queues: Iterable<MessageQueue>): Promise<void> {
    const byTopic = new Map<string, Told[]>();
    for (const queue of queues) {
      const offset = this.peek(queue);
      if (offset === undefined) continue;
      const topic = `${queue.topic}@${queue.brokerName}`;
      const told = byTopic.get(topic);
      if (told === undefined) byTopic.set(topic, [{ queue, offset }]);
      else told.push({ queue, offset });
    }
    await Promise.all([...byTopic].map(([topic, told]) => this.#tellTopic(topic, told)));
  }

  remove(queue: MessageQueue): void {
    this.#progress.delete(messageQueueKey(queue));
  }

  /**
   * The first commit for a topic at a broker goes alone: of two that come at the same time Apache's broker keeps only
   * one, and answers both with success. Source: ConsumerOffsetManager#commitOffset.
   */
  async #tellTopic(topic: string, [first, ...others]: readonly Told[]): Promise<void> {
    while (this.#introducing.has(topic)) await this.#introducing.get(topic);
    if (this.#introduced.has(topic)) others.push(first!);
    else await this.#introduce(topic, first!);
    await Promise.all(others.map((told) => this.#tell(told)));
  }

  async #introduce(topic: string, told: Told): Promise<void> {
    const introducing = this.#tell(told);
    this.#introducing.set(topic, introducing);
    try {
      if (await introducing) this.#introduced.add(topic);
    } finally {
      this.#introducing.delete(topic);
    }
  }

  /** False when the broker could not be told. */
  async #tell({ queue, offset }: Told): Promise<boolean> {
    try {
      await this.#commit(queue, offset);
      return true;
    } catch (error) {
      if (!(error instanceof ClientError) && !(error instanceof RemotingError)) throw error;
      this.#client.options.logger.warn('offset not committed', { group: this.#group, ...queue, offset, error });
      return false;
    }
  }

  async #commit(queue: MessageQueue, commitOffset: number): Promise<void> {
    const { routes, remoting, options } = this.#client;
    const { address } = await routes.mustAddressOf(queue);
    const { topic, queueId } = queue;
    const answer = await remoting.invoke(
      address,
      UPDATE_CONSUMER_OFFSET,
      { consumerGroup: this.#group, topic, queueId, commitOffset, bname: routes.brokerNameOf(queue) },
      { timeoutMs: options.requestTimeoutMs },
    );
    if (answer.code !== ResponseCode.SUCCESS) {
      const what = `commit of offset ${commitOffset} of group '${this.#group}' on queue ${queueId} of topic '${topic}'`;
      throw new BrokerError(answer.code, answer.remark, answer.address, what);
    }
  }
}
