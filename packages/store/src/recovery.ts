/**
 * Finds out, at start, where the log ends and which of its messages the queues
 * do not know yet. It reads only what follows the check point, and steps over
 * damage to the next whole message.
 */
import type { Logger } from '@rocketmq-ts/common';
import type { CommitLog } from './commit-log.js';
import { findMagic, RecordBytes } from './record-bytes.js';
import { BLANK_SIZE_BYTES, FIXED_SIZE_BYTES, largestRecord } from './record-layout.js';
import { checkRecord, type DeliverTime, type DispatchRequest, readDispatchRequest } from './record-reader.js';

export interface LogScanOptions {
  readonly log: Pick<CommitLog, 'files'>;
  readonly maxMessageSize: number;
  readonly checkCrc: boolean;
  readonly deliverTime: DeliverTime;
  /** Hears of each whole message, in the order of the log. */
  readonly message: (message: DispatchRequest) => void;
  readonly logger: Logger;
}

/** How a scan of the log ended. */
export interface ScanResult {
  /** Offset after the last whole message. */
  readonly endOffset: number;
  /** Why it ends there, in words. */
  readonly reason: string;
  /** Stretches that could not be read and were stepped over. */
  readonly holes: readonly { readonly start: number; readonly end: number }[];
}

const READ_BYTES = 1024 * 1024;
/** Often there is no more than this to read: the window grows as it is moved. */
const FIRST_READ_BYTES = 64 * 1024;
const SECTOR_BYTES = 512;

/** A window of the log in memory, moved along. */
class LogWindow {
  readonly #log: Pick<CommitLog, 'files'>;
  #data = new RecordBytes(Buffer.allocUnsafe(FIRST_READ_BYTES));
  #start = 0;
  #length = 0;

  constructor(log: Pick<CommitLog, 'files'>) {
    this.#log = log;
  }

  get data(): RecordBytes {
    return this.#data;
  }

  /** Position of `offset` in `data`, after bringing in what follows it when less than `wanted` bytes are there. */
  at(offset: number, wanted: number): number {
    if (offset < this.#start || offset + wanted > this.#start + this.#length) {
      const known = this.#data.bytes.length;
      const size = Math.max(wanted, this.#length > 0 ? Math.min(known * 2, READ_BYTES) : known);
      if (size > known) this.#data = new RecordBytes(Buffer.allocUnsafe(size));
      const { bytes } = this.#data;
      this.#start = offset;
      this.#length = this.#log.files.readSync(offset, bytes, 0, bytes.length);
    }
    return offset - this.#start;
  }

  forget(): void {
    this.#length = 0;
  }

  /** Bytes in memory from `offset` on. */
  available(offset: number): number {
    return Math.max(0, this.#start + this.#length - offset);
  }
}

/** Reads the log from an offset on to its end. */
export class LogScan {
  readonly #options: LogScanOptions;
  readonly #window: LogWindow;
  readonly #largest: number;

  constructor(options: LogScanOptions) {
    this.#options = options;
    this.#largest = largestRecord(options.maxMessageSize);
    this.#window = new LogWindow(options.log);
  }

  /** Forgets what was read ahead: the log has been written to since. */
  forget(): void {
    this.#window.forget();
  }

  /** True when a whole message starts at `offset`. */
  startsAt(offset: number): boolean {
    return this.#state(offset).state === 'whole';
  }

  /** Reads the message at `offset` only; false when there is none. */
  first(offset: number): boolean {
    const { state, at } = this.#state(offset);
    if (state !== 'whole') return false;
    this.#options.message(readDispatchRequest(this.#window.data, at, this.#options.deliverTime));
    return true;
  }

  /** Reads to the end of the log, or up to the first message at or behind `stopAt`. */
  run(startOffset: number, stopAt = Number.MAX_SAFE_INTEGER): ScanResult {
    const { files } = this.#options.log;
    const holes: { start: number; end: number }[] = [];
    let offset = startOffset;
    for (;;) {
      if (offset >= stopAt) return { endOffset: offset, reason: 'enough was read', holes };
      if (!files.has(files.startOf(offset))) {
        const next = this.#nextWholeFile(offset);
        if (next === undefined) return { endOffset: offset, reason: 'the last file is full', holes };
        holes.push({ start: offset, end: next });
        offset = next;
      }
      const { state, sizeBytes, at } = this.#state(offset);
      if (state === 'whole') {
        this.#options.message(readDispatchRequest(this.#window.data, at, this.#options.deliverTime));
        offset += sizeBytes;
      } else if (state === 'blank') offset = files.startOf(offset) + files.fileSizeBytes;
      else {
        const next = this.#resume(offset);
        if (next === undefined) return { endOffset: offset, reason: reasonOf(state), holes };
        holes.push({ start: offset, end: next });
        offset = next;
      }
    }
  }

  #state(offset: number) {
    const { files } = this.#options.log;
    const rest = files.startOf(offset) + files.fileSizeBytes - offset;
    let at = this.#window.at(offset, Math.min(rest, BLANK_SIZE_BYTES));
    const stated = this.#window.available(offset) >= 4 ? this.#window.data.view.getInt32(at) : 0;
    const wanted = Math.min(rest, Math.max(BLANK_SIZE_BYTES, Math.min(stated, this.#largest)));
    at = this.#window.at(offset, wanted);
    const available = Math.min(rest, this.#window.available(offset));
    const check = { bodyCrc: this.#options.checkCrc, physicalOffset: offset };
    const state = checkRecord(this.#window.data, at, available, check);
    return { state, sizeBytes: stated, at };
  }

  /**
   * The next whole message behind damage at `offset`, or undefined when none
   * follows, or when what lies between looks like pages that never reached the
   * disk: then what follows was not durable either, and the log ends here.
   */
  #resume(offset: number): number | undefined {
    const { files } = this.#options.log;
    const start = files.startOf(offset);
    const fileEnd = start + files.fileSizeBytes;
    // The usual end of a log: zeros. There is no need to look what follows them.
    if (this.#hasLostPage(offset, Math.min(offset + SECTOR_BYTES, fileEnd))) return undefined;
    const next = this.#nextWholeFile(fileEnd);
    const limit = next === undefined ? Math.min(fileEnd, offset + this.#largest) : fileEnd;
    const found = this.#search(offset + 1, limit);
    if (found !== undefined) return this.#hasLostPage(offset, found) ? undefined : found;
    if (next === undefined) return undefined;
    return this.#hasLostPage(offset, Math.min(fileEnd, offset + this.#largest)) ? undefined : next;
  }

  /** The next file that begins with a whole message: one that was made ahead of its use is empty. */
  #nextWholeFile(offset: number): number | undefined {
    return this.#options.log.files.starts.find((start) => start >= offset && this.startsAt(start));
  }

  /** Looks for the magic and then for all else that makes a message. */
  #search(from: number, limit: number): number | undefined {
    for (let offset = from; offset + FIXED_SIZE_BYTES <= limit; ) {
      const at = this.#window.at(offset, Math.min(limit - offset, READ_BYTES / 2));
      const end = Math.min(this.#window.available(offset), limit - offset);
      if (end < FIXED_SIZE_BYTES) return undefined;
      const hit = findMagic(this.#window.data.bytes, at, at + end);
      if (hit < 0) offset += end - 7;
      else {
        offset += hit - at;
        if (this.startsAt(offset)) return offset;
        offset++;
      }
    }
    return undefined;
  }

  /** True when a sector of the disk, or the part of one that lies between, holds nothing but zeros. */
  #hasLostPage(start: number, end: number): boolean {
    for (let from = start; from < end; ) {
      const to = Math.min(end, from - (from % SECTOR_BYTES) + SECTOR_BYTES);
      const at = this.#window.at(from, to - from);
      if (this.#window.available(from) < to - from) return false;
      // A few zeros at the edge of a sector can be part of any record.
      const least = from === start ? 3 : 8;
      if (to - from >= least && isZero(this.#window.data.bytes, at, at + to - from)) return true;
      from = to;
    }
    return false;
  }
}

function reasonOf(state: string): string {
  if (state === 'empty') return 'nothing was written behind it';
  return state === 'cut' ? 'the last message is cut' : 'the last message is damaged';
}

function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] !== 0) return false;
  return true;
}
