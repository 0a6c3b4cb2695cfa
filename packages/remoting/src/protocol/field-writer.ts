/** Writing the fields of a header, in both serializations. */
import type { AsciiText } from '@rocketmq-ts/common';
import { type HeaderBytes, SteadyBytes } from './header-bytes.js';

/** The name of a declared field, and what is remembered of its values. */
export class FieldName {
  /** With the comma before it and the first quote of its value, `,"msgId":"`, and without the comma. */
  readonly following: SteadyBytes;
  readonly first: SteadyBytes;
  /** The value that it had last. */
  value = '';
  /** That value with its last quote, once it has come twice in a row. */
  valueBytes: SteadyBytes | undefined = undefined;
  /** How often the value was another than the one before. */
  changes = 0;

  constructor(readonly text: string) {
    this.following = new SteadyBytes(`,"${text}":"`);
    this.first = new SteadyBytes(`"${text}":"`);
  }
}

/** Takes the fields of a header, one after the other. */
export interface FieldWriter {
  entry(name: FieldName, value: string): void;
  /** Text that needs no escape, or its bytes. */
  ascii(name: FieldName, value: string | AsciiText): void;
  /** A value that is written as its decimal text. */
  number(name: FieldName, value: number): void;
  /** A field that is not declared: its name may be anything. */
  free(key: string, value: string): void;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
/** Of a value that has changed so often it is no longer expected to stay the same. */
const MANY_CHANGES = 100;

/**
 * Writes fields as the inside of a JSON object: `"msgId":"…","queueId":"0"`.
 * Names, and values that stay the same, are kept as bytes.
 */
export class JsonFieldWriter implements FieldWriter {
  readonly #out: HeaderBytes;
  #isFirst = true;

  constructor(out: HeaderBytes) {
    this.#out = out;
  }

  /** The next field is the first of an object. */
  begin(): void {
    this.#isFirst = true;
  }

  entry(name: FieldName, value: string): void {
    this.#name(name);
    const out = this.#out;
    if (name.changes > MANY_CHANGES) out.quoted(value);
    else if (name.value !== value) {
      name.changes++;
      name.value = value;
      name.valueBytes = undefined;
      out.quoted(value);
    } else if (name.valueBytes !== undefined) out.steady(name.valueBytes);
    else {
      const start = out.length;
      out.quoted(value);
      name.valueBytes = new SteadyBytes(out.view().subarray(start));
    }
  }

  ascii(name: FieldName, value: string | AsciiText): void {
    if (typeof value === 'string') {
      this.entry(name, value);
      return;
    }
    this.#name(name);
    this.#out.text(value);
    this.#out.byte(QUOTE);
  }

  number(name: FieldName, value: number): void {
    this.#name(name);
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

  #name({ first, following }: FieldName): void {
    this.#out.steady(this.#isFirst ? first : following);
    this.#isFirst = false;
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

  entry(name: FieldName, value: string): void {
    this.free(name.text, value);
  }

  ascii(name: FieldName, value: string | AsciiText): void {
    if (typeof value === 'string') {
      this.free(name.text, value);
      return;
    }
    this.#text(name.text, 2);
    this.#out.int(4, value.length);
    this.#out.text(value);
  }

  number(name: FieldName, value: number): void {
    this.free(name.text, String(value));
  }

  free(key: string, value: string): void {
    this.#text(key, 2);
    this.#text(value, 4);
  }

  #text(text: string, lengthBytes: number): void {
    const at = this.#out.room(lengthBytes);
    this.#out.setInt(at, lengthBytes, this.#out.utf8(text));
  }
}
