import { MemoryFiles, VirtualClock } from '@rocketmq-ts/testkit';
import { describe, expect, test } from 'vitest';
import type { GetMessageResult } from './api.js';
import type { MessageStore } from './message-store.js';
import {
  batchBody,
  openTestStore,
  putAndWait,
  putBatchAndWait,
  readQueue,
  recordsOf,
  testMessage,
} from './test-store.js';

const TAG_A = 65;

async function filled(
  options: { files?: MemoryFiles; clock?: VirtualClock; count?: number } = {},
): Promise<MessageStore> {
  const clock = options.clock ?? new VirtualClock();
  const store = await openTestStore('/store', { files: options.files ?? new MemoryFiles(), clock });
  for (let i = 0; i < (options.count ?? 10); i++) {
    await putAndWait(store, testMessage({ body: Buffer.from(`m${i}`), tagsCode: i % 2 === 0 ? TAG_A : 66 }));
    await clock.advance(1000);
  }
  return store;
}

const ask = (store: MessageStore, offset: number, maxMessages = 32, filter?: object) =>
  store.get({ topic: 'TopicTest', queueId: 0, offset, maxMessages, filter: filter as never });

const outline = ({ status, nextBeginOffset, minOffset, maxOffset, messageCount }: GetMessageResult) => [
  status,
  nextBeginOffset,
  minOffset,
  maxOffset,
  messageCount,
];

describe('statuses and next offsets', () => {
  test('are those of the reference at and beyond the ends of a queue', async () => {
    const store = await filled();
    expect(outline(await ask(store, 10))).toEqual(['OFFSET_OVERFLOW_ONE', 10, 0, 10, 0]);
    expect(outline(await ask(store, 11))).toEqual(['OFFSET_OVERFLOW_BADLY', 10, 0, 10, 0]);
    expect(outline(await ask(store, -1))).toEqual(['OFFSET_TOO_SMALL', 0, 0, 10, 0]);
    expect(outline(await ask(store, 4, 3))).toEqual(['FOUND', 7, 0, 10, 3]);
    const absent = await store.get({ topic: 'None', queueId: 0, offset: 5, maxMessages: 1 });
    expect(outline(absent)).toEqual(['NO_MESSAGE_IN_QUEUE', 0, 0, 0, 0]);
    await store.close();
  });

  test('a filter that rejects everything moves on over what it has looked at', async () => {
    const store = await filled();
    const none = { isMatchedByConsumeQueue: () => false, isMatchedByCommitLog: () => true };
    expect(outline(await ask(store, 0, 32, none))).toEqual(['NO_MATCHED_MESSAGE', 10, 0, 10, 0]);
    const tagA = { isMatchedByConsumeQueue: (code?: number) => code === TAG_A, isMatchedByCommitLog: () => true };
    const found = await ask(store, 0, 3, tagA);
    expect(recordsOf(found).map(({ body }) => body)).toEqual(['m0', 'm2', 'm4']);
    await store.close();
  });

  test('a filter sees the properties of a message, in memory and from the files', async () => {
    const files = new MemoryFiles();
    const store = await openTestStore('/store', { files });
    for (const color of ['red', 'blue'])
      await putAndWait(store, testMessage({ properties: `color\u0001${color}\u0002` }));
    const blue = {
      isMatchedByConsumeQueue: () => true,
      isMatchedByCommitLog: (lookup: (name: string) => string | undefined) => lookup('color') === 'blue',
    };
    expect((await ask(store, 0, 32, blue)).queueOffsets).toEqual([1]);
    await store.close();
    const again = await openTestStore('/store', { files });
    expect((await ask(again, 0, 32, blue)).queueOffsets).toEqual([1]);
    await again.close();
  });

  test('bytes are limited, but one message always goes', async () => {
    const store = await openTestStore('/store', { files: new MemoryFiles() });
    for (let i = 0; i < 12; i++) await putAndWait(store, testMessage({ body: Buffer.alloc(60_000) }));
    expect((await ask(store, 0)).messageCount).toBe(4);
    const one = await store.get({ topic: 'TopicTest', queueId: 0, offset: 0, maxMessages: 32, maxBytes: 200 });
    expect(one.messageCount).toBe(1);
    await store.close();
  });
});

describe('looking up by time', () => {
  test('finds the first message not earlier, or the last not later', async () => {
    const clock = new VirtualClock({ startMs: 1_000_000_000_000 });
    const store = await filled({ clock });
    const at = (seconds: number, boundary: 'LOWER' | 'UPPER') =>
      store.offsetByTimestamp('TopicTest', 0, 1_000_000_000_000 + seconds * 1000, boundary);
    expect(await Promise.all([at(3, 'LOWER'), at(3, 'UPPER')])).toEqual([3, 3]);
    expect(await Promise.all([at(3.5, 'LOWER'), at(3.5, 'UPPER')])).toEqual([4, 3]);
    expect(await Promise.all([at(-5, 'LOWER'), at(-5, 'UPPER')])).toEqual([0, 0]);
    expect(await Promise.all([at(99, 'LOWER'), at(99, 'UPPER')])).toEqual([10, 9]);
    expect(await store.storeTimestampOf('TopicTest', 0, 2)).toBe(1_000_000_002_000);
    expect(await store.earliestStoreTimestampOfLog()).toBe(1_000_000_000_000);
    await store.close();
  });
});

describe('refusals', () => {
  test.each([
    ['a body that is too large', { body: Buffer.alloc(65_537) }, 'MESSAGE_ILLEGAL'],
    ['properties beyond 32767 bytes', { properties: `k\u0001${'v'.repeat(33_000)}\u0002` }, 'PROPERTIES_SIZE_EXCEEDED'],
    [
      'properties beyond 32767 bytes in UTF-8',
      { properties: `k\u0001${'値'.repeat(11_000)}\u0002` },
      'PROPERTIES_SIZE_EXCEEDED',
    ],
    ['a topic beyond 127 bytes', { topic: 't'.repeat(128) }, 'MESSAGE_ILLEGAL'],
    ['a topic that is a path', { topic: '../../x' }, 'MESSAGE_ILLEGAL'],
    ['a negative queue', { queueId: -1 }, 'MESSAGE_ILLEGAL'],
  ])('%s', async (_, part, status) => {
    const store = await openTestStore('/store', { files: new MemoryFiles() });
    expect((await putAndWait(store, testMessage(part))).status).toBe(status);
    expect((await putAndWait(store, testMessage())).result?.queueOffset).toBe(0);
    await store.close();
  });

  test('a batch that contradicts itself is not stored', async () => {
    const store = await openTestStore('/store', { files: new MemoryFiles() });
    const body = batchBody(['a', 'b']);
    body.writeInt32BE(5, 0);
    expect((await putBatchAndWait(store, testMessage({ body }))).status).toBe('MESSAGE_ILLEGAL');
    await store.close();
    expect((await putAndWait(store, testMessage())).status).toBe('SERVICE_NOT_AVAILABLE');
  });
});

describe('records', () => {
  test('of a retry topic longer than 127 bytes are of version 2, and come back', async () => {
    const files = new MemoryFiles();
    const topic = `%RETRY%${'g'.repeat(200)}`;
    const store = await openTestStore('/store', { files });
    await putAndWait(store, testMessage({ topic }));
    await store.close();
    const again = await openTestStore('/store', { files });
    const [message] = await readQueue(again, topic, 0);
    expect(message?.bytes.readUInt32BE(4)).toBe(0xdaa320ab);
    await again.close();
  });

  test('with IPv6 hosts and a CRC property are read back and checked', async () => {
    const files = new MemoryFiles();
    const config = { enabledAppendPropCRC: true };
    const store = await openTestStore('/store', { files, config, storeHost: new Uint8Array(20).fill(7) });
    const message = testMessage({
      bornHost: new Uint8Array(20).fill(9),
      properties: 'a\u0001b',
      body: Buffer.from('v6'),
    });
    const { result } = await putAndWait(store, message);
    await store.close();
    const again = await openTestStore('/store', { files });
    const record = Buffer.from((await again.recordAt(result!.physicalOffset))!);
    expect(record.readInt32BE(36)).toBe(0x30);
    expect(record.toString('latin1')).toMatch(/a\u0001b\u0002__CRC32#\u0001\d{10}\u0002$/);
    await again.close();
  });

  test('of half and rollback messages stay out of the queue', async () => {
    const store = await openTestStore('/store', { files: new MemoryFiles() });
    for (const sysFlag of [0x4, 0xc, 0x8]) await putAndWait(store, testMessage({ sysFlag }));
    expect(store.maxOffsetInQueue('TopicTest', 0)).toBe(1);
    await store.close();
  });
});

describe('topics', () => {
  test('that are deleted lose their queues and start again at 0', async () => {
    const files = new MemoryFiles();
    const store = await filled({ files });
    expect(store.deleteTopics(['TopicTest', 'None'])).toBe(1);
    expect(store.topics()).toEqual([]);
    expect(files.readdirSync('/store/consumequeue')).toEqual([]);
    expect((await putAndWait(store, testMessage())).result?.queueOffset).toBe(0);
    await store.close();
  });

  test('without configuration are cleaned, system topics are not', async () => {
    const store = await filled();
    await putAndWait(store, testMessage({ topic: 'SCHEDULE_TOPIC_XXXX' }));
    expect(store.cleanUnusedTopics(new Set(['Other']))).toBe(1);
    expect(store.topics()).toEqual(['SCHEDULE_TOPIC_XXXX']);
    await store.close();
  });
});

describe('deletion of old files', () => {
  test('moves the first offsets of log and queues, and readers are told', async () => {
    const clock = new VirtualClock();
    const files = new MemoryFiles({ clock });
    const store = await openTestStore('/store', { files, clock, config: { fileReservedTime: 1 } });
    for (let i = 0; i < 30; i++) await putAndWait(store, testMessage({ body: Buffer.alloc(30_000) }));
    await clock.advance(61 * 60_000);
    store.deleteExpiredFiles();
    await clock.advance(5000);
    expect(store.minPhysicalOffset).toBeGreaterThan(0);
    const min = store.minOffsetInQueue('TopicTest', 0);
    expect(min).toBeGreaterThan(0);
    expect(outline(await ask(store, 0)).slice(0, 2)).toEqual(['OFFSET_TOO_SMALL', min]);
    expect(await readQueue(store, 'TopicTest', 0)).toHaveLength(30 - min);
    await store.close();
  });
});
