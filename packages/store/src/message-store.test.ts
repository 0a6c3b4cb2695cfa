import { MemoryFiles, VirtualClock } from '@rocketmq-ts/testkit';
import { describe, expect, test } from 'vitest';
import {
  batchBody,
  openTestStore,
  putAndWait,
  putBatchAndWait,
  readQueue,
  recordsOf,
  testMessage,
} from './test-store.js';

describe('putting and getting', () => {
  test('a message that was put is read from the tail in the same shape, without waiting', async () => {
    const store = await openTestStore('/store', { files: new MemoryFiles() });
    const { status, result } = await putAndWait(store, testMessage({ body: Buffer.from('hello') }));
    expect(status).toBe('PUT_OK');
    expect(result).toMatchObject({ physicalOffset: 0, queueOffset: 0, messageCount: 1 });
    const got = store.get({ topic: 'TopicTest', queueId: 0, offset: 0, maxMessages: 32 });
    expect(got).not.toBeInstanceOf(Promise);
    const answer = await got;
    expect(answer).toMatchObject({ status: 'FOUND', nextBeginOffset: 1, minOffset: 0, maxOffset: 1, messageCount: 1 });
    expect(recordsOf(answer).map((message) => message.body)).toEqual(['hello']);
    await store.close();
  });

  test('queue offsets are consecutive and each queue is read in its order', async () => {
    const store = await openTestStore('/store', { files: new MemoryFiles() });
    const done: Promise<unknown>[] = [];
    for (let i = 0; i < 900; i++) {
      done.push(putAndWait(store, testMessage({ queueId: i % 3, body: Buffer.from(`message ${i}`) })));
    }
    await Promise.all(done);
    for (let queueId = 0; queueId < 3; queueId++) {
      const messages = await readQueue(store, 'TopicTest', queueId);
      expect(messages.map((message) => message.body)).toEqual(
        Array.from({ length: 300 }, (_, i) => `message ${i * 3 + queueId}`),
      );
      expect(messages.map((message) => message.queueOffset)).toEqual(Array.from({ length: 300 }, (_, i) => i));
    }
    await store.close();
  });

  test('what is no longer in memory is read from the files', async () => {
    const files = new MemoryFiles();
    const store = await openTestStore('/store', { files });
    const body = Buffer.alloc(3000, 'x');
    for (let i = 0; i < 300; i++) await putAndWait(store, testMessage({ body }));
    await store.close();
    const again = await openTestStore('/store', { files });
    expect(again.maxOffsetInQueue('TopicTest', 0)).toBe(300);
    const got = again.get({ topic: 'TopicTest', queueId: 0, offset: 0, maxMessages: 32 });
    expect(got).toBeInstanceOf(Promise);
    expect(await readQueue(again, 'TopicTest', 0)).toHaveLength(300);
    await again.close();
  });

  test('a batch is stored as messages with consecutive offsets', async () => {
    const store = await openTestStore('/store', { files: new MemoryFiles() });
    const { status, result } = await putBatchAndWait(store, testMessage({ body: batchBody(['a', 'b', 'c']) }));
    expect(status).toBe('PUT_OK');
    expect(result?.messageCount).toBe(3);
    const messages = await readQueue(store, 'TopicTest', 0);
    expect(messages.map((message) => message.body)).toEqual(['a', 'b', 'c']);
    expect(messages.map((message) => message.physicalOffset)).toEqual(result?.physicalOffsets);
    await store.close();
  });

  test('entries of a queue are shown without their messages, those of a delay level with the delivery time', async () => {
    const store = await openTestStore('/store', { files: new MemoryFiles(), clock: new VirtualClock() });
    const topic = 'SCHEDULE_TOPIC_XXXX';
    const properties = 'DELAY\u00012\u0002';
    const first = await putAndWait(store, testMessage({ topic, queueId: 1, properties }));
    await putAndWait(store, testMessage({ topic, queueId: 1, properties }));
    const { physicalOffset, sizeBytes, storeTimestamp } = first.result!;
    const entries = await store.queueEntries(topic, 1, 0, 8);
    expect(entries).toHaveLength(2);
    expect(entries[0]).toEqual({
      queueOffset: 0,
      messageCount: 1,
      physicalOffset,
      sizeBytes,
      tagsCode: storeTimestamp + 5000,
    });
    expect(await store.queueEntries(topic, 1, 0, 1)).toHaveLength(1);
    expect(await store.queueEntries(topic, 1, 2, 8)).toEqual([]);
    expect(await store.queueEntries(topic, 7, 0, 8)).toEqual([]);
    await store.close();
  });

  test('a flush that is asked for makes durable what was put before', async () => {
    const store = await openTestStore('/store', { files: new MemoryFiles(), clock: new VirtualClock() });
    store.put(testMessage(), { putDone: () => {} });
    await store.flush();
    expect(store.maxPhysicalOffset).toBeGreaterThan(0);
    expect(store.flushedPhysicalOffset).toBe(store.maxPhysicalOffset);
    await store.close();
  });
});
