import { describe, expect, test } from 'vitest';
import { TimerWheel, WHEEL_PAGE_BYTES, type WheelPage } from './timer-wheel.js';

const NOW = 1_800_000_000_000;
const WEEK_MS = 7 * 86_400_000;

function copies(wheel: TimerWheel): WheelPage[] {
  return wheel.takeDirty().map(({ index, bytes }) => ({ index, bytes: Uint8Array.from(bytes) }));
}

describe('the wheel', () => {
  test('finds slots by their time, and the next one in use', () => {
    const wheel = new TimerWheel(1000);
    expect(wheel.nextOccupied(NOW)).toBeUndefined();
    for (const afterMs of [5000, 300_000, WEEK_MS]) wheel.add(NOW + afterMs, afterMs, 1);
    wheel.add(NOW + 5000, 999_999, 1);
    expect(wheel.slot(NOW + 5999)).toMatchObject({ firstPosition: 5000, lastPosition: 999_999, count: 2 });
    expect(wheel.slot(NOW + 4000)).toBeUndefined();
    expect(wheel.total).toBe(4);
    const found: number[] = [];
    for (let at = wheel.nextOccupied(NOW); at !== undefined; at = wheel.nextOccupied(at + 1000)) found.push(at - NOW);
    expect(found).toEqual([5000, 300_000, WEEK_MS]);
    expect(wheel.nextOccupied(NOW, NOW + 5000)).toBeUndefined();
    expect(wheel.nextOccupied(NOW, NOW + 5001)).toBe(NOW + 5000);
  });

  test('does not take a slot of the round before for one of this round', () => {
    const wheel = new TimerWheel(1000);
    wheel.add(NOW, 52, 1);
    expect(wheel.slot(NOW + 2 * WEEK_MS)).toBeUndefined();
    wheel.add(NOW + 2 * WEEK_MS, 104, 1);
    expect(wheel.slot(NOW)).toBeUndefined();
    expect(wheel.slot(NOW + 2 * WEEK_MS)).toMatchObject({ firstPosition: 104, count: 1 });
  });

  test('has pages in memory for slots in use only, and gives them back', () => {
    const wheel = new TimerWheel(1000);
    for (let i = 0; i < 1000; i++) wheel.add(NOW + i * 1000, i * 52, 1);
    const pages = [...wheel.pages];
    expect(pages.length).toBeLessThan(10);
    expect(pages.every(({ bytes }) => bytes.length === WHEEL_PAGE_BYTES)).toBe(true);
    wheel.release(NOW + 1_000_000);
    expect([...wheel.pages]).toHaveLength(pages.length);
    wheel.takeDirty();
    wheel.release(NOW + 1_000_000);
    expect([...wheel.pages]).toEqual([]);
  });

  test('takes over what it has written, but for what is past', () => {
    const wheel = new TimerWheel(1000);
    for (const afterMs of [0, 5000, 200_000]) wheel.add(NOW + afterMs, afterMs, 1);
    const again = new TimerWheel(1000);
    for (const page of copies(wheel)) expect(again.restore(page, NOW + 5000, 1_000_000)).toBe(true);
    expect(again.total).toBe(2);
    expect(again.nextOccupied(NOW + 1000)).toBe(NOW + 5000);
    expect(again.isDirty).toBe(false);
  });

  test('refuses pages that speak of a longer log', () => {
    const wheel = new TimerWheel(1000);
    wheel.add(NOW, 520, 1);
    const [page] = copies(wheel);
    expect(new TimerWheel(1000).restore(page!, NOW, 520)).toBe(false);
  });

  test('forgets slots that are passed', () => {
    const wheel = new TimerWheel(1000);
    for (const afterMs of [0, 5000, 200_000]) wheel.add(NOW + afterMs, afterMs, 1);
    wheel.forget(NOW, NOW + 200_000);
    expect(wheel.nextOccupied(NOW)).toBe(NOW + 200_000);
  });
});
