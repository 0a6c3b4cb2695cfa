// Replies that brokers push: those that fit, those that nobody waits for, and nonsense.
import { encodeProperties } from '@rocketmq-ts/common';
import type { ReplyMessageRequestHeader } from '@rocketmq-ts/remoting';
import { VirtualClock } from '@rocketmq-ts/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PendingReplies } from './pending-replies.js';
import { replyRecordOf } from './reply-record.js';

const header: ReplyMessageRequestHeader = {
  producerGroup: 'p',
  topic: 'c_REPLY_TOPIC',
  defaultTopic: 'TBW102',
  defaultTopicQueueNums: 4,
  queueId: 1,
  sysFlag: 0,
  bornTimestamp: 3,
  flag: 7,
  properties: encodeProperties([['CORRELATION_ID', 'id-1']]),
  unitMode: false,
  bornHost: '10.0.0.1:5',
  storeHost: '/10.0.0.2:10911',
  storeTimestamp: 4,
};

function waiting(pending: PendingReplies, correlationId: string) {
  return pending.expect(correlationId, { timeoutMs: 100, signal: undefined, late: () => new Error('late') });
}

describe('pending replies', () => {
  test('give a reply to the one request that it belongs to', async () => {
    const pending = new PendingReplies(new VirtualClock());
    const reply = waiting(pending, 'id-1');
    const record = replyRecordOf(header, Buffer.from('x'), 9);
    expect(pending.deliver(record)).toBe(true);
    expect(pending.deliver(record)).toBe(false);
    expect(await reply).toBe(record);
    expect(record).toMatchObject({ topic: 'c_REPLY_TOPIC', queueId: 1, flag: 7, bornTimestamp: 3, storeTimestamp: 4 });
    expect(record.propertiesText).toBe(
      encodeProperties([
        ['CORRELATION_ID', 'id-1'],
        ['ARRIVE_TIME', '9'],
      ]),
    );
    expect([...record.storeHost]).toEqual([10, 0, 0, 2, 0, 0, 0x2a, 0x9f]);
    expect(pending.size).toBe(0);
  });

  test('end in time, and when they are closed, without a timer left', async () => {
    const clock = new VirtualClock();
    const pending = new PendingReplies(clock);
    const late = expect(waiting(pending, 'a')).rejects.toThrow('late');
    await clock.advance(100);
    await late;
    const closed = expect(waiting(pending, 'b')).rejects.toThrow('the end');
    pending.close(new Error('the end'));
    await closed;
    await clock.runToIdle(0);
    expect(pending.size).toBe(0);
  });

  test('survive whatever a broker pushes', () => {
    const pending = new PendingReplies(new VirtualClock());
    fc.assert(
      fc.property(
        fc.record({ properties: fc.string(), bornHost: fc.string(), storeHost: fc.string() }),
        fc.uint8Array(),
        (odd, body) => {
          expect(pending.deliver(replyRecordOf({ ...header, ...odd }, body, 1))).toBe(false);
        },
      ),
    );
  });
});
