/** Requests that wait for their replies, which brokers push to the client that asked. */
import { type Clock, findProperty, MessageConst, type MessageRecord, type Timer } from '@rocketmq-ts/common';
import { ClientError } from '../errors.js';

/** Most requests of one client that wait for a reply at a time. */
const MAX_WAITING = 65_536;

/** There are already so many requests without a reply that no more are taken. */
export class TooManyRequestsError extends ClientError {
  readonly code = 'TOO_MANY_REQUESTS';
  readonly retryable = true;
  constructor(limit: number) {
    super(`${limit} requests of this client wait for their replies already`);
  }
}

export interface Expectation {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /** What to reject with when no reply came in time. */
  readonly late: () => Error;
}

interface Waiting {
  readonly resolve: (record: MessageRecord) => void;
  readonly reject: (error: unknown) => void;
}

/** Source: RequestFutureHolder; each client has its own, as a reply comes to the client that asked. */
export class PendingReplies {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Waiting>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Requests that wait now. */
  get size(): number {
    return this.#waiting.size;
  }

  /** The reply with this correlation id. @throws TooManyRequestsError; what `late` gives; the signal's reason */
  expect(correlationId: string, { timeoutMs, signal, late }: Expectation): Promise<MessageRecord> {
    if (this.#waiting.size >= MAX_WAITING) throw new TooManyRequestsError(MAX_WAITING);
    signal?.throwIfAborted();
    let timer: Timer | undefined;
    const onAbort = (): void => this.fail(correlationId, signal?.reason);
    const reply = new Promise<MessageRecord>((resolve, reject) => {
      this.#waiting.set(correlationId, { resolve, reject });
      timer = this.#clock.setTimer(timeoutMs, () => this.fail(correlationId, late()));
      signal?.addEventListener('abort', onAbort, { once: true });
    });
    return reply.finally(() => {
      timer?.cancel();
      signal?.removeEventListener('abort', onAbort);
    });
  }

  /** A reply has come; false when nobody waits for it (any more). */
  deliver(record: MessageRecord): boolean {
    const correlationId = findProperty(record.propertiesText, MessageConst.PROPERTY_CORRELATION_ID);
    const waiting = correlationId === undefined ? undefined : this.#take(correlationId);
    waiting?.resolve(record);
    return waiting !== undefined;
  }

  /** There will be no reply. */
  fail(correlationId: string, error: unknown): void {
    this.#take(correlationId)?.reject(error);
  }

  /** Nobody will hear replies any more. */
  close(error: Error): void {
    for (const correlationId of [...this.#waiting.keys()]) this.fail(correlationId, error);
  }

  #take(correlationId: string): Waiting | undefined {
    const waiting = this.#waiting.get(correlationId);
    this.#waiting.delete(correlationId);
    return waiting;
  }
}
