/** The queues that a push consumer holds: takes them over, pulls them, gives them up. */
import { type MessageQueue, messageQueueKey } from '@rocketmq-ts/common';
import { RemotingError } from '@rocketmq-ts/remoting';
import type { ClientInstance } from '../client-instance.js';
import { ClientError } from '../errors.js';
import { type Lifetime, settledWithin } from '../lifetime.js';
import type { Consumption } from './consumption.js';
import type { OffsetStore } from './offset-store.js';
import { ProcessQueue } from './process-queue.js';
import type { PullApi } from './pull-api.js';
import { PullLoop } from './pull-loop.js';
import type { ResolvedPullOptions } from './push-consumer-options.js';
import type { QueueLocks } from './queue-locks.js';
import type { QueueHolder } from './rebalancer.js';
import { type ConsumeFrom, startOffset } from './start-offset.js';
import type { Subscriptions } from './subscriptions.js';

/** A queue whose handler takes longer is given up in the background. */
const RELEASE_PATIENCE_MS = 1000;
const RELEASE_POLL_MS = 20;
/** A queue that was not pulled for so long is taken over anew. Source: ProcessQueue#PULL_MAX_IDLE_TIME. */
const PULL_MAX_IDLE_MS = 120_000;

/** How queues are held. */
export interface HoldingOptions {
  readonly isBroadcast: boolean;
  /** Queues are locked at their brokers, and given up only between calls of the handler. */
  readonly isOrderly: boolean;
  /** In the manner of the lite pull consumer: subscriptions travel with pulls, and progress does not. */
  readonly isLite: boolean;
  readonly consumeFrom: ConsumeFrom;
  readonly pull: ResolvedPullOptions;
}

export interface HeldQueuesOptions<T> {
  readonly client: ClientInstance;
  readonly options: HoldingOptions;
  readonly subscriptions: Subscriptions;
  readonly offsets: OffsetStore;
  readonly pullApi: PullApi<T>;
  readonly consumption: () => Consumption<T>;
  readonly locks: QueueLocks;
  readonly lifetime: Lifetime;
  readonly isPaused: () => boolean;
  readonly rebalanceSoon: () => void;
  /** Messages of a topic were pulled. */
  readonly onPulled: (topic: string, count: number, tookMs: number) => void;
  /** A pull failed; it is tried again. */
  readonly onError: (error: unknown) => void;
}

interface Held<T> {
  readonly processQueue: ProcessQueue<T>;
  readonly loop: PullLoop<T>;
}

/** Source: RebalanceImpl#updateProcessQueueTableInRebalance, RebalancePushImpl. */
export class HeldQueues<T> implements QueueHolder {
  readonly #deps: HeldQueuesOptions<T>;
  readonly #held = new Map<string, Held<T>>();
  #countByTopic = new Map<string, number>();

  constructor(deps: HeldQueuesOptions<T>) {
    this.#deps = deps;
  }

  topics(): Iterable<string> {
    return this.#deps.subscriptions.topics;
  }

  held(): readonly MessageQueue[] {
    return [...this.#held.values()].map(({ processQueue }) => processQueue.queue);
  }

  /** What is cached of each queue. */
  *processQueues(): Iterable<ProcessQueue<T>> {
    for (const { processQueue } of this.#held.values()) yield processQueue;
  }

  async acquire(queues: readonly MessageQueue[]): Promise<void> {
    const ours = this.#needsLock ? await this.#deps.locks.lock(queues) : queues;
    await Promise.all(ours.map((queue) => this.#acquire(queue)));
    this.#recount();
  }

  async release(queues: readonly MessageQueue[]): Promise<void> {
    await Promise.all(queues.map((queue) => this.#release(queue)));
    this.#recount();
  }

  /** Commits the progress of all queues. */
  persist(): Promise<void> {
    return this.#deps.offsets.persist(this.held());
  }

  /** Renews the locks. */
  async lockAll(): Promise<void> {
    if (!this.#needsLock || this.#held.size === 0) return;
    const locked = new Set((await this.#deps.locks.lock(this.held())).map(messageQueueKey));
    const nowMs = this.#deps.client.ports.clock.monotonicMs();
    for (const [key, { processQueue }] of this.#held) {
      processQueue.locked = locked.has(key);
      if (processQueue.locked) processQueue.lockedMs = nowMs;
    }
  }

  /** Gives queues up that are no longer pulled, as the next round of rebalancing takes them over anew. */
  async releaseIdle(): Promise<void> {
    if (this.#deps.isPaused()) return;
    const beforeMs = this.#deps.client.ports.clock.now() - PULL_MAX_IDLE_MS;
    const idle = [...this.processQueues()].filter(({ lastPullTimestamp, count }) => {
      return count === 0 && lastPullTimestamp > 0 && lastPullTimestamp < beforeMs;
    });
    if (idle.length === 0) return;
    await this.release(idle.map(({ queue }) => queue));
    this.#deps.rebalanceSoon();
  }

  /** Pulls on at once, after a pause. */
  wake(): void {
    for (const { loop } of this.#held.values()) loop.wake();
  }

  /** Gives up the pulls of all queues, or those of one topic, that are under way; the next ones see what has changed. */
  interrupt(topic?: string): void {
    for (const { processQueue, loop } of this.#held.values()) {
      if (topic === undefined || processQueue.queue.topic === topic) loop.interrupt();
    }
  }

  /** Pulls no more; what is cached stays. */
  stopPulling(): void {
    for (const { loop } of this.#held.values()) loop.stop();
  }

  /** Commits everything and gives all queues up. */
  async close(): Promise<void> {
    const queues = this.held();
    for (const { processQueue, loop } of this.#held.values()) {
      processQueue.dropped = true;
      loop.stop();
    }
    await this.#deps.offsets.persist(queues);
    if (this.#needsLock && queues.length > 0) await this.#deps.locks.unlock(queues);
    this.#held.clear();
  }

  /** Goes on at this offset at once; the broker is told with the next progress. False when the queue is not held. */
  seek(queue: MessageQueue, offset: number): boolean {
    const held = this.#held.get(messageQueueKey(queue));
    if (held === undefined) return false;
    this.#drop(held.processQueue);
    this.#deps.offsets.update(queue, offset);
    this.#hold(queue, offset);
    return true;
  }

  /** Goes on at these offsets, whatever is cached. Queues that are not held are left alone. */
  async reset(offsets: ReadonlyMap<MessageQueue, number>): Promise<void> {
    for (const [queue, offset] of offsets) {
      const held = this.#held.get(messageQueueKey(queue));
      if (held !== undefined) await this.#restartAt(held.processQueue, offset);
    }
    this.#recount();
    this.#deps.rebalanceSoon();
  }

  get #needsLock(): boolean {
    const { isOrderly, isBroadcast } = this.#deps.options;
    return isOrderly && !isBroadcast;
  }

  async #acquire(queue: MessageQueue): Promise<void> {
    const { offsets, lifetime } = this.#deps;
    // Progress of an earlier time is not to be trusted: others may have consumed since.
    offsets.remove(queue);
    const offset = await this.#tryStartOffset(queue);
    if (offset !== undefined && !lifetime.ended) this.#hold(queue, offset);
  }

  #hold(queue: MessageQueue, offset: number): void {
    const { client, options } = this.#deps;
    const processQueue = new ProcessQueue<T>(queue);
    processQueue.locked = this.#needsLock;
    processQueue.lockedMs = client.ports.clock.monotonicMs();
    const loop = this.#loopOf(processQueue, offset);
    this.#held.set(messageQueueKey(queue), { processQueue, loop });
    client.options.logger.info('queue taken over', { ...queue, offset, isOrderly: options.isOrderly });
    loop.run().catch((error: unknown) => {
      client.options.logger.error('pulling ended with a bug', { ...queue, error });
      this.#drop(processQueue);
    });
  }

  async #tryStartOffset(queue: MessageQueue): Promise<number | undefined> {
    const { client, offsets, options } = this.#deps;
    try {
      return await startOffset(client, offsets, queue, options.consumeFrom);
    } catch (error) {
      if (!(error instanceof ClientError) && !(error instanceof RemotingError)) throw error;
      client.options.logger.warn('queue not taken over: where to start is not known', { ...queue, error });
      return undefined;
    }
  }

  #loopOf(processQueue: ProcessQueue<T>, offset: number): PullLoop<T> {
    const { client, pullApi, offsets, options, subscriptions, isPaused } = this.#deps;
    const { topic } = processQueue.queue;
    return new PullLoop({
      client,
      pullApi,
      processQueue,
      offsets,
      limits: options.pull,
      startOffset: offset,
      isBroadcast: options.isBroadcast,
      isLite: options.isLite,
      needsLock: this.#needsLock,
      subscription: () => subscriptions.of(topic),
      isPaused,
      queuesOfTopic: () => this.#countByTopic.get(topic) ?? 1,
      cachedInAll: () => this.#cachedInAll(),
      onError: this.#deps.onError,
      onMessages: (queue, messages, tookMs) => {
        this.#deps.onPulled(topic, messages.length, tookMs);
        this.#deps.consumption().submit(queue, messages);
      },
      onOffsetIllegal: async (queue, nextOffset) => {
        client.options.logger.warn('the queue does not have the offset', { ...queue.queue, nextOffset });
        await this.#restartAt(queue, nextOffset);
        this.#deps.rebalanceSoon();
      },
    });
  }

  #cachedInAll(): number {
    let count = 0;
    for (const { processQueue } of this.#held.values()) count += processQueue.count;
    return count;
  }

  /** Gives the queue up with this progress, so that it is taken over again there. */
  async #restartAt(processQueue: ProcessQueue<T>, offset: number): Promise<void> {
    const { offsets } = this.#deps;
    this.#drop(processQueue);
    offsets.update(processQueue.queue, offset);
    await offsets.persist([processQueue.queue]);
    offsets.remove(processQueue.queue);
  }

  #drop(processQueue: ProcessQueue<T>): void {
    const key = messageQueueKey(processQueue.queue);
    const held = this.#held.get(key);
    processQueue.dropped = true;
    if (held?.processQueue !== processQueue) return;
    held.loop.stop();
    this.#held.delete(key);
  }

  async #release(queue: MessageQueue): Promise<void> {
    const { client, rebalanceSoon } = this.#deps;
    const held = this.#held.get(messageQueueKey(queue));
    if (held === undefined || held.processQueue.leaving) return;
    held.loop.stop();
    held.processQueue.leaving = true;
    const leaving = this.#leave(held.processQueue);
    if (await settledWithin(client.ports.clock, leaving, RELEASE_PATIENCE_MS)) return;
    // It may have become ours again meanwhile.
    leaving.then(rebalanceSoon, (error: unknown) => client.options.logger.error('release failed', { ...queue, error }));
  }

  async #leave(processQueue: ProcessQueue<T>): Promise<void> {
    const { client, offsets, locks } = this.#deps;
    const { queue } = processQueue;
    if (this.#needsLock && !(await this.#becomesIdle(processQueue))) return;
    processQueue.dropped = true;
    await offsets.persist([queue]);
    offsets.remove(queue);
    if (this.#needsLock) await locks.unlock([queue]);
    this.#drop(processQueue);
    client.options.logger.info('queue given up', { ...queue });
  }

  /** In order, the next owner must not start before our handler has ended. False at the end of the lifetime. */
  async #becomesIdle(processQueue: ProcessQueue<T>): Promise<boolean> {
    const { lifetime, consumption } = this.#deps;
    while (!consumption().isIdle(processQueue)) {
      if (lifetime.ended) return false;
      await lifetime.pause(RELEASE_POLL_MS);
    }
    return true;
  }

  #recount(): void {
    const counts = new Map<string, number>();
    for (const { topic } of this.held()) counts.set(topic, (counts.get(topic) ?? 0) + 1);
    this.#countByTopic = counts;
  }
}
