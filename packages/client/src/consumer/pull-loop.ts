/** Brings the messages of one queue, for as long as this member holds it. */

import { MalformedDataError } from '@rocketmq-ts/common';
import type { SubscriptionData } from '@rocketmq-ts/filter';
import { RemotingConnectError, RemotingError, RemotingTimeoutError, ResponseCode } from '@rocketmq-ts/remoting';
import type { ClientInstance } from '../client-instance.js';
import { BrokerError, ClientError } from '../errors.js';
import { Lifetime } from '../lifetime.js';
import type { OffsetStore } from './offset-store.js';
import type { ProcessQueue } from './process-queue.js';
import type { PullApi, PullResult } from './pull-api.js';
import type { ResolvedPullOptions } from './push-consumer-options.js';
import type { ReceivedMessage } from './received-message.js';

const FULL_PAUSE_MS = 50;
const PAUSED_PAUSE_MS = 1000;
const UNLOCKED_PAUSE_MS = 1000;
const FLOW_CONTROL_PAUSE_MS = 20;
const FIRST_ERROR_PAUSE_MS = 100;
const LONGEST_ERROR_PAUSE_MS = 3000;

export interface PullLoopOptions<T> {
  readonly client: ClientInstance;
  readonly pullApi: PullApi<T>;
  readonly processQueue: ProcessQueue<T>;
  readonly offsets: OffsetStore;
  readonly limits: ResolvedPullOptions;
  readonly startOffset: number;
  readonly isBroadcast: boolean;
  /** Subscriptions travel with pulls, and progress does not. */
  readonly isLite: boolean;
  /** Only locked queues may be pulled. */
  readonly needsLock: boolean;
  /** The subscription as it is now; undefined when it has ended. */
  readonly subscription: () => SubscriptionData | undefined;
  readonly isPaused: () => boolean;
  /** Queues of the same topic that share its thresholds. */
  readonly queuesOfTopic: () => number;
  /** Messages cached in all queues. */
  readonly cachedInAll: () => number;
  /** Messages were put into the process queue. */
  readonly onMessages: (processQueue: ProcessQueue<T>, messages: readonly ReceivedMessage<T>[], tookMs: number) => void;
  /** A pull failed; it is tried again. */
  readonly onError: (error: unknown) => void;
  /** The queue does not have the offset: go on at this one. */
  readonly onOffsetIllegal: (processQueue: ProcessQueue<T>, nextOffset: number) => Promise<void>;
}

/** Source: DefaultMQPushConsumerImpl#pullMessage. */
export class PullLoop<T> {
  readonly #options: PullLoopOptions<T>;
  readonly #lifetime: Lifetime;
  #nextOffset: number;
  #failures = 0;
  /** Of the pull that is under way. */
  #pulling: AbortController | undefined;

  constructor(options: PullLoopOptions<T>) {
    this.#options = options;
    this.#lifetime = new Lifetime(options.client.ports.clock);
    this.#nextOffset = options.startOffset;
  }

  /** Goes on until `stop`. */
  async run(): Promise<void> {
    while (!this.#isOver) {
      const pauseMs = this.#reasonToPause() || (await this.#pull());
      if (pauseMs > 0) await this.#lifetime.pause(pauseMs);
    }
  }

  /** Looks again at once. */
  wake(): void {
    this.#lifetime.wake();
  }

  /** Gives up the pull that is under way, which a broker may be keeping; its messages will be pulled again. */
  interrupt(): void {
    this.#pulling?.abort();
  }

  /** No message is added after this. */
  stop(): void {
    this.#lifetime.end();
    this.interrupt();
  }

  get #isOver(): boolean {
    return this.#lifetime.ended || this.#options.processQueue.dropped;
  }

  /** How long to wait before the next pull, ms; 0 when nothing is in the way. */
  #reasonToPause(): number {
    const { processQueue, limits, isPaused, needsLock, queuesOfTopic, cachedInAll } = this.#options;
    if (isPaused()) return PAUSED_PAUSE_MS;
    if (needsLock && !processQueue.locked) return UNLOCKED_PAUSE_MS;
    const { count, bytes } = processQueue;
    if (count > limits.thresholdMessages || bytes > limits.thresholdBytes) return FULL_PAUSE_MS;
    if (processQueue.span > limits.maxSpan) return FULL_PAUSE_MS;
    if (cachedInAll() > limits.totalThresholdMessages) return FULL_PAUSE_MS;
    const share = 1 / Math.max(1, queuesOfTopic());
    const isOverShare =
      count > Math.max(1, limits.topicThresholdMessages * share) || bytes > limits.topicThresholdBytes * share;
    return isOverShare ? FULL_PAUSE_MS : 0;
  }

  /** One pull; the answer is how long to wait before the next. */
  async #pull(): Promise<number> {
    const { pullApi, processQueue, limits, offsets, isBroadcast, isLite } = this.#options;
    const subscription = this.#options.subscription();
    if (subscription === undefined) return PAUSED_PAUSE_MS;
    const { clock } = this.#options.client.ports;
    processQueue.lastPullTimestamp = clock.now();
    const startedMs = clock.monotonicMs();
    const pulling = new AbortController();
    this.#pulling = pulling;
    try {
      const result = await pullApi.pull({
        queue: processQueue.queue,
        offset: this.#nextOffset,
        maxMessages: limits.batchSize,
        maxBytes: limits.batchBytes,
        subscription,
        suspendMs: limits.suspendMs,
        timeoutMs: limits.timeoutMs,
        commitOffset: isBroadcast || isLite ? undefined : offsets.peek(processQueue.queue) || undefined,
        isLite,
        sendSubscription: isLite,
        signal: pulling.signal,
      });
      this.#failures = 0;
      if (this.#isOver || pulling.signal.aborted) return 0;
      return await this.#take(result, clock.monotonicMs() - startedMs);
    } catch (error) {
      if (this.#isOver || pulling.signal.aborted) return 0;
      return this.#failed(error);
    }
  }

  async #take(result: PullResult<T>, tookMs: number): Promise<number> {
    const { processQueue, offsets, limits, onMessages, onOffsetIllegal } = this.#options;
    if (result.status === 'OFFSET_ILLEGAL') {
      this.stop();
      await onOffsetIllegal(processQueue, result.nextBeginOffset);
      return 0;
    }
    this.#nextOffset = result.nextBeginOffset;
    if (result.messages.length > 0) {
      const added = processQueue.add(result.messages);
      if (added.length > 0) onMessages(processQueue, added, tookMs);
    } else if (processQueue.count === 0 && (offsets.peek(processQueue.queue) ?? -1) < this.#nextOffset) {
      // What the filter left out need not be looked at again.
      offsets.update(processQueue.queue, this.#nextOffset);
    }
    return limits.intervalMs;
  }

  #failed(error: unknown): number {
    const { client, processQueue } = this.#options;
    const isExpected =
      error instanceof ClientError || error instanceof RemotingError || error instanceof MalformedDataError;
    if (!isExpected) throw error;
    if (error instanceof BrokerError && error.responseCode === ResponseCode.FLOW_CONTROL) return FLOW_CONTROL_PAUSE_MS;
    this.#options.onError(error);
    client.options.logger.warn('pull failed', { ...processQueue.queue, offset: this.#nextOffset, error });
    if (error instanceof RemotingTimeoutError) client.suspect(error.address);
    if (error instanceof RemotingConnectError || error instanceof BrokerError) {
      client.routes.refreshSoon(processQueue.queue.topic);
    }
    // Half of the pause is left to chance, so that the clients of a lost broker do not come back all at once.
    const pauseMs = Math.min(LONGEST_ERROR_PAUSE_MS, FIRST_ERROR_PAUSE_MS * 2 ** Math.min(this.#failures++, 10));
    return pauseMs * (0.5 + client.ports.random.nextDouble() / 2);
  }
}
