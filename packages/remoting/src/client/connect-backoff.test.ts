import { SeededRandom, VirtualClock } from '@rocketmq-ts/testkit';
import { expect, test } from 'vitest';
import { ConnectBackoff } from './connect-backoff.js';

test('an address that cannot be reached is left alone for longer and longer, and each client for another time', async () => {
  const pausesOf = async (seed: number): Promise<number[]> => {
    const clock = new VirtualClock();
    const backoff = new ConnectBackoff(clock, new SeededRandom(seed));
    const pauses: number[] = [];
    for (let i = 0; i < 8; i++) {
      backoff.failed('a', 'refused');
      const startMs = clock.monotonicMs();
      while (backoff.blockedBy('a') === 'refused') await clock.advance(1);
      pauses.push(clock.monotonicMs() - startMs);
    }
    return pauses;
  };
  const pauses = await pausesOf(1);
  for (const [times, pauseMs] of pauses.entries()) {
    const longest = Math.min(3000, 100 * 2 ** times);
    expect(pauseMs).toBeGreaterThanOrEqual(longest / 2);
    expect(pauseMs).toBeLessThanOrEqual(longest + 1);
  }
  expect(await pausesOf(2)).not.toEqual(pauses);
});

test('an address that was reached is as good as new', () => {
  const backoff = new ConnectBackoff(new VirtualClock(), new SeededRandom(1));
  backoff.failed('a', 'refused');
  expect(backoff.blockedBy('b')).toBeUndefined();
  backoff.succeeded('a');
  expect(backoff.blockedBy('a')).toBeUndefined();
});

test('no more than 1024 addresses are remembered', () => {
  const backoff = new ConnectBackoff(new VirtualClock(), new SeededRandom(1));
  for (let i = 0; i < 1025; i++) backoff.failed(`${i}`, 'refused');
  expect(backoff.blockedBy('0')).toBeUndefined();
  expect(backoff.blockedBy('1')).toBe('refused');
});
