import { forEachSeed, SeededRandom } from '@rocketmq-ts/testkit';
import { expect, test } from 'vitest';
import { type Extras, World } from './test-world.js';

const SEEDS = 50;
/** Generous: a seed takes some 50 ms on an idle machine. */
const LIMIT_MS = 120_000 + 2000 * Number(process.env.SEEDS ?? 0);
/** Lines of the history that are shown of a seed that fails. */
const SHOWN_LINES = 60;

/** Each of them has shown a fault of its own, which is mended: those before there were special topics, and with them. */
const TELLING_SEEDS = [618, 1600, 2563, 3040, 3079, 3361, 4816];
const TELLING_SPECIAL_SEEDS = [82, 263, 368, 501, 542, 1168, 1256, 1659, 3477, 3715];

test('a store on a disk that fails in every way keeps what it has promised', { timeout: LIMIT_MS }, async () => {
  let kept = 0;
  await forEachSeed({ count: SEEDS }, async (random) => {
    kept += await live(random, {
      special: specialOf(random),
      crowd: crowdOf(random),
      strokes: strokesOf(random),
    });
  });
  expect(kept).toBeGreaterThan(0);
});

test.each(TELLING_SEEDS)('seed %d, which once did not, does', async (seed) => {
  await live(new SeededRandom(seed));
});

test.each(TELLING_SPECIAL_SEEDS)('seed %d with special topics, which once did not, does', async (seed) => {
  await live(new SeededRandom(seed), { special: specialOf(new SeededRandom(seed)) });
});

/** Chooses the special topics of a seed without taking numbers from it. */
function specialOf(random: SeededRandom): SeededRandom {
  return new SeededRandom(random.seed ^ 0x5eed);
}

/** Chooses when others fill the disk, of every second seed. */
function crowdOf({ seed }: SeededRandom): SeededRandom | undefined {
  return seed % 2 === 0 ? new SeededRandom(seed ^ 0xd15c) : undefined;
}

/** Chooses when another thread writes to queues, of two seeds in four. */
function strokesOf({ seed }: SeededRandom): SeededRandom | undefined {
  return seed % 4 < 2 ? new SeededRandom(seed ^ 0x57) : undefined;
}

async function live(random: SeededRandom, extras?: Extras): Promise<number> {
  const world = new World(random, extras);
  try {
    return await world.live();
  } catch (cause) {
    const history = world.history.slice(-SHOWN_LINES).join('\n  ');
    throw new Error(`${(cause as Error).message}\n  ${history}`, { cause });
  }
}
