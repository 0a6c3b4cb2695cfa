import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GrowingBytes } from './field-writer.js';

function written(write: (bytes: GrowingBytes) => void): string {
  const bytes = new GrowingBytes();
  write(bytes);
  return Buffer.from(bytes.bytes()).toString();
}

describe('GrowingBytes', () => {
  test('any text is quoted as JSON.stringify does', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        expect(JSON.parse(written((bytes) => bytes.quoted(text)))).toBe(
          JSON.parse(Buffer.from(JSON.stringify(text)).toString()),
        );
      }),
    );
    expect(written((bytes) => bytes.quoted('plain'))).toBe('"plain"');
  });

  test('any text is written in UTF-8, and its length told', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), (text) => {
        const bytes = new GrowingBytes();
        expect(bytes.utf8(text)).toBe(Buffer.byteLength(text));
        expect(Buffer.from(bytes.bytes()).toString()).toBe(text);
      }),
    );
  });

  test.each([
    0,
    7,
    10,
    99,
    100,
    -1,
    -2147483647,
    2147483647,
    2147483648,
    -2147483648,
    2 ** 53 - 1,
    0.5,
    1e21,
    Number.NaN,
  ])('%d is written as its decimal text', (value) => {
    expect(written((bytes) => bytes.decimal(value))).toBe(String(value));
  });

  test('what was written stays when the buffer grows, and is gone after a reset', () => {
    const bytes = new GrowingBytes();
    const text = 'a'.repeat(1000);
    for (let i = 0; i < 200; i++) bytes.ascii(text);
    bytes.int32(0x01020304);
    expect(bytes.length).toBe(200_004);
    expect(Buffer.from(bytes.bytes()).subarray(0, 200_000).toString()).toBe(text.repeat(200));
    expect([...bytes.bytes().subarray(-4)]).toEqual([1, 2, 3, 4]);
    bytes.reset();
    expect(bytes.bytes()).toHaveLength(0);
  });
});
