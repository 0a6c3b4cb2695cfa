// One segment of a compaction log, and how its end is found when the store is opened.
import { getInt64 } from '@rocketmq-ts/common';
import { bisect } from '../bisect.js';
import { RecordBytes } from '../record-bytes.js';
import {
  BLANK_MAGIC,
  BLANK_SIZE_BYTES,
  MESSAGE_MAGIC_V1,
  MESSAGE_MAGIC_V2,
  QUEUE_OFFSET_POSITION,
} from '../record-layout.js';
import type { SegmentFiles } from './segment-files.js';
import { readSparseEntry, SPARSE_ENTRY_SIZE_BYTES, type SparseEntry, writeEndEntry } from './sparse-entry.js';

/** What is in the two files of one name. */
export interface Segment {
  /** Physical offset of the first byte of its log: its name. */
  readonly start: number;
  /** Number of messages. */
  count: number;
  /** Physical offset after the last record. */
  end: number;
  /** Queue offsets of the first and the last message; −1 while there is none. */
  firstOffset: number;
  lastOffset: number;
}

const HEAD_BYTES = QUEUE_OFFSET_POSITION + 8;

/** Finds the valid entries: they come first in the queue file, and the log holds the records they speak of; tells whether it holds all of them. */
export function loadSegment(
  log: SegmentFiles,
  queue: SegmentFiles,
  start: number,
): { readonly segment: Segment; readonly fits: boolean } {
  const entryBytes = new Uint8Array(SPARSE_ENTRY_SIZE_BYTES);
  const head = new RecordBytes(new Uint8Array(HEAD_BYTES));
  const entryAt = (index: number): SparseEntry | undefined => {
    entryBytes.fill(0);
    queue.readSync(start, index * SPARSE_ENTRY_SIZE_BYTES, entryBytes);
    const entry = readSparseEntry(entryBytes, 0);
    if (entry === undefined || entry.physicalOffset < start) return undefined;
    return entry.physicalOffset + entry.sizeBytes <= start + log.fileSizeBytes ? entry : undefined;
  };
  const fits = (entry: SparseEntry | undefined): boolean => {
    if (entry === undefined) return false;
    head.bytes.fill(0);
    log.readSync(start, entry.physicalOffset - start, head.bytes);
    const magic = head.view.getInt32(4);
    if (magic !== MESSAGE_MAGIC_V1 && magic !== MESSAGE_MAGIC_V2) return false;
    return (
      head.view.getInt32(0) === entry.sizeBytes && getInt64(head.view, QUEUE_OFFSET_POSITION) === entry.queueOffset
    );
  };
  const capacity = Math.floor(queue.fileSizeBytes / SPARSE_ENTRY_SIZE_BYTES);
  let count = bisect(capacity, (index) => entryAt(index) !== undefined);
  const plausible = count;
  if (count > 0 && !fits(entryAt(count - 1))) count = bisect(count, (index) => fits(entryAt(index)));
  const first = count > 0 ? entryAt(0) : undefined;
  const last = count > 0 ? entryAt(count - 1) : undefined;
  const segment: Segment = { start, count: 0, end: start, firstOffset: -1, lastOffset: -1 };
  if (first !== undefined && last !== undefined) {
    segment.count = count;
    segment.end = last.physicalOffset + last.sizeBytes;
    segment.firstOffset = first.queueOffset;
    segment.lastOffset = last.queueOffset;
  }
  return { segment, fits: count === plausible };
}

/** Marks the end of a segment in both of its files. */
export function endSegment(log: SegmentFiles, queue: SegmentFiles, segment: Segment): void {
  const { start, count, end } = segment;
  if ((count + 1) * SPARSE_ENTRY_SIZE_BYTES <= queue.fileSizeBytes) {
    const entry = new Uint8Array(SPARSE_ENTRY_SIZE_BYTES);
    writeEndEntry(entry, 0);
    queue.writeSync(start, count * SPARSE_ENTRY_SIZE_BYTES, entry);
  }
  const rest = start + log.fileSizeBytes - end;
  if (rest < BLANK_SIZE_BYTES) return;
  const blank = new RecordBytes(new Uint8Array(BLANK_SIZE_BYTES));
  blank.view.setInt32(0, rest);
  blank.view.setInt32(4, BLANK_MAGIC);
  log.writeSync(start, end - start, blank.bytes);
}
