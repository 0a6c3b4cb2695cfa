/** Writing the fields of a header, in both serializations. */

/** Takes the fields of a header, one after the other. */
export interface FieldWriter {
  /** `key` is the name of a field as it is declared. */
  entry(key: string, value: string): void;
  /** A value that is written as its decimal text. */
  number(key: string, value: number): void;
  /** A field that is not declared: its name may be anything. */
  free(key: string, value: string): void;
}

/** What no JSON string may hold as it is, and all that is not ASCII. */
const SPECIAL = /[^ !#-[\]-~]/;

/** The text as a JSON string. Most need no escaping, which a pattern finds out faster than `JSON.stringify` runs. */
export function quoted(text: string): string {
  return SPECIAL.test(text) ? JSON.stringify(text) : `"${text}"`;
}

/** Gathers fields as the inside of a JSON object: `"msgId":"…","queueId":"0"`. */
export class JsonFieldWriter implements FieldWriter {
  #text = '';

  /** What was written since it was taken last. */
  take(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }

  entry(key: string, value: string): void {
    this.#add(`"${key}":${quoted(value)}`);
  }

  number(key: string, value: number): void {
    this.#add(`"${key}":"${value}"`);
  }

  free(key: string, value: string): void {
    this.#add(`${quoted(key)}:${quoted(value)}`);
  }

  #add(field: string): void {
    this.#text = this.#text === '' ? field : `${this.#text},${field}`;
  }
}

const INITIAL_BYTES = 512;
/** Buffers larger than this are given up at the next reset. */
const KEPT_BYTES = 64 * 1024;
/** Longer texts are left to the native encoder. */
const LOOP_CHARS = 48;

/**
 * Gathers fields in the ROCKETMQ form (big-endian; source: RocketMQSerializable).
 * Not for anything larger: it keeps the size it once grew to, up to a limit.
 *
 *   0    2  key length k
 *   2    k  key, UTF-8
 *   2+k  4  value length v
 *   6+k  v  value, UTF-8
 */
export class BinaryFieldWriter implements FieldWriter {
  #buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  #length = 0;

  /** Forgets what was written. */
  reset(): void {
    this.#length = 0;
    if (this.#buffer.length > KEPT_BYTES) this.#buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  }

  /** What was written, as a view that the next reset or write makes invalid. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  entry(key: string, value: string): void {
    // A UTF-16 unit becomes three bytes of UTF-8 at most.
    this.#reserve(6 + (key.length + value.length) * 3);
    const buffer = this.#buffer;
    const keyAt = this.#length + 2;
    const keyLength = writeText(buffer, key, keyAt);
    buffer[keyAt - 2] = keyLength >>> 8;
    buffer[keyAt - 1] = keyLength;
    const valueAt = keyAt + keyLength + 4;
    const valueLength = writeText(buffer, value, valueAt);
    buffer[valueAt - 4] = valueLength >>> 24;
    buffer[valueAt - 3] = valueLength >>> 16;
    buffer[valueAt - 2] = valueLength >>> 8;
    buffer[valueAt - 1] = valueLength;
    this.#length = valueAt + valueLength;
  }

  number(key: string, value: number): void {
    this.entry(key, String(value));
  }

  free(key: string, value: string): void {
    this.entry(key, value);
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2));
    larger.set(this.bytes());
    this.#buffer = larger;
  }
}

/** Writes UTF-8 at `start`; returns its length in bytes. */
function writeText(buffer: Buffer, value: string, start: number): number {
  const { length } = value;
  if (length > LOOP_CHARS) return buffer.write(value, start);
  for (let index = 0; index < length; index++) {
    const unit = value.charCodeAt(index);
    if (unit >= 0x80) return buffer.write(value, start);
    buffer[start + index] = unit;
  }
  return length;
}
