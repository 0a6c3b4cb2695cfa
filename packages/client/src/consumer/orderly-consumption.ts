/** Consumption in order: one call per queue at a time, and a message that fails holds its queue up until it succeeds. */
import type { Logger, Timer } from '@rocketmq-ts/common';
import {
  ConsumeContext,
  ConsumeLaterError,
  type Consumption,
  type ConsumptionOptions,
  callHandler,
} from './consumption.js';
import type { ProcessQueue } from './process-queue.js';
import { LOCK_LIFE_MS } from './queue-locks.js';
import type { ReceivedMessage } from './received-message.js';

/** How soon a queue without a lock is looked at again. */
const LOCK_RETRY_MS = 100;
const SHORTEST_SUSPENSION_MS = 10;
const LONGEST_SUSPENSION_MS = 30_000;

export interface OrderlyOptions<T> extends ConsumptionOptions<T> {
  readonly logger: Logger;
  /** Queues must be locked at their brokers; not so for broadcasts. */
  readonly needsLock: boolean;
  /** How long a queue waits after a failure. */
  readonly suspendMs: number;
  /** A message that failed so often leaves the queue; negative: never. */
  readonly maxReconsumeTimes: number;
  /** Sends a message that has failed too often to the retry topic, from where the broker moves it on. */
  readonly giveUp: (message: ReceivedMessage<T>) => Promise<void>;
}

/** Source: ConsumeMessageOrderlyService. */
export class OrderlyConsumption<T> implements Consumption<T> {
  readonly #options: OrderlyOptions<T>;
  /** Queues with something to do, first come first served. */
  readonly #ready = new Set<ProcessQueue<T>>();
  readonly #busy = new Map<ProcessQueue<T>, ConsumeContext<T>>();
  readonly #suspended = new Map<ProcessQueue<T>, Timer>();
  #starting = false;
  #stopped = false;
  #drained: (() => void) | undefined;

  constructor(options: OrderlyOptions<T>) {
    this.#options = options;
  }

  submit(processQueue: ProcessQueue<T>): void {
    this.#makeReady(processQueue);
  }

  isIdle(processQueue: ProcessQueue<T>): boolean {
    return !this.#busy.has(processQueue);
  }

  async drain(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#suspended.values()) timer.cancel();
    this.#suspended.clear();
    while (this.#busy.size > 0) {
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
    }
  }

  abandon(reason: Error): void {
    for (const context of this.#busy.values()) context.abort(reason);
  }

  /** Order forbids to take a message away from its handler: nothing is ever late here. */
  cleanUp(): void {}

  #makeReady(processQueue: ProcessQueue<T>): void {
    if (this.#stopped || this.#busy.has(processQueue) || this.#suspended.has(processQueue)) return;
    this.#ready.add(processQueue);
    this.#startCalls();
  }

  #startCalls(): void {
    if (this.#starting) return;
    this.#starting = true;
    for (const processQueue of this.#ready) {
      if (this.#stopped || this.#busy.size >= this.#options.concurrency) break;
      this.#ready.delete(processQueue);
      this.#call(processQueue);
    }
    this.#starting = false;
  }

  #call(processQueue: ProcessQueue<T>): void {
    const { clock, batchSize, handler } = this.#options;
    if (processQueue.dropped || processQueue.leaving) return;
    if (!this.#isOurs(processQueue)) {
      this.#suspend(processQueue, LOCK_RETRY_MS);
      return;
    }
    const messages = processQueue.take(batchSize);
    if (messages.length === 0) return;
    const startedMs = clock.monotonicMs();
    const context = new ConsumeContext<T>();
    this.#busy.set(processQueue, context);
    callHandler(handler, messages, context, (error, failed) => {
      this.#options.events.handled(
        messages[0]!.topic,
        messages.length,
        clock.monotonicMs() - startedMs,
        failed ? error : undefined,
      );
      if (!failed) this.#succeeded(processQueue, messages);
      else void this.#failed(processQueue, messages, error);
    });
  }

  #isOurs(processQueue: ProcessQueue<T>): boolean {
    if (!this.#options.needsLock) return true;
    return processQueue.locked && this.#options.clock.monotonicMs() - processQueue.lockedMs < LOCK_LIFE_MS;
  }

  #succeeded(processQueue: ProcessQueue<T>, messages: readonly ReceivedMessage<T>[]): void {
    if (!processQueue.dropped) {
      for (const message of messages) this.#options.events.consumed(processQueue, processQueue.settle(message));
    }
    this.#release(processQueue);
  }

  /** Source: ConsumeMessageOrderlyService#checkReconsumeTimes. */
  async #failed(processQueue: ProcessQueue<T>, messages: readonly ReceivedMessage<T>[], error: unknown): Promise<void> {
    const { logger, suspendMs } = this.#options;
    logger.debug('messages not consumed, their queue waits', { ...processQueue.queue, error });
    let mustWait = false;
    for (const message of messages) {
      if (!(await this.#gaveUp(message))) {
        message.reconsumeTimes++;
        mustWait = true;
      }
    }
    if (!mustWait) {
      this.#succeeded(processQueue, messages);
      return;
    }
    processQueue.putBack();
    const askedMs = error instanceof ConsumeLaterError ? error.suspendMs : undefined;
    const waitMs = Math.min(Math.max(askedMs ?? suspendMs, SHORTEST_SUSPENSION_MS), LONGEST_SUSPENSION_MS);
    this.#suspend(processQueue, waitMs);
    this.#release(processQueue);
  }

  async #gaveUp(message: ReceivedMessage<T>): Promise<boolean> {
    const { maxReconsumeTimes, giveUp, logger } = this.#options;
    if (maxReconsumeTimes < 0 || message.reconsumeTimes < maxReconsumeTimes) return false;
    try {
      await giveUp(message);
      return true;
    } catch (error) {
      logger.warn('message not sent to the retries', { message: message.messageId, ...message.queue, error });
      return false;
    }
  }

  #release(processQueue: ProcessQueue<T>): void {
    this.#busy.delete(processQueue);
    if (this.#busy.size === 0) this.#drained?.();
    if (processQueue.waiting > 0) this.#makeReady(processQueue);
    this.#startCalls();
  }

  #suspend(processQueue: ProcessQueue<T>, delayMs: number): void {
    if (this.#stopped) return;
    this.#ready.delete(processQueue);
    const timer = this.#options.clock.setTimer(delayMs, () => {
      this.#suspended.delete(processQueue);
      this.#makeReady(processQueue);
    });
    this.#suspended.set(processQueue, timer);
  }
}
