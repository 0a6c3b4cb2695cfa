/** The ext fields of a JSON header as they lie in the received bytes: noted by a scanner, made values of only where somebody asks. */
import { AsciiText, readLatin1 } from '@rocketmq-ts/common';
import { parseBoolean, parseInt32, parseLong, type ScannedFields } from './header-codec.js';

const MAX_FIELDS = 64;
/** Numbers kept per field: key hash, key start, key end, value start, value end, start and end of the plain value. */
const SLOTS = 7;
/** Bytes of plain values of one header. */
const PLAIN_BYTES = 8192;
const QUOTE = 0x22;
const ZERO = 0x30;
const BACKSLASH = 0x5c;
const LETTER_F = 0x66;
const LETTER_U = 0x75;
/** Integers of up to so many digits fit a double exactly. */
const EXACT_DIGITS = 15;
const FEW_FIELDS = 6;
const NO_BYTES = Buffer.alloc(0);
const NO_VIEW = new DataView(new ArrayBuffer(0));
const WORD_BYTES = 4;
/** The bytes of `u000`, the first one lowest. */
const U000 = 0x30303075;
/** 0 for the characters that stand for themselves in a string: one look instead of four comparisons for each. */
export const SPECIAL = Uint8Array.from({ length: 256 }, (_, unit) =>
  /[^ !#-[\]-~]/.test(String.fromCharCode(unit)) ? 1 : 0,
);
/** What may follow a backslash, besides `u` and four hex digits. */
const SIMPLE_ESCAPES: ReadonlySet<number | undefined> = new Set(Buffer.from('"\\\\/bfnrt'));

/** The hash that generated code switches on: Java's, over the characters of a key. */
export function headerKeyHash(key: string): number {
  let hash = 0;
  for (let index = 0; index < key.length; index++) hash = (hash * 31 + key.charCodeAt(index)) | 0;
  return hash;
}

/**
 * All positions are in the bytes that `begin` was called with. One serves any
 * number of headers, one after the other.
 */
export class FieldSlots implements ScannedFields {
  #bytes: Buffer = NO_BYTES;
  #view: DataView = NO_VIEW;
  #count = 0;
  readonly #slots = new Int32Array(MAX_FIELDS * SLOTS);
  /** Values without their escapes, as far as that is simple. */
  readonly #plain = Buffer.alloc(PLAIN_BYTES);
  readonly #plainText = new AsciiText(this.#plain);
  readonly #plainView = this.#plainText.view;
  #plainLength = 0;
  /** All of them, once several are cut out of it. */
  #text = '';
  /** Where the string that was read last starts in the plain ones; -1 when it is not there. */
  #stringStart = 0;

  /** Forgets all fields; those that follow lie in `bytes`, which `view` shows. */
  begin(bytes: Buffer, view: DataView): void {
    this.#bytes = bytes;
    this.#view = view;
    this.#text = '';
    this.#plainLength = 0;
    this.#count = 0;
  }

  get count(): number {
    return this.#count;
  }

  /** Notes a field, of which the value was just read by `string`; false when there are too many. */
  add(hash: number, keyStart: number, keyEnd: number, valueStart: number, valueEnd: number): boolean {
    const index = this.#count;
    if (index === MAX_FIELDS) return false;
    const slots = this.#slots;
    const at = index * SLOTS;
    slots[at] = hash;
    slots[at + 1] = keyStart;
    slots[at + 2] = keyEnd;
    slots[at + 3] = valueStart;
    slots[at + 4] = valueEnd;
    slots[at + 5] = this.#stringStart;
    slots[at + 6] = this.#plainLength;
    this.#count++;
    return true;
  }

  /**
   * Reads the string literal that begins at `position`: answers where it ends,
   * behind its quote; -1 when it is none of printable ASCII before `end`.
   */
  string(position: number, end: number): number {
    const bytes = this.#bytes;
    const plain = this.#plain;
    const start = this.#plainLength;
    if (bytes[position] !== QUOTE) return -1;
    // What might not fit is not read: `value` finds it in the bytes.
    if (end - position > PLAIN_BYTES - start) return this.#skip(position, end);
    const view = this.#view;
    const plainView = this.#plainView;
    let length = start;
    for (let at = position + 1; ; ) {
      for (; at <= end - WORD_BYTES; at += WORD_BYTES, length += WORD_BYTES) {
        const word = view.getInt32(at, true);
        // Bytes behind one that is special are written over.
        plainView.setInt32(length, word, true);
        const plainBytes = plainBytesOf(word);
        if (plainBytes < WORD_BYTES) {
          at += plainBytes;
          length += plainBytes;
          break;
        }
      }
      let unit = bytes[at++]!;
      while (SPECIAL[unit] === 0) {
        plain[length++] = unit;
        unit = bytes[at++]!;
      }
      if (at > end) return -1;
      if (unit === QUOTE) {
        this.#stringStart = start;
        this.#plainLength = length;
        return at;
      }
      // Separators of properties are all that is escaped as a rule.
      const separator = unit === BACKSLASH && at + 5 <= end ? separatorAt(bytes, view, at) : 0;
      if (separator === 0) return this.#skip(position, end);
      plain[length++] = separator;
      at += 5;
    }
  }

  /** As `string`, for one with any escapes. */
  #skip(position: number, end: number): number {
    const bytes = this.#bytes;
    this.#stringStart = -1;
    for (let at = position + 1; ; ) {
      let unit = bytes[at++]!;
      while (SPECIAL[unit] === 0) unit = bytes[at++]!;
      if (at > end) return -1;
      if (unit === QUOTE) return at;
      if (unit !== BACKSLASH || !isEscape(bytes, at)) return -1;
      at++;
    }
  }

  /** The string that was read last, from its quote at `start` to behind that before `end`. */
  lastString(start: number, end: number): string {
    if (this.#stringStart < 0) return JSON.parse(readLatin1(this.#bytes, start, end)) as string;
    return readLatin1(this.#plain, this.#stringStart, this.#plainLength);
  }

  keyHash(index: number): number {
    return this.#slots[index * SLOTS]!;
  }

  keyStart(index: number): number {
    return this.#slots[index * SLOTS + 1]!;
  }

  keyEnd(index: number): number {
    return this.#slots[index * SLOTS + 2]!;
  }

  valueStart(index: number): number {
    return this.#slots[index * SLOTS + 3]!;
  }

  valueEnd(index: number): number {
    return this.#slots[index * SLOTS + 4]!;
  }

  isKey(index: number, key: string): boolean {
    const start = this.keyStart(index);
    const { length } = key;
    if (this.keyEnd(index) - start !== length) return false;
    // The hash of a single character is the character.
    if (length === 1) return true;
    const bytes = this.#bytes;
    for (let i = 0; i < length; i++) if (bytes[start + i] !== key.charCodeAt(i)) return false;
    return true;
  }

  value(index: number): string {
    const at = index * SLOTS;
    const start = this.#slots[at + 5]!;
    if (start < 0)
      return JSON.parse(readLatin1(this.#bytes, this.valueStart(index) - 1, this.valueEnd(index) + 1)) as string;
    return this.#cut(start, this.#slots[at + 6]!);
  }

  /** The same object for each: a header has one such field. */
  text(index: number): string | AsciiText {
    const at = index * SLOTS;
    const start = this.#slots[at + 5]!;
    return start < 0 ? this.value(index) : this.#plainText.at(start, this.#slots[at + 6]!);
  }

  /** A call into the runtime costs more than what it copies: of many fields, text is made once. */
  #cut(start: number, end: number): string {
    if (this.#count < FEW_FIELDS) return readLatin1(this.#plain, start, end);
    if (this.#text === '') this.#text = readLatin1(this.#plain, 0, this.#plainLength);
    return this.#text.substring(start, end);
  }

  int(index: number, field: string): number {
    const value = this.#smallNumber(index);
    return (value | 0) === value ? value : parseInt32(this.value(index), field);
  }

  long(index: number, field: string): number {
    const value = this.#smallNumber(index);
    return Number.isNaN(value) ? parseLong(this.value(index), field) : value;
  }

  boolean(index: number): boolean {
    // Five characters of which the first is an f are not "true", whatever they are.
    const isFalse =
      this.valueEnd(index) - this.valueStart(index) === 5 && this.#bytes[this.valueStart(index)] === LETTER_F;
    return !isFalse && parseBoolean(this.value(index));
  }

  /** An unsigned number of few digits; NaN for all else. */
  #smallNumber(index: number): number {
    const start = this.valueStart(index);
    const end = this.valueEnd(index);
    if (start === end || end - start > EXACT_DIGITS) return Number.NaN;
    const bytes = this.#bytes;
    let value = 0;
    for (let position = start; position < end; position++) {
      const digit = bytes[position]! - ZERO;
      if (digit < 0 || digit > 9) return Number.NaN;
      value = value * 10 + digit;
    }
    return value;
  }
}

/**
 * How many of four bytes, from the lowest on, stand for themselves in a string. Each test leaves the highest bit of a
 * byte set that is a quote, a backslash, below a space, or above a tilde; what it leaves of bytes behind it is not
 * looked at.
 */
function plainBytesOf(word: number): number {
  const quote = word ^ 0x22222222;
  const backslash = word ^ 0x5c5c5c5c;
  const equal = ((quote - 0x01010101) & ~quote) | ((backslash - 0x01010101) & ~backslash);
  const hits = (equal | ((word - 0x20202020) & ~word) | (word + 0x01010101) | word) & 0x80808080;
  return hits === 0 ? WORD_BYTES : (31 - Math.clz32(hits & -hits)) >> 3;
}

/** The separator of properties of which an escape follows a backslash; 0 for all else. */
function separatorAt(bytes: Uint8Array, view: DataView, position: number): number {
  if (view.getInt32(position, true) !== U000) return 0;
  const separator = bytes[position + 4]! - ZERO;
  return separator === 1 || separator === 2 ? separator : 0;
}

/** True when a valid escape follows the backslash, so that `JSON.parse` will take the literal once it is asked for. */
function isEscape(bytes: Uint8Array, position: number): boolean {
  if (bytes[position] !== LETTER_U) return SIMPLE_ESCAPES.has(bytes[position]);
  for (let index = position + 1; index <= position + 4; index++) {
    const unit = bytes[index]!;
    const isDigit = unit >= ZERO && unit <= 0x39;
    const isLetter = (unit | 0x20) >= 0x61 && (unit | 0x20) <= 0x66;
    if (!isDigit && !isLetter) return false;
  }
  return true;
}
