/** A row of bits over bytes; bit 0 is the lowest of byte 0. Source: BitsArray. */
export class BitsArray {
  /** The bytes themselves, not a copy; the last one may be used in part. */
  readonly bytes: Uint8Array;

  /** @param bitLength at least 1; all bits start as 0 */
  constructor(readonly bitLength: number) {
    if (!Number.isSafeInteger(bitLength) || bitLength < 1) {
      throw new RangeError(`bit length ${bitLength}: a positive integer is needed`);
    }
    this.bytes = new Uint8Array(Math.ceil(bitLength / 8));
  }

  /** Bits with the content of `bytes`, copied. */
  static of(bytes: Uint8Array): BitsArray {
    const bits = new BitsArray(bytes.length * 8);
    bits.bytes.set(bytes);
    return bits;
  }

  /** @throws RangeError outside of 0 … bitLength-1 */
  getBit(bitPos: number): boolean {
    this.#check(bitPos);
    return (this.bytes[bitPos >> 3]! & (1 << (bitPos & 7))) !== 0;
  }

  /** Sets a bit to 1. @throws RangeError outside of 0 … bitLength-1 */
  setBit(bitPos: number): void {
    this.#check(bitPos);
    this.bytes[bitPos >> 3]! |= 1 << (bitPos & 7);
  }

  #check(bitPos: number): void {
    if (!Number.isInteger(bitPos) || bitPos < 0 || bitPos >= this.bitLength) {
      throw new RangeError(`bit position ${bitPos} is not within 0 and ${this.bitLength - 1}`);
    }
  }
}
