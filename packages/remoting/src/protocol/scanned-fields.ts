/** The ext fields of a JSON header as they lie in the received bytes: noted by a scanner, made values of only where somebody asks. */
import { readLatin1 } from '@rocketmq-ts/common';
import { parseBoolean, parseInt32, parseLong, type ScannedFields } from './header-codec.js';

const MAX_FIELDS = 64;
/** Numbers kept per field: key hash, key start, key end, value start, value end. */
const SLOTS = 5;
const QUOTE = 0x22;
const ZERO = 0x30;
const BACKSLASH = 0x5c;
const LETTER_F = 0x66;
const LETTER_U = 0x75;
/** Integers of up to so many digits fit a double exactly. */
const EXACT_DIGITS = 15;
const FEW_FIELDS = 6;
const NO_BYTES = Buffer.alloc(0);
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

/** All positions are in the bytes that `begin` was called with. One serves any number of headers, one after the other. */
export class FieldSlots implements ScannedFields {
  #bytes: Buffer = NO_BYTES;
  #start = 0;
  #end = 0;
  /** All of them, once several are cut out of it. */
  #text = '';
  #count = 0;
  readonly #slots = new Int32Array(MAX_FIELDS * SLOTS);
  /** Fields whose value holds escapes. */
  readonly #escaped = new Uint8Array(MAX_FIELDS);
  /** Texts without their escapes; longer ones are left to `JSON.parse`. */
  readonly #plain = Buffer.allocUnsafeSlow(4096);
  /** What `stringEnd` found last. */
  hasEscapes = false;

  /** Forgets all fields; those that follow lie in `[start, end)` of `bytes`. */
  begin(bytes: Buffer, start: number, end: number): void {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
    this.#text = '';
    this.#count = 0;
  }

  get count(): number {
    return this.#count;
  }

  /** Notes a field; false when there are too many. `hasEscapes` belongs to its value. */
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
    this.#escaped[index] = this.hasEscapes ? 1 : 0;
    this.#count++;
    return true;
  }

  /**
   * Where the string literal that begins at `position` ends, behind its quote;
   * -1 when it is none of printable ASCII before `end`. Notes whether it holds
   * escapes.
   */
  stringEnd(position: number, end: number): number {
    const bytes = this.#bytes;
    if (bytes[position] !== QUOTE) return -1;
    this.hasEscapes = false;
    for (let at = position + 1; ; ) {
      let unit = bytes[at++]!;
      while (SPECIAL[unit] === 0) unit = bytes[at++]!;
      if (at > end) return -1;
      if (unit === QUOTE) return at;
      if (unit !== BACKSLASH || !isEscape(bytes, at)) return -1;
      this.hasEscapes = true;
      at++;
    }
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
    const start = this.valueStart(index);
    const end = this.valueEnd(index);
    return this.#escaped[index] === 0 ? this.#cut(start, end) : this.unescaped(start, end);
  }

  /** A call into the runtime costs more than what it copies: of many fields, text is made once. */
  #cut(start: number, end: number): string {
    if (this.#count < FEW_FIELDS) return readLatin1(this.#bytes, start, end);
    if (this.#text === '') this.#text = readLatin1(this.#bytes, this.#start, this.#end);
    return this.#text.substring(start - this.#start, end - this.#start);
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

  /** The string between the quotes at `start - 1` and `end`. */
  unescaped(start: number, end: number): string {
    const bytes = this.#bytes;
    const plain = this.#plain;
    if (end - start > plain.length) return this.#parsed(start, end);
    let length = 0;
    for (let at = start; at < end; ) {
      const unit = bytes[at++]!;
      if (unit !== BACKSLASH) {
        plain[length++] = unit;
        continue;
      }
      // Separators of properties are all that occurs as a rule.
      if (bytes[at] !== LETTER_U || bytes[at + 1] !== ZERO || bytes[at + 2] !== ZERO || bytes[at + 3] !== ZERO)
        return this.#parsed(start, end);
      const digit = bytes[at + 4]! - ZERO;
      if (digit > 9) return this.#parsed(start, end);
      plain[length++] = digit;
      at += 5;
    }
    return readLatin1(plain, 0, length);
  }

  #parsed(start: number, end: number): string {
    return JSON.parse(readLatin1(this.#bytes, start - 1, end + 1)) as string;
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
