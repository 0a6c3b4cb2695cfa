// Time moves only when told, in order, and lets everything else finish in between.
import { sleep, Turn } from '@rocketmq-ts/common';
import { expect, test } from 'vitest';
import { VirtualClock } from './virtual-clock.js';

test('timers fire in the order of their times, equal ones in the order they were set', async () => {
  const clock = new VirtualClock();
  const fired: string[] = [];
  for (const [delayMs, name] of [
    [20, 'c'],
    [10, 'a'],
    [20, 'd'],
    [10, 'b'],
    [31, 'late'],
  ] as const) {
    clock.setTimer(delayMs, () => fired.push(`${name}@${clock.monotonicMs()}`));
  }
  await clock.advance(30);
  expect(fired).toEqual(['a@10', 'b@10', 'c@20', 'd@20']);
  expect(clock.monotonicMs()).toBe(30);
  expect(clock.timerCount).toBe(1);
});

test('promise jobs and ends of turns finish between two timers', async () => {
  const clock = new VirtualClock();
  const turn = new Turn(clock);
  const log: string[] = [];
  clock.setTimer(1, async () => {
    log.push('first');
    await Promise.resolve();
    turn.commit(() => turn.output(() => log.push('output')));
    await sleep(clock, 0);
    log.push('slept');
  });
  clock.setTimer(2, () => log.push('second'));
  await clock.advance(2);
  expect(log).toEqual(['first', 'output', 'slept', 'second']);
});

test('a repeating timer fires at each interval until it is cancelled', async () => {
  const clock = new VirtualClock();
  const times: number[] = [];
  const timer = clock.setRepeating(10, () => {
    times.push(clock.monotonicMs());
    if (times.length === 3) timer.cancel();
  });
  await clock.advance(100);
  expect(times).toEqual([10, 20, 30]);
  expect(clock.timerCount).toBe(0);
});

test('runToIdle waits for single timers only', async () => {
  const clock = new VirtualClock();
  let ticks = 0;
  let done = false;
  clock.setRepeating(1000, () => ticks++);
  clock.setTimer(1e9, () => undefined, { background: true });
  clock.setTimer(5500, () => clock.setTimer(5500, () => (done = true)));
  await clock.runToIdle();
  expect([done, ticks, clock.monotonicMs()]).toEqual([true, 10, 11_000]);
  clock.setTimer(100, () => undefined);
  await expect(clock.runToIdle(50)).rejects.toThrow('still set after 50 ms');
});

test('the wall clock may step without moving timers', async () => {
  const clock = new VirtualClock({ startMs: 5000 });
  let fired = false;
  clock.setTimer(10, () => (fired = true));
  clock.stepWallClock(-3000);
  expect(clock.now()).toBe(2000);
  await clock.advance(9);
  expect(fired).toBe(false);
  await clock.advance(1);
  expect(fired).toBe(true);
});

test('what a timer throws, advance rejects with', async () => {
  const clock = new VirtualClock();
  clock.setTimer(1, () => {
    throw new Error('broken timer');
  });
  await expect(clock.advance(5)).rejects.toThrow('broken timer');
});

test('cancelled timers do not pile up', async () => {
  const clock = new VirtualClock();
  const fired: number[] = [];
  for (let index = 0; index < 10_000; index++) {
    const timer = clock.setTimer(10_000 - index, () => fired.push(index));
    if (index % 100 !== 0) timer.cancel();
  }
  expect(clock.timerCount).toBe(100);
  await clock.advance(10_000);
  expect(fired).toEqual(Array.from({ length: 100 }, (_, index) => 9900 - 100 * index));
});
