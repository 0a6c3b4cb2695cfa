// Message bodies that both sides can make from a few numbers, so that content is compared by digest, to the last byte.
import { createHash } from 'node:crypto';

/** Bytes of an xorshift generator that moves on every `step` bytes: 1 does not compress, 64 compresses well. */
export interface Pattern {
  readonly seed: number;
  readonly size: number;
  readonly step: number;
}

/** The body of a pattern; the judge's Messages.java makes the same. */
export function patternBody(pattern: Pattern): Buffer {
  const bytes = Buffer.allocUnsafe(pattern.size);
  let x = pattern.seed | 1;
  for (let i = 0; i < pattern.size; i++) {
    if (i % pattern.step === 0) {
      x ^= x << 13;
      x ^= x >>> 17;
      x ^= x << 5;
    }
    bytes[i] = (x >>> 16) & 0xff;
  }
  return bytes;
}

/** The digest that the judge reports for a body. */
export function sha256(body: Buffer | string): string {
  return createHash('sha256').update(body).digest('hex');
}
