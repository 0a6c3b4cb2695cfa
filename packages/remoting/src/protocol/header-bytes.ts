/** What writes headers: texts and numbers behind one another, in place where there is room for them. */
import { writeUtf8 } from '@rocketmq-ts/common';

const ZERO = 0x30;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
/** Longer texts are left to the native encoder. */
const LOOP_CHARS = 16;
/** Longer runs of bytes are left to the native copy. */
const LOOP_BYTES = 32;
/** Of a UTF-16 unit, escaped: the most. */
const ESCAPED_BYTES = 6;
/** 0 for the characters that stand for themselves in a JSON string; 2 for the separators of properties. */
const KIND = Uint8Array.from({ length: 256 }, (_, unit) =>
  unit === 1 || unit === 2 ? 2 : /[^ !#-[\]-~]/.test(String.fromCharCode(unit)) ? 1 : 0,
);

/**
 * Characters are written by loops: for what a header holds, short pieces, that
 * costs less than joining texts and encoding them in one call.
 */
export class HeaderBytes {
  #buffer: Buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;

  /** Begins anew at `start` of `buffer`; what does not fit goes on in another one. */
  begin(buffer: Buffer, start: number): void {
    this.#buffer = buffer;
    this.#start = start;
    this.#end = start;
  }

  /** Bytes written. */
  get length(): number {
    return this.#end - this.#start;
  }

  /** True when all was written where `begin` said. */
  isAt(buffer: Buffer, start: number): boolean {
    return this.#buffer === buffer && this.#start === start;
  }

  /** What was written. */
  view(): Buffer {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  /** Takes back what was written from `length` on. */
  cut(length: number): void {
    this.#end = this.#start + length;
  }

  /** Adds bytes from `from` on as they are. */
  bytes(bytes: Uint8Array, from = 0): void {
    const { length } = bytes;
    this.#reserve(length);
    const buffer = this.#buffer;
    let at = this.#end;
    if (length > LOOP_BYTES && from === 0) {
      buffer.set(bytes, at);
      at += length;
    } else for (let i = from; i < length; i++) buffer[at++] = bytes[i]!;
    this.#end = at;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#end++] = value;
  }

  /** Adds characters that are all ASCII. */
  ascii(text: string): void {
    const { length } = text;
    this.#reserve(length);
    const buffer = this.#buffer;
    let at = this.#end;
    for (let i = 0; i < length; i++) buffer[at++] = text.charCodeAt(i);
    this.#end = at;
  }

  /** Adds the decimal digits of an integer. */
  number(value: number): void {
    if (!(value >= 0 && value <= 0x7fff_ffff)) {
      this.ascii(String(value));
      return;
    }
    this.#reserve(10);
    const buffer = this.#buffer;
    let digits = 1;
    for (let limit = 10; value >= limit; limit *= 10) digits++;
    const end = this.#end + digits;
    let rest = value | 0;
    for (let at = end - 1; at >= this.#end; at--) {
      const next = (rest / 10) | 0;
      buffer[at] = ZERO + rest - next * 10;
      rest = next;
    }
    this.#end = end;
  }

  /** Adds the text as a JSON string without its first quote, as `JSON.stringify` writes it. */
  quoted(text: string): void {
    const { length } = text;
    this.#reserve(length * ESCAPED_BYTES + 1);
    // Its bytes are put where they cannot be overtaken, and moved from there to their place.
    const from = this.#end + length * (ESCAPED_BYTES - 1);
    const ends = writeText(this.#buffer, text, from) === length && this.#moveEscaped(from, length);
    if (!ends) this.#end += this.#buffer.write(JSON.stringify(text).slice(1), this.#end);
  }

  /** Moves ASCII characters behind what was written, and adds the quote; false when there are some that need care. */
  #moveEscaped(from: number, length: number): boolean {
    const buffer = this.#buffer;
    const end = from + length;
    let at = this.#end;
    for (let i = from; i < end; i++) {
      const unit = buffer[i]!;
      const kind = KIND[unit];
      if (kind === 0) buffer[at++] = unit;
      else if (kind === 2) {
        buffer[at] = BACKSLASH;
        buffer[at + 1] = LETTER_U;
        buffer[at + 2] = buffer[at + 3] = buffer[at + 4] = ZERO;
        buffer[at + 5] = ZERO + unit;
        at += ESCAPED_BYTES;
      } else return false;
    }
    buffer[at] = QUOTE;
    this.#end = at + 1;
    return true;
  }

  /** Adds the text in UTF-8; answers the number of its bytes. */
  utf8(text: string): number {
    this.#reserve(text.length * 3);
    const bytes = writeText(this.#buffer, text, this.#end);
    this.#end += bytes;
    return bytes;
  }

  /** Adds a big-endian number. */
  int(sizeBytes: number, value: number): void {
    this.setInt(this.room(sizeBytes), sizeBytes, value);
  }

  /** Leaves room for a number of `sizeBytes` bytes, which `setInt` fills; answers where. */
  room(sizeBytes: number): number {
    this.#reserve(sizeBytes);
    const at = this.length;
    this.#end += sizeBytes;
    return at;
  }

  /** Writes a big-endian number into the room at `at`, counted from the first byte that was written. */
  setInt(at: number, sizeBytes: number, value: number): void {
    for (let i = 0, shift = (sizeBytes - 1) * 8; i < sizeBytes; i++, shift -= 8)
      this.#buffer[this.#start + at + i] = value >>> shift;
  }

  #reserve(bytes: number): void {
    if (this.#end + bytes > this.#buffer.length) this.#grow(bytes);
  }

  #grow(bytes: number): void {
    const larger = Buffer.allocUnsafeSlow((this.length + bytes) * 2);
    larger.set(this.view());
    this.#end = this.length;
    this.#start = 0;
    this.#buffer = larger;
  }
}

/** Writes UTF-8 at `start`; returns its length in bytes. */
function writeText(buffer: Buffer, value: string, start: number): number {
  const { length } = value;
  if (length > LOOP_CHARS) return writeUtf8(buffer, value, start);
  for (let index = 0; index < length; index++) {
    const unit = value.charCodeAt(index);
    if (unit >= 0x80) return writeUtf8(buffer, value, start);
    buffer[start + index] = unit;
  }
  return length;
}
