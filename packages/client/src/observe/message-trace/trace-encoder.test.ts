// Trace records as the reference's tools read them.
import { describe, expect, test } from 'vitest';
import { encodeTrace, TraceMessageType, type TraceRecord } from './trace-encoder.js';

const base = { timestamp: 1000, regionId: 'here', group: 'g', messageId: 'M1', keys: undefined };

function fields(record: TraceRecord): string[] {
  const text = encodeTrace(record);
  expect(text.endsWith('\u0002')).toBe(true);
  return text.slice(0, -1).split('\u0001');
}

describe('a trace record', () => {
  test('of a send has the fields in the order of the reference, absent ones as null', () => {
    const sent = { topic: 'T', tags: undefined, storeHost: '10.0.0.1:10911', bodyBytes: 3, tookMs: 5 };
    const stored = { messageType: TraceMessageType.DELAY, offsetMessageId: 'O1', success: true };
    expect(fields({ type: 'Pub', ...base, ...sent, ...stored })).toEqual(
      'Pub 1000 here g T M1 null null 10.0.0.1:10911 3 5 3 O1 true'.split(' '),
    );
  });

  test('of consumption tells before and after', () => {
    expect(fields({ type: 'SubBefore', ...base, keys: 'k', requestId: 'R1', retryTimes: 2 })).toEqual(
      'SubBefore 1000 here g R1 M1 2 k'.split(' '),
    );
    expect(fields({ type: 'SubAfter', ...base, requestId: 'R1', tookMs: 7, success: false, contextCode: 2 })).toEqual(
      'SubAfter R1 M1 7 false null 2 1000 g'.split(' '),
    );
  });

  test('of a transaction tells how it ended and who asked', () => {
    const sent = { topic: 'T', tags: 'a', storeHost: '10.0.0.1:10911' };
    const end = { transactionId: 'X', state: 'UNKNOW', fromCheck: true } as const;
    expect(fields({ type: 'EndTransaction', ...base, ...sent, ...end })).toEqual(
      'EndTransaction 1000 here g T M1 a null 10.0.0.1:10911 2 X UNKNOW true'.split(' '),
    );
  });
});
