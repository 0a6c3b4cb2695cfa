import { expect, test } from 'vitest';
import { OffsetMsgIds } from './offset-msg-ids.js';

const host = Uint8Array.from([127, 0, 0, 1, 0, 0, 0x2a, 0x9f]);

test('an id is the address, the port and the offset of the message', () => {
  const ids = new OffsetMsgIds(host);
  expect(String(ids.one(0))).toBe('7F00000100002A9F0000000000000000');
  expect(String(ids.one(2 ** 40 + 0xabcdef))).toBe('7F00000100002A9F0000010000ABCDEF');
  expect(String(ids.one(0xffffffff))).toBe('7F00000100002A9F00000000FFFFFFFF');
  expect(String(ids.one(Number.MAX_SAFE_INTEGER))).toBe('7F00000100002A9F001FFFFFFFFFFFFF');
});

test('the ids of a batch are joined by commas, however many they are', () => {
  const ids = new OffsetMsgIds(host);
  const offsets = Array.from({ length: 100 }, (_, index) => index * 1000);
  const several = String(ids.several(offsets));
  expect(several.split(',')).toEqual(offsets.map((offset) => String(ids.one(offset))));
  expect(String(ids.several([1, 2]))).toHaveLength(65);
});
