import { describe, expect, test } from 'vitest';
import { bisect, bisectSlowly } from './bisect.js';

describe('a search in what is sorted', () => {
  test.each([
    [0, 0, 0],
    [10, -5, 0],
    [10, 7, 7],
    [10, 20, 10],
    // More than half of what 32 bits hold.
    [3_000_000_000, 2_999_999_998, 2_999_999_998],
  ])('among %d finds the first that is not below %d', async (limit, value, found) => {
    expect(bisect(limit, (i) => i < value)).toBe(found);
    expect(await bisectSlowly(0, limit, async (i) => i < value)).toBe(found);
  });

  test('begins where it is told, and ends there when nothing is between', async () => {
    expect(await bisectSlowly(5, 9, async () => false)).toBe(5);
    expect(await bisectSlowly(5, 9, async () => true)).toBe(9);
    expect(await bisectSlowly(5, 4, () => Promise.reject(new Error('asked')))).toBe(5);
  });
});
