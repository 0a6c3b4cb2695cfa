// Failures that nobody listens to.
import { expect, test } from 'vitest';
import { ConsumeLaterError } from '../consumer/consumption.js';
import { PushConsumer } from '../consumer/push-consumer.js';
import type { ReceivedMessage } from '../consumer/received-message.js';
import { Producer } from '../producer/producer.js';
import { FakeCluster } from '../test-cluster.js';

async function consumerOf(onMessage: (message: ReceivedMessage) => void, nameServers?: string) {
  const cluster = await FakeCluster.start({ topics: { T: 1 } });
  const options = { group: 'g', consumeFrom: 'first', subscriptions: { T: '*' }, onMessage } as const;
  const consumer = new PushConsumer({ nameServers: nameServers ?? cluster.nameServers, ...options }, cluster.ports());
  const producer = new Producer({ nameServers: cluster.nameServers }, cluster.ports());
  return { cluster, consumer, send: (body: string) => cluster.settle(producer.send({ topic: 'T', body })) };
}

test('a consumer that finds no name server says so once, and goes on trying', async () => {
  const { cluster, consumer } = await consumerOf(() => undefined, '10.9.9.9:9876');
  await cluster.settle(consumer.start());
  await cluster.clock.advance(60_000);
  expect(cluster.warnings).toEqual([expect.stringContaining('start failed: no name server answers, of 10.9.9.9:9876')]);
});

test('a handler that fails is told of once, unless it asked for another delivery or somebody listens', async () => {
  // Each message fails at its first delivery.
  const failures = [new ConsumeLaterError({ delayLevel: 1 }), new TypeError('no such thing'), new TypeError('again')];
  const failed = new Set<string>();
  const { cluster, consumer, send } = await consumerOf(({ body }) => {
    if (failed.has(body.toString())) return;
    failed.add(body.toString());
    throw failures[Number(body)] ?? new TypeError('heard');
  });
  let heard = 0;
  await cluster.settle(consumer.start());
  await send('0');
  await cluster.until(() => failed.size === 1);
  expect(cluster.warnings).toEqual([]);
  await send('1');
  await send('2');
  await cluster.until(() => failed.size === 3);
  expect(cluster.warnings).toHaveLength(1);
  expect(cluster.warnings[0]).toContain('handler failed: no such thing');
  consumer.on('error', () => heard++);
  await send('3');
  await cluster.until(() => failed.size === 4);
  expect([heard, cluster.warnings.length]).toEqual([1, 1]);
});
