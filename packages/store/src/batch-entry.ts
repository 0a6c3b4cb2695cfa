/**
 * The 46 bytes of a batch consume queue's entry, which speaks of a record with
 * one or more messages: physical offset (8), size of the record (4), tag hash
 * (8), store time in ms (8), offset of the first message (8), number of
 * messages (2), place in a compacted log or −1 (4), reserved (4).
 * Source: BatchConsumeQueue.
 */
import type { CqUnit } from './consume-queue-interface.js';
import { type EntryFormat, readInt32, readInt64, writeInt32, writeInt64 } from './queue-entry.js';

/** Bytes of an entry. */
export const BATCH_ENTRY_SIZE_BYTES = 46;
/** Messages that one record can hold: their number is an int16. */
export const MAX_BATCH_MESSAGES = 32767;

const NOT_COMPACTED = -1;

/** One entry, decoded. */
export interface BatchEntry extends CqUnit {
  readonly storeTimestamp: number;
}

function readBatchEntry(buffer: Uint8Array, at: number): BatchEntry {
  return {
    physicalOffset: readInt64(buffer, at),
    sizeBytes: readInt32(buffer, at + 8),
    tagsCode: readInt64(buffer, at + 12),
    storeTimestamp: readInt64(buffer, at + 20),
    queueOffset: readInt64(buffer, at + 28),
    messageCount: (readInt32(buffer, at + 36) >> 16) | 0,
  };
}

/** Writes an entry at `at`. */
export function writeBatchEntry(buffer: Uint8Array, at: number, entry: BatchEntry): void {
  writeInt64(buffer, at, entry.physicalOffset);
  writeInt32(buffer, at + 8, entry.sizeBytes);
  writeInt64(buffer, at + 12, entry.tagsCode);
  writeInt64(buffer, at + 20, entry.storeTimestamp);
  writeInt64(buffer, at + 28, entry.queueOffset);
  buffer[at + 36] = entry.messageCount >>> 8;
  buffer[at + 37] = entry.messageCount;
  writeInt32(buffer, at + 38, NOT_COMPACTED);
  writeInt32(buffer, at + 42, 0);
}

/** The bytes of entries, one behind the other. */
export function encodeBatchEntries(entries: readonly BatchEntry[]): Buffer {
  const bytes = Buffer.allocUnsafe(entries.length * BATCH_ENTRY_SIZE_BYTES);
  for (const [i, entry] of entries.entries()) writeBatchEntry(bytes, i * BATCH_ENTRY_SIZE_BYTES, entry);
  return bytes;
}

/** The format above. Such a queue begins at byte 0 whatever its first offset, so that nothing is ever filled. */
export const BATCH_ENTRY_FORMAT: EntryFormat<BatchEntry> = {
  sizeBytes: BATCH_ENTRY_SIZE_BYTES,
  read: readBatchEntry,
  isPlausible({ physicalOffset, sizeBytes, queueOffset, messageCount }, physicalLimit) {
    if (physicalOffset < 0 || sizeBytes <= 0 || physicalOffset + sizeBytes > physicalLimit) return false;
    return messageCount > 0 && queueOffset >= 0 && Number.isSafeInteger(queueOffset + messageCount);
  },
  fill() {
    throw new Error('a batch consume queue has no filler');
  },
};

/** Offset of the message after those of the record. */
export function offsetAfter(entry: BatchEntry): number {
  return entry.queueOffset + entry.messageCount;
}
