import { indexKeyHash } from '@rocketmq-ts/common';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { indexHash, indexKeyIn, indexKeyOf, javaHashOf } from './index-key.js';
import { javaHash } from './record-layout.js';

test('a key hashes behind a prefix as the whole text does, whether it comes as text or as bytes', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.string({ unit: 'binary-ascii', maxLength: 40 }),
  );
  fc.assert(
    fc.property(text, text, (prefix, anyKey) => {
      // Lone surrogates do not survive UTF-8.
      const key = Buffer.from(anyKey).toString();
      const bytes = Buffer.from(`..${key}..`);
      const expected = indexKeyHash(prefix + key);
      expect(indexHash(javaHash(prefix), indexKeyOf(key))).toBe(expected);
      expect(indexHash(javaHash(prefix), indexKeyIn(bytes, 2, bytes.length - 2))).toBe(expected);
      expect(javaHashOf(indexKeyOf(key))).toBe(javaHash(key));
    }),
  );
});

test('an empty key is 0', () => {
  expect(indexKeyOf('')).toBe(0);
  expect(indexKeyIn(Buffer.from('x'), 1, 1)).toBe(0);
});
