/**
 * The 20 bytes of a consume-queue entry: physical offset (8), size of the
 * record (4), tag hash (8). Source: ConsumeQueue.
 */
import { MAX_INT32 } from './numbers.js';

/** Bytes of an entry: a position in the files of a queue is its offset times this. */
export const ENTRY_SIZE_BYTES = 20;

const TWO_POW_32 = 0x1_0000_0000;

/** One entry, decoded. */
export interface QueueEntry {
  readonly physicalOffset: number;
  readonly sizeBytes: number;
  readonly tagsCode: number;
}

/** How the entries of a kind of queue stand in its files. */
export interface EntryFormat<E extends QueueEntry> {
  readonly sizeBytes: number;
  /** Decodes bytes of any origin, unchecked. */
  read(buffer: Uint8Array, at: number): E;
  /** False for what cannot be an entry of a log that ends at `physicalLimit`. */
  isPlausible(entry: E, physicalLimit: number): boolean;
  /** Writes what stands in front of the first entry of a queue that starts late. */
  fill(buffer: Uint8Array, count: number): void;
}

/** Writes an entry at `at`. */
export function writeEntry(
  buffer: Uint8Array,
  at: number,
  physicalOffset: number,
  sizeBytes: number,
  tagsCode: number,
): void {
  writeInt64(buffer, at, physicalOffset);
  writeInt32(buffer, at + 8, sizeBytes);
  writeInt64(buffer, at + 12, tagsCode);
}

/** Big-endian; beyond ±2^53 it is not exact. */
export function readInt64(buffer: Uint8Array, at: number): number {
  return readInt32(buffer, at) * TWO_POW_32 + (readInt32(buffer, at + 4) >>> 0);
}

/** Where the record of the entry at `at` starts in the log. Each field has a reader of its own, so that walks make no object per entry. */
export function entryPhysicalOffset(buffer: Uint8Array, at: number): number {
  return readInt64(buffer, at);
}

/** Bytes of the record in the log; MAX_INT32 marks filler. */
export function entrySize(buffer: Uint8Array, at: number): number {
  return readInt32(buffer, at + 8);
}

/** Hash of the tags, or a delivery time in ms. */
export function entryTagsCode(buffer: Uint8Array, at: number): number {
  return readInt64(buffer, at + 12);
}

/** The whole entry at `at`, unchecked: the bytes may be of any origin. */
export function readEntry(buffer: Uint8Array, at: number): QueueEntry {
  return {
    physicalOffset: entryPhysicalOffset(buffer, at),
    sizeBytes: entrySize(buffer, at),
    tagsCode: entryTagsCode(buffer, at),
  };
}

/** All entries of a stretch. */
export function readEntries(bytes: Uint8Array): QueueEntry[] {
  return Array.from({ length: bytes.length / ENTRY_SIZE_BYTES }, (_, i) => readEntry(bytes, i * ENTRY_SIZE_BYTES));
}

/** True for the filler in front of the first entry of a queue that starts late. */
export function isPreBlank(entry: QueueEntry): boolean {
  return entry.physicalOffset === 0 && entry.sizeBytes === MAX_INT32;
}

/** The format above. */
export const ENTRY_FORMAT: EntryFormat<QueueEntry> = {
  sizeBytes: ENTRY_SIZE_BYTES,
  read: readEntry,
  isPlausible(entry, physicalLimit) {
    if (entry.sizeBytes <= 0 || entry.physicalOffset < 0) return false;
    return isPreBlank(entry) || entry.physicalOffset + entry.sizeBytes <= physicalLimit;
  },
  fill(buffer, count) {
    for (let i = 0; i < count; i++) writeEntry(buffer, i * ENTRY_SIZE_BYTES, 0, MAX_INT32, 0);
  },
};

/** Big-endian. */
export function writeInt32(buffer: Uint8Array, at: number, value: number): void {
  buffer[at] = value >>> 24;
  buffer[at + 1] = value >>> 16;
  buffer[at + 2] = value >>> 8;
  buffer[at + 3] = value;
}

/** Big-endian, of a safe integer. */
export function writeInt64(buffer: Uint8Array, at: number, value: number): void {
  writeInt32(buffer, at, Math.floor(value / TWO_POW_32) | 0);
  writeInt32(buffer, at + 4, value | 0);
}

/** Big-endian. */
export function readInt32(buffer: Uint8Array, at: number): number {
  return (buffer[at]! << 24) | (buffer[at + 1]! << 16) | (buffer[at + 2]! << 8) | buffer[at + 3]!;
}

/** Physical end of the entry's record; 0 for filler and for none. */
export function physicalEndOf(entry: QueueEntry | undefined): number {
  return entry === undefined || isPreBlank(entry) ? 0 : entry.physicalOffset + entry.sizeBytes;
}
