/**
 * The files `timerlog/<20 digits>`: records in the order in which messages came
 * to wait. It can be made again from the queue of `rmq_sys_wheel_timer`.
 */
import type { Clock } from '@rocketmq-ts/common';
import type { FileQueue } from '../file-queue.js';
import {
  FILE_END_BYTES,
  TIMER_RECORD_BYTES,
  type TimerRecord,
  writeFileEnd,
  writeTimerRecord,
} from './timer-record.js';
import { TimerRecordReader } from './timer-record-reader.js';

/** A record whose place in its slot the log finds. */
export type NewTimerRecord = Omit<TimerRecord, 'previous'>;

export interface TimerLogOptions {
  readonly clock: Pick<Clock, 'endOfTurn'>;
  readonly files: FileQueue;
}

/** A file holds a record at least. */
export const LEAST_TIMER_LOG_BYTES = TIMER_RECORD_BYTES + FILE_END_BYTES;
/** Records that a walk reads before others get their turn. */
const RECORDS_PER_TURN = 2048;

/** Source: TimerLog. */
export class TimerLog {
  readonly #clock: Pick<Clock, 'endOfTurn'>;
  readonly #files: FileQueue;
  #end = 0;
  /** What is before this is durable. */
  #syncedEnd = 0;
  #namesChanged = false;

  /** Throws for files too small for a record. */
  constructor({ clock, files }: TimerLogOptions) {
    if (files.fileSizeBytes < LEAST_TIMER_LOG_BYTES) {
      throw new Error(
        `mappedFileSizeTimerLog=${files.fileSizeBytes}: at least ${LEAST_TIMER_LOG_BYTES} bytes are needed`,
      );
    }
    this.#clock = clock;
    this.#files = files;
  }

  get minOffset(): number {
    return this.#files.minOffset;
  }

  /** Where the next record goes, or a file end before it. */
  get endOffset(): number {
    return this.#end;
  }

  /** End of the last file. */
  get filesEnd(): number {
    return this.#files.endOffset;
  }

  /** Reads which files there are; false when they are not what this log would have written. */
  load(): boolean {
    const files = this.#files;
    files.load();
    return files.starts.every(
      (start, i) =>
        start === files.minOffset + i * files.fileSizeBytes &&
        start % files.fileSizeBytes === 0 &&
        files.statSize(start) === files.fileSizeBytes,
    );
  }

  /**
   * Ends the log at `end`: what is behind it goes, and does not come back with a power cut, when it would be taken for
   * records of messages that have its place in the log by then. What is before `syncedEnd` is known to be durable.
   */
  truncate(end: number, syncedEnd: number): void {
    const files = this.#files;
    for (const start of [...files.starts].reverse()) if (start >= end && start > 0) files.removeEmptied(start);
    const start = files.startOf(end);
    if (files.has(start)) {
      files.zeroFrom(end);
      files.handle(start).datasyncSync();
    }
    this.#end = end;
    this.#syncedEnd = syncedEnd;
  }

  /** Drops every record. */
  clear(): void {
    this.#files.destroy();
    this.#end = 0;
    this.#syncedEnd = 0;
  }

  /**
   * Appends records, each linked to the one before it in its slot; `lastPositionOf` tells that of a slot for
   * which these are the first. Answers their positions. When it throws, the log is as it was.
   */
  append(records: readonly NewTimerRecord[], lastPositionOf: (slotTimeMs: number) => number): number[] {
    const last = new Map<number, number>();
    const positions: number[] = [];
    const page = new DataView(new ArrayBuffer(records.length * TIMER_RECORD_BYTES));
    let end = this.#end;
    let from = 0;
    records.forEach((record, index) => {
      const rest = this.#rest(end);
      if (rest < TIMER_RECORD_BYTES + FILE_END_BYTES) {
        this.#write(end, page, from, positions.length);
        from = positions.length;
        this.#endFile(end, rest);
        end += rest;
      }
      const previous = last.get(record.slotTimeMs) ?? lastPositionOf(record.slotTimeMs);
      writeTimerRecord(page, index * TIMER_RECORD_BYTES, { ...record, previous });
      positions.push(end);
      last.set(record.slotTimeMs, end);
      end += TIMER_RECORD_BYTES;
    });
    this.#write(end, page, from, positions.length);
    this.#end = end;
    return positions;
  }

  /** The record at a position; undefined when none can start there. */
  reader(): TimerRecordReader {
    return new TimerRecordReader(this.#files, () => this.#end);
  }

  /**
   * Positions of the records of a slot, oldest first, along their links from the last one. A link that does not
   * lead back, or to a record of another slot, ends the walk: `broken` is true then.
   */
  async positionsOf(
    lastPosition: number,
    isOfSlot: (record: TimerRecord) => boolean,
  ): Promise<{ positions: number[]; broken: boolean }> {
    const reader = this.reader();
    const positions: number[] = [];
    let position = lastPosition;
    let broken = false;
    while (position >= this.minOffset) {
      const record = reader.read(position);
      if (record === undefined || !isOfSlot(record) || record.previous >= position) {
        broken = true;
        break;
      }
      positions.push(position);
      position = record.previous;
      if (positions.length % RECORDS_PER_TURN === 0) await this.#turn();
    }
    return { positions: positions.reverse(), broken };
  }

  /**
   * Hands out the records from `from` on, in order, up to the first bytes that are none or to a `false`;
   * answers the position where it ended.
   */
  scan(from: number, visit: (record: TimerRecord, position: number) => boolean | undefined): number {
    const files = this.#files;
    const reader = this.reader();
    let position = from;
    for (;;) {
      const rest = this.#rest(position);
      if (!files.has(files.startOf(position)) || rest < FILE_END_BYTES) return position;
      if (rest >= TIMER_RECORD_BYTES) {
        const record = reader.readUnbounded(position);
        if (record !== undefined) {
          if (visit(record, position) === false) return position;
          position += TIMER_RECORD_BYTES;
          continue;
        }
      }
      if (!reader.isFileEnd(position)) return position;
      position += rest;
    }
  }

  /** Position of the record before `end`, which must follow a record or begin a file; undefined when there is none. */
  before(end: number): number | undefined {
    const files = this.#files;
    const size = files.fileSizeBytes;
    const lastUnit = Math.floor((size - FILE_END_BYTES) / TIMER_RECORD_BYTES - 1) * TIMER_RECORD_BYTES;
    const position = end % size === 0 ? end - size + lastUnit : end - TIMER_RECORD_BYTES;
    return position < this.minOffset || position < 0 ? undefined : position;
  }

  /** Makes what was appended durable. */
  async sync(): Promise<void> {
    const end = this.#end;
    if (end === this.#syncedEnd) return;
    const last = this.#files.starts.at(-1);
    if (this.#namesChanged && last !== undefined) this.#files.syncDirectory(this.#files.directoryOf(last));
    this.#namesChanged = false;
    for (const start of [...this.#files.starts]) {
      if (start < end && start + this.#files.fileSizeBytes > this.#syncedEnd && this.#files.has(start)) {
        await this.#files.datasync(start);
      }
    }
    this.#syncedEnd = end;
  }

  /** Deletes the files all of whose messages lie before `minPhysicalOffset`; the last one stays. Answers how many went. */
  deleteExpired(minPhysicalOffset: number): number {
    const files = this.#files;
    let count = 0;
    while (files.count > 1) {
      const position = this.before(files.minOffset + files.fileSizeBytes);
      const record = position === undefined ? undefined : this.reader().read(position);
      if (record !== undefined && record.physicalOffset >= minPhysicalOffset) break;
      files.remove(files.minOffset);
      count++;
    }
    return count;
  }

  close(): void {
    this.#files.close();
  }

  #rest(position: number): number {
    return this.#files.fileSizeBytes - (position % this.#files.fileSizeBytes);
  }

  /** Writes the records `from` to `to` of the page, which end at `end`, into one file. */
  #write(end: number, page: DataView, from: number, to: number): void {
    if (from === to) return;
    const length = (to - from) * TIMER_RECORD_BYTES;
    this.#ensureFile(end - length);
    this.#files.writeSync(end - length, new Uint8Array(page.buffer), from * TIMER_RECORD_BYTES, length);
  }

  #endFile(position: number, restBytes: number): void {
    const mark = new DataView(new ArrayBuffer(FILE_END_BYTES));
    writeFileEnd(mark, 0, restBytes);
    this.#ensureFile(position);
    this.#files.writeSync(position, new Uint8Array(mark.buffer), 0, FILE_END_BYTES);
  }

  #ensureFile(position: number): void {
    const start = this.#files.startOf(position);
    if (this.#files.has(start)) return;
    this.#files.create(start);
    this.#namesChanged = true;
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => this.#clock.endOfTurn(resolve));
  }
}
