import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ALL_ENDS,
  CHECKPOINT_KEY,
  ENTRY_VALUE_BYTES,
  QueueKeys,
  readEnd,
  readEndKey,
  writeCheckpoint,
  writeEnd,
  writeEntryValue,
} from './queue-keys.js';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const topics = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' });
const queueIds = fc.nat({ max: 0x7fffffff });

describe('keys and values of queues in RocksDB', () => {
  test('have the bytes of the reference', () => {
    const keys = new QueueKeys('TopicA', 3);
    expect(hex(keys.entry(258))).toBe(`00000006${'01'}546f70696341${'01'}00000003${'01'}0000000000000102`);
    expect(hex(keys.end('max'))).toBe(`00000006${'01'}546f70696341${'01'}6d6178${'01'}00000003`);
    expect(hex(keys.end('min'))).toBe(`00000006${'01'}546f70696341${'01'}6d696e${'01'}00000003`);
    expect(hex(keys.bounds.from)).toBe(`00000006${'01'}546f70696341${'01'}00000003${'00'}`);
    expect(hex(keys.bounds.to)).toBe(`00000006${'01'}546f70696341${'01'}00000003${'02'}`);
    expect(hex(CHECKPOINT_KEY)).toBe(`0000001001${Buffer.from('CHECKPOINT_TOPIC').toString('hex')}016d61780100000000`);
    expect(hex(writeEntryValue(1000, 200, -5, 1_700_000_000_000))).toBe(
      '00000000000003e8000000c8fffffffffffffffb0000018bcfe56800',
    );
    expect(writeEntryValue(0, 1, 0, 0)).toHaveLength(ENTRY_VALUE_BYTES);
  });

  test('are read as they were written, and sorted by queue offset', () => {
    fc.assert(
      fc.property(topics, queueIds, fc.nat({ max: 2 ** 50 }), fc.nat({ max: 2 ** 50 }), (topic, queueId, a, b) => {
        const keys = new QueueKeys(topic, queueId);
        expect(readEndKey(keys.end('max'))).toEqual({ topic, queueId, end: 'max' });
        expect(readEnd(writeEnd({ physicalOffset: a, queueOffset: b }))).toEqual({ physicalOffset: a, queueOffset: b });
        expect(keys.queueOffsetOf(keys.entry(a))).toBe(a);
        expect(Math.sign(Buffer.compare(keys.entry(a), keys.entry(b)))).toBe(Math.sign(a - b));
        expect(Buffer.compare(keys.bounds.from, keys.entry(a))).toBe(-1);
        expect(Buffer.compare(keys.entry(a), keys.bounds.to)).toBe(-1);
        expect(Buffer.compare(keys.end('min'), ALL_ENDS.to)).toBe(-1);
      }),
    );
  });

  test('of any bytes are either none or possible ones', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const key = readEndKey(bytes);
        if (key !== undefined) expect(key.topic.length).toBeLessThanOrEqual(bytes.length);
        const end = readEnd(bytes);
        if (end !== undefined) expect(Number.isSafeInteger(end.queueOffset)).toBe(true);
      }),
    );
    expect(readEnd(writeCheckpoint(5))).toBeUndefined();
  });
});
