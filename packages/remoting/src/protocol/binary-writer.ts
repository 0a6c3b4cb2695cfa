/** A growing buffer for ext fields in the ROCKETMQ form. Not for anything larger: it keeps the size it once grew to, up to a limit. */

const INITIAL_BYTES = 512;
/** Buffers larger than this are given up at the next reset. */
const KEPT_BYTES = 64 * 1024;
/** Longer texts are left to the native encoder. */
const LOOP_CHARS = 48;

/**
 * Ext field entry (big-endian; source: RocketMQSerializable):
 *
 *   0    2  key length k
 *   2    k  key, UTF-8
 *   2+k  4  value length v
 *   6+k  v  value, UTF-8
 */
export class BinaryWriter {
  #buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  #length = 0;

  /** Bytes written since the last reset. */
  get length(): number {
    return this.#length;
  }

  /** Forgets what was written. */
  reset(): void {
    this.#length = 0;
    if (this.#buffer.length > KEPT_BYTES) this.#buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  }

  /** What was written, as a view that the next reset or write makes invalid. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Appends one entry. `key` must be ASCII and shorter than 32768 characters. */
  entry(key: string, value: string): void {
    // A UTF-16 unit becomes three bytes of UTF-8 at most.
    this.#reserve(6 + key.length + value.length * 3);
    const buffer = this.#buffer;
    let at = this.#length;
    buffer[at++] = key.length >>> 8;
    buffer[at++] = key.length;
    for (let index = 0; index < key.length; index++) buffer[at++] = key.charCodeAt(index);
    const valueLength = writeText(buffer, value, at + 4);
    buffer[at++] = valueLength >>> 24;
    buffer[at++] = valueLength >>> 16;
    buffer[at++] = valueLength >>> 8;
    buffer[at++] = valueLength;
    this.#length = at + valueLength;
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
