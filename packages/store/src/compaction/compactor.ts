/**
 * One compaction of one queue: of all segments but the last it keeps the newest
 * message of each key, and drops deletion marks (messages without a body).
 * What is compared must be durable in the commit log: otherwise a loss of power
 * could take the message that an older one has been dropped for.
 */
import { type Files, findProperty, type Logger } from '@rocketmq-ts/common';
import { lastOfRange } from '../read-plan.js';
import { RecordBytes } from '../record-bytes.js';
import { bodySizeOf, checkRecord, propertiesOf } from '../record-reader.js';
import { OffsetMap } from './offset-map.js';
import type { Segment } from './segment.js';
import { announceReplacement, COMPACTING_FOLDER, replaceSegments } from './segment-replacement.js';
import type { SparseEntry } from './sparse-entry.js';
import { type PartitionLogOptions, TopicPartitionLog } from './topic-partition-log.js';

export interface CompactorOptions extends PartitionLogOptions {
  readonly files: Files;
  readonly logger: Logger;
  /** Memory for the newest offset of each key. */
  readonly offsetMapBytes: number;
  /** True once the queue is gone or the store closes: the work ends without a result. */
  readonly cancelled: () => boolean;
}

/** What a compaction has done. */
export interface CompactionResult {
  /** Queue offset up to which keys were compared. */
  readonly position: number;
  readonly before: number;
  readonly after: number;
  /** Messages that could not be read. */
  readonly damaged: number;
}

/** A message of a closed segment. */
interface ClosedRecord {
  readonly entry: SparseEntry;
  readonly bytes: Uint8Array;
  readonly key: string;
  readonly hasBody: boolean;
}

const ENTRIES_PER_READ = 1024;

/** Source: CompactionLog#compactAndReplace. */
export class Compactor {
  readonly #log: TopicPartitionLog;
  readonly #options: CompactorOptions;
  #damaged = 0;

  constructor(log: TopicPartitionLog, options: CompactorOptions) {
    this.#log = log;
    this.#options = options;
  }

  /**
   * Compares the keys of the closed segments beyond `position`. Undefined when
   * there is nothing to do, or when it was cancelled. Throws what the file
   * system throws; the segments are as before then, unless `replacing` is set.
   */
  async run(position: number): Promise<CompactionResult | undefined> {
    const closed = this.#log.segments.slice(0, -1);
    if (!closed.some(({ lastOffset }) => lastOffset > position)) return undefined;
    this.#damaged = 0;
    const map = await this.#newestOffsets(closed, position);
    if (map === undefined) return undefined;
    const target = this.#target();
    const before = closed.reduce((sum, { count }) => sum + count, 0);
    try {
      if (!(await this.#copy(closed, map, target))) return undefined;
      target.finish();
      await target.datasync();
      if (this.#options.cancelled()) return undefined;
      this.#replace(closed, target);
    } finally {
      target.close();
    }
    const after = target.segments.reduce((sum, { count }) => sum + count, 0);
    // With nothing readable there is nothing to compare again either.
    const reached = map.lastOffset < 0 ? closed.at(-1)!.lastOffset : map.lastOffset;
    return { position: reached, before, after, damaged: this.#damaged };
  }

  /** True from the moment on from which a failure leaves work for the next start. */
  replacing = false;

  /** The newest offset of each key, as far as the map has room. */
  async #newestOffsets(closed: readonly Segment[], position: number): Promise<OffsetMap | undefined> {
    const map = new OffsetMap(this.#options.offsetMapBytes);
    for (const segment of closed) {
      if (segment.lastOffset <= position) continue;
      for await (const records of this.#records(segment)) {
        if (this.#options.cancelled()) return undefined;
        for (const { entry, key } of records) {
          // What follows is compared in the next round.
          if (entry.queueOffset > position && !map.put(key, entry.queueOffset)) return map;
        }
      }
    }
    return map;
  }

  /** Writes what is kept; false when cancelled. Source: CompactionLog#shouldRetainMsg. */
  async #copy(closed: readonly Segment[], map: OffsetMap, target: TopicPartitionLog): Promise<boolean> {
    this.#damaged = 0;
    for (const segment of closed) {
      for await (const records of this.#records(segment)) {
        if (this.#options.cancelled()) return false;
        for (const { entry, bytes, key, hasBody } of records) {
          const newest = hasBody && entry.queueOffset >= map.get(key);
          if (newest || entry.queueOffset > map.lastOffset) target.append(bytes, entry);
        }
      }
    }
    return true;
  }

  #target(): TopicPartitionLog {
    const { files, logDirectory, queueDirectory } = this.#options;
    const directories = {
      logDirectory: `${logDirectory}/${COMPACTING_FOLDER}`,
      queueDirectory: `${queueDirectory}/${COMPACTING_FOLDER}`,
    };
    // What an earlier attempt left.
    files.removeSync(directories.logDirectory);
    files.removeSync(directories.queueDirectory);
    files.mkdirSync(directories.logDirectory);
    files.mkdirSync(directories.queueDirectory);
    return new TopicPartitionLog({ ...this.#options, ...directories });
  }

  #replace(closed: readonly Segment[], target: TopicPartitionLog): void {
    const lastReplaced = closed.at(-1)!.start;
    const lastNew = target.segments.at(-1)?.start ?? -1;
    // Fewer messages in the same order never need more files.
    if (lastNew > lastReplaced) throw new Error(`the compacted segments end with ${lastNew}, behind ${lastReplaced}`);
    const { files } = this.#options;
    const replacement = { old: closed.map(({ start }) => start), new: target.segments.map(({ start }) => start) };
    // By names that are to lead elsewhere.
    target.close();
    this.replacing = true;
    announceReplacement(files, this.#log, replacement);
    replaceSegments(files, this.#log, replacement);
    this.#log.replace(lastReplaced, target.segments);
    this.replacing = false;
  }

  /** The readable messages of a segment, some at a time. */
  async *#records(segment: Segment): AsyncGenerator<ClosedRecord[]> {
    for (let index = 0; index < segment.count; ) {
      const entries = await this.#log.reader.entries(segment, index, ENTRIES_PER_READ);
      if (entries.length === 0) {
        // A damaged entry hides one message, not those behind it.
        this.#damaged++;
        index++;
        continue;
      }
      for (let from = 0; from < entries.length; ) {
        const last = lastOfRange(entries, from, this.#log.log.fileSizeBytes);
        yield this.#check(segment, entries.slice(from, last + 1), await this.#read(segment, entries, from, last));
        from = last + 1;
      }
      index += entries.length;
    }
  }

  #read(segment: Segment, entries: readonly SparseEntry[], from: number, last: number): Promise<Buffer> {
    const start = entries[from]!.physicalOffset;
    return this.#log.reader.read(segment, start, entries[last]!.physicalOffset + entries[last]!.sizeBytes - start);
  }

  #check(segment: Segment, entries: readonly SparseEntry[], bytes: Buffer): ClosedRecord[] {
    const data = new RecordBytes(bytes);
    const records: ClosedRecord[] = [];
    for (const entry of entries) {
      const at = entry.physicalOffset - entries[0]!.physicalOffset;
      const available = Math.max(0, Math.min(entry.sizeBytes, bytes.length - at));
      const state = checkRecord(data, at, available, {
        bodyCrc: true,
        guard: false,
        physicalOffset: entry.physicalOffset,
      });
      const key = state === 'whole' ? findProperty(propertiesOf(data, at), 'KEYS') : undefined;
      if (key === undefined) {
        this.#damaged++;
        this.#options.logger.error('a message of a compaction topic cannot be read and is dropped', {
          path: this.#log.log.pathOf(segment.start),
          queueOffset: entry.queueOffset,
          state,
        });
        continue;
      }
      const record = bytes.subarray(at, at + entry.sizeBytes);
      records.push({ entry, bytes: record, key, hasBody: bodySizeOf(data, at) > 0 });
    }
    return records;
  }
}
