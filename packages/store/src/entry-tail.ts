/** The newest entries of one queue in memory, in their 20-byte form. It knows nothing of files. */
import {
  ENTRY_SIZE_BYTES,
  entryPhysicalOffset,
  entrySize,
  type QueueEntry,
  readEntry,
  writeEntry,
} from './queue-entry.js';

const FIRST_ENTRIES = 8;
const NOTHING = new Uint8Array(0);

export class EntryTail {
  /** Offset of the first entry here. */
  base = 0;
  /** Room for entries, of which the first ones are used. */
  bytes: Uint8Array = NOTHING;

  /** Empties it: the next entry is that of `offset`. */
  reset(offset: number): void {
    this.base = offset;
    this.bytes = NOTHING;
  }

  /** Position of the entry in `bytes`. */
  positionOf(offset: number): number {
    return (offset - this.base) * ENTRY_SIZE_BYTES;
  }

  /** True when there is room for the entry of `offset`, which follows the newest one. */
  hasRoomFor(offset: number): boolean {
    return this.positionOf(offset) < this.bytes.length;
  }

  /** Entries there is room for. */
  get capacity(): number {
    return this.bytes.length / ENTRY_SIZE_BYTES;
  }

  /** Gives up the older half of a full tail. */
  dropHalf(): void {
    const keep = this.capacity >> 1;
    const dropped = this.capacity - keep;
    this.bytes.copyWithin(0, dropped * ENTRY_SIZE_BYTES);
    this.base += dropped;
  }

  /** Makes room for more. */
  grow(): void {
    const grown = Buffer.allocUnsafe(Math.max(FIRST_ENTRIES * ENTRY_SIZE_BYTES, this.bytes.length * 2));
    grown.set(this.bytes);
    this.bytes = grown;
  }

  write(offset: number, physicalOffset: number, sizeBytes: number, tagsCode: number): void {
    writeEntry(this.bytes, this.positionOf(offset), physicalOffset, sizeBytes, tagsCode);
  }

  entryAt(offset: number): QueueEntry {
    return readEntry(this.bytes, this.positionOf(offset));
  }

  /** Where the record of the entry ends in the log. */
  physicalEndAt(offset: number): number {
    const at = this.positionOf(offset);
    return entryPhysicalOffset(this.bytes, at) + entrySize(this.bytes, at);
  }

  /** A copy of the entries from `offset` up to `end`. */
  copy(offset: number, end: number): Uint8Array {
    return Uint8Array.prototype.slice.call(this.bytes, this.positionOf(offset), this.positionOf(end));
  }
}
