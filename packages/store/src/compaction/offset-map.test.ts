import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OffsetMap } from './offset-map.js';

test('answers the offset that was put last for each key, as a plain map does', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string({ maxLength: 3 }), fc.nat()), { maxLength: 300 }), (puts) => {
      const map = new OffsetMap(1024 * 1024);
      const plain = new Map<string, number>();
      for (const [key, offset] of puts) {
        expect(map.put(key, offset)).toBe(true);
        plain.set(key, offset);
      }
      expect(map.size).toBe(plain.size);
      expect(map.lastOffset).toBe(puts.at(-1)?.[1] ?? -1);
      for (const [key, offset] of plain) expect(map.get(key)).toBe(offset);
      expect(map.get('never put')).toBe(-1);
    }),
  );
});

test('grows with its keys', () => {
  const map = new OffsetMap(1024 * 1024);
  for (let i = 0; i < 5_000; i++) expect(map.put(`key ${i}`, i)).toBe(true);
  for (let i = 0; i < 5_000; i += 97) expect(map.get(`key ${i}`)).toBe(i);
});

test('refuses a new key when it is full, and still takes the known ones', () => {
  const map = new OffsetMap(0);
  for (let i = 0; i < map.capacity; i++) expect(map.put(`key ${i}`, i)).toBe(true);
  expect(map.put('one more', 1000)).toBe(false);
  expect(map.lastOffset).toBe(map.capacity - 1);
  expect(map.put('key 0', 1001)).toBe(true);
  expect(map.get('key 0')).toBe(1001);
});
