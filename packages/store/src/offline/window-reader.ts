/** Reads small pieces of a queue of files, a window at a time: what is near costs no further read. */
import type { FileQueue } from '../file-queue.js';
import { RecordBytes } from '../record-bytes.js';

/** Larger pieces than this are not asked for by anything that is whole. */
const MAX_WINDOW_BYTES = 64 * 1024 * 1024;

export class WindowReader {
  readonly #files: FileQueue;
  #data: RecordBytes;
  #start = 0;
  #length = 0;

  constructor(files: FileQueue, windowBytes = 64 * 1024) {
    this.#files = files;
    this.#data = new RecordBytes(Buffer.alloc(windowBytes));
  }

  /** The window; pieces that were asked for lie in it until the next is. */
  get data(): RecordBytes {
    return this.#data;
  }

  /** Where in `data` the piece lies; -1 when it is not there as a whole. Pieces do not reach over the end of a file. */
  at(position: number, length: number): number {
    if (!Number.isSafeInteger(position) || position < 0 || length > MAX_WINDOW_BYTES) return -1;
    if (position < this.#start || position + length > this.#start + this.#length) {
      if (length > this.#data.bytes.length) this.#data = new RecordBytes(Buffer.alloc(length));
      this.#start = position;
      this.#length = this.#files.readSync(position, this.#data.bytes, 0, this.#data.bytes.length);
    }
    return position + length <= this.#start + this.#length ? position - this.#start : -1;
  }
}
