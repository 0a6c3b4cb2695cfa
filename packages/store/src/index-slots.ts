/**
 * The slot table of the index file that is being filled: in memory as it is
 * used, read and written page by page.
 */
import type { FileHandle } from '@rocketmq-ts/common';

const PAGE_BYTES = 4096;
const SLOTS_PER_PAGE = PAGE_BYTES / 4;
const CLEAN = 1;
const DIRTY = 2;
/** In the file the highest byte comes first. The runtime turns a page around far faster than a loop over its slots. */
const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

export class IndexSlots {
  readonly #handle: FileHandle;
  readonly #position: number;
  readonly #count: number;
  /** The system gives memory to the pages of this array that are touched. */
  readonly #slots: Int32Array;
  /** Of each page: 0 not read yet, CLEAN or DIRTY. */
  readonly #pages: Uint8Array;
  #dirtyPages = 0;

  /** `fresh`: the file is new, all slots are zero. */
  constructor(handle: FileHandle, position: number, count: number, fresh: boolean) {
    this.#handle = handle;
    this.#position = position;
    this.#count = count;
    this.#slots = new Int32Array(count);
    this.#pages = new Uint8Array(Math.ceil(count / SLOTS_PER_PAGE));
    if (fresh) this.#pages.fill(CLEAN);
  }

  get dirtyPages(): number {
    return this.#dirtyPages;
  }

  get(slot: number): number {
    const page = Math.floor(slot / SLOTS_PER_PAGE);
    if (this.#pages[page] === 0) this.#read(page);
    return this.#slots[slot]!;
  }

  set(slot: number, value: number): void {
    const page = Math.floor(slot / SLOTS_PER_PAGE);
    if (this.#pages[page] !== DIRTY) {
      if (this.#pages[page] === 0) this.#read(page);
      this.#pages[page] = DIRTY;
      this.#dirtyPages++;
    }
    this.#slots[slot] = value;
  }

  /** Empties the table, on the way to filling it anew. */
  reset(): void {
    this.#slots.fill(0);
    this.#pages.fill(DIRTY);
    this.#dirtyPages = this.#pages.length;
  }

  /** Writes the pages that changed. */
  writeOut(): void {
    for (let page = 0; page < this.#pages.length && this.#dirtyPages > 0; page++) {
      if (this.#pages[page] !== DIRTY) continue;
      let end = page + 1;
      while (end < this.#pages.length && end - page < 64 && this.#pages[end] === DIRTY) end++;
      this.#write(page, end);
      this.#pages.fill(CLEAN, page, end);
      this.#dirtyPages -= end - page;
      page = end - 1;
    }
  }

  #read(page: number): void {
    const first = page * SLOTS_PER_PAGE;
    const count = Math.min(SLOTS_PER_PAGE, this.#count - first);
    const bytes = Buffer.alloc(count * 4);
    this.#handle.readSync(bytes, 0, bytes.length, this.#position + first * 4);
    this.#bytesOf(first, count).set(LITTLE_ENDIAN ? bytes.swap32() : bytes);
    this.#pages[page] = CLEAN;
  }

  #write(firstPage: number, endPage: number): void {
    const first = firstPage * SLOTS_PER_PAGE;
    const count = Math.min(endPage * SLOTS_PER_PAGE, this.#count) - first;
    const bytes = Buffer.from(this.#bytesOf(first, count));
    if (LITTLE_ENDIAN) bytes.swap32();
    this.#handle.writeSync(bytes, 0, bytes.length, this.#position + first * 4);
  }

  /** Of all slots four bytes each, in the order of the machine. */
  #bytesOf(first: number, count: number): Uint8Array {
    return new Uint8Array(this.#slots.buffer, first * 4, count * 4);
  }
}
