/** Reads the entries and records of the segments of a compaction log. What the files say is checked, not believed. */
import { bisect } from '../bisect.js';
import type { Segment } from './segment.js';
import type { SegmentFiles } from './segment-files.js';
import { readSparseEntry, SPARSE_ENTRY_SIZE_BYTES, type SparseEntry } from './sparse-entry.js';

export class SegmentReader {
  readonly #log: SegmentFiles;
  readonly #queue: SegmentFiles;

  constructor(log: SegmentFiles, queue: SegmentFiles) {
    this.#log = log;
    this.#queue = queue;
  }

  /** Index of the first entry of the segment at or behind `queueOffset`. */
  indexOf(segment: Segment, queueOffset: number): number {
    if (queueOffset <= segment.firstOffset) return 0;
    // As long as nothing was compacted, offsets have no gap.
    const guess = Math.min(queueOffset - segment.firstOffset, segment.count - 1);
    if (this.#offsetAt(segment, guess) === queueOffset) return guess;
    return bisect(guess + 1, (index) => this.#offsetAt(segment, index) < queueOffset);
  }

  /** Up to `count` entries of the segment from `index` on; they end before the first that cannot be true. */
  async entries(segment: Segment, index: number, count: number): Promise<SparseEntry[]> {
    const wanted = Math.min(count, segment.count - index);
    const position = index * SPARSE_ENTRY_SIZE_BYTES;
    const bytes = await this.#queue.read(segment.start, position, wanted * SPARSE_ENTRY_SIZE_BYTES);
    const entries: SparseEntry[] = [];
    let previous = -1;
    for (let at = 0; at + SPARSE_ENTRY_SIZE_BYTES <= bytes.length; at += SPARSE_ENTRY_SIZE_BYTES) {
      const entry = readSparseEntry(bytes, at);
      if (entry === undefined || entry.queueOffset <= previous || !this.#isWithin(entry, segment)) break;
      entries.push(entry);
      previous = entry.queueOffset;
    }
    return entries;
  }

  /** An entry that was found when the segment was loaded, or written since. */
  entryAt(segment: Segment, index: number): SparseEntry {
    const bytes = Buffer.alloc(SPARSE_ENTRY_SIZE_BYTES);
    this.#queue.readSync(segment.start, index * SPARSE_ENTRY_SIZE_BYTES, bytes);
    // A damaged one belongs before everything: what is looked for is not it.
    const damaged = { physicalOffset: segment.start, sizeBytes: 0, tagsCode: 0, storeTimestamp: 0, queueOffset: -1 };
    return readSparseEntry(bytes, 0) ?? damaged;
  }

  /** Bytes of the log, from a physical offset on, within one segment. */
  read(segment: Segment, physicalOffset: number, length: number): Promise<Buffer> {
    return this.#log.read(segment.start, physicalOffset - segment.start, length);
  }

  #offsetAt(segment: Segment, index: number): number {
    return this.entryAt(segment, index).queueOffset;
  }

  #isWithin(entry: SparseEntry, segment: Segment): boolean {
    const position = entry.physicalOffset - segment.start;
    return position >= 0 && position + entry.sizeBytes <= this.#log.fileSizeBytes;
  }
}
