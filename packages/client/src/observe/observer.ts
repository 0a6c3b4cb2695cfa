/** What may be put around every send and every call of a handler: hooks, tracing, message traces. */
import type { ConsumeContext } from '../consumer/consumption.js';
import type { ReceivedMessage } from '../consumer/received-message.js';
import type { OutgoingMessage } from '../producer/outgoing-message.js';
import type { SendResult } from '../producer/send-result.js';

/** What came of a send: a result, an error, or neither when nobody waits for an answer. */
export interface SendOutcome {
  readonly result?: SendResult;
  readonly error?: unknown;
  /** Bytes of the body as it was prepared; 0 when it was not. */
  readonly bodyBytes: number;
}

/** One send under observation. */
export interface SendObservation<T> {
  /** The message to send: the one given, or one with more properties. */
  readonly message: OutgoingMessage<T>;
  ended(outcome: SendOutcome): void;
}

/** What a send is besides a send. */
export interface SendKind {
  /** The message is a half message. */
  readonly isHalf?: boolean;
  /** No answer is waited for. */
  readonly isOneway?: boolean;
}

/** Sees every send of a producer. What `begin` throws fails the send; `ended` must not throw. */
export interface SendObserver<T> {
  begin(message: OutgoingMessage<T>, kind: SendKind): SendObservation<T>;
}

/** One call of a handler under observation. */
export interface ConsumeObservation {
  /** Calls `next`, in a context of its own if there is one. */
  run?(next: () => unknown): unknown;
  ended(failed: boolean, error: unknown): void;
}

/** Sees every call of a handler, and every message that was polled until it is acknowledged. */
export interface ConsumeObserver<T> {
  begin(messages: readonly ReceivedMessage<T>[], context: ConsumeContext<T>): ConsumeObservation;
}
