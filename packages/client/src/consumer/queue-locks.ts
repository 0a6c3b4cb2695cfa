/** Locks on queues, so that one member of the group alone consumes a queue in order. */
import { isSameMessageQueue, type MessageQueue } from '@rocketmq-ts/common';
import {
  LOCK_BATCH_MQ,
  LockBatchRequestBody,
  LockBatchResponseBody,
  RemotingError,
  UNLOCK_BATCH_MQ,
  UnlockBatchRequestBody,
} from '@rocketmq-ts/remoting';
import type { ClientInstance } from '../client-instance.js';
import { ClientError } from '../errors.js';
import { mustSucceed } from './broker-calls.js';

/** A lock that was not renewed for so long is not relied on. Source: ProcessQueue#REBALANCE_LOCK_MAX_LIVE_TIME. */
export const LOCK_LIFE_MS = 30_000;

/** Source: RebalanceImpl#lock, #lockAll, #unlock. */
export class QueueLocks {
  readonly #client: ClientInstance;
  readonly #group: string;

  constructor(client: ClientInstance, group: string) {
    this.#client = client;
    this.#group = group;
  }

  /** Locks queues, or renews their locks; the answer are those that are ours now. Brokers that cannot be asked give none. */
  async lock(queues: readonly MessageQueue[]): Promise<readonly MessageQueue[]> {
    const locked = await Promise.all(this.#byBroker(queues).map((part) => this.#attempt(part, () => this.#lock(part))));
    return locked.flatMap((part) => part ?? []);
  }

  /** Gives locks back; what fails expires at the broker by itself. */
  async unlock(queues: readonly MessageQueue[]): Promise<void> {
    await Promise.all(this.#byBroker(queues).map((part) => this.#attempt(part, () => this.#unlock(part))));
  }

  async #lock(queues: readonly MessageQueue[]): Promise<readonly MessageQueue[]> {
    const body = LockBatchRequestBody.encode(this.#request(queues));
    const answer = await this.#ask(LOCK_BATCH_MQ, queues, body);
    const locked = LockBatchResponseBody.decode(mustSucceed(answer, 'lock of queues').body).lockOKMQSet;
    return queues.filter((queue) => locked.some((other) => isSameMessageQueue(queue, other)));
  }

  async #unlock(queues: readonly MessageQueue[]): Promise<void> {
    const body = UnlockBatchRequestBody.encode(this.#request(queues));
    mustSucceed(await this.#ask(UNLOCK_BATCH_MQ, queues, body), 'unlock of queues');
  }

  #request(queues: readonly MessageQueue[]) {
    return { consumerGroup: this.#group, clientId: this.#client.clientId, onlyThisBroker: false, mqSet: queues };
  }

  /** Asks the master of the queues, which are all of one broker. */
  async #ask(command: typeof LOCK_BATCH_MQ | typeof UNLOCK_BATCH_MQ, queues: readonly MessageQueue[], body: Buffer) {
    const { remoting, routes, options } = this.#client;
    const address = await routes.mustMasterOf(queues[0]!);
    const header = { bname: routes.brokerNameOf(queues[0]!) };
    return remoting.invoke(address, command, header, { timeoutMs: options.requestTimeoutMs, body });
  }

  async #attempt<R>(queues: readonly MessageQueue[], call: () => Promise<R>): Promise<R | undefined> {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof ClientError) && !(error instanceof RemotingError)) throw error;
      this.#client.options.logger.warn('queues not locked or unlocked', { group: this.#group, queues, error });
      return undefined;
    }
  }

  #byBroker(queues: readonly MessageQueue[]): MessageQueue[][] {
    const parts = new Map<string, MessageQueue[]>();
    for (const queue of queues) {
      const brokerName = this.#client.routes.brokerNameOf(queue);
      const part = parts.get(brokerName);
      if (part === undefined) parts.set(brokerName, [queue]);
      else part.push(queue);
    }
    return [...parts.values()];
  }
}
