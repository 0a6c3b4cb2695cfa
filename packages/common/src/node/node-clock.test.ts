// Timers of the system's clock, under vitest's fake ones.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { NodeClock } from './node-clock.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const DAY_MS = 24 * 3600 * 1000;

test('a timer longer than Node allows fires at its time', () => {
  let fired = 0;
  new NodeClock().setTimer(60 * DAY_MS, () => fired++);
  vi.advanceTimersByTime(60 * DAY_MS - 1);
  expect(fired).toBe(0);
  vi.advanceTimersByTime(1);
  expect(fired).toBe(1);
});

test('a long timer can be cancelled at any of its stages', () => {
  const clock = new NodeClock();
  const timer = clock.setTimer(60 * DAY_MS, () => expect.unreachable());
  vi.advanceTimersByTime(30 * DAY_MS);
  timer.cancel();
  vi.advanceTimersByTime(60 * DAY_MS);
});

test('a repeating timer fires until it is cancelled', () => {
  let fired = 0;
  const timer = new NodeClock().setRepeating(10, () => fired++);
  vi.advanceTimersByTime(35);
  timer.cancel();
  vi.advanceTimersByTime(100);
  expect(fired).toBe(3);
});
