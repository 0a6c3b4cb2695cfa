/** The application's own hooks around sends and consumption. */
import type { Logger } from '@rocketmq-ts/common';
import type { ReceivedMessage } from '../consumer/received-message.js';
import type { OutgoingMessage } from '../producer/outgoing-message.js';
import type { SendResult } from '../producer/send-result.js';
import type { TransactionEnd } from '../producer/transactions.js';
import type { ConsumeObserver, SendObserver } from './observer.js';

/** What came of a send: neither result nor error when it was one-way. */
export interface SendHookOutcome {
  readonly result?: SendResult;
  readonly error?: unknown;
}

/**
 * Called around every send: single, one-way, in a batch, request, reply and
 * half message. What `before` throws fails the send; what the others throw is
 * logged. Source: SendMessageHook, EndTransactionHook.
 */
export interface SendHook<T> {
  before?(message: OutgoingMessage<T>): void;
  after?(message: OutgoingMessage<T>, outcome: SendHookOutcome): void;
  /** The producer has decided on a transaction; called before the broker is told. */
  transactionEnded?(end: TransactionEnd): void;
}

/** What came of messages. */
export interface ConsumeHookOutcome<T> {
  readonly success: boolean;
  /** What the handler has thrown or rejected with. */
  readonly error?: unknown;
  /** Those that come again, of messages that were handled well as a whole. */
  readonly later: readonly ReceivedMessage<T>[];
}

/**
 * Called around every call of a handler; of a pull consumer, when a message is
 * given, and when it is acknowledged or given back. What `before` throws makes
 * the messages come again; what `after` throws is logged. Source: ConsumeMessageHook.
 */
export interface ConsumeHook<T> {
  before?(messages: readonly ReceivedMessage<T>[]): void;
  after?(messages: readonly ReceivedMessage<T>[], outcome: ConsumeHookOutcome<T>): void;
}

/** A hook as an observer. */
export function sendHookObserver<T>(hook: SendHook<T>, logger: Logger): SendObserver<T> {
  return {
    begin(message) {
      hook.before?.(message);
      return {
        message,
        ended: ({ result, error }) =>
          guarded(logger, () =>
            hook.after?.(message, result !== undefined ? { result } : error === undefined ? {} : { error }),
          ),
      };
    },
  };
}

/** A hook as an observer. */
export function consumeHookObserver<T>(hook: ConsumeHook<T>, logger: Logger): ConsumeObserver<T> {
  return {
    begin(messages, context) {
      hook.before?.(messages);
      return {
        ended(failed, error) {
          const later = failed ? [] : messages.filter((message) => context.laterLevelOf(message) !== undefined);
          guarded(logger, () =>
            hook.after?.(messages, failed ? { success: false, error, later } : { success: true, later }),
          );
        },
      };
    },
  };
}

/** Tells the hooks of an end. */
export function tellHooks<T>(hooks: readonly SendHook<T>[], end: TransactionEnd, logger: Logger): void {
  for (const hook of hooks) guarded(logger, () => hook.transactionEnded?.(end));
}

/** What is done is done, whatever a hook makes of it. */
function guarded(logger: Logger, call: () => void): void {
  try {
    call();
  } catch (error) {
    logger.error('a hook threw', { error });
  }
}
