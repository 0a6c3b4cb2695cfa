/**
 * Reads the JSON headers that all clients write, without building an object:
 * one pass notes where keys and values lie, and the generated `scan` functions
 * of the busiest headers take just what they declare from there. It halves the
 * cost of a request's header (see BENCHMARKS.md). Whatever is not of the plain
 * compact form is left to `JSON.parse`.
 */
import { parseBoolean, parseInt32, parseLong, type ScannedFields } from './header-codec.js';

const MAX_FIELDS = 64;
/** Numbers kept per field: key hash, key start, key end, value start, value end. */
const SLOTS = 5;

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;
/** Integers of up to so many digits fit a double exactly. */
const EXACT_DIGITS = 15;
const NO_BYTES = new Uint8Array(0);
/** 0 for the characters that stand for themselves in a string: one look instead of four comparisons for each. */
const SPECIAL = Uint8Array.from({ length: 256 }, (_, unit) => (/[^ !#-[\]-~]/.test(String.fromCharCode(unit)) ? 1 : 0));

/** The hash that generated code switches on: Java's, over the characters of a key. */
export function headerKeyHash(key: string): number {
  let hash = 0;
  for (let index = 0; index < key.length; index++) hash = (hash * 31 + key.charCodeAt(index)) | 0;
  return hash;
}

/** What may follow a backslash, besides `u` and four hex digits. */
const SIMPLE_ESCAPES: ReadonlySet<number | undefined> = new Set(Buffer.from('"\\\\/bfnrt'));

const CODE = headerKeyHash('code');
const EXT_FIELDS = headerKeyHash('extFields');
const FLAG = headerKeyHash('flag');
const LANGUAGE = headerKeyHash('language');
const OPAQUE = headerKeyHash('opaque');
const REMARK = headerKeyHash('remark');
const SERIALIZE_TYPE = headerKeyHash('serializeTypeCurrentRPC');
const VERSION = headerKeyHash('version');

/** One scanner serves any number of headers, one after the other. */
export class HeaderScanner implements ScannedFields {
  #text = '';
  #bytes: Uint8Array = NO_BYTES;
  /** Where the text starts in the bytes; all positions are in the bytes. */
  #base = 0;
  #end = 0;
  #position = 0;
  #count = 0;
  #escaped = false;
  #wasNumber = false;
  readonly #slots = new Int32Array(MAX_FIELDS * SLOTS);
  /** Fields whose value holds escapes. */
  readonly #escapedFields = new Uint8Array(MAX_FIELDS);
  code = 0;
  version = 0;
  opaque = 0;
  flag = 0;
  language = '';
  remark: string | undefined;

  get count(): number {
    return this.#count;
  }

  /** The text of the last header that was read; empty when it was not of the plain form. */
  get text(): string {
    return this.#text;
  }

  /**
   * Reads the header in `[start, end)` of `chunk`; false when it is not of the
   * plain form (what was noted is then worth nothing). Characters are looked at
   * in the bytes, which is several times faster than in a string; strings are
   * cut out of the text, which is made once.
   */
  read(chunk: Buffer, start: number, end: number): boolean {
    this.#bytes = chunk;
    this.#base = start;
    this.#end = end;
    this.#position = start;
    this.#count = 0;
    this.code = this.opaque = Number.NaN;
    this.version = this.flag = 0;
    this.language = 'OTHER';
    this.remark = undefined;
    this.#text = chunk.toString('latin1', start, end);
    const ok = this.#headObject() && this.#position === end && !Number.isNaN(this.code + this.opaque);
    if (!ok) this.#text = '';
    return ok;
  }

  keyHash(index: number): number {
    return this.#slots[index * SLOTS]!;
  }

  isKey(index: number, key: string): boolean {
    const at = index * SLOTS;
    const start = this.#slots[at + 1]!;
    return (
      this.#slots[at + 2]! - start === key.length &&
      (key.length === 1 || this.#text.startsWith(key, start - this.#base))
    );
  }

  value(index: number): string {
    const at = index * SLOTS;
    const start = this.#slots[at + 3]!;
    const end = this.#slots[at + 4]!;
    return this.#escapedFields[index] === 0 ? this.#cut(start, end) : this.#unescaped(start, end);
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
    return parseBoolean(this.value(index));
  }

  /** An unsigned number of few digits; NaN for all else. */
  #smallNumber(index: number): number {
    const at = index * SLOTS;
    const start = this.#slots[at + 3]!;
    const end = this.#slots[at + 4]!;
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

  #cut(start: number, end: number): string {
    return this.#text.substring(start - this.#base, end - this.#base);
  }

  #unescaped(start: number, end: number): string {
    return JSON.parse(this.#cut(start - 1, end + 1)) as string;
  }

  #headObject(): boolean {
    const bytes = this.#bytes;
    if (bytes[this.#position++] !== OPEN) return false;
    for (;;) {
      if (!this.#headField()) return false;
      const next = bytes[this.#position++];
      if (next === CLOSE) return true;
      if (next !== COMMA) return false;
    }
  }

  #headField(): boolean {
    switch (this.#key()) {
      case CODE:
        this.code = this.#number();
        return this.#wasNumber;
      case FLAG:
        this.flag = this.#number();
        return this.#wasNumber;
      case OPAQUE:
        this.opaque = this.#number();
        return this.#wasNumber;
      case VERSION:
        this.version = this.#number();
        return this.#wasNumber;
      case LANGUAGE:
        return this.#language();
      case REMARK:
        return this.#remark();
      case EXT_FIELDS:
        return this.#count === 0 && this.#extObject();
      case SERIALIZE_TYPE:
        return this.#string();
      default:
        return false;
    }
  }

  #extObject(): boolean {
    const bytes = this.#bytes;
    if (bytes[this.#position++] !== OPEN) return false;
    if (bytes[this.#position] === CLOSE) {
      this.#position++;
      return true;
    }
    for (;;) {
      if (!this.#extField()) return false;
      const next = bytes[this.#position++];
      if (next === CLOSE) return true;
      if (next !== COMMA) return false;
    }
  }

  #extField(): boolean {
    if (this.#count === MAX_FIELDS) return false;
    const slots = this.#slots;
    const at = this.#count * SLOTS;
    slots[at + 1] = this.#position + 1;
    slots[at] = this.#key();
    // Behind the key are its quote and the colon.
    slots[at + 2] = this.#position - 2;
    slots[at + 3] = this.#position + 1;
    if (!this.#string()) return false;
    slots[at + 4] = this.#position - 1;
    this.#escapedFields[this.#count++] = this.#escaped ? 1 : 0;
    return true;
  }

  /** Moves behind a key and its colon and answers its hash; behind anything else the next read fails. */
  #key(): number {
    const bytes = this.#bytes;
    let position = this.#position;
    if (bytes[position++] !== QUOTE) return this.#fail();
    let hash = 0;
    let unit = bytes[position++]!;
    while (SPECIAL[unit] === 0) {
      hash = (hash * 31 + unit) | 0;
      unit = bytes[position++]!;
    }
    if (unit !== QUOTE || bytes[position++] !== COLON || position > this.#end) return this.#fail();
    this.#position = position;
    return hash;
  }

  /** Puts the position where nothing can be read any more. */
  #fail(): number {
    this.#position = this.#end + 1;
    this.#bytes = NO_BYTES;
    return 0;
  }

  #remark(): boolean {
    const start = this.#position + 1;
    if (!this.#string()) return false;
    const end = this.#position - 1;
    this.remark = this.#escaped ? this.#unescaped(start, end) : this.#cut(start, end);
    return true;
  }

  #language(): boolean {
    const start = this.#position + 1;
    if (!this.#string() || this.#escaped) return false;
    const length = this.#position - 1 - start;
    const isJava = length === 4 && this.#text.startsWith('JAVA', start - this.#base);
    this.language = isJava ? 'JAVA' : this.#cut(start, start + length);
    return true;
  }

  /** A 32-bit integer; `#wasNumber` tells whether there was one. */
  #number(): number {
    const bytes = this.#bytes;
    const negative = bytes[this.#position] === MINUS;
    if (negative) this.#position++;
    const start = this.#position;
    let position = start;
    let value = 0;
    for (; position - start <= 10; position++) {
      const digit = bytes[position]! - ZERO;
      if (!(digit >= 0 && digit <= 9)) break;
      value = value * 10 + digit;
    }
    this.#position = position;
    const signed = negative ? -value : value;
    const isPadded = bytes[start] === ZERO && position > start + 1;
    this.#wasNumber = position > start && !isPadded && (signed | 0) === signed;
    return signed;
  }

  /** Moves behind a string literal of printable ASCII; notes whether it holds escapes. */
  #string(): boolean {
    const bytes = this.#bytes;
    const end = this.#end;
    let position = this.#position;
    if (bytes[position++] !== QUOTE) return false;
    this.#escaped = false;
    for (;;) {
      let unit = bytes[position++]!;
      while (SPECIAL[unit] === 0) unit = bytes[position++]!;
      if (position > end) return false;
      if (unit === QUOTE) break;
      if (unit !== BACKSLASH || !isEscape(bytes, position)) return false;
      this.#escaped = true;
      position++;
    }
    this.#position = position;
    return true;
  }
}

/** True when a valid escape follows the backslash, so that `JSON.parse` will take the literal once it is asked for. */
function isEscape(bytes: Uint8Array, position: number): boolean {
  if (bytes[position] !== 0x75) return SIMPLE_ESCAPES.has(bytes[position]);
  for (let index = position + 1; index <= position + 4; index++) {
    const unit = bytes[index]!;
    const isDigit = unit >= ZERO && unit <= 0x39;
    const isLetter = (unit | 0x20) >= 0x61 && (unit | 0x20) <= 0x66;
    if (!isDigit && !isLetter) return false;
  }
  return true;
}
