/** Consumption by asking: messages wait until somebody takes them, and count as consumed when that is said. */
import type { Clock, MessageQueue } from '@rocketmq-ts/common';
import { messageQueueKey } from '@rocketmq-ts/common';
import type { Consumption } from './consumption.js';
import type { ProcessQueue } from './process-queue.js';
import type { ReceivedMessage } from './received-message.js';

export interface PolledOptions<T> {
  readonly clock: Clock;
  /** Everything before `offset` is consumed. */
  readonly consumed: (processQueue: ProcessQueue<T>, offset: number) => void;
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
  readonly #delivered = new Map<ReceivedMessage<T>, ProcessQueue<T>>();
  readonly #paused = new Set<string>();
  readonly #waiting = new Set<() => void>();
  #stopped = false;

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
    this.#wakeAll();
  }

  abandon(): void {}

  cleanUp(): void {}

  /** At most `limit` messages; waits up to `timeoutMs` for the first. Empty when there is none. */
  async poll(limit: number, timeoutMs: number): Promise<ReceivedMessage<T>[]> {
    const endMs = this.#options.clock.monotonicMs() + timeoutMs;
    for (;;) {
      const messages = this.#take(limit);
      const remainingMs = endMs - this.#options.clock.monotonicMs();
      if (messages.length > 0 || remainingMs <= 0 || this.#stopped) return messages;
      await this.#nextMessages(remainingMs);
    }
  }

  /** A message is consumed. */
  acknowledge(message: ReceivedMessage<T>): void {
    const processQueue = this.#delivered.get(message);
    this.#delivered.delete(message);
    if (processQueue === undefined || processQueue.dropped) return;
    this.#options.consumed(processQueue, processQueue.settle(message));
  }

  /** Everything that was handed out is consumed. */
  acknowledgeAll(): void {
    for (const message of [...this.#delivered.keys()]) this.acknowledge(message);
  }

  /** A message was not consumed: the next poll gives it again. */
  putBack(message: ReceivedMessage<T>): void {
    const processQueue = this.#delivered.get(message);
    this.#delivered.delete(message);
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
          this.#delivered.set(message, processQueue);
          taken.push(message);
        }
      }
    }
    this.#portions = this.#portions.filter(({ messages }) => messages.length > 0);
    return taken;
  }

  #nextMessages(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        timer.cancel();
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = this.#options.clock.setTimer(timeoutMs, wake);
      this.#waiting.add(wake);
    });
  }

  #wakeAll(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}
