// Our push consumer, with messages of Java's producer and of ours.
import { ConsumeLaterError, PushConsumer } from '@rocketmq-ts/client';
import { describe, test } from 'vitest';
import { eventually, type MessageSpec, type Sent } from '../support/judge.js';
import {
  allStored,
  createTopic,
  expectContent,
  expectSame,
  numbered,
  readAll,
  unlessThrown,
} from '../support/steps.js';
import {
  type Consumer,
  consume,
  outgoing,
  producer,
  receivedOf,
  type TsContext,
  type TsTests,
  until,
} from './suite.js';

const RETRY_MS = 60_000;

/** Java's producer fills the topic, in turn over its queues. */
async function fill(context: TsContext, topic: string, count: number, more?: (index: number) => Partial<MessageSpec>) {
  const messages = numbered(topic, count, (index) => ({ shard: `${index}`, ...more?.(index) }));
  const results: readonly Sent[] = allStored(await context.producer.send('selector', messages));
  return { messages, results };
}

/** Push consumers. */
export const pushTests: TsTests = (context) => {
  describe('a push consumer', () => {
    test('gets what was there and what comes, each once, with all that Java put in', async () => {
      const topic = await createTopic(context(), 'ts_push');
      const rich = (index: number) => ({ tags: 'T', flag: index, properties: { p: `${index}` } });
      const before = await fill(context(), topic, 40, rich);
      await using consumer = await consume(context(), 'push', { subscriptions: { [topic]: '*' } });
      await consumer.deliveries.received(40);
      const after = await fill(context(), topic, 40, rich);
      const received = (await consumer.deliveries.settled(80)).map(receivedOf);
      expectSame([...before.messages, ...after.messages], [...before.results, ...after.results], received);
    });

    test.each(['ZLIB', 'LZ4', 'ZSTD'])('reads bodies that Java compressed with %s', async (compression) => {
      const topic = await createTopic(context(), `ts_from_${compression}`, { queues: 1 });
      const { namesrv, name, judge } = context();
      await using java = await judge.producer({ namesrv, group: name('zip'), compression });
      const messages = numbered(topic, 3, (index) => ({
        pattern: { seed: 7, size: 5000 * 10 ** index, step: 64 },
      }));
      allStored(await java.send('sync', messages));
      await using consumer = await consume(context(), `from_${compression}`, { subscriptions: { [topic]: '*' } });
      const received = await consumer.deliveries.settled(3);
      for (const [index, message] of messages.entries()) expectContent(message, receivedOf(received[index]!));
    });

    test('gets only the tags it asked for, and those of equal hash codes apart', async ({ expect }) => {
      const topic = await createTopic(context(), 'ts_tags');
      await fill(context(), topic, 40, (index) => ({ tags: ['AaAa', 'BBBB', 'C', 'D'][index % 4]! }));
      await using consumer = await consume(context(), 'tags', { subscriptions: { [topic]: 'BBBB || D' } });
      const received = await consumer.deliveries.settled(20);
      expect(new Set(received.map(({ tag }) => tag))).toEqual(new Set(['BBBB', 'D']));
      expect(received).toHaveLength(20);
    });

    test('gets what an SQL92 expression selects', async ({ expect }) => {
      const topic = await createTopic(context(), 'ts_sql');
      const subscriptions = { [topic]: { sql: 'a BETWEEN 3 AND 6 AND b IS NULL' } };
      await using consumer = await consume(context(), 'sql', { subscriptions });
      await fill(context(), topic, 20, (index) => ({
        properties: { a: `${index % 10}`, ...(index >= 10 ? { b: 'x' } : {}) },
      }));
      const received = await consumer.deliveries.settled(4);
      expect(received.map((message) => message.property('a')).sort()).toEqual(['3', '4', '5', '6']);
    });

    test('hands a batch to the handler', async ({ expect }) => {
      const topic = await createTopic(context(), 'ts_handler_batch', { queues: 1 });
      await fill(context(), topic, 30);
      const sizes: number[] = [];
      const { namesrv, name } = context();
      await using consumer = new PushConsumer({
        nameServers: namesrv,
        group: name('handler_batch'),
        consumeFrom: 'first',
        subscriptions: { [topic]: '*' },
        batch: { size: 10, timeoutMs: 300 },
        onBatch: (messages) => void sizes.push(messages.length),
      });
      await consumer.start();
      await until(
        () => sum(sizes) >= 30,
        () => sizes,
      );
      expect(Math.max(...sizes)).toBe(10);
      expect(sum(sizes)).toBe(30);
    });

    test('in order keeps the order of every queue, through failures too', async ({ expect }) => {
      const topic = await createTopic(context(), 'ts_orderly');
      const { messages } = await fill(context(), topic, 40);
      const failed = new Set<string>();
      const accepted: string[] = [];
      await using consumer = await consume(context(), 'orderly', {
        subscriptions: { [topic]: '*' },
        order: 'queue',
        suspendMs: 20,
        onMessage: async ({ body }) => {
          await new Promise((resolve) => setImmediate(resolve));
          if (!failed.has(body.toString())) {
            failed.add(body.toString());
            throw new Error('the first time fails');
          }
          accepted.push(body.toString());
        },
      });
      await consumer.deliveries.received(80, RETRY_MS);
      const order = (bodies: readonly string[]) => messages.filter(({ body }) => bodies.includes(body!));
      for (const bodies of consumer.deliveries.byQueue().values()) {
        const once = bodies.filter((body, index) => bodies.indexOf(body) === index);
        expect(bodies).toEqual(order(once).flatMap(({ body }) => [body, body]));
      }
      await until(
        () => accepted.length === 40,
        () => accepted,
      );
    });

    test('by key keeps the order of keys while others go on', async ({ expect }) => {
      const topic = await createTopic(context(), 'ts_keyed', { queues: 1 });
      await using ours = producer(context());
      for (let i = 0; i < 30; i++) await ours.send({ topic, body: `${i}`, shardingKey: `k${i % 3}` });
      const byKey = new Map<string, number[]>();
      let once = true;
      await using consumer = await consume(context(), 'keyed', {
        subscriptions: { [topic]: '*' },
        order: 'key',
        suspendMs: 300,
        onMessage: ({ shardingKey = '', body }) => {
          if (shardingKey === 'k1' && once) {
            once = false;
            throw new Error('waits');
          }
          byKey.set(shardingKey, [...(byKey.get(shardingKey) ?? []), Number(body)]);
        },
      });
      await consumer.deliveries.received(31);
      await until(
        () => byKey.get('k1')?.length === 10,
        () => [...byKey],
      );
      const every3 = (from: number) => Array.from({ length: 10 }, (_, i) => from + 3 * i);
      expect(Object.fromEntries(byKey)).toEqual({ k0: every3(0), k1: every3(1), k2: every3(2) });
    });

    test('broadcasting gives everything to everyone', async () => {
      const topic = await createTopic(context(), 'ts_broadcast', { queues: 2 });
      const options = { subscriptions: { [topic]: '*' }, model: 'broadcasting' } as const;
      await using first = await consume(context(), 'broadcast', { ...options, instanceName: context().name('one') });
      await using second = await consume(context(), 'broadcast', { ...options, instanceName: context().name('two') });
      const { messages, results } = await fill(context(), topic, 20);
      expectSame(messages, results, (await first.deliveries.settled(20)).map(receivedOf));
      expectSame(messages, results, (await second.deliveries.settled(20)).map(receivedOf));
    });

    test('has a failed message again after the delay, then in the dead letter queue', async ({ expect }) => {
      const topic = await createTopic(context(), 'ts_retry', { queues: 1 });
      const group = context().name('retry');
      await fill(context(), topic, 1, () => ({ tags: 'T', properties: { p: 'q' } }));
      await using consumer = await consume(context(), 'retry', {
        subscriptions: { [topic]: '*' },
        maxReconsumeTimes: 2,
        rebalanceIntervalMs: 1000,
        onMessage: () => {
          throw new ConsumeLaterError({ delayLevel: 1 });
        },
      });
      const received = await consumer.deliveries.received(3, RETRY_MS);
      expect(received.map((message) => message.reconsumeTimes)).toEqual([0, 1, 2]);
      expect(new Set(received.map((message) => message.messageId)).size).toBe(1);
      expect(received.map((message) => message.topic)).toEqual([topic, topic, topic]);
      const dead = `%DLQ%${group}`;
      const read = () => readAll(context(), dead).catch(unlessThrown);
      const [letter] = (await eventually(read, (found) => found?.length === 1)) ?? [];
      expect(letter).toMatchObject({ body: received[0]!.body.toString(), tags: 'T' });
      expect(letter?.properties).toMatchObject({ p: 'q', RETRY_TOPIC: topic });
    });

    test('of a group that stopped goes on there, for Java too; of a new one it starts at the beginning of a young topic', async ({
      expect,
    }) => {
      const topic = await createTopic(context(), 'ts_from', { queues: 1 });
      await fill(context(), topic, 10);
      const subscriptions = { [topic]: '*' };
      const first = await consume(context(), 'stopped', { subscriptions });
      await first.deliveries.received(10);
      await first.close();
      await fill(context(), topic, 10);
      const second = await consume(context(), 'stopped', { subscriptions, consumeFrom: 'last' });
      expect(await offsetsOf(second, 10)).toEqual(range(10, 20));
      await second.close();
      await fill(context(), topic, 10);
      const { judge, namesrv, name } = context();
      const java = await judge.push({ namesrv, group: name('stopped'), subscribe: { [topic]: '*' } });
      const javaOffsets = (await java.received(10)).map(({ queueOffset }) => queueOffset);
      expect(javaOffsets.sort((a, b) => a - b)).toEqual(range(20, 30));
      await java.stop();
      await fill(context(), topic, 10);
      await using third = await consume(context(), 'stopped', { subscriptions });
      expect(await offsetsOf(third, 10)).toEqual(range(30, 40));
      // As with Java: a broker that still has the first message in memory has new groups start there.
      await using last = await consume(context(), 'last', { subscriptions, consumeFrom: 'last' });
      expect(await offsetsOf(last, 40)).toEqual(range(0, 40));
    });

    test('pauses, resumes, subscribes and unsubscribes while it runs', async ({ expect }) => {
      const one = await createTopic(context(), 'ts_one', { queues: 1 });
      const two = await createTopic(context(), 'ts_two', { queues: 1 });
      await using consumer = await consume(context(), 'running', { subscriptions: { [one]: '*' } });
      await context().ours.producer.send({ topic: one, body: 'a' });
      await consumer.deliveries.received(1);
      consumer.pause();
      await consumer.subscribe(two);
      await context().ours.producer.send({ topic: two, body: 'b' });
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(consumer.deliveries.bodies).toEqual(['a']);
      consumer.resume();
      await consumer.deliveries.received(2);
      await consumer.unsubscribe(one);
      await until(
        () => consumer.assignment.every(({ topic }) => topic !== one),
        () => consumer.assignment,
      );
      await context().ours.producer.send({ topic: one, body: 'c' });
      await context().ours.producer.send({ topic: two, body: 'd' });
      expect((await consumer.deliveries.settled(3)).map(({ body }) => body.toString())).toEqual(['a', 'b', 'd']);
    });

    test('holds a delayed message back until its time', async ({ expect }) => {
      const topic = await createTopic(context(), 'ts_delay', { queues: 1 });
      await using consumer = await consume(context(), 'delay', { subscriptions: { [topic]: '*' } });
      const sentMs = Date.now();
      await context().ours.producer.send(outgoing({ topic, body: 'later', delayLevel: 1 }));
      await consumer.deliveries.received(1);
      expect(Date.now() - sentMs).toBeGreaterThanOrEqual(1000);
    });
  });
};

const offsetsOf = async (consumer: Consumer, count: number) =>
  (await consumer.deliveries.settled(count)).map(({ queueOffset }) => queueOffset).sort((a, b) => a - b);
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
const range = (from: number, end: number) => Array.from({ length: end - from }, (_, index) => from + index);
