// What repeats every few seconds, under vitest's fake timers.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { NodeClock } from './node-clock.js';

const background = { background: true };
let log: string[];

beforeEach(() => {
  log = [];
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => void vi.useRealTimers());

const note = (name: string) => () => void log.push(`${name} ${Date.now()}`);

test('Background timers of whole seconds share one timer, and none comes before its time', () => {
  const clock = new NodeClock();
  const timers = [clock.setRepeating(1000, note('a'), background)];
  vi.advanceTimersByTime(300);
  timers.push(clock.setRepeating(2000, note('b'), background));
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(5700);
  expect(log.filter((line) => line.startsWith('a'))).toEqual([1, 2, 3, 4, 5, 6].map((s) => `a ${s * 1000}`));
  expect(log.filter((line) => line.startsWith('b'))).toEqual(['b 3000', 'b 5000']);
  for (const timer of timers) timer.cancel();
  for (const timer of timers) timer.cancel();
  expect(vi.getTimerCount()).toBe(0);
  clock.setRepeating(1000, note('again'), background);
  vi.advanceTimersByTime(1000);
  expect(log.at(-1)).toBe('again 7000');
});

test('Other intervals, and timers that keep the process alive, have their own', () => {
  const clock = new NodeClock();
  clock.setRepeating(1000, note('a'), background);
  clock.setRepeating(500, note('b'), background);
  clock.setRepeating(1000, note('c'));
  expect(vi.getTimerCount()).toBe(3);
});

test('One that is cancelled by another of the same beat is not called, and one that throws keeps nobody from theirs', () => {
  const clock = new NodeClock();
  // The others begin with the second beat.
  clock.setRepeating(1000, note('a'), background);
  clock.setRepeating(1000, () => last.cancel(), background);
  clock.setRepeating(
    1000,
    () => {
      log.push('broken');
      throw new Error('broken');
    },
    background,
  );
  clock.setRepeating(1000, note('b'), background);
  const last = clock.setRepeating(1000, note('cancelled'), background);
  try {
    vi.advanceTimersByTime(2001);
  } catch (error) {
    expect(error).toMatchObject({ message: 'broken' });
    vi.advanceTimersByTime(1);
  }
  expect(log.map((line) => line.split(' ')[0])).toEqual(['a', 'a', 'broken', 'b']);
});
