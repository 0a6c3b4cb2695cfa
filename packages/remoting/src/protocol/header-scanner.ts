/**
 * Reads the JSON headers that all clients write, without building an object:
 * one pass notes where keys and values lie, and the generated `scan` functions
 * of the busiest headers take just what they declare from there. It halves the
 * cost of a request's header (see BENCHMARKS.md). Whatever is not of the plain
 * compact form is left to `JSON.parse`.
 */
import { type FieldSlots, headerKeyHash, SPECIAL } from './scanned-fields.js';

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;
const COLON = 0x3a;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const NO_BYTES = Buffer.alloc(0);

const CODE = headerKeyHash('code');
const EXT_FIELDS = headerKeyHash('extFields');
const FLAG = headerKeyHash('flag');
const LANGUAGE = headerKeyHash('language');
const OPAQUE = headerKeyHash('opaque');
const REMARK = headerKeyHash('remark');
const SERIALIZE_TYPE = headerKeyHash('serializeTypeCurrentRPC');
const VERSION = headerKeyHash('version');

/** One scanner serves any number of headers, one after the other. */
export class HeaderScanner {
  /** The ext fields of the last header. */
  readonly fields: FieldSlots;
  #bytes: Buffer = NO_BYTES;
  #end = 0;
  #position = 0;
  #wasNumber = false;
  code = 0;
  version = 0;
  opaque = 0;
  flag = 0;
  language = '';
  remark: string | undefined;
  /** Where the digits of `opaque` lie. */
  opaqueStart = 0;
  opaqueEnd = 0;

  constructor(fields: FieldSlots) {
    this.fields = fields;
  }

  /**
   * Reads the header in `[start, end)` of `chunk`, which `view` shows; false when it is not of the
   * plain form (what was noted is then worth nothing).
   */
  read(chunk: Buffer, view: DataView, start: number, end: number): boolean {
    this.fields.begin(chunk, view);
    this.#bytes = chunk;
    this.#end = end;
    this.#position = start;
    this.code = this.opaque = Number.NaN;
    this.version = this.flag = 0;
    this.language = 'OTHER';
    this.remark = undefined;
    return this.#headObject() && this.#position === end && !Number.isNaN(this.code + this.opaque);
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
        this.opaqueStart = this.#position;
        this.opaque = this.#number();
        this.opaqueEnd = this.#position;
        return this.#wasNumber;
      case VERSION:
        this.version = this.#number();
        return this.#wasNumber;
      case LANGUAGE:
        return this.#language();
      case REMARK:
        return this.#remark();
      case EXT_FIELDS:
        return this.fields.count === 0 && this.#extObject();
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
    const keyStart = this.#position + 1;
    const hash = this.#key();
    // Behind the key are its quote and the colon.
    const keyEnd = this.#position - 2;
    const valueStart = this.#position + 1;
    return this.#string() && this.fields.add(hash, keyStart, keyEnd, valueStart, this.#position - 1);
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
    const start = this.#position;
    if (!this.#string()) return false;
    this.remark = this.fields.lastString(start, this.#position);
    return true;
  }

  #language(): boolean {
    const start = this.#position;
    if (!this.#string()) return false;
    this.language = this.fields.lastString(start, this.#position);
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

  /** Moves behind a string literal of printable ASCII. */
  #string(): boolean {
    const end = this.fields.string(this.#position, this.#end);
    if (end < 0) return false;
    this.#position = end;
    return true;
  }
}
