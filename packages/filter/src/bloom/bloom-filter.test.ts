import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { BitsArray } from './bits-array.js';
import { BloomFilter } from './bloom-filter.js';

interface Oracle {
  readonly filters: readonly {
    readonly f: number;
    readonly n: number;
    readonly k: number;
    readonly m: number;
    readonly rows: readonly {
      readonly string: string;
      readonly bitPos: readonly number[];
      readonly bitNum: number;
      readonly hitBefore: boolean;
      readonly bitsAfter: string;
    }[];
  }[];
}

const oracle: Oracle = JSON.parse(readFileSync(new URL('../testdata/bloom.json', import.meta.url), 'utf8'));

test.each(oracle.filters)('a filter for $n strings at $f % gives the bits of the reference', ({ f, n, k, m, rows }) => {
  const filter = new BloomFilter({ errorRatePercent: f, expectedCount: n });
  expect(filter).toMatchObject({ hashCount: k, bitCount: m });
  const bits = new BitsArray(m);
  for (const row of rows) {
    const data = filter.generate(row.string);
    expect(data).toEqual({ bitPos: row.bitPos, bitNum: row.bitNum });
    expect(filter.isHit(data, bits)).toBe(row.hitBefore);
    filter.hashTo(data, bits);
    expect(filter.isHit(data, bits)).toBe(true);
    expect(Buffer.from(bits.bytes).toString('hex')).toBe(row.bitsAfter);
  }
});

describe('data of another filter', () => {
  const filter = new BloomFilter({ errorRatePercent: 20, expectedCount: 32 });

  test.each([
    [undefined],
    [{ bitPos: [1, 2, 3], bitNum: 216 }],
    [{ bitPos: [1, 2], bitNum: 112 }],
    [{ bitPos: [1, 2, 112], bitNum: 112 }],
    [{ bitPos: [1, 2, -1], bitNum: 112 }],
  ])('%j is not valid', (data) => {
    expect(filter.isValid(data)).toBe(false);
  });

  test('is refused', () => {
    const data = { bitPos: [1, 2], bitNum: 112 };
    expect(() => filter.hashTo(data, new BitsArray(112))).toThrow(RangeError);
    expect(() => filter.isHit(filter.generate('a'), new BitsArray(104))).toThrow(RangeError);
  });
});

test('options out of range are refused', () => {
  expect(() => new BloomFilter({ errorRatePercent: 0, expectedCount: 1 })).toThrow(RangeError);
  expect(() => new BloomFilter({ errorRatePercent: 100, expectedCount: 1 })).toThrow(RangeError);
  expect(() => new BloomFilter({ errorRatePercent: 1, expectedCount: 0 })).toThrow(RangeError);
});

test('bits are within the array or refused', () => {
  const bits = BitsArray.of(Uint8Array.of(0b1000_0001));
  expect([0, 1, 7].map((position) => bits.getBit(position))).toEqual([true, false, true]);
  expect(() => bits.getBit(8)).toThrow(RangeError);
  expect(() => bits.setBit(-1)).toThrow(RangeError);
});
