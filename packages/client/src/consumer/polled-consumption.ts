/** Consumption by asking: messages wait until somebody takes them, and count as consumed when that is said. */
import type { Clock, MessageQueue } from '@rocketmq-ts/common';
import { messageQueueKey } from '@rocketmq-ts/common';
import { NotAcknowledgedError } from '../errors.js';
import type { ConsumeObservation } from '../observe/observer.js';
import type { Consumption, ConsumptionEvents } from './consumption.js';
import type { ProcessQueue } from './process-queue.js';
import type { ReceivedMessage } from './received-message.js';

export interface PolledOptions<T> {
  readonly clock: Clock;
  readonly events: ConsumptionEvents<T>;
  /** A message is handed out; what it gives is told how that ended. */
  readonly given: (message: ReceivedMessage<T>) => ConsumeObservation['ended'] | undefined;
}

/** A message that was handed out. */
interface Delivery<T> {
  readonly processQueue: ProcessQueue<T>;
  readonly startedMs: number;
  readonly ended: ConsumeObservation['ended'] | undefined;
}

interface Portion<T> {
  readonly processQueue: ProcessQueue<T>;
  readonly messages: ReceivedMessage<T>[];
}

/** Source: DefaultLitePullConsumerImpl#poll. */
export class PolledConsumption<T> implements Consumption<T> {
  readonly #options: PolledOptions<T>;
  #portions: Portion<T>[] = [];
  /** Handed out and not acknowledged. */
  readonly #delivered = new Map<ReceivedMessage<T>, Delivery<T>>();
  /** Those of them that the body of a loop has now. */
  readonly #inLoops = new Set<ReceivedMessage<T>>();
  readonly #paused = new Set<string>();
  readonly #waiting = new Set<() => void>();
  #stopped = false;
  #loopsEnded: (() => void) | undefined;

  constructor(options: PolledOptions<T>) {
    this.#options = options;
  }

  submit(processQueue: ProcessQueue<T>, messages: readonly ReceivedMessage<T>[]): void {
    this.#portions.push({ processQueue, messages: [...messages] });
    this.#wakeAll();
  }

  isIdle(): boolean {
    return true;
  }

  async drain(): Promise<void> {
    this.#stopped = true;
    this.#portions = [];
    for (const message of [...this.#delivered.keys()]) if (!this.#inLoops.has(message)) this.#giveUp(message);
    this.#wakeAll();
    while (this.#inLoops.size > 0) {
      await new Promise<void>((resolve) => {
        this.#loopsEnded = resolve;
      });
    }
  }

  abandon(): void {
    for (const message of [...this.#delivered.keys()]) this.#giveUp(message);
  }

  cleanUp(): void {}

  /** At most `limit` messages; waits up to `timeoutMs` for the first. Empty when there is none. @throws the signal's reason */
  async poll(limit: number, timeoutMs: number, signal?: AbortSignal): Promise<ReceivedMessage<T>[]> {
    const endMs = this.#options.clock.monotonicMs() + timeoutMs;
    for (;;) {
      const messages = this.#take(limit);
      const remainingMs = endMs - this.#options.clock.monotonicMs();
      if (messages.length > 0 || remainingMs <= 0 || this.#stopped) return messages;
      await this.#nextMessages(remainingMs, signal);
      signal?.throwIfAborted();
    }
  }

  /** The next message for the body of a loop, waited for so long. */
  async next(timeoutMs: number): Promise<ReceivedMessage<T> | undefined> {
    const [message] = await this.poll(1, timeoutMs);
    if (message !== undefined) this.#inLoops.add(message);
    return message;
  }

  /** A message is consumed. */
  acknowledge(message: ReceivedMessage<T>): void {
    const processQueue = this.#end(message, undefined);
    if (processQueue === undefined || processQueue.dropped) return;
    this.#options.events.consumed(processQueue, processQueue.settle(message));
  }

  /** Everything that was handed out is consumed. */
  acknowledgeAll(): void {
    for (const message of [...this.#delivered.keys()]) this.acknowledge(message);
  }

  /** A message was not consumed: the next poll gives it again. */
  putBack(message: ReceivedMessage<T>): void {
    const processQueue = this.#giveUp(message);
    if (processQueue === undefined || processQueue.dropped) return;
    this.#portions.unshift({ processQueue, messages: [message] });
    this.#wakeAll();
  }

  pause(queues: readonly MessageQueue[]): void {
    for (const queue of queues) this.#paused.add(messageQueueKey(queue));
  }

  resume(queues: readonly MessageQueue[]): void {
    for (const queue of queues) this.#paused.delete(messageQueueKey(queue));
    this.#wakeAll();
  }

  #take(limit: number): ReceivedMessage<T>[] {
    const taken: ReceivedMessage<T>[] = [];
    for (const { processQueue, messages } of this.#portions) {
      if (taken.length >= limit) break;
      if (processQueue.dropped) messages.length = 0;
      else if (!this.#paused.has(messageQueueKey(processQueue.queue))) {
        for (const message of messages.splice(0, limit - taken.length)) {
          this.#deliver(message, processQueue);
          taken.push(message);
        }
      }
    }
    this.#portions = this.#portions.filter(({ messages }) => messages.length > 0);
    return taken;
  }

  #deliver(message: ReceivedMessage<T>, processQueue: ProcessQueue<T>): void {
    const startedMs = this.#options.clock.monotonicMs();
    this.#delivered.set(message, { processQueue, startedMs, ended: this.#options.given(message) });
  }

  #giveUp(message: ReceivedMessage<T>): ProcessQueue<T> | undefined {
    return this.#end(message, new NotAcknowledgedError(message));
  }

  /** The message is no longer handed out; gives the queue that it came from. */
  #end(message: ReceivedMessage<T>, error: Error | undefined): ProcessQueue<T> | undefined {
    const delivery = this.#delivered.get(message);
    if (delivery === undefined) return undefined;
    this.#delivered.delete(message);
    const tookMs = this.#options.clock.monotonicMs() - delivery.startedMs;
    if (error === undefined) this.#options.events.handled(message.topic, 1, tookMs, undefined);
    delivery.ended?.(error !== undefined, error);
    if (this.#inLoops.delete(message) && this.#inLoops.size === 0) this.#loopsEnded?.();
    return delivery.processQueue;
  }

  #nextMessages(timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        timer.cancel();
        this.#waiting.delete(wake);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      signal?.addEventListener('abort', wake);
      const timer = this.#options.clock.setTimer(timeoutMs, wake);
      this.#waiting.add(wake);
    });
  }

  #wakeAll(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}
