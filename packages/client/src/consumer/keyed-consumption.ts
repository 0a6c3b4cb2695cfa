/** Consumption in order by sharding key: messages of one key one after the other, those of different keys side by side. */
import type { Timer } from '@rocketmq-ts/common';
import { ConsumeContext, type Consumption, callHandler } from './consumption.js';
import { giveUpExhausted, type InOrderOptions, isOurs, LOCK_RETRY_MS, suspensionMs } from './in-order.js';
import type { ProcessQueue } from './process-queue.js';
import type { ReceivedMessage } from './received-message.js';

/** The messages of one key that wait, in order. */
interface Line<T> {
  readonly processQueue: ProcessQueue<T>;
  readonly key: string | undefined;
  messages: ReceivedMessage<T>[];
}

/** Messages without a key are in nobody's way. Nothing of the reference does this; its lock and hand-over rules hold. */
export class KeyedConsumption<T> implements Consumption<T> {
  readonly #options: InOrderOptions<T>;
  /** By queue and key: those that wait, are handled, or are suspended. */
  readonly #lines = new Map<ProcessQueue<T>, Map<string, Line<T>>>();
  readonly #ready = new Set<Line<T>>();
  readonly #busy = new Map<Line<T>, ConsumeContext<T>>();
  readonly #callsByQueue = new Map<ProcessQueue<T>, number>();
  readonly #timers = new Set<Timer>();
  #starting = false;
  #stopped = false;
  #drained: (() => void) | undefined;

  constructor(options: InOrderOptions<T>) {
    this.#options = options;
  }

  submit(processQueue: ProcessQueue<T>, messages: readonly ReceivedMessage<T>[]): void {
    if (this.#stopped) return;
    this.#forgetDropped();
    for (const message of messages) this.#enqueue(processQueue, message);
    this.#startCalls();
  }

  isIdle(processQueue: ProcessQueue<T>): boolean {
    return !this.#callsByQueue.has(processQueue);
  }

  async drain(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
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

  #enqueue(processQueue: ProcessQueue<T>, message: ReceivedMessage<T>): void {
    const key = message.shardingKey;
    if (key === undefined) {
      this.#ready.add({ processQueue, key, messages: [message] });
      return;
    }
    let lines = this.#lines.get(processQueue);
    if (lines === undefined) {
      lines = new Map();
      this.#lines.set(processQueue, lines);
    }
    const line = lines.get(key);
    if (line !== undefined) {
      line.messages.push(message);
      return;
    }
    const fresh = { processQueue, key, messages: [message] };
    lines.set(key, fresh);
    this.#ready.add(fresh);
  }

  #startCalls(): void {
    // A handler that is done at once ends here again: the loop below goes on then.
    if (this.#starting) return;
    this.#starting = true;
    for (const line of this.#ready) {
      if (this.#stopped || this.#busy.size >= this.#options.concurrency) break;
      this.#ready.delete(line);
      this.#call(line);
    }
    this.#starting = false;
  }

  #call(line: Line<T>): void {
    const { clock, batchSize, handler, events } = this.#options;
    const { processQueue } = line;
    if (processQueue.dropped || processQueue.leaving) return;
    if (!isOurs(processQueue, this.#options)) {
      this.#suspend(line, LOCK_RETRY_MS);
      return;
    }
    const messages = line.messages.slice(0, batchSize);
    const startedMs = clock.monotonicMs();
    const context = new ConsumeContext<T>();
    this.#busy.set(line, context);
    this.#callsByQueue.set(processQueue, (this.#callsByQueue.get(processQueue) ?? 0) + 1);
    callHandler(handler, messages, context, (error, failed) => {
      const tookMs = clock.monotonicMs() - startedMs;
      events.handled(messages[0]!.topic, messages.length, tookMs, failed ? error : undefined);
      if (!failed) this.#succeeded(line, messages);
      else void this.#failed(line, messages, error);
    });
  }

  #succeeded(line: Line<T>, messages: readonly ReceivedMessage<T>[]): void {
    this.#settle(line, messages);
    this.#release(line);
    if (line.messages.length > 0) this.#ready.add(line);
    this.#startCalls();
  }

  /** As in a queue in order, but for the one key. */
  async #failed(line: Line<T>, messages: readonly ReceivedMessage<T>[], error: unknown): Promise<void> {
    this.#options.logger.debug('messages not consumed, their key waits', {
      ...line.processQueue.queue,
      key: line.key,
      error,
    });
    this.#settle(line, await giveUpExhausted(messages, this.#options));
    this.#release(line);
    if (line.messages.length > 0) this.#suspend(line, suspensionMs(error, this.#options));
    this.#startCalls();
  }

  #settle(line: Line<T>, messages: readonly ReceivedMessage<T>[]): void {
    const { processQueue, key } = line;
    const done = new Set(messages);
    line.messages = line.messages.filter((message) => !done.has(message));
    if (line.messages.length === 0 && key !== undefined) this.#forget(line, key);
    if (processQueue.dropped) return;
    for (const message of messages) this.#options.events.consumed(processQueue, processQueue.settle(message));
  }

  #forget({ processQueue }: Line<T>, key: string): void {
    const lines = this.#lines.get(processQueue);
    lines?.delete(key);
    if (lines?.size === 0) this.#lines.delete(processQueue);
  }

  /** Lines of queues that went to others would keep their messages forever. */
  #forgetDropped(): void {
    for (const processQueue of this.#lines.keys()) if (processQueue.dropped) this.#lines.delete(processQueue);
  }

  #release(line: Line<T>): void {
    this.#busy.delete(line);
    const calls = this.#callsByQueue.get(line.processQueue)! - 1;
    if (calls === 0) this.#callsByQueue.delete(line.processQueue);
    else this.#callsByQueue.set(line.processQueue, calls);
    if (this.#busy.size === 0) this.#drained?.();
  }

  #suspend(line: Line<T>, delayMs: number): void {
    if (this.#stopped) return;
    const timer = this.#options.clock.setTimer(delayMs, () => {
      this.#timers.delete(timer);
      this.#ready.add(line);
      this.#startCalls();
    });
    this.#timers.add(timer);
  }
}
