// The same seed always gives the same numbers, and they are spread over their range.
import { expect, test } from 'vitest';
import { SeededRandom } from './seeded-random.js';
import { forEachSeed } from './seeds.js';

test('a seed repeats its numbers', () => {
  const draw = (seed: number) => {
    const random = new SeededRandom(seed);
    return [random.nextInt(1000), random.nextDouble(), random.uuid(), random.bytes(8).toString('hex')];
  };
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
});

test('numbers stay in their range and reach all of it', () => {
  const random = new SeededRandom(1);
  const counts = new Array<number>(10).fill(0);
  for (let index = 0; index < 10_000; index++) counts[random.nextInt(10)]!++;
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  expect(random.nextInt(2 ** 50)).toBeLessThan(2 ** 50);
  expect(() => random.nextInt(0)).toThrow('bound 0');
  expect(random.uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('a failing property names its seed', async () => {
  const run = forEachSeed({ count: 10 }, (random) => {
    if (random.seed === 4) throw new Error('broken');
  });
  await expect(run).rejects.toThrow('seed 4 fails (repeat it with SEED=4): broken');
});
