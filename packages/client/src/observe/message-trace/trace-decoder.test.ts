import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeTraces } from './trace-decoder.js';
import { encodeTrace, type TraceRecord } from './trace-encoder.js';

const BASE = { timestamp: 5, regionId: 'cn', group: 'g', messageId: 'ID', keys: 'a b' };
const RECORDS: readonly TraceRecord[] = [
  {
    ...BASE,
    type: 'Pub',
    topic: 'T',
    tags: undefined,
    storeHost: '10.0.0.1:10911',
    bodyBytes: 3,
    tookMs: 2,
    messageType: 1,
    offsetMessageId: 'OFF',
    success: true,
  },
  { ...BASE, type: 'SubBefore', requestId: 'r', retryTimes: 1 },
  { ...BASE, type: 'SubAfter', regionId: '', requestId: 'r', tookMs: 1, success: false, contextCode: 4 },
  {
    ...BASE,
    type: 'EndTransaction',
    topic: 'T',
    tags: 'x',
    storeHost: 'h',
    transactionId: 't1',
    state: 'COMMIT_MESSAGE',
    fromCheck: true,
  },
  { ...BASE, type: 'Recall', keys: undefined, topic: 'T', success: true },
];

describe('message traces', () => {
  test('are read as they were written', () => {
    expect(decodeTraces(RECORDS.map(encodeTrace).join(''))).toEqual(RECORDS);
  });

  test('of old clients are read too', () => {
    const pub =
      'Pub\u00015\u0001cn\u0001g\u0001T\u0001ID\u0001null\u0001a b\u0001h\u00013\u00012\u00010\u0001true\u0002';
    const after = 'SubAfter\u0001r\u0001ID\u00011\u0001true\u0001null\u0002';
    expect(decodeTraces(pub + after)).toMatchObject([
      { type: 'Pub', success: true, offsetMessageId: undefined, tags: undefined },
      { type: 'SubAfter', success: true, contextCode: 0, timestamp: 0 },
    ]);
  });

  test('that are damaged are left out', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(400), (noise, at) => {
        const text = RECORDS.map(encodeTrace).join('');
        const damaged = text.slice(0, at) + noise + text.slice(at + noise.length);
        for (const record of decodeTraces(damaged)) expect(record.messageId).not.toBe('');
      }),
    );
  });
});
