/** Bytes that are gathered in memory until they are written in one stroke. */
import { RecordBytes } from '../record-bytes.js';

const FIRST_BYTES = 4096;
/** A buffer beyond this is given back when it is empty: queues that are written once in a while are many. */
const KEPT_BYTES = 64 * 1024;
const NOTHING = new RecordBytes(new Uint8Array(0));

export class PendingBytes {
  #data = NOTHING;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The buffer with the bytes at its start; another one after it has grown. */
  get data(): RecordBytes {
    return this.#data;
  }

  /** What is gathered. */
  get bytes(): Uint8Array {
    return this.#data.bytes.subarray(0, this.#length);
  }

  /** Adds a copy of the bytes; answers where they begin. */
  push(bytes: Uint8Array): number {
    const at = this.grow(bytes.length);
    this.#data.bytes.set(bytes, at);
    return at;
  }

  /** Makes room for `count` bytes; answers where they begin. */
  grow(count: number): number {
    const at = this.#length;
    const wanted = at + count;
    if (wanted > this.#data.bytes.length) {
      const grown = new Uint8Array(Math.max(FIRST_BYTES, wanted, this.#data.bytes.length * 2));
      grown.set(this.bytes);
      this.#data = new RecordBytes(grown);
    }
    this.#length = wanted;
    return at;
  }

  clear(): void {
    this.#length = 0;
    if (this.#data.bytes.length > KEPT_BYTES) this.#data = NOTHING;
  }
}
