// The application's hooks around sends and consumption, against a simulated cluster.
import { describe, expect, test } from 'vitest';
import { LitePullConsumer } from '../consumer/lite-pull-consumer.js';
import { PushConsumer } from '../consumer/push-consumer.js';
import { Producer } from '../producer/producer.js';
import { FakeCluster } from '../test-cluster.js';
import type { ConsumeHook, SendHook } from './hooks.js';

function sendHook(told: string[]): SendHook<string | Uint8Array> {
  return {
    before: ({ body }) => told.push(`before ${body}`),
    after({ body }, { result, error }) {
      told.push(`after ${body} ${result?.status ?? (error === undefined ? 'unknown' : 'failed')}`);
      throw new Error('a hook of its own kind');
    },
    transactionEnded: ({ state, message }) => told.push(`${state} ${message.topic}`),
  };
}

function consumeHook(told: string[]): ConsumeHook<Buffer> {
  const names = (messages: readonly { body: Buffer }[]): string => messages.map(({ body }) => body).join();
  return {
    before: (messages) => told.push(`before ${names(messages)}`),
    after: (messages, { success, error, later }) =>
      told.push(`after ${names(messages)} ${success} ${(error as Error)?.message ?? ''} later ${names(later)}`),
  };
}

async function setUp() {
  const told: string[] = [];
  const cluster = await FakeCluster.start({ topics: { T: 1 } });
  const { nameServers } = cluster;
  const producer = new Producer({ nameServers, group: 'p', hooks: [sendHook(told)] }, cluster.ports());
  return { told, cluster, nameServers, producer };
}

describe('hooks of a producer', () => {
  test('see every kind of send, and hurt none', async () => {
    const { told, cluster, producer } = await setUp();
    await cluster.settle(producer.send({ topic: 'T', body: 'a' }));
    await cluster.settle(producer.sendOneway({ topic: 'T', body: 'b' }));
    await cluster.settle(producer.sendBatch([{ topic: 'T', body: 'c' }]));
    await cluster.settle(producer.sendInTransaction({ topic: 'T', body: 'd' }, () => 'commit'));
    await cluster.settle(producer.request({ topic: 'T', body: 'e' }, { timeoutMs: 100 }).catch(() => undefined));
    cluster.brokers[0]!.sendRule = () => ({ code: 13, remark: 'bad' });
    await cluster.settle(producer.send({ topic: 'T', body: 'f' }).catch(() => undefined));
    expect(told).toEqual([
      ...['before a', 'after a SEND_OK', 'before b', 'after b unknown', 'before c', 'after c SEND_OK'],
      ...['before d', 'after d SEND_OK', 'commit T', 'before e', 'after e SEND_OK', 'before f', 'after f failed'],
    ]);
  });

  test('see replies', async () => {
    const { told, cluster, producer, nameServers } = await setUp();
    const answering = new PushConsumer(
      {
        nameServers,
        group: 'g',
        subscriptions: { T: '*' },
        consumeFrom: 'first',
        onMessage: (message) => producer.reply(message, 'answer'),
      },
      cluster.ports(),
    );
    await cluster.settle(answering.start());
    const reply = await cluster.settle(producer.request({ topic: 'T', body: 'ask' }, { timeoutMs: 5000 }));
    expect(String(reply.body)).toBe('answer');
    await cluster.until(() => told.length === 4);
    expect(told.sort()).toEqual(['after answer SEND_OK', 'after ask SEND_OK', 'before answer', 'before ask']);
  });

  test('refuse a send by throwing before it', async () => {
    const { cluster, nameServers } = await setUp();
    const before = (): void => {
      throw new Error('not this one');
    };
    const producer = new Producer({ nameServers, hooks: [{ before }] }, cluster.ports());
    await expect(cluster.settle(producer.send({ topic: 'T', body: 'a' }))).rejects.toThrow('not this one');
    expect(cluster.brokers[0]!.bodies('T')).toEqual([]);
  });
});

describe('hooks of a consumer', () => {
  test('see calls of a handler, those that fail and messages that come again', async () => {
    const { cluster, producer, nameServers } = await setUp();
    const told: string[] = [];
    const consumer = new PushConsumer(
      {
        nameServers,
        group: 'g',
        subscriptions: { T: '*' },
        consumeFrom: 'first',
        concurrency: 1,
        hooks: [consumeHook(told)],
        batch: { size: 1 },
        onBatch([message], context) {
          if (message!.reconsumeTimes > 0) return;
          if (String(message!.body) === 'bad') throw new Error('no');
          if (String(message!.body) === 'later') context.consumeLater(message!);
        },
      },
      cluster.ports(),
    );
    for (const body of ['good', 'bad', 'later']) await cluster.settle(producer.send({ topic: 'T', body }));
    await cluster.settle(consumer.start());
    await cluster.until(() => told.length === 10);
    expect(told.slice(0, 6)).toEqual([
      ...['before good', 'after good true  later ', 'before bad', 'after bad false no later '],
      ...['before later', 'after later true  later later'],
    ]);
    expect(told.slice(6).sort()).toEqual([
      ...['after bad true  later ', 'after later true  later ', 'before bad', 'before later'],
    ]);
  });

  test('see what is polled until it is acknowledged or given back', async () => {
    const { cluster, producer, nameServers } = await setUp();
    const told: string[] = [];
    const options = { nameServers, group: 'g', subscriptions: { T: '*' }, consumeFrom: 'first' as const };
    const consumer = new LitePullConsumer({ ...options, hooks: [consumeHook(told)] }, cluster.ports());
    for (const body of ['a', 'b']) await cluster.settle(producer.send({ topic: 'T', body }));
    const loop = async (): Promise<void> => {
      for await (const message of consumer) if (String(message.body) === 'b') break;
    };
    await cluster.settle(loop());
    expect(told.slice(0, 3)).toEqual(['before a', 'after a true  later ', 'before b']);
    expect(told[3]).toMatch(/^after b false message \w+ was not acknowledged later $/);
    await cluster.settle(consumer.poll());
    await cluster.settle(consumer.commit());
    expect(told.slice(4)).toEqual(['before b', 'after b true  later ']);
  });
});
