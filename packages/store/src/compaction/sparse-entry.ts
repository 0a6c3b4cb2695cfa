/**
 * The entries in the queue file of a compaction log: those of a batch consume
 * queue, each of one message. Source: SparseConsumeQueue.
 */
import { BATCH_ENTRY_FORMAT, BATCH_ENTRY_SIZE_BYTES, type BatchEntry, writeBatchEntry } from '../batch-entry.js';

/** Bytes of an entry. */
export const SPARSE_ENTRY_SIZE_BYTES = BATCH_ENTRY_SIZE_BYTES;

/** One entry, decoded; its physical offset is one of the compaction log. */
export type SparseEntry = Omit<BatchEntry, 'messageCount'>;

/** Writes an entry at `at`. */
export function writeSparseEntry(bytes: Uint8Array, at: number, entry: SparseEntry): void {
  writeBatchEntry(bytes, at, { ...entry, messageCount: 1 });
}

/** Writes the entry that ends a file: it points nowhere. Source: SparseConsumeQueue#putEndPositionInfo. */
export function writeEndEntry(bytes: Uint8Array, at: number): void {
  const nothing = { sizeBytes: 0, tagsCode: 0, storeTimestamp: 0, queueOffset: 0, messageCount: 0 };
  writeBatchEntry(bytes, at, { physicalOffset: -1, ...nothing });
}

/** The entry at `at`, or undefined when what stands there can be none; the bytes may be of any origin. */
export function readSparseEntry(bytes: Uint8Array, at: number): SparseEntry | undefined {
  const entry = BATCH_ENTRY_FORMAT.read(bytes, at);
  return BATCH_ENTRY_FORMAT.isPlausible(entry, Number.MAX_SAFE_INTEGER) ? entry : undefined;
}
