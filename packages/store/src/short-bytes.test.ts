import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { copyBytes, crcOf } from './short-bytes.js';

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
});
