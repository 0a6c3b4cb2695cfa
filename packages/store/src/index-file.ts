/**
 * One file of the hash index from keys to places in the log.
 *
 * | at | size | field |
 * | --- | --- | --- |
 * | 0 | 40 | header: see `index-header.ts` |
 * | 40 | 4 × slots | newest entry of each slot, 0: none |
 * | … | 20 × entries | key hash (4), physical offset (8), seconds since begin (4), previous entry of the slot (4) |
 *
 * What changed is kept in memory and written in strokes: first the entries, then
 * the slots that point to them, then the header that counts them.
 * Source: IndexFile.
 */
import { type FileHandle, type Files, getInt64, setInt64 } from '@rocketmq-ts/common';
import { INDEX_HEADER_SIZE_BYTES, type IndexHeader, readIndexHeader, writeIndexHeader } from './index-header.js';
import { IndexSlots } from './index-slots.js';
import { MAX_INT32 } from './numbers.js';

const SLOT_SIZE_BYTES = 4;
const INDEX_ENTRY_SIZE_BYTES = 20;

export interface IndexFileOptions {
  readonly files: Files;
  readonly path: string;
  readonly slotCount: number;
  readonly entryCount: number;
}

/** Size of an index file. */
export function indexFileSize(slotCount: number, entryCount: number): number {
  return INDEX_HEADER_SIZE_BYTES + slotCount * SLOT_SIZE_BYTES + entryCount * INDEX_ENTRY_SIZE_BYTES;
}

export class IndexFile {
  readonly path: string;
  readonly #options: IndexFileOptions;
  readonly #handle: FileHandle;
  readonly #header: IndexHeader;
  /** Made when the first key is put; a file that is only read has none. */
  #slots: IndexSlots | undefined;
  readonly #fresh: boolean;
  /** Entries that are not in the file yet; the first is number `#writtenCount`. */
  #pending = new DataView(new ArrayBuffer(64 * INDEX_ENTRY_SIZE_BYTES));
  #writtenCount: number;
  /** Number of the first entry that no slot leads to yet: see `#link`. */
  #unlinked: number;
  #dirty = false;
  #isFlushing = false;
  #isRemoved = false;

  private constructor(options: IndexFileOptions, handle: FileHandle, header: IndexHeader) {
    this.path = options.path;
    this.#options = options;
    this.#handle = handle;
    this.#header = header;
    this.#fresh = header.nextEntry === 1;
    this.#writtenCount = header.nextEntry;
    this.#unlinked = header.nextEntry;
  }

  /** Opens an existing file, or makes a sparse one of full size. */
  static open(options: IndexFileOptions): IndexFile {
    const handle = options.files.openSync(options.path, 'create');
    const sizeBytes = indexFileSize(options.slotCount, options.entryCount);
    if (handle.sizeSync() < sizeBytes) handle.truncateSync(sizeBytes);
    return new IndexFile(options, handle, readIndexHeader(handle));
  }

  get beginTimestamp(): number {
    return this.#header.beginTimestamp;
  }

  get endTimestamp(): number {
    return this.#header.endTimestamp;
  }

  get endPhysicalOffset(): number {
    return this.#header.endPhysicalOffset;
  }

  /** Number of keys in the file. */
  get keyCount(): number {
    return this.#header.nextEntry - 1;
  }

  get isFull(): boolean {
    return this.#header.nextEntry >= this.#options.entryCount;
  }

  get isDirty(): boolean {
    return this.#dirty;
  }

  /** True when the numbers of the header can be those of such a file. */
  get isPlausible(): boolean {
    const header = this.#header;
    if (header.nextEntry > this.#options.entryCount || header.usedSlots < 0) return false;
    if (header.usedSlots > header.nextEntry) return false;
    return header.beginTimestamp <= header.endTimestamp && header.beginPhysicalOffset <= header.endPhysicalOffset;
  }

  /** Lets a new file start where the previous one ended, as the reference does. */
  continueFrom(previous: IndexFile): void {
    this.#header.beginPhysicalOffset = previous.endPhysicalOffset;
    this.#header.endPhysicalOffset = previous.endPhysicalOffset;
    this.#header.beginTimestamp = previous.endTimestamp;
    this.#header.endTimestamp = previous.endTimestamp;
    this.#dirty = true;
  }

  /** Adds a key by its hash; false when the file is full. */
  put(hash: number, physicalOffset: number, storeTimestamp: number): boolean {
    if (this.isFull) return false;
    const header = this.#header;
    this.#append(hash, physicalOffset, this.#secondsSinceBegin(storeTimestamp));
    if (header.nextEntry <= 1) {
      header.beginPhysicalOffset = physicalOffset;
      header.beginTimestamp = storeTimestamp;
    }
    header.nextEntry++;
    header.endPhysicalOffset = physicalOffset;
    header.endTimestamp = storeTimestamp;
    this.#dirty = true;
    return true;
  }

  /** True when the file may hold messages of the time between. Source: IndexFile#isTimeMatched. */
  coversTime(begin: number, end: number): boolean {
    return begin <= this.endTimestamp && end >= this.beginTimestamp;
  }

  /** How many of the newest entries are of the message at `physicalOffset`. */
  trailingKeysOf(physicalOffset: number): number {
    const entry = new DataView(new ArrayBuffer(INDEX_ENTRY_SIZE_BYTES));
    let number = this.#header.nextEntry - 1;
    while (number > 0 && this.#readEntry(number, entry) && getInt64(entry, 4) === physicalOffset) number--;
    return this.#header.nextEntry - 1 - number;
  }

  /** Adds to `found` the places of messages with the key's hash, newest first, up to `maxCount` in all. */
  select(found: number[], hash: number, maxCount: number, begin: number, end: number): void {
    this.#link();
    let number = this.#slotValue(hash % this.#options.slotCount);
    if (number >= this.#header.nextEntry) return;
    const entry = new DataView(new ArrayBuffer(INDEX_ENTRY_SIZE_BYTES));
    while (number > 0 && found.length < maxCount) {
      if (!this.#readEntry(number, entry)) return;
      const seconds = entry.getInt32(12);
      if (seconds < 0) return;
      const time = this.#header.beginTimestamp + seconds * 1000;
      if (entry.getInt32(0) === hash && time >= begin && time <= end) found.push(getInt64(entry, 4));
      const previous = entry.getInt32(16);
      // Numbers only fall along a chain: a file that says otherwise must not make us run in circles.
      if (previous >= number || time < begin) return;
      number = previous;
    }
  }

  /**
   * Makes the slots anew from the entries, after a crash: entries are durable
   * before the header counts them, slots may be older or newer than both.
   */
  rebuildSlots(): void {
    const slots = this.#slotTable();
    slots.reset();
    const chunk = Buffer.allocUnsafe(INDEX_ENTRY_SIZE_BYTES * 4096);
    let used = 0;
    for (let number = 1; number < this.#header.nextEntry; number += 4096) {
      const count = Math.min(4096, this.#header.nextEntry - number);
      this.#handle.readSync(chunk, 0, count * INDEX_ENTRY_SIZE_BYTES, this.#entryPosition(number));
      for (let i = 0; i < count; i++) {
        const slot = (chunk.readInt32BE(i * INDEX_ENTRY_SIZE_BYTES) & MAX_INT32) % this.#options.slotCount;
        if (slots.get(slot) === 0) used++;
        slots.set(slot, number + i);
      }
    }
    this.#header.usedSlots = used;
    this.#dirty = this.#header.nextEntry > 1;
  }

  /** Has the file flushed though nothing was put here: who wrote it may not have done it. */
  markDirty(): void {
    this.#dirty = true;
  }

  /** Writes all that changed and makes it durable; keys may be put meanwhile. */
  async flush(): Promise<void> {
    if (!this.#dirty || this.#isRemoved) return;
    this.#dirty = false;
    this.#isFlushing = true;
    try {
      this.writeEntries();
      const header = { ...this.#header };
      await this.#handle.datasync();
      this.writeEntries();
      this.#slots?.writeOut();
      writeIndexHeader(this.#handle, header);
      await this.#handle.datasync();
    } finally {
      this.#isFlushing = false;
      if (this.#isRemoved) this.close();
    }
  }

  /** Writes the entries that are only in memory. */
  writeEntries(): void {
    const count = this.#header.nextEntry - this.#writtenCount;
    if (count === 0) return;
    this.#link();
    const bytes = new Uint8Array(this.#pending.buffer);
    this.#handle.writeSync(bytes, 0, count * INDEX_ENTRY_SIZE_BYTES, this.#entryPosition(this.#writtenCount));
    this.#writtenCount = this.#header.nextEntry;
  }

  /** Gives the memory of the slots back: the file is full and flushed. */
  release(): void {
    if (!this.#dirty) this.#slots = undefined;
  }

  close(): void {
    this.#handle.closeSync();
  }

  /** Deletes the file; a flush that runs ends before it is closed. */
  remove(): void {
    this.#isRemoved = true;
    if (!this.#isFlushing) this.close();
    this.#options.files.unlinkSync(this.path);
  }

  get pendingEntries(): number {
    return this.#header.nextEntry - this.#writtenCount;
  }

  #slotTable(): IndexSlots {
    this.#slots ??= new IndexSlots(this.#handle, INDEX_HEADER_SIZE_BYTES, this.#options.slotCount, this.#fresh);
    return this.#slots;
  }

  #slotValue(slot: number): number {
    if (this.#slots !== undefined) return this.#slots.get(slot);
    const bytes = Buffer.alloc(SLOT_SIZE_BYTES);
    this.#handle.readSync(bytes, 0, SLOT_SIZE_BYTES, INDEX_HEADER_SIZE_BYTES + slot * SLOT_SIZE_BYTES);
    return bytes.readInt32BE(0);
  }

  #secondsSinceBegin(storeTimestamp: number): number {
    if (this.#header.beginTimestamp <= 0) return 0;
    const seconds = Math.trunc((storeTimestamp - this.#header.beginTimestamp) / 1000);
    return Math.min(Math.max(seconds, 0), MAX_INT32);
  }

  /**
   * Puts the newest entries into the chains of their slots. The slots lie anywhere in twenty megabytes: of a thousand
   * entries in a tight loop the processor fetches several at a time, of one with each message it waits for every one.
   */
  #link(): void {
    const header = this.#header;
    if (this.#unlinked === header.nextEntry) return;
    const slots = this.#slotTable();
    const { slotCount } = this.#options;
    const pending = this.#pending;
    let at = (this.#unlinked - this.#writtenCount) * INDEX_ENTRY_SIZE_BYTES;
    for (; this.#unlinked < header.nextEntry; this.#unlinked++, at += INDEX_ENTRY_SIZE_BYTES) {
      const slot = pending.getInt32(at) % slotCount;
      let previous = slots.get(slot);
      if (previous <= 0 || previous >= this.#unlinked) previous = 0;
      pending.setInt32(at + 16, previous);
      slots.set(slot, this.#unlinked);
      if (previous === 0) header.usedSlots++;
    }
  }

  #append(hash: number, physicalOffset: number, seconds: number): void {
    const at = (this.#header.nextEntry - this.#writtenCount) * INDEX_ENTRY_SIZE_BYTES;
    if (at === this.#pending.byteLength) {
      const grown = new Uint8Array(this.#pending.byteLength * 2);
      grown.set(new Uint8Array(this.#pending.buffer));
      this.#pending = new DataView(grown.buffer);
    }
    const pending = this.#pending;
    pending.setInt32(at, hash);
    setInt64(pending, at + 4, physicalOffset);
    pending.setInt32(at + 12, seconds);
  }

  #entryPosition(number: number): number {
    return INDEX_HEADER_SIZE_BYTES + this.#options.slotCount * SLOT_SIZE_BYTES + number * INDEX_ENTRY_SIZE_BYTES;
  }

  #readEntry(number: number, into: DataView): boolean {
    if (number >= this.#writtenCount) {
      const at = (number - this.#writtenCount) * INDEX_ENTRY_SIZE_BYTES;
      for (let i = 0; i < INDEX_ENTRY_SIZE_BYTES; i++) into.setUint8(i, this.#pending.getUint8(at + i));
      return true;
    }
    const bytes = new Uint8Array(into.buffer);
    return this.#handle.readSync(bytes, 0, bytes.length, this.#entryPosition(number)) === bytes.length;
  }
}
