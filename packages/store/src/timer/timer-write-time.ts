/**
 * Up to which time everything that was put for the timer is in the wheel. Only slots before it are delivered: a mark
 * that takes a message back must be in the wheel before its message leaves.
 */
import { type Clock, TIMER_TOPIC } from '@rocketmq-ts/common';
import { slotOf, TIMER_QUEUE_ID, type TimedStore, type TimerConfig } from './timer-parts.js';

export interface TimerWriteTimeParts {
  readonly config: Pick<TimerConfig, 'flushDiskType' | 'timerPrecisionMs'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly store: Pick<TimedStore, 'flush' | 'maxOffsetInQueue'>;
}

/** Source: TimerMessageStore#currWriteTimeMs, #maybeMoveWriteTime. */
export class TimerWriteTime {
  readonly #parts: TimerWriteTimeParts;
  #timeMs = 0;
  /** Where the time moves to, once the queue is in the wheel up to its end of then. */
  #next: { readonly timeMs: number; readonly queueEnd: number } | undefined;

  constructor(parts: TimerWriteTimeParts) {
    this.#parts = parts;
  }

  /** The slots before this have all that was put before their time was over; ms since the epoch. */
  get timeMs(): number {
    return this.#timeMs;
  }

  /** Follows the clock; the messages before `queueOffset` are in the wheel. */
  async move(queueOffset: number): Promise<void> {
    const { config, clock, store } = this.#parts;
    const nowMs = slotOf(clock.now(), config.timerPrecisionMs);
    if (nowMs < this.#timeMs) {
      this.#timeMs = nowMs;
      this.#next = undefined;
    }
    if (this.#next === undefined && nowMs > this.#timeMs) {
      // A message that was answered FLUSH_DISK_TIMEOUT is not in its queue yet.
      if (config.flushDiskType === 'SYNC_FLUSH') await store.flush();
      this.#next = { timeMs: nowMs, queueEnd: store.maxOffsetInQueue(TIMER_TOPIC, TIMER_QUEUE_ID) };
    }
    if (this.#next === undefined || queueOffset < this.#next.queueEnd) return;
    this.#timeMs = this.#next.timeMs;
    this.#next = undefined;
  }
}
