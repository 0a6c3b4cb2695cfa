/** What the ways of consuming in order have in common: locks, pauses after failures, and giving a message up. */

import type { Logger } from '@rocketmq-ts/common';
import { ConsumeLaterError, type ConsumptionOptions } from './consumption.js';
import type { ProcessQueue } from './process-queue.js';
import { LOCK_LIFE_MS } from './queue-locks.js';
import type { ReceivedMessage } from './received-message.js';

/** How soon a queue without a lock is looked at again, ms. */
export const LOCK_RETRY_MS = 100;
const SHORTEST_SUSPENSION_MS = 10;
const LONGEST_SUSPENSION_MS = 30_000;

export interface InOrderOptions<T> extends ConsumptionOptions<T> {
  readonly logger: Logger;
  /** Queues must be locked at their brokers; not so for broadcasts. */
  readonly needsLock: boolean;
  /** How long a queue, or a key of it, waits after a failure. */
  readonly suspendMs: number;
  /** A message that failed so often leaves the queue; negative: never. */
  readonly maxReconsumeTimes: number;
  /** Sends a message that has failed too often to the retry topic, from where the broker moves it on. */
  readonly giveUp: (message: ReceivedMessage<T>) => Promise<void>;
}

/** Whether the lock of a queue can be relied on. */
export function isOurs<T>(processQueue: ProcessQueue<T>, { needsLock, clock }: InOrderOptions<T>): boolean {
  if (!needsLock) return true;
  return processQueue.locked && clock.monotonicMs() - processQueue.lockedMs < LOCK_LIFE_MS;
}

/** How long to wait after this failure, ms. Source: ConsumeMessageOrderlyService#submitConsumeRequestLater. */
export function suspensionMs<T>(error: unknown, { suspendMs }: InOrderOptions<T>): number {
  const askedMs = error instanceof ConsumeLaterError ? error.suspendMs : undefined;
  return Math.min(Math.max(askedMs ?? suspendMs, SHORTEST_SUSPENSION_MS), LONGEST_SUSPENSION_MS);
}

/**
 * A call has failed: gives up those of its messages that have failed too often,
 * counts the failure of the others. Gives those that have left. Source: ConsumeMessageOrderlyService#checkReconsumeTimes.
 */
export async function giveUpExhausted<T>(
  messages: readonly ReceivedMessage<T>[],
  options: InOrderOptions<T>,
): Promise<ReceivedMessage<T>[]> {
  const givenUp: ReceivedMessage<T>[] = [];
  for (const message of messages) {
    if (await gaveUp(message, options)) givenUp.push(message);
    else message.reconsumeTimes++;
  }
  return givenUp;
}

async function gaveUp<T>(
  message: ReceivedMessage<T>,
  { maxReconsumeTimes, giveUp, logger }: InOrderOptions<T>,
): Promise<boolean> {
  if (maxReconsumeTimes < 0 || message.reconsumeTimes < maxReconsumeTimes) return false;
  try {
    await giveUp(message);
    return true;
  } catch (error) {
    logger.warn('message not sent to the retries', { message: message.messageId, ...message.queue, error });
    return false;
  }
}
