// Bytes that hold records of the commit log, with a view of the same.

import type { Lender } from '@rocketmq-ts/common';
import { crcOf } from './short-bytes.js';

/** A view over bytes that hold records. */
export class RecordBytes {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** The records were encoded here and never left memory: no disk can have changed them. */
  readonly isOwn: boolean;
  /** Keeps the bytes as they are beyond the turn, when somebody can. */
  readonly lender: Lender | undefined;
  // Asked of `bytes` they cost a call out of compiled code each time.
  readonly #buffer: ArrayBufferLike;
  readonly #byteOffset: number;

  /** @param origin what is known of the memory: nothing as a rule */
  constructor(bytes: Uint8Array, origin: { readonly isOwn?: boolean; readonly lender?: Lender } = {}) {
    this.bytes = bytes;
    this.isOwn = origin.isOwn ?? false;
    this.lender = origin.lender;
    this.#buffer = bytes.buffer;
    this.#byteOffset = bytes.byteOffset;
    this.view = new DataView(this.#buffer, this.#byteOffset, bytes.byteLength);
  }

  /** CRC-32 of the bytes `[at, at + length)`, without its sign as records have it. */
  crc32(at: number, length: number): number {
    return crcOf(this.view, at, at + length);
  }

  /** The bytes `[at, at + length)`, as a view. */
  part(at: number, length: number): Uint8Array {
    return new Uint8Array(this.#buffer, this.#byteOffset + at, length);
  }
}

/** Position of the next that may be a record: four bytes in front of a magic; -1 when there is none. */
export function findMagic(bytes: Uint8Array, start: number, end = bytes.length): number {
  for (let i = bytes.indexOf(0xda, start + 4); i >= 0 && i + 3 < end; i = bytes.indexOf(0xda, i + 1)) {
    if (bytes[i + 1] !== 0xa3 || bytes[i + 2] !== 0x20) continue;
    if (bytes[i + 3] === 0xa7 || bytes[i + 3] === 0xab) return i - 4;
  }
  return -1;
}
