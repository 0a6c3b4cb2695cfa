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

/** Writes fields as the inside of a JSON object: `"msgId":"…","queueId":"0"`. */
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

  entry(key: string, value: string): void {
    this.#key(key);
    this.#out.quoted(value);
  }

  number(key: string, value: number): void {
    this.#key(key);
    this.#out.byte(QUOTE);
    this.#out.number(value);
    this.#out.byte(QUOTE);
  }

  free(key: string, value: string): void {
    this.#separate();
    this.#out.quoted(key);
    this.#out.byte(COLON);
    this.#out.quoted(value);
  }

  #key(key: string): void {
    this.#separate();
    this.#out.byte(QUOTE);
    this.#out.ascii(key);
    this.#out.byte(QUOTE);
    this.#out.byte(COLON);
  }

  #separate(): void {
    if (this.#isFirst) this.#isFirst = false;
    else this.#out.byte(COMMA);
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
