// Bytes of a simulated file: only pages that were written take memory, so that a file of 1 GiB that is nearly empty is cheap.

/** Granule of allocation; also what a disk may write as one unit at most. */
export const PAGE_SIZE_BYTES = 4096;

/** A growable, sparse array of bytes; what was never written reads as zeros. */
export class SparseBytes {
  readonly #pages = new Map<number, Uint8Array>();

  /** Pages that hold data. */
  get pageCount(): number {
    return this.#pages.size;
  }

  /** Pages that a write of this range would have to add. */
  missingPages(position: number, length: number): number {
    let missing = 0;
    const last = Math.floor((position + length - 1) / PAGE_SIZE_BYTES);
    for (let page = Math.floor(position / PAGE_SIZE_BYTES); page <= last; page++) {
      if (!this.#pages.has(page)) missing++;
    }
    return missing;
  }

  write(source: Uint8Array, offset: number, length: number, position: number): void {
    forEachPage(position, length, (page, start, count, done) => {
      let bytes = this.#pages.get(page);
      if (bytes === undefined) {
        bytes = new Uint8Array(PAGE_SIZE_BYTES);
        this.#pages.set(page, bytes);
      }
      bytes.set(source.subarray(offset + done, offset + done + count), start);
    });
  }

  read(target: Uint8Array, offset: number, length: number, position: number): void {
    forEachPage(position, length, (page, start, count, done) => {
      const bytes = this.#pages.get(page);
      if (bytes === undefined) target.fill(0, offset + done, offset + done + count);
      else target.set(bytes.subarray(start, start + count), offset + done);
    });
  }

  /** Makes zeros of all bytes from `size` on. */
  cut(size: number): void {
    const boundary = Math.floor(size / PAGE_SIZE_BYTES);
    this.#pages.get(boundary)?.fill(0, size % PAGE_SIZE_BYTES);
    const firstFree = size % PAGE_SIZE_BYTES === 0 ? boundary : boundary + 1;
    for (const page of this.#pages.keys()) {
      if (page >= firstFree) this.#pages.delete(page);
    }
  }

  copy(): SparseBytes {
    const copy = new SparseBytes();
    for (const [page, bytes] of this.#pages) copy.#pages.set(page, bytes.slice());
    return copy;
  }
}

function forEachPage(
  position: number,
  length: number,
  visit: (page: number, start: number, count: number, done: number) => void,
): void {
  for (let done = 0; done < length; ) {
    const at = position + done;
    const start = at % PAGE_SIZE_BYTES;
    const count = Math.min(PAGE_SIZE_BYTES - start, length - done);
    visit((at - start) / PAGE_SIZE_BYTES, start, count, done);
    done += count;
  }
}
