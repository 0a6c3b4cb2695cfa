// Our producer, in every way it can send; the Java client reads what it stored.
import { type MessageQueue, SendFailedError } from '@rocketmq-ts/client';
import { describe, test } from 'vitest';
import { eventually, type MessageSpec, type Received } from '../support/judge.js';
import {
  allStored,
  createTopic,
  expectSame,
  numbered,
  queue,
  readAll,
  sortedBodies,
  unlessThrown,
} from '../support/steps.js';
import { outgoing, producer, sentOf, type TsContext, type TsTests } from './suite.js';

const MESSAGE_ILLEGAL = 13;
const MIB = 1024 * 1024;

const rich = (index: number): Partial<MessageSpec> => ({
  tags: index % 2 === 0 ? 'even' : 'odd',
  flag: index * 1000,
  properties: { index: `${index}`, colour: 'grün' },
});

/** Sending. */
export const sendTests: TsTests = (context) => {
  describe('sending', () => {
    test('stores messages with all they carry, one after the other and many at a time', async ({ expect }) => {
      const topic = await createTopic(context(), 'ts_send');
      const { producer: ours } = context().ours;
      const messages = numbered(topic, 80, rich);
      const first = [];
      for (const message of messages.slice(0, 20)) first.push(await ours.send(outgoing(message)));
      const others = await Promise.all(messages.slice(20).map((message) => ours.send(outgoing(message))));
      const results = allStored([...first, ...others].map(sentOf));
      expectSame(messages, results, await readWhole(context(), topic, messages.length));
      expect(new Set(results.map(({ queueId }) => queueId)).size).toBe(4);
    });

    test('with binary headers does the same', async () => {
      const topic = await createTopic(context(), 'ts_binary');
      const { namesrv, name } = context();
      const { Producer } = await import('@rocketmq-ts/client');
      await using binary = new Producer({ nameServers: namesrv, group: name('binary'), serialization: 'ROCKETMQ' });
      const messages = numbered(topic, 20, rich);
      const results = await Promise.all(messages.map((message) => binary.send(outgoing(message))));
      expectSame(messages, allStored(results.map(sentOf)), await readWhole(context(), topic, messages.length));
    });

    test('one way stores messages too', async ({ expect }) => {
      const topic = await createTopic(context(), 'ts_oneway', { queues: 1 });
      const messages = numbered(topic, 20);
      for (const message of messages) await context().ours.producer.sendOneway(outgoing(message));
      await eventually(
        () => context().producer.call<number>('maxOffset', queue(context(), topic, 0)),
        (max) => max === 20,
      );
      expect(sortedBodies(await readWhole(context(), topic, messages.length))).toEqual(sortedBodies(messages));
    });

    test('goes to the queue that was given, chosen, or hashed as Java does', async ({ expect }) => {
      const topic = await createTopic(context(), 'ts_queues', { queues: 8 });
      const { producer: ours } = context().ours;
      const queueIdOf = async (given: Parameters<typeof ours.send>[1]) =>
        (await ours.send({ topic, body: 'x' }, given)).queue.queueId;
      const to: MessageQueue = { topic, brokerName: context().servers.brokerName, queueId: 5 };
      expect(await queueIdOf({ queue: to })).toBe(5);
      expect(await queueIdOf({ select: (queues) => queues[6]! })).toBe(6);
      // |"customer-7".hashCode()| % 8 and |"ключ".hashCode()| % 8
      expect(await queueIdOf({ hashKey: 'customer-7' })).toBe(hashed('customer-7', 8));
      expect(await queueIdOf({ hashKey: 'ключ' })).toBe(hashed('ключ', 8));
    });

    test('splits batches by size, and keeps their order and all their messages carry', async ({ expect }) => {
      const topic = await createTopic(context(), 'ts_batch', { queues: 1 });
      await using ours = producer(context(), { maxBatchBytes: 4096 });
      const messages = numbered(topic, 150, rich);
      const results = await ours.sendBatch(messages.map(outgoing));
      const read = await readWhole(context(), topic, messages.length);
      expectSame(messages, allStored(results.map(sentOf)), read);
      expect(read.map(({ body }) => body)).toEqual(messages.map(({ body }) => body));
    });

    test('gathers single sends into batches when told to linger', async ({ expect }) => {
      const topic = await createTopic(context(), 'ts_linger', { queues: 1 });
      await using ours = producer(context(), { linger: { delayMs: 20 } });
      const messages = numbered(topic, 60);
      const results = await Promise.all(messages.map((message) => ours.send(outgoing(message))));
      const read = await readWhole(context(), topic, messages.length);
      expectSame(messages, allStored(results.map(sentOf)), read);
      // Messages of one batch have consecutive offsets and the time of their request.
      expect(new Set(read.map(({ bornTimestamp }) => bornTimestamp)).size).toBeLessThan(20);
    });

    test.each(['ZLIB', 'LZ4', 'ZSTD'] as const)('compresses bodies with %s so that Java reads them', async (type) => {
      const topic = await createTopic(context(), `ts_${type}`);
      await using ours = producer(context(), { compression: { type } });
      const messages = numbered(topic, 6, (index) => ({
        pattern: { seed: index + 1, size: [4096, 4097, 10_000, 100_000, MIB, 3 * MIB][index]!, step: 64 },
      }));
      const results = [];
      for (const message of messages) results.push(await ours.send(outgoing(message)));
      expectSame(messages, allStored(results.map(sentOf)), await readWhole(context(), topic, messages.length));
    });

    test('creates the topic that nobody created with its first message', async ({ expect }) => {
      const topic = context().name('ts_automatic');
      await using ours = producer(context(), { defaultTopicQueueNums: 2 });
      const messages = numbered(topic, 8);
      const results = [];
      for (const message of messages) results.push(await ours.send(outgoing(message)));
      expect(new Set(results.map(({ queue: { queueId } }) => queueId))).toEqual(new Set([0, 1]));
      expectSame(messages, allStored(results.map(sentOf)), await readWhole(context(), topic, messages.length));
    });

    test('fails with the answer of the broker, and says whether to try again', async ({ expect }) => {
      const topic = await createTopic(context(), 'ts_refused', { queues: 1 });
      await using ours = producer(context(), { maxMessageBytes: 8 * MIB, compression: { overBytes: 8 * MIB } });
      const failure = await ours.send({ topic, body: 'x'.repeat(5 * MIB) }).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(SendFailedError);
      expect(failure).toMatchObject({
        code: 'SEND_FAILED',
        cause: { responseCode: MESSAGE_ILLEGAL },
        retryable: false,
      });
    });
  });
};

/** A Java broker lets readers see a topic, and messages, a moment after they were acknowledged. */
async function readWhole(context: TsContext, topic: string, count: number): Promise<Received[]> {
  const read = await eventually(
    () => readAll(context, topic).catch(unlessThrown),
    (found) => found?.length === count,
  );
  return read ?? [];
}

/** Source of truth: SelectMessageQueueByHash. */
function hashed(key: string, queues: number): number {
  let hash = 0;
  for (const unit of key.split('')) hash = (Math.imul(31, hash) + unit.charCodeAt(0)) | 0;
  return Math.abs(hash % queues);
}
