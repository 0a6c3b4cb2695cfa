/**
 * Brings the files of the timer to one state when the broker starts. They are
 * caches of the queue of `rmq_sys_wheel_timer`: what contradicts itself is made
 * again, the wheel from the timer log, and both from the queue.
 */
import { type Files, type Logger, TIMER_TOPIC } from '@rocketmq-ts/common';
import { UndeliverableError } from '../waiting-record.js';
import { BLANK_SLOTS } from './roll-window.js';
import { TimedMessage } from './timed-message.js';
import type { TimerCheckpointFile, TimerProgress } from './timer-checkpoint.js';
import type { TimerLog } from './timer-log.js';
import { slotOf, TIMER_QUEUE_ID, type TimedStore, type TimerConfig } from './timer-parts.js';
import { countOf, TIMER_RECORD_BYTES, type TimerRecord } from './timer-record.js';
import { REACH_SLOTS, type TimerWheel } from './timer-wheel.js';
import type { WheelFiles } from './wheel-files.js';

export interface TimerRecoveryParts {
  readonly config: TimerConfig;
  readonly clock: { now(): number };
  readonly files: Files;
  readonly logger: Logger;
  readonly store: TimedStore;
  readonly log: TimerLog;
  readonly wheel: TimerWheel;
  readonly wheelFiles: WheelFiles;
}

/** Where the timer goes on. */
export interface RecoveredTimer {
  /** The slots before this are done, ms since the epoch. */
  readonly readTimeMs: number;
  /** Offset of the next message of `rmq_sys_wheel_timer`. */
  readonly queueOffset: number;
  /** Physical offsets of messages that may come again and are in the timer log, ascending. */
  readonly known: readonly number[];
  /** The log is made anew: of the messages before this offset those that were due before `readTimeMs` are delivered. */
  readonly rebuiltUntil: number | undefined;
}

/** So far the clock may step back without anybody having set it. */
export const CLOCK_CORRECTION_MS = 5000;
/** Records before the check point that are compared with the queue: the reference notes one a little before the other. */
const MARGIN_RECORDS = 1260;
/** Records before the check point among which one is looked for that must be in the wheel. */
const WITNESS_RECORDS = 4096;

/** Source: TimerMessageStore#recover. */
export class TimerRecovery {
  readonly #parts: TimerRecoveryParts;

  constructor(parts: TimerRecoveryParts) {
    this.#parts = parts;
  }

  async run(found: ReturnType<TimerCheckpointFile['read']>): Promise<RecoveredTimer> {
    const { log } = this.#parts;
    const wellFormed = log.load();
    const progress = found?.progress;
    const readTimeMs = this.#readTime(progress?.lastReadTimeMs ?? 0);
    if (progress === undefined) return this.#rebuild(undefined, readTimeMs, 'there is no check point');
    const flushedEnd = progress.lastTimerLogFlushPos;
    if (!wellFormed || !this.#reaches(flushedEnd)) return this.#rebuild(progress, readTimeMs, 'the timer log is cut');
    log.truncate(await this.#wholeEnd(flushedEnd), flushedEnd);
    const wheelEnd = this.#loadWheel(readTimeMs, flushedEnd);
    const intact = this.#replay(wheelEnd ?? log.minOffset, readTimeMs);
    if (!intact) return this.#rebuild(progress, readTimeMs, 'the timer log contradicts itself');
    return {
      readTimeMs,
      queueOffset: this.#queueOffset(progress),
      known: this.#known(flushedEnd),
      rebuiltUntil: undefined,
    };
  }

  /**
   * Where the records end that count. Of a write that was cut short, by a kill or a power cut, the last record may be a
   * part of one, with zeros behind it, and look like one: only its message tells. That comes again from the queue.
   */
  async #wholeEnd(flushedEnd: number): Promise<number> {
    const { log, store } = this.#parts;
    let last: { record: TimerRecord; position: number } | undefined;
    const end = log.scan(flushedEnd, (record, position) => {
      if (record.physicalOffset + record.sizeBytes > store.maxPhysicalOffset) return false;
      last = { record, position };
      return true;
    });
    return last === undefined || (await this.#isWhole(last.record)) ? end : last.position;
  }

  async #isWhole({ physicalOffset, sizeBytes, topicHash }: TimerRecord): Promise<boolean> {
    const bytes = await this.#parts.store.recordAt(physicalOffset);
    try {
      return bytes?.length === sizeBytes && new TimedMessage(bytes).topicHash === topicHash;
    } catch (error) {
      if (!(error instanceof UndeliverableError)) throw error;
      return false;
    }
  }

  /** A slot within the reach of the wheel, and not in a future that the clock does not know. */
  #readTime(lastReadTimeMs: number): number {
    const { config, clock, logger } = this.#parts;
    const now = slotOf(clock.now(), config.timerPrecisionMs);
    const oldest = now - (REACH_SLOTS - BLANK_SLOTS) * config.timerPrecisionMs;
    if (lastReadTimeMs > now + CLOCK_CORRECTION_MS) {
      logger.warn('the timer was ahead of the clock', { lastReadTimeMs, now });
      return now;
    }
    return slotOf(Math.max(lastReadTimeMs, oldest), config.timerPrecisionMs);
  }

  /** Whether the log has what it had at the check point. */
  #reaches(flushedEnd: number): boolean {
    const { log } = this.#parts;
    if (flushedEnd === 0) return log.minOffset === 0;
    if (flushedEnd < log.minOffset || flushedEnd > log.filesEnd) return false;
    const last = log.before(flushedEnd);
    return last === undefined || log.reader().readUnbounded(last) !== undefined;
  }

  /** Reads the wheel; answers the end of the log that it knows, or undefined when there is no wheel to go by. */
  #loadWheel(readTimeMs: number, flushedEnd: number): number | undefined {
    const { log, wheel, wheelFiles, logger } = this.#parts;
    const base = wheelFiles.base();
    // Nothing was ever put in.
    if (log.endOffset === log.minOffset) return log.endOffset;
    if (base !== undefined) {
      const end = Math.min(base.snapshotPosition ?? flushedEnd, flushedEnd);
      let fits = end >= log.minOffset;
      for (const page of fits ? wheelFiles.read(base) : []) {
        fits = wheel.restore(page, readTimeMs, log.endOffset);
        if (!fits) break;
      }
      if (fits && this.#knowsNewest(end, readTimeMs)) {
        // The plain file is not written beside snapshots: it gets all pages when it takes over.
        if (base.snapshotPosition !== undefined) wheel.markDirty(wheel.pages);
        return end;
      }
    }
    logger.warn('the timer wheel is missing or not that of the timer log and is made again', { path: base?.path });
    wheel.clear();
    wheelFiles.clear();
    return undefined;
  }

  /** Whether the newest waiting message before `end` is in the wheel. */
  #knowsNewest(end: number, readTimeMs: number): boolean {
    const { log, wheel } = this.#parts;
    const reader = log.reader();
    let position = log.before(end);
    for (let i = 0; i < WITNESS_RECORDS && position !== undefined; i++) {
      const record = reader.read(position);
      if (record === undefined) return false;
      if (record.slotTimeMs >= readTimeMs) return (wheel.slot(record.slotTimeMs)?.lastPosition ?? -1) >= position;
      position = log.before(position);
    }
    return true;
  }

  /** Puts what waits into the wheel, from a position of the log on; false when the links of the log do not fit. */
  #replay(from: number, readTimeMs: number): boolean {
    const { log, wheel } = this.#parts;
    let intact = true;
    log.scan(from, (record, position) => {
      if (position >= log.endOffset || record.slotTimeMs < readTimeMs) return position < log.endOffset;
      const last = wheel.slot(record.slotTimeMs)?.lastPosition ?? -1;
      if (position <= last) return true;
      intact = record.previous === last || (last === -1 && record.previous < log.minOffset);
      if (intact) wheel.add(record.slotTimeMs, position, countOf(record));
      return intact;
    });
    return intact;
  }

  #queueOffset({ lastTimerQueueOffset, masterTimerQueueOffset }: TimerProgress): number {
    const { store, logger } = this.#parts;
    const minOffset = store.minOffsetInQueue(TIMER_TOPIC, TIMER_QUEUE_ID);
    const maxOffset = store.maxOffsetInQueue(TIMER_TOPIC, TIMER_QUEUE_ID);
    const noted = Math.min(lastTimerQueueOffset, masterTimerQueueOffset);
    const offset = Math.min(Math.max(noted, minOffset), maxOffset);
    if (offset !== noted) logger.warn('the timer was outside of its queue', { noted, minOffset, maxOffset });
    return offset;
  }

  #known(flushedEnd: number): number[] {
    const { log, config } = this.#parts;
    const inFile = flushedEnd % config.mappedFileSizeTimerLog;
    const from = Math.max(log.minOffset, flushedEnd - Math.min(inFile, MARGIN_RECORDS * TIMER_RECORD_BYTES));
    const known: number[] = [];
    log.scan(from, (record, position) => {
      if (position >= log.endOffset) return false;
      known.push(record.physicalOffset);
      return true;
    });
    return known.sort((a, b) => a - b);
  }

  #rebuild(progress: TimerProgress | undefined, readTimeMs: number, why: string): RecoveredTimer {
    const { log, wheel, wheelFiles, store, logger } = this.#parts;
    const queueOffset = store.minOffsetInQueue(TIMER_TOPIC, TIMER_QUEUE_ID);
    const maxOffset = store.maxOffsetInQueue(TIMER_TOPIC, TIMER_QUEUE_ID);
    if (maxOffset > queueOffset) logger.warn('the timer is made again from its queue', { why, queueOffset, maxOffset });
    log.clear();
    wheel.clear();
    wheelFiles.clear();
    const doneUntil =
      progress === undefined ? 0 : Math.min(progress.lastTimerQueueOffset, progress.masterTimerQueueOffset);
    return { readTimeMs, queueOffset, known: [], rebuiltUntil: Math.min(doneUntil, maxOffset) };
  }
}
