/**
 * Writing headers as bytes, in both serializations. Every answer and every
 * request of a client goes through here: loops over characters, which for texts
 * of a header's size are several times faster than strings that are joined and
 * encoded.
 */

/** Takes the fields of a header, one after the other. */
export interface FieldWriter {
  entry(key: string, value: string): void;
  /** A value that is written as its decimal text. */
  number(key: string, value: number): void;
}

const INITIAL_BYTES = 1024;
/** Buffers larger than this are given up at the next reset. */
const KEPT_BYTES = 64 * 1024;
/** Longer texts of unknown content are left to the native encoder. */
const LOOP_CHARS = 256;

const ZERO = 0x30;
const MINUS = 0x2d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const FIRST_PRINTABLE = 0x20;
const FIRST_NON_ASCII = 0x80;
/** Whole numbers below this are written digit by digit. */
const SMALL_NUMBER = 2 ** 31;

/** A growing buffer that is used for one header after the other. */
export class GrowingBytes {
  #buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  length = 0;

  reset(): void {
    this.length = 0;
    if (this.#buffer.length > KEPT_BYTES) this.#buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  }

  /** What was written, as a view that the next reset or write makes invalid. */
  bytes(): Uint8Array {
    return new Uint8Array(this.#buffer.buffer, this.#buffer.byteOffset, this.length);
  }

  int8(value: number): void {
    const buffer = this.#reserve(1);
    buffer[this.length++] = value;
  }

  int16(value: number): void {
    const buffer = this.#reserve(2);
    buffer[this.length++] = value >>> 8;
    buffer[this.length++] = value;
  }

  int32(value: number): void {
    this.#reserve(4);
    this.length += 4;
    this.setInt32(this.length - 4, value);
  }

  /** Overwrites two bytes. */
  setInt16(at: number, value: number): void {
    this.#buffer[at] = value >>> 8;
    this.#buffer[at + 1] = value;
  }

  /** Overwrites four bytes. */
  setInt32(at: number, value: number): void {
    const buffer = this.#buffer;
    buffer[at] = value >>> 24;
    buffer[at + 1] = value >>> 16;
    buffer[at + 2] = value >>> 8;
    buffer[at + 3] = value;
  }

  /** Text of ASCII characters only. */
  ascii(text: string): void {
    const buffer = this.#reserve(text.length);
    let at = this.length;
    for (let index = 0; index < text.length; index++) buffer[at++] = text.charCodeAt(index);
    this.length = at;
  }

  /** Any text, in UTF-8; answers the number of bytes. */
  utf8(text: string): number {
    const { length } = text;
    const buffer = this.#reserve(length * 3);
    const start = this.length;
    let at = start;
    for (let index = 0; index < length; index++) {
      const unit = text.charCodeAt(index);
      if (unit >= FIRST_NON_ASCII || length > LOOP_CHARS) {
        at = start + buffer.write(text, start);
        break;
      }
      buffer[at++] = unit;
    }
    this.length = at;
    return at - start;
  }

  /** The text as a JSON string, quotes included. */
  quoted(text: string): void {
    const { length } = text;
    const buffer = this.#reserve(length + 2);
    let at = this.length;
    buffer[at++] = QUOTE;
    for (let index = 0; index < length; index++) {
      const unit = text.charCodeAt(index);
      if (unit < FIRST_PRINTABLE || unit >= FIRST_NON_ASCII || unit === QUOTE || unit === BACKSLASH) {
        this.utf8(JSON.stringify(text));
        return;
      }
      buffer[at++] = unit;
    }
    buffer[at++] = QUOTE;
    this.length = at;
  }

  /** The number's decimal text. */
  decimal(value: number): void {
    if (!(Number.isInteger(value) && value < SMALL_NUMBER && value > -SMALL_NUMBER) || Object.is(value, -0)) {
      this.ascii(String(value));
      return;
    }
    const buffer = this.#reserve(11);
    let rest = value | 0;
    if (rest < 0) {
      buffer[this.length++] = MINUS;
      rest = -rest;
    }
    let digits = 1;
    for (let limit = 10; digits < 10 && rest >= limit; limit *= 10) digits++;
    const end = this.length + digits;
    for (let at = end - 1; at >= this.length; at--) {
      buffer[at] = ZERO + (rest % 10);
      rest = (rest / 10) | 0;
    }
    this.length = end;
  }

  #reserve(bytes: number): Buffer {
    const needed = this.length + bytes;
    if (needed <= this.#buffer.length) return this.#buffer;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2));
    larger.set(this.bytes());
    this.#buffer = larger;
    return larger;
  }
}

/** Writes fields as the inside of a JSON object. */
export class JsonFieldWriter implements FieldWriter {
  readonly #bytes: GrowingBytes;
  #first = true;

  constructor(bytes: GrowingBytes) {
    this.#bytes = bytes;
  }

  /** True as long as nothing was written since the last `begin`. */
  get isEmpty(): boolean {
    return this.#first;
  }

  /** The next field is the first. */
  begin(): void {
    this.#first = true;
  }

  entry(key: string, value: string): void {
    this.#key(key);
    this.#bytes.quoted(value);
  }

  number(key: string, value: number): void {
    this.#key(key);
    this.#bytes.int8(QUOTE);
    this.#bytes.decimal(value);
    this.#bytes.int8(QUOTE);
  }

  #key(key: string): void {
    if (this.#first) this.#first = false;
    else this.#bytes.int8(COMMA);
    this.#bytes.quoted(key);
    this.#bytes.int8(COLON);
  }
}

/**
 * Writes fields in the ROCKETMQ form (big-endian; source: RocketMQSerializable):
 *
 *   0    2  key length k
 *   2    k  key, UTF-8
 *   2+k  4  value length v
 *   6+k  v  value, UTF-8
 */
export class BinaryFieldWriter implements FieldWriter {
  readonly #bytes: GrowingBytes;

  constructor(bytes: GrowingBytes) {
    this.#bytes = bytes;
  }

  entry(key: string, value: string): void {
    this.#key(key);
    const bytes = this.#bytes;
    const lengthAt = bytes.length;
    bytes.int32(0);
    bytes.setInt32(lengthAt, bytes.utf8(value));
  }

  number(key: string, value: number): void {
    this.entry(key, String(value));
  }

  #key(key: string): void {
    const bytes = this.#bytes;
    const lengthAt = bytes.length;
    bytes.int16(0);
    const length = bytes.utf8(key);
    bytes.setInt16(lengthAt, length);
  }
}
