/** Finds out, again and again, which queues are this member's, and sees that it holds just those. */
import { compareMessageQueues, isRetryTopic, type MessageQueue, messageQueueKey } from '@rocketmq-ts/common';
import { RemotingError } from '@rocketmq-ts/remoting';
import type { ClientInstance } from '../client-instance.js';
import { ClientError, TopicNotFoundError } from '../errors.js';
import type { Lifetime } from '../lifetime.js';
import type { AllocationStrategy } from './allocate/allocation-strategy.js';
import { consumerIdsOf } from './broker-calls.js';

/** Who holds queues. */
export interface QueueHolder {
  /** The topics whose queues are wanted, with the namespace. */
  topics(): Iterable<string>;
  /** The queues held now. */
  held(): readonly MessageQueue[];
  /** Gives queues up; those that cannot be given up yet stay held. */
  release(queues: readonly MessageQueue[]): Promise<void>;
  /** Takes queues over; those that cannot be taken yet are not held afterwards. */
  acquire(queues: readonly MessageQueue[]): Promise<void>;
}

export interface RebalancerOptions {
  readonly client: ClientInstance;
  /** With the namespace. */
  readonly group: string;
  readonly strategy: AllocationStrategy;
  /** Everyone gets all queues. */
  readonly isBroadcast: boolean;
  readonly intervalMs: number;
  readonly holder: QueueHolder;
  readonly lifetime: Lifetime;
  /** A round has changed which queues are held. */
  readonly onChange: (change: { assigned: readonly MessageQueue[]; revoked: readonly MessageQueue[] }) => void;
}

const SHORTEST_RETRY_MS = 1000;
/** Locks of a member that was lost become free at some moment: its queues should not wait long beyond it. */
const LONGEST_RETRY_MS = 5000;
/** Several changes at once make one round. */
const GATHER_MS = 50;

/** Source: RebalanceService, RebalanceImpl. */
export class Rebalancer {
  readonly #options: RebalancerOptions;
  #isWanted = false;
  #unbalancedRounds = 0;
  #round: Promise<boolean> | undefined;

  constructor(options: RebalancerOptions) {
    this.#options = options;
  }

  /** Goes on until the end of the lifetime. */
  async run(): Promise<void> {
    const { lifetime, intervalMs } = this.#options;
    while (!lifetime.ended) {
      this.#isWanted = false;
      const isBalanced = await this.rebalance();
      this.#unbalancedRounds = isBalanced ? 0 : this.#unbalancedRounds + 1;
      const retryMs = SHORTEST_RETRY_MS * 2 ** Math.min(this.#unbalancedRounds - 1, 5);
      if (!this.#isWanted)
        await lifetime.pause(isBalanced ? intervalMs : Math.min(retryMs, LONGEST_RETRY_MS, intervalMs));
      if (this.#isWanted) await lifetime.pause(GATHER_MS);
    }
  }

  /** A round is wanted before the interval is over. */
  soon(): void {
    if (this.#isWanted) return;
    this.#isWanted = true;
    this.#unbalancedRounds = 0;
    this.#options.lifetime.wake();
  }

  /** One round; true when all queues are where they belong. Never two rounds at a time. */
  async rebalance(): Promise<boolean> {
    while (this.#round !== undefined) await this.#round;
    this.#round = this.#watched().finally(() => {
      this.#round = undefined;
    });
    return this.#round;
  }

  async #watched(): Promise<boolean> {
    const { holder, onChange } = this.#options;
    const before = holder.held();
    const isBalanced = await this.#rebalance();
    const after = holder.held();
    const assigned = without(after, before);
    const revoked = without(before, after);
    if (assigned.length > 0 || revoked.length > 0) onChange({ assigned, revoked });
    return isBalanced;
  }

  async #rebalance(): Promise<boolean> {
    const { holder } = this.#options;
    const topics = [...holder.topics()];
    let isBalanced = true;
    await this.#releaseAllBut((queue) => topics.includes(queue.topic));
    for (const topic of topics) {
      const mine = await this.#tryAllocate(topic);
      if (mine === undefined) {
        isBalanced = false;
        continue;
      }
      const keys = new Set(mine.map(messageQueueKey));
      await this.#releaseAllBut((queue) => queue.topic !== topic || keys.has(messageQueueKey(queue)));
      const held = new Set(holder.held().map(messageQueueKey));
      const missing = mine.filter((queue) => !held.has(messageQueueKey(queue)));
      if (missing.length > 0 && !this.#options.lifetime.ended) await holder.acquire(missing);
      // A configured allocation gives the same queues for every topic, also those of others.
      const now = holder.held();
      const left = now.filter((queue) => queue.topic === topic && !keys.has(messageQueueKey(queue)));
      if (left.length > 0 || without(mine, now).length > 0) isBalanced = false;
    }
    return isBalanced;
  }

  async #releaseAllBut(isKept: (queue: MessageQueue) => boolean): Promise<void> {
    const leaving = this.#options.holder.held().filter((queue) => !isKept(queue));
    if (leaving.length > 0) await this.#options.holder.release(leaving);
  }

  /** This member's queues; undefined when that cannot be found out now. */
  async #tryAllocate(topic: string): Promise<readonly MessageQueue[] | undefined> {
    const { client, group } = this.#options;
    try {
      return await this.#allocate(topic);
    } catch (error) {
      if (!(error instanceof ClientError) && !(error instanceof RemotingError)) throw error;
      const isExpected = error instanceof TopicNotFoundError && isRetryTopic(topic);
      const log = isExpected ? client.options.logger.debug : client.options.logger.warn;
      log.call(client.options.logger, 'queues not allocated', { group, topic, error });
      return undefined;
    }
  }

  async #allocate(topic: string): Promise<readonly MessageQueue[]> {
    const { client, group, strategy, isBroadcast } = this.#options;
    const route = await client.routes.get(topic);
    if (isBroadcast || route.subscribeQueues.length === 0) return route.subscribeQueues;
    const clientIds = [...(await consumerIdsOf(client, group, route))].sort();
    const queues = [...route.subscribeQueues].sort(compareMessageQueues);
    return strategy.allocate({ group, clientId: client.clientId, queues, clientIds });
  }
}

function without(queues: readonly MessageQueue[], others: readonly MessageQueue[]): MessageQueue[] {
  const keys = new Set(others.map(messageQueueKey));
  return queues.filter((queue) => !keys.has(messageQueueKey(queue)));
}
