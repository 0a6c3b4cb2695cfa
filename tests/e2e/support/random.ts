// Repeatable randomness: a run prints its seed, and E2E_SEED replays it.

/** xorshift32. */
export class SeededRandom {
  #state: number;

  constructor(readonly seed: number) {
    this.#state = seed | 0 || 1;
    for (let i = 0; i < 8; i++) this.bits();
  }

  /** 32 bits, unsigned. */
  bits(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return x >>> 0;
  }

  /** From 0 up to and without `limit`. */
  below(limit: number): number {
    return this.bits() % limit;
  }

  between(first: number, last: number): number {
    return first + this.below(last - first + 1);
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    for (let i = 0; i < length; i++) bytes[i] = this.bits() >>> 11;
    return bytes;
  }
}

/** The seed of this run: that of E2E_SEED, or a new one. */
export function seedOfRun(): number {
  const given = process.env.E2E_SEED;
  if (given === undefined) return Math.floor(Math.random() * 0x7fffffff) + 1;
  const seed = Number(given);
  if (!Number.isSafeInteger(seed)) throw new Error(`E2E_SEED '${given}' is not a whole number`);
  return seed;
}

/** A whole number from the environment. */
export function settingFromEnv(name: string, otherwise: number): number {
  const text = process.env[name];
  if (text === undefined || text === '') return otherwise;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${name} '${text}' is not a whole number`);
  return value;
}
