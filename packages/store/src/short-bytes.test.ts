import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { copyBytes, copyWithCrc, crcOf, findByte } from './short-bytes.js';

/** Bytes of all values at an odd place of their memory. */
const bytes = new Uint8Array(new ArrayBuffer(2003), 3).map((_, i) => (i * 167) >>> 3);
const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
const LENGTHS = [...Array.from({ length: 40 }, (_, i) => i), 100, 255, 256, 257, 511, 512, 513, 1500];

test.each(LENGTHS)('the CRC of %i bytes is that of zlib', (length) => {
  for (const start of [0, 1, 7, 400]) {
    expect(crcOf(view, start, start + length)).toBe(crc32(bytes.subarray(start, start + length)) & 0x7fffffff);
  }
});

test.each(LENGTHS)('%i bytes are copied, and nothing beside them', (length) => {
  const target = new Uint8Array(2000);
  copyBytes(view, 5, new DataView(target.buffer, 2), 9, length);
  const expected = new Uint8Array(2000);
  expected.set(bytes.subarray(5, 5 + length), 11);
  expect(target).toEqual(expected);
  target.fill(0);
  const crc = copyWithCrc(view, 5, new DataView(target.buffer, 2), 9, length);
  expect(target).toEqual(expected);
  expect(crc).toBe(crc32(bytes.subarray(5, 5 + length)) & 0x7fffffff);
});

test('a byte is found wherever it is, and nothing like it', () => {
  for (let length = 0; length < 24; length++) {
    for (let at = 0; at <= length; at++) {
      for (const [byte, other] of [
        [2, 3],
        [2, 0x82],
        [0, 1],
        [255, 254],
      ] as const) {
        const text = new Uint8Array(30).fill(byte).fill(other, 3, 3 + length);
        if (at < length) text[3 + at] = byte;
        expect(findByte(new DataView(text.buffer), byte, 3, 3 + length)).toBe(3 + at);
      }
    }
  }
});
