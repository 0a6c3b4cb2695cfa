// Randomness that a seed repeats: the same seed gives the same numbers on every machine.
import type { Random } from '@rocketmq-ts/common';

/** A `Random` for tests (xorshift128 seeded by splitmix32); not for secrets. */
export class SeededRandom implements Random {
  readonly seed: number;
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  /** `seed`: any whole number; only its lowest 32 bits count. */
  constructor(seed: number) {
    this.seed = seed >>> 0;
    let state = this.seed;
    const next = (): number => {
      state = (state + 0x9e3779b9) | 0;
      let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
      mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
      return mixed ^ (mixed >>> 15);
    };
    this.#a = next();
    this.#b = next();
    this.#c = next();
    this.#d = next() | 1;
  }

  nextInt(bound: number): number {
    if (!Number.isSafeInteger(bound) || bound <= 0)
      throw new RangeError(`bound ${bound}: a whole number above 0 is needed`);
    return Math.floor(this.nextDouble() * bound);
  }

  nextDouble(): number {
    return ((this.#next() >>> 5) * 2 ** 26 + (this.#next() >>> 6)) / 2 ** 53;
  }

  bytes(count: number): Buffer {
    const bytes = Buffer.allocUnsafe(count);
    for (let index = 0; index < count; index++) bytes[index] = this.#next() >>> 24;
    return bytes;
  }

  uuid(): string {
    const bytes = this.bytes(16);
    bytes[6] = (bytes[6]! & 0x0f) | 0x40;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.nextDouble() < probability;
  }

  /** One of `choices`, each as likely. */
  pick<T>(choices: readonly T[]): T {
    if (choices.length === 0) throw new RangeError('nothing to pick from');
    return choices[this.nextInt(choices.length)] as T;
  }

  /** Another generator, independent of how much this one is used afterwards. */
  fork(): SeededRandom {
    return new SeededRandom(this.#next());
  }

  #next(): number {
    const mixed = this.#d ^ (this.#d << 11);
    this.#d = this.#c;
    this.#c = this.#b;
    this.#b = this.#a;
    this.#a = this.#a ^ (this.#a >>> 19) ^ mixed ^ (mixed >>> 8);
    return this.#a >>> 0;
  }
}
