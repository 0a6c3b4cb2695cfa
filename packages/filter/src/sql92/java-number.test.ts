import { describe, expect, test } from 'vitest';
import { compareDoubles, negateJavaNumber, parseJavaDouble, parseJavaInt, parseJavaLong } from './java-number.js';

describe('integers', () => {
  test.each([
    ['0', 0],
    ['-0', 0],
    ['+7', 7],
    ['0000000000000000000000012', 12],
    ['2147483647', 2147483647],
    ['-2147483648', -2147483648],
    ['٣٤', 34],
    ['१२', 12],
    ['2147483648', undefined],
    ['-2147483649', undefined],
    ['', undefined],
    ['-', undefined],
    ['1 ', undefined],
    ['1.0', undefined],
    ['0x10', undefined],
    ['𝟏', undefined],
  ])('Integer.valueOf(%j) is %j', (text, value) => {
    const parsed = parseJavaInt(text);
    expect(parsed === undefined ? undefined : parsed + 0).toBe(value);
  });

  test.each([
    ['9007199254740991', 9007199254740991],
    ['9007199254740993', 9007199254740993n],
    ['-9223372036854775808', -9223372036854775808n],
    ['00000000009223372036854775807', 9223372036854775807n],
    ['9223372036854775808', undefined],
    ['99999999999999999999', undefined],
    ['+', undefined],
    ['1L', undefined],
  ])('Long.valueOf(%j) is %s', (text, value) => {
    expect(parseJavaLong(text)).toBe(value);
  });

  test('the smallest long is its own negation', () => {
    const smallest = { type: 'long', value: -(2n ** 63n) } as const;
    expect(negateJavaNumber(smallest)).toEqual(smallest);
  });
});

describe('doubles', () => {
  test.each([
    ['1', 1],
    [' \t1.5e1\n', 15],
    ['1.', 1],
    ['.5', 0.5],
    ['1e400', Number.POSITIVE_INFINITY],
    ['-1e-400', -0],
    ['1d', 1],
    ['1.5F', 1.5],
    ['NaN', Number.NaN],
    ['-Infinity', Number.NEGATIVE_INFINITY],
    ['0x1.8p1', 3],
    ['0X.8P0f', 0.5],
    ['0x1p-1074', Number.MIN_VALUE],
    ['0x1p-1075', 0],
    ['0x1.8p-1075', Number.MIN_VALUE],
    ['0x1.fffffffffffff8p1023', Number.POSITIVE_INFINITY],
    ['0x1.fffffffffffff7p1023', Number.MAX_VALUE],
    ['0x0.0000000000000000000001p99999999999', Number.POSITIVE_INFINITY],
    ['0x1p-99999999999', 0],
    ['0x10', undefined],
    ['', undefined],
    ['.', undefined],
    ['1e', undefined],
    ['1 2', undefined],
    ['1_0', undefined],
    ['infinity', undefined],
    ['٣', undefined],
    ['\u00a01', undefined],
  ])('Double.valueOf(%j) is %j', (text, value) => {
    expect(parseJavaDouble(text)).toBe(value);
  });

  test('the order is total', () => {
    const ordered = [Number.NEGATIVE_INFINITY, -1, -0, 0, 1, Number.POSITIVE_INFINITY, Number.NaN];
    ordered.forEach((left, i) => {
      ordered.forEach((right, j) => {
        expect(compareDoubles(left, right)).toBe(Math.sign(i - j) + 0);
      });
    });
  });

  test('long text is refused in linear time', () => {
    expect(parseJavaDouble(`${'1'.repeat(200_000)}x`)).toBeUndefined();
    expect(parseJavaDouble(`${' '.repeat(200_000)}x`)).toBeUndefined();
  });
});
