/** Looks at an index file as a whole: whether its numbers, chains and entries fit together. */
import type { FileHandle, Files } from '@rocketmq-ts/common';
import { INDEX_HEADER_SIZE_BYTES, type IndexHeader, readIndexHeader } from '../index-header.js';

const ENTRY_BYTES = 20;
const SLOT_BYTES = 4;
const ENTRIES_PER_READ = 4096;
/** Twenty times the default: checking takes four bytes of memory for each. */
const MAX_SLOTS = 100_000_000;

/** Room for slots and entries in an index file. */
export interface IndexGeometry {
  readonly slotCount: number;
  readonly entryCount: number;
}

/** Four entries for each slot, as the reference's defaults have it; undefined when the size does not allow that. */
export function guessIndexGeometry(sizeBytes: number): IndexGeometry | undefined {
  const slotCount = (sizeBytes - INDEX_HEADER_SIZE_BYTES) / (SLOT_BYTES + 4 * ENTRY_BYTES);
  const isPossible = Number.isInteger(slotCount) && slotCount > 0 && slotCount <= MAX_SLOTS;
  return isPossible ? { slotCount, entryCount: slotCount * 4 } : undefined;
}

/** One entry as it stands in the file. */
export interface IndexEntry {
  readonly number: number;
  readonly hash: number;
  readonly physicalOffset: number;
  readonly secondsSinceBegin: number;
  readonly previous: number;
}

/** One index file, open for reading. */
export class IndexReader {
  readonly path: string;
  readonly header: IndexHeader;
  readonly geometry: IndexGeometry;
  readonly #handle: FileHandle;

  /** Throws when the geometry cannot be that of the file. */
  constructor(files: Files, path: string, geometry?: IndexGeometry) {
    this.path = path;
    this.#handle = files.openSync(path, 'read');
    const sizeBytes = this.#handle.sizeSync();
    const guessed = geometry ?? guessIndexGeometry(sizeBytes);
    if (guessed === undefined) {
      this.close();
      throw new Error(`${path} of ${sizeBytes} bytes: give maxHashSlotNum and maxIndexNum, they cannot be guessed`);
    }
    this.geometry = guessed;
    this.header = readIndexHeader(this.#handle);
  }

  get keyCount(): number {
    return Math.max(0, Math.min(this.header.nextEntry, this.geometry.entryCount) - 1);
  }

  *entries(): Iterable<IndexEntry> {
    const buffer = Buffer.alloc(ENTRIES_PER_READ * ENTRY_BYTES);
    const first = INDEX_HEADER_SIZE_BYTES + this.geometry.slotCount * SLOT_BYTES;
    for (let number = 1; number <= this.keyCount; number += ENTRIES_PER_READ) {
      const read = this.#handle.readSync(buffer, 0, buffer.length, first + number * ENTRY_BYTES);
      const count = Math.min(ENTRIES_PER_READ, this.keyCount - number + 1, Math.floor(read / ENTRY_BYTES));
      for (let i = 0; i < count; i++) {
        const at = i * ENTRY_BYTES;
        yield {
          number: number + i,
          hash: buffer.readInt32BE(at),
          physicalOffset: Number(buffer.readBigInt64BE(at + 4)),
          secondsSinceBegin: buffer.readInt32BE(at + 12),
          previous: buffer.readInt32BE(at + 16),
        };
      }
      if (count < ENTRIES_PER_READ) return;
    }
  }

  /** Follows all chains; answers what is wrong, in words, up to `limit`. Tells `each` of every entry. */
  check(each: (entry: IndexEntry) => void, limit: number): string[] {
    const { slotCount, entryCount } = this.geometry;
    const problems: string[] = [];
    const say = (text: string) => void (problems.length < limit && problems.push(text));
    const { nextEntry, beginPhysicalOffset, endPhysicalOffset } = this.header;
    if (nextEntry > entryCount) say(`the header counts ${nextEntry - 1} keys, there is room for ${entryCount - 1}`);
    if (beginPhysicalOffset > endPhysicalOffset) say(`the header ends at ${endPhysicalOffset}, before it begins`);
    const newest = new Int32Array(slotCount);
    let used = 0;
    let before = 0;
    for (const entry of this.entries()) {
      const slot = (entry.hash & 0x7fffffff) % slotCount;
      if (entry.hash < 0) say(`entry ${entry.number} has a negative hash`);
      if (entry.previous !== newest[slot])
        say(`entry ${entry.number} leads to ${entry.previous}, not to ${newest[slot]}`);
      if (entry.physicalOffset < before) say(`entry ${entry.number} points before the one in front of it`);
      if (newest[slot] === 0) used++;
      before = entry.physicalOffset;
      newest[slot] = entry.number;
      each(entry);
    }
    if (used !== this.header.usedSlots) say(`the header counts ${this.header.usedSlots} used slots, there are ${used}`);
    this.#checkSlots(newest, say);
    return problems;
  }

  #checkSlots(newest: Int32Array, say: (text: string) => void): void {
    const buffer = Buffer.alloc(64 * 1024);
    for (let slot = 0; slot < newest.length; ) {
      const read = this.#handle.readSync(buffer, 0, buffer.length, INDEX_HEADER_SIZE_BYTES + slot * SLOT_BYTES);
      const count = Math.min(Math.floor(read / SLOT_BYTES), newest.length - slot);
      if (count === 0) return;
      for (let i = 0; i < count; i++, slot++) {
        const value = buffer.readInt32BE(i * SLOT_BYTES);
        if (value !== newest[slot]) say(`slot ${slot} holds ${value}, its newest entry is ${newest[slot]}`);
      }
    }
  }

  close(): void {
    this.#handle.closeSync();
  }
}
