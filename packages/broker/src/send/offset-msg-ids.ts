/** The ids that tell where messages are stored: address and port of the broker, and the offset in its log, as hexadecimal digits. */

const OFFSET_DIGITS = 16;
const COMMA = 0x2c;
const HIGH = 2 ** 32;
const DIGITS = Buffer.from('0123456789ABCDEF');

/**
 * Makes the ids of one broker, in one buffer for all: each answer to a send
 * carries some, in which little but the last digits is not what it was before.
 */
export class OffsetMsgIds {
  readonly #prefix: Buffer;
  /** Bytes of an id with the comma behind it. */
  readonly #idBytes: number;
  #buffer = Buffer.alloc(0);
  /** The upper half of the offset that stands in each of the ids. */
  #highs = new Float64Array(0);
  /** The id of one message, of which there are most. */
  #first: Uint8Array;

  /** `storeHost` is the broker's address and port as the records hold it. */
  constructor(storeHost: Uint8Array) {
    this.#prefix = Buffer.from(Buffer.from(storeHost).toString('hex').toUpperCase());
    this.#idBytes = this.#prefix.length + OFFSET_DIGITS + 1;
    this.#first = this.#makeRoom(1);
  }

  /** The id of the message at the physical offset, until the next call. Source: MessageDecoder#createMessageId. */
  one(physicalOffset: number): Uint8Array {
    this.#write(0, physicalOffset);
    return this.#first;
  }

  /** The ids of several, with commas between them, until the next call. */
  several(physicalOffsets: readonly number[]): Uint8Array {
    const count = physicalOffsets.length;
    if (count > this.#highs.length) this.#first = this.#makeRoom(count);
    for (let i = 0; i < count; i++) this.#write(i, physicalOffsets[i]!);
    return this.#buffer.subarray(0, count * this.#idBytes - 1);
  }

  #write(index: number, physicalOffset: number): void {
    const at = index * this.#idBytes + this.#prefix.length;
    const high = Math.floor(physicalOffset / HIGH);
    if (this.#highs[index] !== high) {
      this.#highs[index] = high;
      writeHex(this.#buffer, at, high);
    }
    writeHex(this.#buffer, at + OFFSET_DIGITS / 2, physicalOffset | 0);
  }

  /** Answers where the first is. */
  #makeRoom(count: number): Uint8Array {
    const id = Buffer.concat([this.#prefix, Buffer.alloc(OFFSET_DIGITS, '0'), Buffer.of(COMMA)]);
    this.#buffer = Buffer.alloc(count * id.length, id);
    this.#highs = new Float64Array(count);
    return this.#buffer.subarray(0, id.length - 1);
  }
}

/** Writes the eight digits of a 32-bit number. */
function writeHex(buffer: Uint8Array, start: number, value: number): void {
  let at = start;
  for (let shift = 28; shift >= 0; shift -= 4) buffer[at++] = DIGITS[(value >>> shift) & 15]!;
}
