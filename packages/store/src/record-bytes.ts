// Bytes that hold records of the commit log, with a view of the same.

const NONE = new Uint32Array(0);

/** A view over bytes that hold records. */
export class RecordBytes {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** The records were encoded here and never left memory: no disk can have changed them. */
  readonly isOwn: boolean;
  // Asked of `bytes` they cost a call out of compiled code each time.
  readonly #buffer: ArrayBufferLike;
  readonly #byteOffset: number;

  /** Where records begin that were found whole; ascending. */
  readonly #wholeAt: Uint32Array;

  constructor(bytes: Uint8Array, known: { readonly isOwn?: boolean; readonly wholeAt?: Uint32Array } = {}) {
    this.bytes = bytes;
    this.isOwn = known.isOwn ?? false;
    this.#wholeAt = known.wholeAt ?? NONE;
    this.#buffer = bytes.buffer;
    this.#byteOffset = bytes.byteOffset;
    this.view = new DataView(this.#buffer, this.#byteOffset, bytes.byteLength);
  }

  /** True when it is known that a whole record begins at `at`: it need not be checked. */
  isKnownWhole(at: number): boolean {
    const starts = this.#wholeAt;
    let low = 0;
    let high = starts.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const start = starts[middle]!;
      if (start === at) return true;
      if (start < at) low = middle + 1;
      else high = middle - 1;
    }
    return false;
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
