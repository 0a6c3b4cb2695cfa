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
    const { remoting, routes, options, clientId } = this.#client;
    const address = await routes.mustMasterOf(queues[0]!);
    const body = LockBatchRequestBody.encode({
      consumerGroup: this.#group,
      clientId,
      onlyThisBroker: false,
      mqSet: queues,
    });
    const bname = routes.brokerNameOf(queues[0]!);
    const answer = await remoting.invoke(
      address,
      LOCK_BATCH_MQ,
      { bname },
      { timeoutMs: options.requestTimeoutMs, body },
    );
    const locked = LockBatchResponseBody.decode(mustSucceed(answer, 'lock of queues').body).lockOKMQSet;
    return queues.filter((queue) => locked.some((other) => isSameMessageQueue(queue, other)));
  }

  async #unlock(queues: readonly MessageQueue[]): Promise<void> {
    const { remoting, routes, options, clientId } = this.#client;
    const address = await routes.mustMasterOf(queues[0]!);
    const body = UnlockBatchRequestBody.encode({
      consumerGroup: this.#group,
      clientId,
      onlyThisBroker: false,
      mqSet: queues,
    });
    const bname = routes.brokerNameOf(queues[0]!);
    const answer = await remoting.invoke(
      address,
      UNLOCK_BATCH_MQ,
      { bname },
      { timeoutMs: options.requestTimeoutMs, body },
    );
    mustSucceed(answer, 'unlock of queues');
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
