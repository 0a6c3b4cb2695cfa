/**
 * A key as the index wants it: Java's hash of its text and the number of its
 * UTF-16 units, which is all that is needed to hash it behind any prefix. It is
 * made from the bytes of a record without making text of them.
 */

/** The hash in the lower 32 bits, the length above them; 0 for an empty key. */
export type IndexKey = number;

/** What stands for a key that there is not: a number too, so that what holds keys holds nothing but numbers. */
export const NO_KEY: IndexKey = -1;

const TWO_POW_32 = 0x1_0000_0000;
/** Powers of 31, modulo 2^32. */
const POWERS = Int32Array.from({ length: 64 }, (_, exponent) => powerOf31(exponent));

/** The key of a text. */
export function indexKeyOf(text: string): IndexKey {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return text.length * TWO_POW_32 + (hash >>> 0);
}

/** The key of a text in UTF-8. */
export function indexKeyIn(bytes: Uint8Array, start: number, end: number): IndexKey {
  let hash = 0;
  let all = 0;
  let at = start;
  // Four at a time: each multiplication of the hash waits for the one before it.
  for (; at <= end - 4; at += 4) {
    const first = bytes[at]!;
    const second = bytes[at + 1]!;
    const third = bytes[at + 2]!;
    const fourth = bytes[at + 3]!;
    all |= first | second | third | fourth;
    hash = (Math.imul(hash, 923_521) + (first * 29_791 + second * 961 + third * 31 + fourth)) | 0;
  }
  for (; at < end; at++) {
    const byte = bytes[at]!;
    all |= byte;
    hash = (Math.imul(hash, 31) + byte) | 0;
  }
  if (all > 127) return indexKeyOf(textIn(bytes, start, end));
  return (end - start) * TWO_POW_32 + (hash >>> 0);
}

/** The text in UTF-8 that lies in `[start, end)`. */
export function textIn(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8');
}

/** Java's hash of the text alone. */
export function javaHashOf(key: IndexKey): number {
  return key | 0;
}

/** The hash under which a key is indexed; `prefixHash` is Java's hash of what comes before it. Source: IndexFile#indexKeyHashMethod. */
export function indexHash(prefixHash: number, key: IndexKey): number {
  const length = Math.floor(key / TWO_POW_32);
  const power = length < POWERS.length ? POWERS[length]! : powerOf31(length);
  const positive = Math.abs((Math.imul(prefixHash, power) + (key | 0)) | 0);
  // The absolute value of the smallest int is negative in Java, and answered with 0.
  return positive > 0x7fff_ffff ? 0 : positive;
}

function powerOf31(exponent: number): number {
  let power = 1;
  for (let i = 0; i < exponent; i++) power = Math.imul(power, 31);
  return power;
}
