/** Consumption in order: one call per queue at a time, and a message that fails holds its queue up until it succeeds. */
import type { Timer } from '@rocketmq-ts/common';
import { ConsumeContext, type Consumption, callHandler } from './consumption.js';
import { giveUpExhausted, type InOrderOptions, isOurs, LOCK_RETRY_MS, suspensionMs } from './in-order.js';
import type { ProcessQueue } from './process-queue.js';
import type { ReceivedMessage } from './received-message.js';

/** Source: ConsumeMessageOrderlyService. */
export class OrderlyConsumption<T> implements Consumption<T> {
  readonly #options: InOrderOptions<T>;
  /** Queues with something to do, first come first served. */
  readonly #ready = new Set<ProcessQueue<T>>();
  readonly #busy = new Map<ProcessQueue<T>, ConsumeContext<T>>();
  readonly #suspended = new Map<ProcessQueue<T>, Timer>();
  #starting = false;
  #stopped = false;
  #drained: (() => void) | undefined;

  constructor(options: InOrderOptions<T>) {
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
    if (!isOurs(processQueue, this.#options)) {
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

  #succeeded(processQueue: ProcessQueue<T>, messages: readonly ReceivedMessage<T>[]): void {
    if (!processQueue.dropped) {
      for (const message of messages) this.#options.events.consumed(processQueue, processQueue.settle(message));
    }
    this.#release(processQueue);
  }

  async #failed(processQueue: ProcessQueue<T>, messages: readonly ReceivedMessage<T>[], error: unknown): Promise<void> {
    this.#options.logger.debug('messages not consumed, their queue waits', { ...processQueue.queue, error });
    const givenUp = await giveUpExhausted(messages, this.#options);
    if (givenUp.length === messages.length) {
      this.#succeeded(processQueue, messages);
      return;
    }
    processQueue.putBack();
    this.#suspend(processQueue, suspensionMs(error, this.#options));
    this.#release(processQueue);
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
