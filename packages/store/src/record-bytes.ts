// Bytes that hold records of the commit log, with a view of the same.

/** A view over bytes that hold records. */
export class RecordBytes {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** The records were encoded here and never left memory: no disk can have changed them. */
  readonly isOwn: boolean;
  // Asked of `bytes` they cost a call out of compiled code each time.
  readonly #buffer: ArrayBufferLike;
  readonly #byteOffset: number;

  constructor(bytes: Uint8Array, isOwn = false) {
    this.bytes = bytes;
    this.isOwn = isOwn;
    this.#buffer = bytes.buffer;
    this.#byteOffset = bytes.byteOffset;
    this.view = new DataView(this.#buffer, this.#byteOffset, bytes.byteLength);
  }

  /** The bytes `[at, at + length)`, as a view. */
  part(at: number, length: number): Uint8Array {
    return new Uint8Array(this.#buffer, this.#byteOffset + at, length);
  }
}
