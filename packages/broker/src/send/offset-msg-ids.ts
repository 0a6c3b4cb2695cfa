/** The ids that tell where messages are stored: address and port of the broker, and the offset in its log, as hexadecimal digits. */

const OFFSET_DIGITS = 16;
const COMMA = 0x2c;
const HIGH = 2 ** 32;
const DIGITS = Buffer.from('0123456789ABCDEF');

/** Makes the ids of one broker, in one buffer for all: each answer to a send carries some. */
export class OffsetMsgIds {
  readonly #prefix: Buffer;
  /** The id of one message, of which there are most. */
  readonly #single: Buffer;
  #several = Buffer.alloc(0);

  /** `storeHost` is the broker's address and port as the records hold it. */
  constructor(storeHost: Uint8Array) {
    this.#prefix = Buffer.from(Buffer.from(storeHost).toString('hex').toUpperCase());
    this.#single = Buffer.concat([this.#prefix, Buffer.alloc(OFFSET_DIGITS)]);
  }

  /** The id of the message at the physical offset, until the next call. Source: MessageDecoder#createMessageId. */
  one(physicalOffset: number): Uint8Array {
    writeOffset(this.#single, this.#prefix.length, physicalOffset);
    return this.#single;
  }

  /** The ids of several, with commas between them, until the next call. */
  several(physicalOffsets: readonly number[]): Uint8Array {
    const prefix = this.#prefix;
    const bytes = physicalOffsets.length * (prefix.length + OFFSET_DIGITS + 1);
    if (this.#several.length < bytes) this.#several = Buffer.alloc(bytes);
    const buffer = this.#several;
    let at = 0;
    for (const physicalOffset of physicalOffsets) {
      for (let i = 0; i < prefix.length; i++) buffer[at++] = prefix[i]!;
      writeOffset(buffer, at, physicalOffset);
      at += OFFSET_DIGITS;
      buffer[at++] = COMMA;
    }
    return buffer.subarray(0, Math.max(0, at - 1));
  }
}

function writeOffset(buffer: Uint8Array, at: number, physicalOffset: number): void {
  writeHex(buffer, at, Math.floor(physicalOffset / HIGH));
  writeHex(buffer, at + OFFSET_DIGITS / 2, physicalOffset | 0);
}

/** Writes the eight digits of a 32-bit number. */
function writeHex(buffer: Uint8Array, start: number, value: number): void {
  let at = start;
  for (let shift = 28; shift >= 0; shift -= 4) buffer[at++] = DIGITS[(value >>> shift) & 15]!;
}
