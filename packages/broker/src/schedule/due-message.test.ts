import { encodeInto, MessageRecord, measureRecord, viewOf } from '@rocketmq-ts/common';
import { UndeliverableError } from '@rocketmq-ts/store';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dueMessage } from './due-message.js';

function record(given: Partial<MessageRecord> = {}): Buffer {
  const waiting = Object.assign(new MessageRecord(), {
    topic: 'SCHEDULE_TOPIC_XXXX',
    queueId: 2,
    flag: 7,
    bornTimestamp: 1_700_000_000_000,
    bornHost: Uint8Array.of(10, 0, 0, 1, 0, 0, 0x10, 1),
    reconsumeTimes: 4,
    preparedTransactionOffset: 99,
    body: Buffer.from('body'),
    propertiesText: properties({}),
    ...given,
  });
  const bytes = Buffer.alloc(measureRecord(waiting));
  encodeInto(bytes, viewOf(bytes), 0, waiting);
  return bytes;
}

function properties(given: Record<string, string>): string {
  const all = { KEYS: 'k1 k2', UNIQ_KEY: 'u', TAGS: 'TagA', DELAY: '3', REAL_TOPIC: 'T', REAL_QID: '5', ...given };
  return Object.entries(all).reduce((text, [key, value]) => `${text}${key}\u0001${value}\u0002`, '');
}

describe('a message that is due', () => {
  test('is what was sent, for its real topic and queue, and keeps all of its properties', () => {
    expect(dueMessage(record())).toEqual({
      topic: 'T',
      queueId: 5,
      flag: 7,
      sysFlag: 0,
      bornTimestamp: 1_700_000_000_000,
      bornHost: Buffer.from([10, 0, 0, 1, 0, 0, 0x10, 1]),
      reconsumeTimes: 4,
      preparedTransactionOffset: 0,
      body: Buffer.from('body'),
      properties: properties({}),
      tagsCode: 2_598_919,
      keys: 'k1 k2',
      uniqKey: 'u',
      tags: 'TagA',
      waitStoreMsgOk: false,
    });
  });

  test('does not take along the CRC of the record that waited', () => {
    const propertiesText = `${properties({})}__CRC32#\u00010123456789\u0002`;
    expect(dueMessage(record({ propertiesText })).properties).toBe(properties({}));
  });

  test.each([
    ['no real topic', { REAL_TOPIC: '' }, 'it has no REAL_TOPIC'],
    ['no real queue', { REAL_QID: '' }, "its REAL_QID '' is not"],
    ['a queue that is no number', { REAL_QID: '-1' }, "its REAL_QID '-1' is not"],
    ['the half messages as its topic', { REAL_TOPIC: 'RMQ_SYS_TRANS_HALF_TOPIC' }, 'its REAL_TOPIC is RMQ_SYS'],
    ['the delayed messages as its topic', { REAL_TOPIC: 'SCHEDULE_TOPIC_XXXX' }, 'its REAL_TOPIC is SCHEDULE'],
  ])('can not be delivered with %s', (_, given, why) => {
    expect(() => dueMessage(record({ propertiesText: properties(given) }))).toThrow(why);
  });

  test('is undeliverable, and nothing worse, whatever the bytes of its record are', () => {
    const whole = record();
    const changed = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 8 });
    fc.assert(
      fc.property(changed, fc.nat(whole.length), (changes, cut) => {
        const bytes = Buffer.from(whole);
        for (const [at, value] of changes) bytes[at] = value;
        try {
          const { topic, queueId } = dueMessage(bytes.subarray(0, cut));
          expect(topic).not.toBe('');
          expect(queueId).toBeGreaterThanOrEqual(0);
        } catch (error) {
          expect(error).toBeInstanceOf(UndeliverableError);
        }
      }),
    );
  });
});
