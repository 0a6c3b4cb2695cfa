/** The ids that tell where messages are stored: address and port of the broker, and the offset in its log, as hexadecimal digits. */
import { AsciiText } from '@rocketmq-ts/common';

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
  /** The upper half of the offset that stands in each of the ids. */
  #highs = new Float64Array(0);
  #ids: AsciiText;

  /** `storeHost` is the broker's address and port as the records hold it. */
  constructor(storeHost: Uint8Array) {
    this.#prefix = Buffer.from(Buffer.from(storeHost).toString('hex').toUpperCase());
    this.#idBytes = this.#prefix.length + OFFSET_DIGITS + 1;
    this.#ids = this.#makeRoom(1);
  }

  /** The id of the message at the physical offset, until the next call. Source: MessageDecoder#createMessageId. */
  one(physicalOffset: number): AsciiText {
    this.#write(0, physicalOffset);
    return this.#ids.at(0, this.#idBytes - 1);
  }

  /** The ids of several, with commas between them, until the next call. */
  several(physicalOffsets: readonly number[]): AsciiText {
    const count = physicalOffsets.length;
    if (count > this.#highs.length) this.#ids = this.#makeRoom(count);
    for (let i = 0; i < count; i++) this.#write(i, physicalOffsets[i]!);
    return this.#ids.at(0, count * this.#idBytes - 1);
  }

  #write(index: number, physicalOffset: number): void {
    const { bytes } = this.#ids;
    const at = index * this.#idBytes + this.#prefix.length;
    const high = Math.floor(physicalOffset / HIGH);
    if (this.#highs[index] !== high) {
      this.#highs[index] = high;
      writeHex(bytes, at, high);
    }
    writeHex(bytes, at + OFFSET_DIGITS / 2, physicalOffset | 0);
  }

  #makeRoom(count: number): AsciiText {
    const id = Buffer.concat([this.#prefix, Buffer.alloc(OFFSET_DIGITS, '0'), Buffer.of(COMMA)]);
    this.#highs = new Float64Array(count);
    return new AsciiText(Buffer.alloc(count * id.length, id));
  }
}

/** Writes the eight digits of a 32-bit number. */
function writeHex(buffer: Uint8Array, start: number, value: number): void {
  let at = start;
  for (let shift = 28; shift >= 0; shift -= 4) buffer[at++] = DIGITS[(value >>> shift) & 15]!;
}
