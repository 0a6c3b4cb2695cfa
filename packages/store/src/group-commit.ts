/**
 * Gathers the appends of one turn, writes them in one stroke, makes them
 * visible and answers those who wait; with SYNC_FLUSH after the flush that
 * they share.
 */
import type { Clock, Timer, Turn } from '@rocketmq-ts/common';
import type { PutMessageStatus } from './api.js';
import type { CommitLog } from './commit-log.js';
import type { PendingPut } from './pending-put.js';
import { skipsConsumeQueue } from './record-layout.js';

export interface GroupCommitOptions {
  readonly clock: Clock;
  readonly turn: Turn;
  readonly log: CommitLog;
  readonly config: { readonly syncFlushTimeout: number };
  /** Messages become visible only when they are durable. */
  readonly syncFlush: boolean;
  /** Makes a committed message visible: queue, index, arrival. */
  readonly dispatch: (put: PendingPut) => void;
  /** Asks for a flush. */
  readonly requestFlush: () => void;
  /** A write failed and was taken back. */
  readonly writeFailed: (error: Error) => void;
  /** Hears of each write: how many messages, and how long it took. */
  readonly written: (count: number, elapsedMs: number) => void;
  /** The turn's appends are decided; the next append starts a new turn. */
  readonly committed: () => void;
}

/**
 * Before each so many messages have their turn, all of their queues (and counters) are touched: work that goes from one
 * of thousands of queues to the next waits for memory several times for each; this way the processor waits for many of
 * them at once. With 4,000 queues that is half of what a message costs more than with one. The loops must be short, and
 * what they call the same each time, so that it is compiled into them.
 */
const AHEAD = 16;
/** What was touched must be used for something, or it would not be read. */
const seen = { sum: 0 };

function touchQueues(puts: readonly PendingPut[], from: number): number {
  const end = Math.min(from + AHEAD, puts.length);
  let sum = 0;
  for (let i = from; i < end; i++) sum = (sum + puts[i]!.queue.touch()) | 0;
  return sum;
}

function touchWaiters(puts: readonly PendingPut[], from: number): number {
  const end = Math.min(from + AHEAD, puts.length);
  let sum = 0;
  for (let i = from; i < end; i++) sum = (sum + (puts[i]!.waiter?.touch?.() ?? 0)) | 0;
  return sum;
}

/** Unwritten bytes beyond which a write happens before the turn ends. */
const WRITE_AHEAD_BYTES = 256 * 1024;

/** Source: CommitLog#handleDiskFlush, GroupCommitService. */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  /** Appended in this turn, in the order of the log. */
  #turnPuts: PendingPut[] = [];
  /** Written and, with SYNC_FLUSH, not durable yet; the first `#flushedCount` are done. */
  #flushing: PendingPut[] = [];
  #scheduled = false;
  #timeout: Timer | undefined;
  /** Where the log ended before this turn's first append. */
  #turnStart = 0;
  /** A write ahead of the turn's end has failed. */
  #error: Error | undefined;
  readonly #endTurn = (): void => this.commit();

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /** Must be called before the first append of a turn changes the log. */
  begin(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#turnStart = this.#options.log.appendOffset;
    this.#options.turn.commit(this.#endTurn);
  }

  /** Takes a record that was appended. */
  add(put: PendingPut): void {
    this.#turnPuts.push(put);
    if (this.#error === undefined && this.#options.log.dirtyBytes >= WRITE_AHEAD_BYTES) this.#write();
  }

  /** Messages that wait for a flush. */
  get waitingForFlush(): number {
    return this.#flushing.length;
  }

  /** Writes and answers everything that was appended. */
  commit(): void {
    if (!this.#scheduled) return;
    const puts = this.#turnPuts;
    if (this.#error === undefined) this.#write();
    this.#turnPuts = [];
    this.#scheduled = false;
    const error = this.#error;
    this.#error = undefined;
    this.#options.committed();
    if (error !== undefined) this.#refuse(puts, error);
    else if (this.#options.syncFlush) this.#awaitFlush(puts);
    else this.#finish(puts);
  }

  /** Everything before `offset` is durable. */
  flushed(offset: number): void {
    const puts = this.#flushing;
    let count = 0;
    while (count < puts.length && puts[count]!.endOffset <= offset) count++;
    if (count === 0) return;
    this.#flushing = puts.slice(count);
    puts.length = count;
    this.#finish(puts);
  }

  /** No flush will succeed any more: those who wait for one are told, and nothing is acknowledged. */
  flushFailed(): void {
    const puts = this.#flushing;
    this.#flushing = [];
    this.#timeout?.cancel();
    this.#timeout = undefined;
    answer(puts, 'UNKNOWN_ERROR');
  }

  #write(): void {
    const { clock, log } = this.#options;
    const begin = clock.monotonicMs();
    try {
      log.write();
      this.#options.written(this.#turnPuts.length, clock.monotonicMs() - begin);
    } catch (error) {
      this.#error = error as Error;
    }
  }

  /** Takes the turn back: the log, the queue offsets, and every answer is a refusal. */
  #refuse(puts: PendingPut[], error: Error): void {
    const left = this.#options.log.rollBack(this.#turnStart);
    for (const { queue, queueOffset, sysFlag, light } of puts) {
      if (skipsConsumeQueue(sysFlag)) continue;
      queue.nextOffset = Math.min(queue.nextOffset, queueOffset);
      for (const place of light ?? []) {
        place.queue.nextOffset = Math.min(place.queue.nextOffset, place.queueOffset);
      }
    }
    this.#options.writeFailed(error);
    if (left !== undefined) this.#options.writeFailed(left);
    answer(puts, 'SERVICE_NOT_AVAILABLE');
  }

  #awaitFlush(puts: PendingPut[]): void {
    const deadlineMs = this.#options.clock.monotonicMs() + this.#options.config.syncFlushTimeout;
    const unwaiting: PendingPut[] = [];
    for (const put of puts) {
      put.deadlineMs = deadlineMs;
      this.#flushing.push(put);
      if (!put.waitsForFlush) unwaiting.push(put);
    }
    answer(unwaiting, 'PUT_OK');
    this.#armTimeout();
    this.#options.requestFlush();
  }

  #finish(puts: PendingPut[]): void {
    for (let i = 0; i < puts.length; i++) {
      if (i % AHEAD === 0) seen.sum ^= touchQueues(puts, i);
      this.#options.dispatch(puts[i]!);
    }
    answer(puts, 'PUT_OK');
  }

  #armTimeout(): void {
    const next = this.#flushing.find((put) => put.waiter !== undefined);
    if (this.#timeout !== undefined || next === undefined) return;
    const delayMs = Math.max(1, next.deadlineMs - this.#options.clock.monotonicMs());
    this.#timeout = this.#options.clock.setTimer(delayMs, this.#onTimeout, { background: true });
  }

  /** The messages stay stored; those who waited too long are told that it is not sure. */
  readonly #onTimeout = (): void => {
    this.#timeout = undefined;
    const now = this.#options.clock.monotonicMs();
    answer(
      this.#flushing.filter((put) => put.deadlineMs <= now),
      'FLUSH_DISK_TIMEOUT',
    );
    this.#armTimeout();
  };
}

/** Calls each waiter that was not called; one that throws does not keep the others from their answer. */
function answer(puts: readonly PendingPut[], status: PutMessageStatus): void {
  const stored = status === 'PUT_OK' || status === 'FLUSH_DISK_TIMEOUT';
  let failure: unknown;
  for (let i = 0; i < puts.length; i++) {
    if (i % AHEAD === 0) seen.sum ^= touchWaiters(puts, i);
    const put = puts[i]!;
    const { waiter } = put;
    if (waiter === undefined) continue;
    put.waiter = undefined;
    try {
      waiter.putDone(status, stored ? put : undefined);
    } catch (error) {
      failure ??= error;
    }
  }
  if (failure !== undefined) throw failure;
}
