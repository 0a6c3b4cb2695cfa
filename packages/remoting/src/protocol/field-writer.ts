/** Writing the fields of a header, in both serializations. */
import type { HeaderBytes } from './header-bytes.js';

/** Takes the fields of a header, one after the other. */
export interface FieldWriter {
  /** `key` is the name of a field as it is declared. */
  entry(key: string, value: string): void;
  /** A value that is written as its decimal text. */
  number(key: string, value: number): void;
  /** A field that is not declared: its name may be anything. */
  free(key: string, value: string): void;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
/** Of a value that has changed so often it is no longer expected to stay the same. */
const MANY_CHANGES = 100;

/** A declared name, and the value that it had last. */
interface Name {
  /** With the comma before it and the first quote of its value: `,"msgId":"`. */
  readonly bytes: Buffer;
  value: string;
  /** The value with its last quote, once it has come twice in a row. */
  valueBytes: Buffer | undefined;
  changes: number;
}

/**
 * Writes fields as the inside of a JSON object: `"msgId":"…","queueId":"0"`.
 * Names, and values that stay the same, are kept as bytes.
 */
export class JsonFieldWriter implements FieldWriter {
  readonly #out: HeaderBytes;
  /** Of declared names, of which there are some hundreds. */
  readonly #names = new Map<string, Name>();
  #isFirst = true;

  constructor(out: HeaderBytes) {
    this.#out = out;
  }

  /** The next field is the first of an object. */
  begin(): void {
    this.#isFirst = true;
  }

  entry(key: string, value: string): void {
    const name = this.#key(key);
    const out = this.#out;
    if (name.changes > MANY_CHANGES) out.quoted(value);
    else if (name.value !== value) {
      name.changes++;
      name.value = value;
      name.valueBytes = undefined;
      out.quoted(value);
    } else if (name.valueBytes !== undefined) out.bytes(name.valueBytes);
    else {
      const start = out.length;
      out.quoted(value);
      name.valueBytes = Buffer.from(out.view().subarray(start));
    }
  }

  number(key: string, value: number): void {
    this.#key(key);
    this.#out.number(value);
    this.#out.byte(QUOTE);
  }

  free(key: string, value: string): void {
    if (this.#isFirst) this.#isFirst = false;
    else this.#out.byte(COMMA);
    this.#out.byte(QUOTE);
    this.#out.quoted(key);
    this.#out.byte(COLON);
    this.#out.byte(QUOTE);
    this.#out.quoted(value);
  }

  #key(key: string): Name {
    let name = this.#names.get(key);
    if (name === undefined) {
      name = { bytes: Buffer.from(`,"${key}":"`), value: '', valueBytes: undefined, changes: 0 };
      this.#names.set(key, name);
    }
    this.#out.bytes(name.bytes, this.#isFirst ? 1 : 0);
    this.#isFirst = false;
    return name;
  }
}

/**
 * Writes fields in the ROCKETMQ form (big-endian; source: RocketMQSerializable).
 *
 *   0    2  key length k
 *   2    k  key, UTF-8
 *   2+k  4  value length v
 *   6+k  v  value, UTF-8
 */
export class BinaryFieldWriter implements FieldWriter {
  readonly #out: HeaderBytes;

  constructor(out: HeaderBytes) {
    this.#out = out;
  }

  entry(key: string, value: string): void {
    this.#text(key, 2);
    this.#text(value, 4);
  }

  number(key: string, value: number): void {
    this.entry(key, String(value));
  }

  free(key: string, value: string): void {
    this.entry(key, value);
  }

  #text(text: string, lengthBytes: number): void {
    const at = this.#out.room(lengthBytes);
    this.#out.setInt(at, lengthBytes, this.#out.utf8(text));
  }
}
