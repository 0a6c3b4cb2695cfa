// Runs one property over many seeds and says which one failed, so that the run can be repeated exactly.
import { SeededRandom } from './seeded-random.js';

export interface SeedOptions {
  /** How many seeds are tried. */
  readonly count: number;
  /** The first seed; the others follow it. Default: 1, so that every run tries the same ones. */
  readonly first?: number;
}

/**
 * Calls `property` with a `SeededRandom` of each seed in turn. When one fails,
 * throws an error that names its seed. The environment variable `SEED=n` runs
 * that seed alone; `SEEDS=n` tries n of them, for a longer search; both together
 * try that many from that one on.
 */
export async function forEachSeed(
  options: SeedOptions,
  property: (random: SeededRandom) => void | Promise<void>,
): Promise<void> {
  const only = numberFromEnvironment('SEED');
  const first = only ?? options.first ?? 1;
  const count = numberFromEnvironment('SEEDS') ?? (only === undefined ? options.count : 1);
  for (let seed = first; seed < first + count; seed++) {
    try {
      await property(new SeededRandom(seed));
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`seed ${seed} fails (repeat it with SEED=${seed}): ${reason}`, { cause });
    }
  }
}

function numberFromEnvironment(name: string): number | undefined {
  const text = process.env[name];
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${name}='${text}': a whole number is needed`);
  return value;
}
