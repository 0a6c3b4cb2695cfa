/** Progress of a group kept by the brokers of its queues. */
import { type MessageQueue, messageQueueKey } from '@rocketmq-ts/common';
import { QUERY_CONSUMER_OFFSET, RemotingError, ResponseCode, UPDATE_CONSUMER_OFFSET } from '@rocketmq-ts/remoting';
import type { ClientInstance } from '../client-instance.js';
import { BrokerError, ClientError } from '../errors.js';
import type { OffsetStore } from './offset-store.js';

interface Progress {
  offset: number;
  /** What the broker was told last. */
  persisted: number | undefined;
}

/** Only what has changed is told. Source: RemoteBrokerOffsetStore. */
export class RemoteOffsetStore implements OffsetStore {
  readonly #client: ClientInstance;
  readonly #group: string;
  readonly #progress = new Map<string, Progress>();

  constructor(client: ClientInstance, group: string) {
    this.#client = client;
    this.#group = group;
  }

  load(): void {}

  update(queue: MessageQueue, offset: number): void {
    const key = messageQueueKey(queue);
    const known = this.#progress.get(key);
    if (known === undefined) this.#progress.set(key, { offset, persisted: undefined });
    else known.offset = offset;
  }

  peek(queue: MessageQueue): number | undefined {
    return this.#progress.get(messageQueueKey(queue))?.offset;
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
    await Promise.all([...queues].map((queue) => this.#persist(queue)));
  }

  remove(queue: MessageQueue): void {
    this.#progress.delete(messageQueueKey(queue));
  }

  async #persist(queue: MessageQueue): Promise<void> {
    const progress = this.#progress.get(messageQueueKey(queue));
    if (progress === undefined || progress.offset === progress.persisted) return;
    const { offset } = progress;
    try {
      await this.#commit(queue, offset);
      progress.persisted = offset;
    } catch (error) {
      if (!(error instanceof ClientError) && !(error instanceof RemotingError)) throw error;
      this.#client.options.logger.warn('offset not committed', { group: this.#group, ...queue, offset, error });
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
