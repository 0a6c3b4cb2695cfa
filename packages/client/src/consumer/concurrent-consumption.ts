/** Consumption without order: messages of all queues, so many at a time; what fails is handed back. */
import type { Logger, Timer } from '@rocketmq-ts/common';
import {
  ConsumeContext,
  ConsumeLaterError,
  type Consumption,
  type ConsumptionOptions,
  callHandler,
} from './consumption.js';
import type { ProcessQueue } from './process-queue.js';
import type { ReceivedMessage } from './received-message.js';

/** When a message can neither be consumed nor handed back, it is tried again here after so long. */
const RETRY_HERE_MS = 5000;
/** Stuck messages handed back per queue and clean-up. */
const CLEAN_UP_LIMIT = 16;
/** The delay level of stuck messages. */
const STUCK_DELAY_LEVEL = 3;

export interface ConcurrentOptions<T> extends ConsumptionOptions<T> {
  readonly logger: Logger;
  /** How long a batch waits to become full; 0 does not wait. */
  readonly batchTimeoutMs: number;
  /** A call that takes longer is given up: its messages are handed back. */
  readonly consumeTimeoutMs: number;
  /** Hands a message back for another delivery; undefined for broadcasts, of which failures are final. */
  readonly handBack: ((message: ReceivedMessage<T>, delayLevel: number) => Promise<void>) | undefined;
  /** The queues that are being consumed. */
  readonly processQueues: () => Iterable<ProcessQueue<T>>;
}

/** Messages of one queue that wait, `[next, …)`. */
interface Portion<T> {
  readonly processQueue: ProcessQueue<T>;
  readonly messages: readonly ReceivedMessage<T>[];
  next: number;
}

/** Messages of one queue in a call. */
interface Slice<T> {
  readonly processQueue: ProcessQueue<T>;
  readonly messages: readonly ReceivedMessage<T>[];
}

interface Call<T> {
  readonly slices: readonly Slice<T>[];
  readonly context: ConsumeContext<T>;
  readonly startedMs: number;
}

/** Source: ConsumeMessageConcurrentlyService. */
export class ConcurrentConsumption<T> implements Consumption<T> {
  readonly #options: ConcurrentOptions<T>;
  #portions: Portion<T>[] = [];
  #firstPortion = 0;
  #waiting = 0;
  readonly #calls = new Set<Call<T>>();
  readonly #handingBack = new Set<Promise<void>>();
  readonly #retryTimers = new Set<Timer>();
  #batchTimer: Timer | undefined;
  /** A batch need not be full any more. */
  #batchIsDue = false;
  #starting = false;
  #stopped = false;
  #drained: (() => void) | undefined;

  constructor(options: ConcurrentOptions<T>) {
    this.#options = options;
  }

  submit(processQueue: ProcessQueue<T>, messages: readonly ReceivedMessage<T>[]): void {
    if (this.#stopped || messages.length === 0) return;
    this.#portions.push({ processQueue, messages, next: 0 });
    this.#waiting += messages.length;
    this.#startCalls();
  }

  /** Queues that leave need not wait: what is consumed late is consumed again elsewhere. */
  isIdle(): boolean {
    return true;
  }

  async drain(): Promise<void> {
    this.#stopped = true;
    this.#batchTimer?.cancel();
    for (const timer of this.#retryTimers) timer.cancel();
    this.#portions = [];
    while (this.#calls.size > 0) {
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
    }
    await Promise.all(this.#handingBack);
  }

  abandon(reason: Error): void {
    for (const { context } of this.#calls) context.abort(reason);
  }

  cleanUp(): void {
    const lateMs = this.#options.clock.monotonicMs() - this.#options.consumeTimeoutMs;
    for (const processQueue of this.#options.processQueues()) {
      let cleaned = 0;
      for (const message of processQueue.cached()) {
        if (message.startedMs === 0 || message.startedMs > lateMs || ++cleaned > CLEAN_UP_LIMIT) break;
        this.#fail(processQueue, message, STUCK_DELAY_LEVEL, undefined);
      }
    }
    for (const call of this.#calls) {
      if (call.startedMs <= lateMs) {
        call.context.abort(new Error(`not consumed within ${this.#options.consumeTimeoutMs} ms`));
      }
    }
  }

  #startCalls(): void {
    // A handler that is done at once ends here again: the loop below goes on then.
    if (this.#starting) return;
    this.#starting = true;
    while (!this.#stopped && this.#calls.size < this.#options.concurrency) {
      const slices = this.#nextSlices();
      if (slices === undefined) break;
      this.#call(slices);
    }
    this.#starting = false;
  }

  #nextSlices(): Slice<T>[] | undefined {
    const { batchSize, batchTimeoutMs } = this.#options;
    if (this.#waiting === 0) return undefined;
    if (this.#waiting < batchSize && batchTimeoutMs > 0 && !this.#batchIsDue) {
      this.#waitForBatch(batchTimeoutMs);
      return undefined;
    }
    this.#batchIsDue = false;
    this.#batchTimer?.cancel();
    this.#batchTimer = undefined;
    const slices: Slice<T>[] = [];
    for (let wanted = batchSize; wanted > 0 && this.#waiting > 0; ) {
      const slice = this.#takeSlice(wanted);
      if (slice === undefined) continue;
      slices.push(slice);
      wanted -= slice.messages.length;
    }
    return slices.length === 0 ? undefined : slices;
  }

  #takeSlice(limit: number): Slice<T> | undefined {
    const portion = this.#portions[this.#firstPortion]!;
    const { processQueue, messages, next } = portion;
    const end = processQueue.dropped ? messages.length : Math.min(messages.length, next + limit);
    this.#waiting -= end - next;
    portion.next = end;
    if (end === messages.length) this.#dropPortion();
    if (processQueue.dropped) return undefined;
    return { processQueue, messages: messages.length === end - next ? messages : messages.slice(next, end) };
  }

  #dropPortion(): void {
    this.#portions[this.#firstPortion] = undefined as never;
    this.#firstPortion++;
    if (this.#firstPortion > 64 && this.#firstPortion * 2 > this.#portions.length) {
      this.#portions.splice(0, this.#firstPortion);
      this.#firstPortion = 0;
    }
  }

  #waitForBatch(batchTimeoutMs: number): void {
    this.#batchTimer ??= this.#options.clock.setTimer(batchTimeoutMs, () => {
      this.#batchTimer = undefined;
      this.#batchIsDue = true;
      this.#startCalls();
    });
  }

  #call(slices: readonly Slice<T>[]): void {
    const startedMs = this.#options.clock.monotonicMs();
    for (const { messages } of slices) for (const message of messages) message.startedMs = startedMs;
    const context = new ConsumeContext<T>();
    const call = { slices, context, startedMs };
    this.#calls.add(call);
    const messages = slices.length === 1 ? slices[0]!.messages : slices.flatMap((slice) => slice.messages);
    callHandler(this.#options.handler, messages, context, (error, failed) => this.#ended(call, error, failed));
  }

  #ended(call: Call<T>, error: unknown, failed: boolean): void {
    const { events, clock } = this.#options;
    const tookMs = clock.monotonicMs() - call.startedMs;
    const level = error instanceof ConsumeLaterError ? error.delayLevel : 0;
    for (const { processQueue, messages } of call.slices) {
      events.handled(messages[0]!.topic, messages.length, tookMs, failed ? error : undefined);
      if (processQueue.dropped) continue;
      for (const message of messages) {
        const laterLevel = failed ? level : call.context.laterLevelOf(message);
        if (message.settled) continue;
        if (laterLevel === undefined) events.consumed(processQueue, processQueue.settle(message));
        else this.#fail(processQueue, message, laterLevel, error);
      }
    }
    this.#calls.delete(call);
    if (this.#calls.size === 0) this.#drained?.();
    this.#startCalls();
  }

  #fail(processQueue: ProcessQueue<T>, message: ReceivedMessage<T>, delayLevel: number, error: unknown): void {
    const { handBack, logger, events } = this.#options;
    message.startedMs = 0;
    if (handBack === undefined) {
      logger.warn('broadcast message not consumed', { message: message.messageId, ...message.queue, error });
      events.consumed(processQueue, processQueue.settle(message));
      return;
    }
    logger.debug('message not consumed', { message: message.messageId, ...message.queue, error });
    const handing: Promise<void> = handBack(message, delayLevel).then(
      () => {
        this.#handingBack.delete(handing);
        if (!processQueue.dropped) events.consumed(processQueue, processQueue.settle(message));
      },
      (failure: unknown) => {
        this.#handingBack.delete(handing);
        logger.warn('message not handed back', { message: message.messageId, ...message.queue, error: failure });
        this.#retryHere(processQueue, message);
      },
    );
    this.#handingBack.add(handing);
  }

  #retryHere(processQueue: ProcessQueue<T>, message: ReceivedMessage<T>): void {
    if (this.#stopped) return;
    message.reconsumeTimes++;
    const timer = this.#options.clock.setTimer(RETRY_HERE_MS, () => {
      this.#retryTimers.delete(timer);
      this.submit(processQueue, [message]);
    });
    this.#retryTimers.add(timer);
  }
}
