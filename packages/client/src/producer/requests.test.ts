// Request and reply against a simulated cluster.
import { describe, expect, test } from 'vitest';
import { string } from '../codec.js';
import { PushConsumer } from '../consumer/push-consumer.js';
import { InvalidArgumentError, ReplyTimeoutError, SendFailedError } from '../errors.js';
import { FakeCluster } from '../test-cluster.js';
import { Producer } from './producer.js';

async function setUp(answer: 'reply' | 'silence' = 'reply') {
  const cluster = await FakeCluster.start({ brokers: 2, topics: { T: 1 } });
  const { nameServers } = cluster;
  const asking = new Producer({ nameServers, group: 'asking' }, cluster.ports());
  const answering = new Producer({ nameServers, group: 'answering' }, cluster.ports());
  const failures: unknown[] = [];
  const consumer = new PushConsumer(
    {
      nameServers,
      group: 'g',
      subscriptions: { T: '*' },
      consumeFrom: 'first',
      onMessage: async (message) => {
        if (answer === 'silence') return;
        await answering.reply(message, `re: ${message.body}`).catch((error: unknown) => failures.push(error));
      },
    },
    cluster.ports(),
  );
  await cluster.settle(consumer.start());
  return { cluster, asking, answering, failures };
}

describe('a request', () => {
  test('gives the reply of a consumer', async () => {
    const { cluster, asking } = await setUp();
    const replies = await cluster.settle(
      Promise.all(
        ['a', 'b', 'c'].map((body) => asking.request({ topic: 'T', body }, { timeoutMs: 5000, replyCodec: string })),
      ),
    );
    expect(replies.map(({ value }) => value)).toEqual(['re: a', 're: b', 're: c']);
    expect(replies[0]!.property('ARRIVE_TIME')).toMatch(/^\d+$/);
    expect(replies[0]!.property('MSG_TYPE')).toBe('reply');
  });

  test('names topic, queue and time when no reply comes', async () => {
    const { cluster, asking } = await setUp('silence');
    const failure = await cluster
      .settle(asking.request({ topic: 'T', body: 'x' }, { timeoutMs: 1000 }))
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ReplyTimeoutError);
    expect((failure as Error).message).toMatch(
      /^request to topic 'T' \(in queue 0 of broker-\d\) had no reply within 1000 ms/,
    );
  });

  test('fails at once when it cannot be sent', async () => {
    const { cluster, asking } = await setUp('silence');
    for (const broker of cluster.brokers) broker.sendRule = () => ({ code: 13, remark: 'bad' });
    const asked = asking.request({ topic: 'T', body: 'x' }, { timeoutMs: 60_000 });
    await expect(cluster.settle(asked, 1000)).rejects.toThrow(SendFailedError);
  });

  test('ends with its signal, and with its client', async () => {
    const { cluster, asking } = await setUp('silence');
    const controller = new AbortController();
    const aborted = expect(
      asking.request({ topic: 'T', body: 'x' }, { timeoutMs: 60_000, signal: controller.signal }),
    ).rejects.toThrow('enough');
    const open = expect(asking.request({ topic: 'T', body: 'x' }, { timeoutMs: 60_000 })).rejects.toThrow('closed');
    await cluster.clock.advance(500);
    controller.abort(new Error('enough'));
    await aborted;
    await cluster.settle(asking.close({ timeoutMs: 100 }));
    await open;
  });

  test('is the only thing that can be replied to', async () => {
    const { cluster, answering } = await setUp();
    const plain = { messageId: '42', property: () => undefined };
    await expect(cluster.settle(answering.reply(plain, 'x'))).rejects.toThrow(InvalidArgumentError);
  });
});
