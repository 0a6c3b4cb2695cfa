/** Reads records of the timer log one after the other, forwards or back, a few pages at a time. */
import type { FileQueue } from '../file-queue.js';
import { FILE_END_BYTES, isFileEnd, readTimerRecord, TIMER_RECORD_BYTES, type TimerRecord } from './timer-record.js';

const WINDOW_BYTES = 16 * 1024;

/** Holds one window of the log; what it has read does not change, for records are never written twice. */
export class TimerRecordReader {
  readonly #files: FileQueue;
  readonly #end: () => number;
  readonly #bytes = new Uint8Array(WINDOW_BYTES);
  readonly #view = new DataView(this.#bytes.buffer);
  #start = 0;
  #length = 0;

  constructor(files: FileQueue, end: () => number) {
    this.#files = files;
    this.#end = end;
  }

  /** The record at `position` of the log; undefined when there is none. */
  read(position: number): TimerRecord | undefined {
    return position + TIMER_RECORD_BYTES > this.#end() ? undefined : this.readUnbounded(position);
  }

  /** As `read`, also behind the end of the log. */
  readUnbounded(position: number): TimerRecord | undefined {
    const inFile = position % this.#files.fileSizeBytes;
    if (!Number.isSafeInteger(position) || position < 0 || inFile % TIMER_RECORD_BYTES !== 0) return undefined;
    if (!this.#hold(position, TIMER_RECORD_BYTES)) return undefined;
    return readTimerRecord(this.#view, position - this.#start);
  }

  /** Whether a file ends at `position` before its last byte. */
  isFileEnd(position: number): boolean {
    return this.#hold(position, FILE_END_BYTES) && isFileEnd(this.#view, position - this.#start);
  }

  /** Brings the bytes into the window; backwards it is filled with what is before them. */
  #hold(position: number, length: number): boolean {
    if (position >= this.#start && position + length <= this.#start + this.#length) return true;
    const fileStart = this.#files.startOf(position);
    const backwards = position < this.#start;
    const start = backwards ? Math.max(fileStart, position + length - WINDOW_BYTES) : position;
    this.#start = start;
    this.#length = this.#files.readSync(start, this.#bytes, 0, WINDOW_BYTES);
    return position + length <= this.#start + this.#length;
  }
}
