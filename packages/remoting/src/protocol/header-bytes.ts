/** A buffer that grows, for the headers that are written: texts and numbers behind one another. */

const INITIAL_BYTES = 1024;
/** Buffers larger than this are given up at the next reset. */
const KEPT_BYTES = 64 * 1024;
const ZERO = 0x30;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
/** Longer texts are left to the native encoder. */
const LOOP_CHARS = 48;
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
  #buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  #length = 0;

  /** Forgets what was written. */
  reset(): void {
    this.#length = 0;
    if (this.#buffer.length > KEPT_BYTES) this.#buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  }

  get length(): number {
    return this.#length;
  }

  /** What was written, as a view that the next reset or write makes invalid. */
  view(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Takes back what was written from `length` on. */
  cut(length: number): void {
    this.#length = length;
  }

  /** Adds bytes as they are. */
  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#length++] = value;
  }

  /** Adds characters that are all ASCII. */
  ascii(text: string): void {
    const { length } = text;
    this.#reserve(length);
    const buffer = this.#buffer;
    let at = this.#length;
    for (let i = 0; i < length; i++) buffer[at++] = text.charCodeAt(i);
    this.#length = at;
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
    const end = this.#length + digits;
    let rest = value | 0;
    for (let at = end - 1; at >= this.#length; at--) {
      const next = (rest / 10) | 0;
      buffer[at] = ZERO + rest - next * 10;
      rest = next;
    }
    this.#length = end;
  }

  /** Adds the text as a JSON string, as `JSON.stringify` writes it. */
  quoted(text: string): void {
    const { length } = text;
    this.#reserve(length * ESCAPED_BYTES + 2);
    const buffer = this.#buffer;
    let at = this.#length;
    buffer[at++] = QUOTE;
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i);
      const kind = KIND[unit];
      if (kind === 0) buffer[at++] = unit;
      else if (kind === 2) {
        buffer[at] = BACKSLASH;
        buffer[at + 1] = LETTER_U;
        buffer[at + 2] = buffer[at + 3] = buffer[at + 4] = ZERO;
        buffer[at + 5] = ZERO + unit;
        at += 6;
      } else {
        this.#length += buffer.write(JSON.stringify(text), this.#length);
        return;
      }
    }
    buffer[at] = QUOTE;
    this.#length = at + 1;
  }

  /** Adds the text in UTF-8; answers the number of its bytes. */
  utf8(text: string): number {
    this.#reserve(text.length * 3);
    const bytes = writeText(this.#buffer, text, this.#length);
    this.#length += bytes;
    return bytes;
  }

  /** Adds a big-endian number. */
  int(sizeBytes: number, value: number): void {
    this.setInt(this.room(sizeBytes), sizeBytes, value);
  }

  /** Leaves room for a number of `sizeBytes` bytes, which `setInt` fills; answers where. */
  room(sizeBytes: number): number {
    this.#reserve(sizeBytes);
    const at = this.#length;
    this.#length += sizeBytes;
    return at;
  }

  /** Writes a big-endian number into the room at `at`. */
  setInt(at: number, sizeBytes: number, value: number): void {
    for (let i = 0, shift = (sizeBytes - 1) * 8; i < sizeBytes; i++, shift -= 8) this.#buffer[at + i] = value >>> shift;
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2));
    larger.set(this.view());
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
