/** What writes headers: texts and numbers behind one another, in place where there is room for them. */
import { type AsciiText, writeUtf8 } from '@rocketmq-ts/common';

const ZERO = 0x30;
const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
/** Longer texts are left to the native encoder. */
const LOOP_CHARS = 16;
/** Of a UTF-16 unit, escaped: the most. */
const ESCAPED_BYTES = 6;
/** 0 for the characters that stand for themselves in a JSON string; 2 for the separators of properties. */
const KIND = Uint8Array.from({ length: 256 }, (_, unit) =>
  unit === 1 || unit === 2 ? 2 : /[^ !#-[\]-~]/.test(String.fromCharCode(unit)) ? 1 : 0,
);

const WORD_BYTES = 8;

/**
 * A piece of headers that is always the same, kept in words of eight bytes: a
 * loop over bytes costs several times as much. UTF-8 is never the bits of a NaN,
 * which need not stay what they are.
 */
export class SteadyBytes {
  readonly length: number;
  /** The last one is filled up. */
  readonly words: Float64Array;

  constructor(text: string | Uint8Array) {
    const bytes = Buffer.from(text as string);
    this.length = bytes.length;
    this.words = new Float64Array(Math.ceil(bytes.length / WORD_BYTES));
    const filled = Buffer.alloc(this.words.length * WORD_BYTES, SPACE);
    filled.set(bytes);
    for (let i = 0; i < this.words.length; i++) this.words[i] = filled.readDoubleLE(i * WORD_BYTES);
  }
}

/**
 * Characters are written by loops: for what a header holds, short pieces, that
 * costs less than joining texts and encoding them in one call.
 */
export class HeaderBytes {
  #buffer: Buffer = Buffer.alloc(0);
  /** Of the same memory as the buffer. */
  #view = viewOf(this.#buffer);
  #start = 0;
  #end = 0;

  /** Begins anew at `start` of `buffer`; what does not fit goes on in another one. */
  begin(buffer: Buffer, start: number): void {
    if (buffer !== this.#buffer) this.#use(buffer);
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

  /** Adds a text as it is. */
  text(text: AsciiText): void {
    const { length } = text;
    this.#reserve(length);
    text.copyTo(this.#view, this.#end);
    this.#end += length;
  }

  /** Adds a piece that is always the same. Behind it some bytes are written over that are not used yet. */
  steady({ words, length }: SteadyBytes): void {
    this.#reserve(words.length * WORD_BYTES);
    const view = this.#view;
    let at = this.#end;
    for (let i = 0; i < words.length; i++, at += WORD_BYTES) view.setFloat64(at, words[i]!, true);
    this.#end += length;
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
    const at = this.#end;
    const isAscii = writeText(this.#buffer, text, at) === length;
    // Mostly nothing is to be escaped, and all is where it belongs.
    if (isAscii && this.#isPlain(at, at + length)) {
      this.#buffer[at + length] = QUOTE;
      this.#end = at + length + 1;
      return;
    }
    // Its bytes are put where they cannot be overtaken, and moved from there to their place.
    const from = at + length * (ESCAPED_BYTES - 1);
    const ends = isAscii && writeText(this.#buffer, text, from) === length && this.#moveEscaped(from, length);
    if (!ends) this.#end += this.#buffer.write(JSON.stringify(text).slice(1), at);
  }

  /** True when all that was written there stands for itself in a JSON string. */
  #isPlain(start: number, end: number): boolean {
    const buffer = this.#buffer;
    for (let at = start; at < end; at++) if (KIND[buffer[at]!] !== 0) return false;
    return true;
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
    this.#use(larger);
  }

  #use(buffer: Buffer): void {
    this.#buffer = buffer;
    this.#view = viewOf(buffer);
  }
}

function viewOf(buffer: Buffer): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
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
