/**
 * The messages of one queue of a compaction topic, in segments: a log file with
 * the records, and a queue file of the same name with an entry for each. Queue
 * offsets rise, with gaps. New records are gathered in memory and written in
 * strokes. Source: CompactionLog.TopicPartitionLog, SparseConsumeQueue.
 */
import { type Files, type Logger, makeDirectoryDurable } from '@rocketmq-ts/common';
import { bisect } from '../bisect.js';
import type { HandleCache } from '../handle-cache.js';
import { BLANK_SIZE_BYTES } from '../record-layout.js';
import { PendingBytes } from './pending-bytes.js';
import { setRecordPlace } from './record-place.js';
import { endSegment, loadSegment, type Segment } from './segment.js';
import { SegmentFiles } from './segment-files.js';
import { SegmentReader } from './segment-reader.js';
import { SPARSE_ENTRY_SIZE_BYTES, type SparseEntry, writeSparseEntry } from './sparse-entry.js';

export interface PartitionLogOptions {
  readonly files: Files;
  readonly handles: HandleCache;
  readonly logDirectory: string;
  readonly queueDirectory: string;
  readonly sizes: SegmentSizes;
  readonly logger: Logger;
}

/** Sizes of the two files of a segment; that of the log is a multiple of that of the queue. */
export interface SegmentSizes {
  readonly logFileSizeBytes: number;
  readonly queueFileSizeBytes: number;
}

/** What an entry says besides the place that the record gets. */
export type NewEntry = Omit<SparseEntry, 'physicalOffset' | 'sizeBytes'>;

/** Bytes of records that wait in memory at most, unless a single one is larger. */
const PENDING_LIMIT_BYTES = 256 * 1024;

export class TopicPartitionLog {
  readonly log: SegmentFiles;
  readonly queue: SegmentFiles;
  readonly reader: SegmentReader;
  readonly #options: PartitionLogOptions;
  #segments: Segment[] = [];
  #generation = 0;
  /** Records and entries of the last segment that are not in its files yet. */
  readonly #records = new PendingBytes();
  readonly #entries = new PendingBytes();
  /** Segments with bytes that are written and not durable. */
  readonly #unsynced = new Set<number>();
  #newNames = false;

  constructor(options: PartitionLogOptions) {
    const { files, handles, sizes } = options;
    this.#options = options;
    this.log = new SegmentFiles(files, handles, options.logDirectory, sizes.logFileSizeBytes);
    this.queue = new SegmentFiles(files, handles, options.queueDirectory, sizes.queueFileSizeBytes);
    this.reader = new SegmentReader(this.log, this.queue);
  }

  get segments(): readonly Segment[] {
    return this.#segments;
  }

  /** Changes when segments are replaced: what was read of them before must not be combined with what is read after. */
  get generation(): number {
    return this.#generation;
  }

  /** Queue offset of the first message; undefined when there is none. */
  get firstOffset(): number | undefined {
    return this.#segments.find(({ count }) => count > 0)?.firstOffset;
  }

  /** Queue offset after the last message; 0 when there is none. */
  get endOffset(): number {
    const last = this.#segments.findLast(({ count }) => count > 0);
    return last === undefined ? 0 : last.lastOffset + 1;
  }

  /** Physical offset after the last record. */
  get physicalEnd(): number {
    return this.#segments.at(-1)?.end ?? 0;
  }

  get hasPending(): boolean {
    return this.#entries.length > 0;
  }

  /** Finds the segments on disk; a sentence that says what is wrong when they contradict each other. */
  load(): string | undefined {
    const starts = this.log.starts();
    const queueStarts = this.queue.starts();
    const lonely = starts.find((start, i) => start !== queueStarts[i]) ?? queueStarts[starts.length];
    if (lonely !== undefined) return `segment ${lonely} has one of its two files only`;
    const segments: Segment[] = [];
    for (const start of starts) {
      this.#checkSizes(start);
      const { segment, fits } = loadSegment(this.log, this.queue, start);
      // The end of the last one may be torn.
      if (!fits && start !== starts.at(-1)) return `the entries of segment ${start} are not of its records`;
      const before = segments.findLast(({ count }) => count > 0);
      if (before !== undefined && segment.count > 0 && before.lastOffset >= segment.firstOffset) {
        return `segment ${start} begins with queue offset ${segment.firstOffset}, one before it ends with ${before.lastOffset}`;
      }
      segments.push(segment);
    }
    this.#segments = segments;
    return undefined;
  }

  /**
   * Adds a record behind the others; it gets its new place written into it.
   * False when no file can hold it. Throws what the file system throws; nothing
   * has changed then.
   */
  append(record: Uint8Array, entry: NewEntry): boolean {
    const sizeBytes = record.length;
    if (sizeBytes + BLANK_SIZE_BYTES > this.log.fileSizeBytes) return false;
    let active = this.#segments.at(-1);
    if (active === undefined || !this.#hasRoom(active, sizeBytes)) active = this.#roll(active);
    if (this.#records.length > 0 && this.#records.length + sizeBytes > PENDING_LIMIT_BYTES) this.writeOut();
    const physicalOffset = active.end;
    const at = this.#records.push(record);
    setRecordPlace(this.#records.data, at, sizeBytes, physicalOffset);
    const entryAt = this.#entries.grow(SPARSE_ENTRY_SIZE_BYTES);
    writeSparseEntry(this.#entries.data.bytes, entryAt, { ...entry, physicalOffset, sizeBytes });
    if (active.count === 0) active.firstOffset = entry.queueOffset;
    active.lastOffset = entry.queueOffset;
    active.end += sizeBytes;
    active.count++;
    return true;
  }

  /** Writes what is only in memory: the record before its entry. */
  writeOut(): void {
    const active = this.#segments.at(-1);
    if (active === undefined || this.#entries.length === 0) return;
    const entriesAt = active.count * SPARSE_ENTRY_SIZE_BYTES - this.#entries.length;
    this.#unsynced.add(active.start);
    this.log.writeSync(active.start, active.end - active.start - this.#records.length, this.#records.bytes);
    this.queue.writeSync(active.start, entriesAt, this.#entries.bytes);
    this.#records.clear();
    this.#entries.clear();
  }

  /** Makes everything durable. */
  async datasync(): Promise<void> {
    this.writeOut();
    const starts = [...this.#unsynced];
    this.#unsynced.clear();
    try {
      for (const start of starts) {
        if (!this.#segments.some((segment) => segment.start === start)) continue;
        await this.log.datasync(start);
        await this.queue.datasync(start);
      }
      if (!this.#newNames) return;
      this.#newNames = false;
      this.log.syncNames();
      this.queue.syncNames();
    } catch (error) {
      for (const start of starts) this.#unsynced.add(start);
      throw error;
    }
  }

  /** Ends the last segment, so that the next record goes to a new one. */
  finish(): void {
    this.writeOut();
    const active = this.#segments.at(-1);
    if (active !== undefined) this.#end(active);
  }

  /** Takes back the messages from `queueOffset` on, and clears what stands behind the others: it would be taken for records. */
  cut(queueOffset: number): void {
    this.writeOut();
    let active = this.#segments.at(-1);
    while (active !== undefined && (active.count === 0 || active.firstOffset >= queueOffset)) {
      this.queue.remove(active.start);
      this.log.remove(active.start);
      this.#segments.pop();
      this.#newNames = true;
      active = this.#segments.at(-1);
    }
    if (active === undefined) return;
    if (active.lastOffset >= queueOffset) {
      const index = this.reader.indexOf(active, queueOffset);
      const last = this.reader.entryAt(active, index - 1);
      active.count = index;
      active.lastOffset = last.queueOffset;
      active.end = last.physicalOffset + last.sizeBytes;
    }
    this.queue.zeroFrom(active.start, active.count * SPARSE_ENTRY_SIZE_BYTES);
    this.log.zeroFrom(active.start, active.end - active.start);
    this.#unsynced.add(active.start);
  }

  /** The segment with the first message at or behind `queueOffset`; undefined when there is none. */
  find(queueOffset: number): Segment | undefined {
    // Those without messages are passed over from the left, which is right: they hold nothing that is looked for.
    return this.#segments[bisect(this.#segments.length, (index) => this.#lastOffsetUpTo(index) < queueOffset)];
  }

  /** Puts `segments`, the files of which are in place, where those up to the one at `lastReplaced` were. */
  replace(lastReplaced: number, segments: readonly Segment[]): void {
    this.#generation++;
    this.#segments = [...segments, ...this.#segments.filter(({ start }) => start > lastReplaced)];
  }

  /** Closes the files. */
  close(): void {
    for (const { start } of this.#segments) {
      this.log.release(start);
      this.queue.release(start);
    }
  }

  #checkSizes(start: number): void {
    for (const files of [this.log, this.queue]) {
      const sizeBytes = files.sizeOf(start);
      if (sizeBytes > files.fileSizeBytes) {
        throw new Error(
          `${files.pathOf(start)} of ${sizeBytes} bytes is larger than the configured ${files.fileSizeBytes}: set compactionMappedFileSize and compactionCqMappedFileSize to what the store was written with`,
        );
      }
      if (sizeBytes < files.fileSizeBytes) files.create(start);
    }
  }

  #hasRoom(segment: Segment, sizeBytes: number): boolean {
    const entriesEnd = (segment.count + 1) * SPARSE_ENTRY_SIZE_BYTES;
    const rest = segment.start + this.log.fileSizeBytes - segment.end;
    // The last entry of a file and the last bytes of its log say that it ends.
    return entriesEnd < this.queue.fileSizeBytes && sizeBytes + BLANK_SIZE_BYTES <= rest;
  }

  #roll(active: Segment | undefined): Segment {
    const { files, logDirectory, queueDirectory } = this.#options;
    this.writeOut();
    const start = active === undefined ? 0 : active.start + this.log.fileSizeBytes;
    if (active === undefined) {
      makeDirectoryDurable(files, logDirectory);
      makeDirectoryDurable(files, queueDirectory);
    }
    this.queue.create(start);
    this.log.create(start);
    this.#newNames = true;
    if (active !== undefined) this.#end(active);
    const segment: Segment = { start, count: 0, end: start, firstOffset: -1, lastOffset: -1 };
    this.#segments.push(segment);
    return segment;
  }

  #end(segment: Segment): void {
    this.#unsynced.add(segment.start);
    endSegment(this.log, this.queue, segment);
  }

  /** The newest offset of the segments up to the one at `index`. */
  #lastOffsetUpTo(index: number): number {
    for (let i = index; i >= 0; i--) if (this.#segments[i]!.count > 0) return this.#segments[i]!.lastOffset;
    return -1;
  }
}
