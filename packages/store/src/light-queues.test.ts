import { MemoryFiles } from '@rocketmq-ts/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MessageStoreConfig } from './config.js';
import { allowsLightQueues, isLightQueueName, statedPlaces } from './light-queues.js';
import type { MessageStore } from './message-store.js';
import { openTestStore, putAndWait, readQueue, recordsOf, testMessage } from './test-store.js';

const config = { enableLmq: true, enableMultiDispatch: true };

function open(files: MemoryFiles, more: Partial<MessageStoreConfig> = {}): Promise<MessageStore> {
  return openTestStore('/store', { files, config: { ...config, ...more } });
}

/** A message for light queues. */
const light = (names: string, part = {}) =>
  testMessage({ properties: `INNER_MULTI_DISPATCH\u0001${names}\u0002`, ...part });

const bodiesOf = async (store: MessageStore, topic: string) =>
  (await readQueue(store, topic, 0)).map(({ body }) => body);

describe('light queues', () => {
  test('hold messages of other topics, each with offsets of its own', async () => {
    const store = await open(new MemoryFiles());
    await putAndWait(store, light('%LMQ%a,%LMQ%b', { body: Buffer.from('1') }));
    await putAndWait(store, testMessage({ body: Buffer.from('2') }));
    await putAndWait(store, light('%LMQ%b', { body: Buffer.from('3'), topic: 'Other', queueId: 3 }));
    expect(await bodiesOf(store, '%LMQ%a')).toEqual(['1']);
    expect(await bodiesOf(store, '%LMQ%b')).toEqual(['1', '3']);
    expect(await bodiesOf(store, 'TopicTest')).toEqual(['1', '2']);
    expect((await readQueue(store, 'TopicTest', 0))[0]!.bytes.toString()).toContain(
      'INNER_MULTI_QUEUE_OFFSET\u00010,0\u0002',
    );
    expect(store.maxOffsetInQueue('%LMQ%b', 0)).toBe(2);
    const { nextBeginOffset } = await store.get({ topic: '%LMQ%b', queueId: 0, offset: 1, maxMessages: 8 });
    expect(nextBeginOffset).toBe(2);
    await store.close();
  });

  test('announce what arrives in them', async () => {
    const store = await open(new MemoryFiles());
    const heard: unknown[] = [];
    store.setArrivingListener({
      arriving: (topic, queueId, nextOffset) => heard.push([topic, queueId, nextOffset]),
    });
    await putAndWait(store, light('%LMQ%a', { queueId: 2 }));
    await putAndWait(store, light('%LMQ%a', { queueId: 1 }));
    expect(heard).toEqual([
      ['TopicTest', 2, 1],
      ['%LMQ%a', 0, 1],
      ['TopicTest', 1, 1],
      ['%LMQ%a', 0, 2],
    ]);
    await store.close();
  });

  test('come back from the log when they were lost, and go on where they ended', async () => {
    const files = new MemoryFiles();
    let store = await open(files);
    for (let i = 0; i < 250; i++) {
      await putAndWait(store, light(i % 3 === 0 ? '%LMQ%a' : '%LMQ%a,%LMQ%b', { body: Buffer.from(`m${i}`) }));
    }
    const expected = [await bodiesOf(store, '%LMQ%a'), await bodiesOf(store, '%LMQ%b')];
    await store.close();
    for (const lost of ['%LMQ%a', '%LMQ%b']) files.removeSync(`/store/consumequeue/${lost}`);
    store = await open(files);
    expect([await bodiesOf(store, '%LMQ%a'), await bodiesOf(store, '%LMQ%b')]).toEqual(expected);
    await putAndWait(store, light('%LMQ%b', { body: Buffer.from('new') }));
    const last = await store.get({ topic: '%LMQ%b', queueId: 0, offset: expected[1]!.length, maxMessages: 1 });
    expect(recordsOf(last).map(({ body }) => body)).toEqual(['new']);
    await store.close();
  });

  test('hold a message once when it names a queue twice', async () => {
    const store = await open(new MemoryFiles());
    await putAndWait(store, light('%LMQ%a,%LMQ%a', { body: Buffer.from('1') }));
    await putAndWait(store, light('%LMQ%a', { body: Buffer.from('2') }));
    expect(await bodiesOf(store, '%LMQ%a')).toEqual(['1', '2']);
    await store.close();
  });

  test('are not made for names that are none, which are refused', async () => {
    const store = await open(new MemoryFiles());
    for (const names of ['TopicTest', '%LMQ%a,Other', '%LMQ%../../x', `%LMQ%${'x'.repeat(260)}`, '%LMQ%a,,%LMQ%b']) {
      expect((await putAndWait(store, light(names))).status, names).toBe('MESSAGE_ILLEGAL');
    }
    expect(store.topics()).toEqual([]);
    await store.close();
  });

  test('are left alone by retries, dead letters, delayed and half messages', async () => {
    const store = await open(new MemoryFiles());
    for (const topic of ['%RETRY%g', '%DLQ%g', 'SCHEDULE_TOPIC_XXXX', 'rmq_sys_x', 'RMQ_SYS_TRANS_HALF_TOPIC']) {
      expect(allowsLightQueues(topic)).toBe(false);
      expect((await putAndWait(store, light('%LMQ%a', { topic }))).status).toBe('PUT_OK');
    }
    expect(store.maxOffsetInQueue('%LMQ%a', 0)).toBe(0);
    await store.close();
  });

  test('are limited in number when there is a quota', async () => {
    const store = await open(new MemoryFiles(), { enableLmqQuota: true, maxLmqConsumeQueueNum: 2 });
    const put = async (names: string) => (await putAndWait(store, light(names))).status;
    expect([await put('%LMQ%a'), await put('%LMQ%b'), await put('%LMQ%c'), await put('%LMQ%b')]).toEqual([
      'PUT_OK',
      'PUT_OK',
      'LMQ_CONSUME_QUEUE_NUM_EXCEEDED',
      'PUT_OK',
    ]);
    store.deleteTopics(['%LMQ%a']);
    expect(await put('%LMQ%c')).toBe('PUT_OK');
    await store.close();
  });

  test('do not exist unless they are asked for in the configuration', async () => {
    const store = await open(new MemoryFiles(), { enableLmq: false });
    await putAndWait(store, light('%LMQ%a'));
    expect(store.topics()).toEqual(['TopicTest']);
    await store.close();
  });

  test('do not serve a record that does not say that it is theirs', async () => {
    const files = new MemoryFiles();
    let store = await open(files);
    await putAndWait(store, light('%LMQ%a', { body: Buffer.from('1') }));
    await putAndWait(store, light('%LMQ%a', { body: Buffer.from('2') }));
    await store.close();
    // The second entry speaks of the first message, too.
    const path = '/store/consumequeue/%LMQ%a/0/00000000000000000000';
    const handle = files.openSync(path, 'readWrite');
    handle.writeSync(files.readFileSync(path).subarray(0, 20), 0, 20, 20);
    handle.closeSync();
    store = await open(files);
    expect((await bodiesOf(store, '%LMQ%a')).filter((body) => body === '1')).toHaveLength(1);
    await store.close();
  });
});

test('whatever a message says of its light queues, only names that can be queues come out, with offsets', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (names, offsets) => {
      for (const { name, queueOffset } of statedPlaces(`%LMQ%a,${names}`, `7,${offsets}`)) {
        expect(isLightQueueName(name)).toBe(true);
        expect(queueOffset).toBeGreaterThanOrEqual(0);
      }
    }),
  );
  expect(statedPlaces('%LMQ%a,%LMQ%b', '1,20')).toEqual([
    { name: '%LMQ%a', queueOffset: 1 },
    { name: '%LMQ%b', queueOffset: 20 },
  ]);
});
