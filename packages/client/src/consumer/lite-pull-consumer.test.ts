// The pull consumer against a simulated cluster: loops, polls, acknowledgement, seeking, assignment.
import { sleep } from '@rocketmq-ts/common';
import { describe, expect, test } from 'vitest';
import { InvalidArgumentError } from '../errors.js';
import { Producer } from '../producer/producer.js';
import { FakeCluster } from '../test-cluster.js';
import { LitePullConsumer } from './lite-pull-consumer.js';
import type { LitePullConsumerOwnOptions } from './lite-pull-consumer-options.js';

async function setUp(messages: number, options: Partial<LitePullConsumerOwnOptions<Buffer>> = {}) {
  const cluster = await FakeCluster.start({ topics: { T: 1, U: 2 } });
  const producer = new Producer({ nameServers: cluster.nameServers }, cluster.ports());
  for (let i = 0; i < messages; i++) await cluster.settle(producer.send({ topic: 'T', body: `m${i}` }));
  const open = (more: Partial<LitePullConsumerOwnOptions<Buffer>> = {}) =>
    new LitePullConsumer(
      { nameServers: cluster.nameServers, group: 'g', consumeFrom: 'first', ...options, ...more },
      cluster.ports(),
    );
  return { cluster, producer, open, committed: () => cluster.brokers[0]!.offsets.get('g T 0') };
}

async function take(consumer: LitePullConsumer, count: number): Promise<string[]> {
  const bodies: string[] = [];
  for await (const message of consumer) {
    bodies.push(message.body.toString());
    if (bodies.length === count) break;
  }
  return bodies;
}

const subscriptions = { T: '*' };

describe('a pull consumer', () => {
  test('gives messages to a loop, and again those whose turn of the loop did not end well', async () => {
    const { cluster, open, committed } = await setUp(10, { subscriptions });
    const consumer = open();
    expect(await cluster.settle(take(consumer, 4))).toEqual(['m0', 'm1', 'm2', 'm3']);
    expect(await cluster.settle(take(consumer, 7))).toEqual(['m3', 'm4', 'm5', 'm6', 'm7', 'm8', 'm9']);
    await cluster.settle(consumer.close());
    expect(committed()).toBe(9);
    expect(await cluster.settle(take(open(), 1))).toEqual(['m9']);
  });

  test('is not among those whose first commits of several queues get lost at the broker', async () => {
    const { cluster, producer, open } = await setUp(0);
    for (let i = 0; i < 4; i++) await cluster.settle(producer.send({ topic: 'U', body: `u${i}` }));
    const consumer = open({ subscriptions: { U: '*' } });
    for (let count = 0; count < 4; ) count += (await cluster.settle(consumer.poll({ timeoutMs: 1000 }))).length;
    await cluster.settle(consumer.commit());
    const offsets = () => ['g U 0', 'g U 1'].map((key) => cluster.brokers[0]!.offsets.get(key));
    expect(offsets()).toEqual([2, 2]);
    await cluster.settle(consumer.close());
  });

  test('tells its progress again to a broker that has forgotten it', async () => {
    const { cluster, open, committed } = await setUp(2, { subscriptions });
    const consumer = open();
    await cluster.settle(consumer.poll({ timeoutMs: 1000 }));
    await cluster.settle(consumer.commit());
    expect(committed()).toBe(2);
    cluster.brokers[0]!.offsets.clear();
    await cluster.clock.advance(6000);
    expect(committed()).toBe(2);
    await cluster.settle(consumer.close());
  });

  test('acknowledges what was polled with the next poll', async () => {
    const { cluster, open, committed } = await setUp(10, { subscriptions });
    const consumer = open();
    const poll = async (maxMessages: number) =>
      (await cluster.settle(consumer.poll({ maxMessages, timeoutMs: 1000 }))).map(({ body }) => body.toString());
    expect(await poll(3)).toEqual(['m0', 'm1', 'm2']);
    await cluster.clock.advance(6000);
    expect(committed() ?? 0).toBe(0);
    expect(await poll(3)).toEqual(['m3', 'm4', 'm5']);
    await cluster.clock.advance(6000);
    expect(committed()).toBe(3);
    await cluster.settle(consumer.commit());
    expect(committed()).toBe(6);
    expect((await poll(100)).length).toBe(4);
    expect(await poll(1)).toEqual([]);
  });

  test('without automatic commit acknowledges what it is told', async () => {
    const { cluster, open, committed } = await setUp(4, { subscriptions, autoCommit: false });
    const consumer = open();
    const messages = await cluster.settle(consumer.poll({ maxMessages: 4 }));
    consumer.acknowledge(messages[1]!);
    await cluster.clock.advance(6000);
    expect(committed() ?? 0).toBe(0);
    consumer.acknowledge(messages[0]!);
    await cluster.clock.advance(6000);
    expect(committed()).toBe(2);
  });

  test('goes on where it is told to', async () => {
    const { cluster, open } = await setUp(10, { subscriptions });
    const consumer = open();
    const first = async () => (await cluster.settle(consumer.poll({ maxMessages: 1 })))[0]?.body.toString();
    expect(await first()).toBe('m0');
    const queue = consumer.assignment[0]!;
    await cluster.settle(consumer.seek(queue, 7));
    expect(await first()).toBe('m7');
    await cluster.settle(consumer.seek(queue, 'begin'));
    expect(await first()).toBe('m0');
    await expect(cluster.settle(consumer.seek({ ...queue, queueId: 9 }, 0))).rejects.toThrow(InvalidArgumentError);
  });

  test('reads the queues it is assigned, in both directions of changing them', async () => {
    const { cluster, producer, open } = await setUp(0);
    const consumer = open({ subscriptions: {} });
    const queues = await cluster.settle(consumer.queuesOf('U'));
    for (const queue of queues) {
      await cluster.settle(producer.send({ topic: 'U', body: `q${queue.queueId}` }, { queue }));
    }
    await cluster.settle(consumer.assign([queues[1]!]));
    expect(await cluster.settle(take(consumer, 1))).toEqual(['q1']);
    await cluster.settle(consumer.assign([queues[0]!]));
    expect(consumer.assignment).toEqual([queues[0]]);
    expect(await cluster.settle(take(consumer, 1))).toEqual(['q0']);
    await expect(consumer.subscribe('T')).rejects.toThrow('not both');
  });

  test('holds single queues back', async () => {
    const { cluster, open } = await setUp(3, { subscriptions });
    const consumer = open();
    await cluster.settle(consumer.start());
    await cluster.until(() => consumer.assignment.length === 1);
    consumer.pause(consumer.assignment);
    expect(await cluster.settle(consumer.poll({ timeoutMs: 100 }))).toEqual([]);
    consumer.resume(consumer.assignment);
    expect((await cluster.settle(consumer.poll())).length).toBe(3);
  });

  test('stops waiting when it is told to', async () => {
    const { cluster, open } = await setUp(1, { subscriptions });
    const consumer = open();
    expect(await cluster.settle(consumer.poll())).toHaveLength(1);
    const stop = new AbortController();
    const polling = consumer.poll({ timeoutMs: 60_000, signal: stop.signal });
    await cluster.clock.advance(100);
    stop.abort(new Error('enough'));
    await expect(cluster.settle(polling, 100)).rejects.toThrow('enough');
    await expect(consumer.poll({ signal: stop.signal })).rejects.toThrow('enough');
    await cluster.settle(consumer.close());
    await cluster.clock.runToIdle(1000);
  });

  test('ends its loop when it is closed', async () => {
    const { cluster, open } = await setUp(1, { subscriptions });
    const consumer = open();
    const loop = (async () => {
      for await (const message of consumer) expect(message.body.toString()).toBe('m0');
    })();
    await cluster.until(() => consumer.assignment.length === 1);
    await cluster.settle(consumer.close());
    await cluster.settle(loop);
  });

  test('that is closed during the body of a loop waits for it, and keeps its progress', async () => {
    const { cluster, open, committed } = await setUp(3, { subscriptions });
    const consumer = open();
    const seen: string[] = [];
    let closing: Promise<void> | undefined;
    const loop = (async () => {
      for await (const message of consumer) {
        seen.push(message.body.toString());
        if (seen.length < 2) continue;
        closing = consumer.close({ timeoutMs: 5000 });
        await sleep(cluster.clock, 1000);
      }
    })();
    await cluster.settle(loop);
    await cluster.settle(closing!);
    expect(seen).toEqual(['m0', 'm1']);
    expect(committed()).toBe(2);
  });

  test('that is closed during the body of a loop waits no longer than it was told; the message comes again', async () => {
    const { cluster, open, committed } = await setUp(3, { subscriptions });
    const consumer = open();
    const loop = (async () => {
      for await (const message of consumer) {
        if (message.body.toString() === 'm1') await consumer.close({ timeoutMs: 500 });
      }
    })();
    await cluster.settle(loop, 5000);
    expect(committed()).toBe(1);
    expect(await cluster.settle(take(open(), 1))).toEqual(['m1']);
  });

  test('stops fetching when all its queues together have more than they may', async () => {
    const { cluster, producer, open } = await setUp(0, { subscriptions: { U: '*' } });
    for (let i = 0; i < 40; i++) await cluster.settle(producer.send({ topic: 'U', body: 'x' }));
    const fetched: number[] = [];
    const consumer = open({ pull: { batchSize: 4, totalThresholdMessages: 10 } });
    await cluster.settle(consumer.start());
    await cluster.clock.advance(5000);
    fetched.push((await cluster.settle(consumer.poll({ maxMessages: 100 }))).length);
    await cluster.clock.advance(5000);
    fetched.push((await cluster.settle(consumer.poll({ maxMessages: 100 }))).length);
    // Two queues may each have begun a pull while there was room.
    for (const count of fetched) expect(count).toBeLessThanOrEqual(10 + 2 * 4);
    expect(fetched[0]! + fetched[1]!).toBeGreaterThan(10 + 2 * 4);
  });
});
