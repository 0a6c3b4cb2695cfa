/** Gathers messages that are sent shortly after one another into batches. */
import type { Clock, Timer } from '@rocketmq-ts/common';
import { notNegative, positive } from '../client-options.js';
import { type Batch, batchItemBytes, batchOf } from './batch-splitter.js';
import type { PreparedMessage } from './outgoing-message.js';
import type { LingerOptions } from './producer-options.js';
import type { SendResult } from './send-result.js';

/** Sends a batch; the results are in the order of its messages. */
export type BatchSender = (batch: Batch, timeoutMs: number) => Promise<readonly SendResult[]>;

interface Waiting {
  readonly message: PreparedMessage;
  readonly timeoutMs: number;
  readonly resolve: (result: SendResult) => void;
  readonly reject: (error: unknown) => void;
}

interface Gathering {
  readonly waiting: Waiting[];
  bytes: number;
  readonly timer: Timer;
}

const DEFAULT_DELAY_MS = 10;
const DEFAULT_BATCH_BYTES = 32 * 1024;
const DEFAULT_BATCH_MESSAGES = 512;

/** One batch is gathered at a time per topic. Source: ProduceAccumulator. */
export class ProduceAccumulator {
  readonly #clock: Clock;
  readonly #send: BatchSender;
  readonly #delayMs: number;
  readonly #batchBytes: number;
  readonly #batchMessages: number;
  readonly #gathering = new Map<string, Gathering>();

  /** @throws InvalidArgumentError */
  constructor(clock: Clock, linger: LingerOptions, send: BatchSender) {
    this.#clock = clock;
    this.#send = send;
    this.#delayMs = notNegative('linger.delayMs', linger.delayMs, DEFAULT_DELAY_MS);
    this.#batchBytes = positive('linger.batchBytes', linger.batchBytes, DEFAULT_BATCH_BYTES);
    this.#batchMessages = positive('linger.batchMessages', linger.batchMessages, DEFAULT_BATCH_MESSAGES);
  }

  /** Sends the message with others. */
  add(message: PreparedMessage, timeoutMs: number): Promise<SendResult> {
    return new Promise((resolve, reject) => {
      const key = `${message.waitStored} ${message.topic}`;
      const bytes = batchItemBytes(message);
      const before = this.#gathering.get(key);
      if (before !== undefined && before.bytes + bytes > this.#batchBytes) this.#leave(key);
      const gathering = this.#gathering.get(key) ?? this.#begin(key);
      gathering.waiting.push({ message, timeoutMs, resolve, reject });
      gathering.bytes += bytes;
      if (gathering.bytes >= this.#batchBytes || gathering.waiting.length >= this.#batchMessages) this.#leave(key);
    });
  }

  /** Sends what is gathered now. */
  flush(): void {
    for (const key of [...this.#gathering.keys()]) this.#leave(key);
  }

  #begin(key: string): Gathering {
    const timer = this.#clock.setTimer(this.#delayMs, () => this.#leave(key));
    const gathering = { waiting: [], bytes: 0, timer };
    this.#gathering.set(key, gathering);
    return gathering;
  }

  #leave(key: string): void {
    const gathering = this.#gathering.get(key);
    if (gathering === undefined) return;
    this.#gathering.delete(key);
    gathering.timer.cancel();
    const { waiting } = gathering;
    const batch = batchOf(waiting.map(({ message }) => message));
    const timeoutMs = Math.min(...waiting.map((each) => each.timeoutMs));
    this.#send(batch, timeoutMs).then(
      (results) => {
        for (const [index, { resolve }] of waiting.entries()) resolve(results[index]!);
      },
      (error: unknown) => {
        for (const { reject } of waiting) reject(error);
      },
    );
  }
}
