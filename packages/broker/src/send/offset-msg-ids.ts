/** The ids that tell where messages are stored: address and port of the broker, and the offset in its log, as hexadecimal digits. */

const OFFSET_DIGITS = 16;
const COMMA = 0x2c;
const HIGH = 2 ** 32;
const DIGITS = Buffer.from('0123456789ABCDEF');

/** Makes the ids of one broker. Each answer to a send carries some: they are written into one buffer, which is made text once. */
export class OffsetMsgIds {
  readonly #prefix: Buffer;
  #buffer: Buffer;

  /** `storeHost` is the broker's address and port as the records hold it. */
  constructor(storeHost: Uint8Array) {
    this.#prefix = Buffer.from(Buffer.from(storeHost).toString('hex').toUpperCase());
    this.#buffer = Buffer.alloc(this.#prefix.length + OFFSET_DIGITS + 1);
  }

  /** The ids of the messages at the physical offsets, with commas between them. Source: MessageDecoder#createMessageId. */
  text(physicalOffsets: readonly number[]): string {
    const prefix = this.#prefix;
    const idBytes = prefix.length + OFFSET_DIGITS + 1;
    const bytes = physicalOffsets.length * idBytes;
    if (this.#buffer.length < bytes) this.#buffer = Buffer.alloc(bytes);
    const buffer = this.#buffer;
    let at = 0;
    for (const physicalOffset of physicalOffsets) {
      for (let i = 0; i < prefix.length; i++) buffer[at++] = prefix[i]!;
      at = writeHex(buffer, at, Math.floor(physicalOffset / HIGH));
      at = writeHex(buffer, at, physicalOffset | 0);
      buffer[at++] = COMMA;
    }
    return buffer.toString('latin1', 0, Math.max(0, at - 1));
  }
}

/** Writes the eight digits of a 32-bit number and answers the position behind them. */
function writeHex(buffer: Uint8Array, at: number, value: number): number {
  for (let shift = 28; shift >= 0; shift -= 4) buffer[at++] = DIGITS[(value >>> shift) & 15]!;
  return at;
}
