// Subscriptions that a broker refuses, against a simulated cluster.
import { describe, expect, test } from 'vitest';
import { SubscriptionRefusedError } from '../errors.js';
import { FakeCluster } from '../test-cluster.js';
import { PushConsumer } from './push-consumer.js';

async function setUp(sql: string) {
  const cluster = await FakeCluster.start({ topics: { T: 1, U: 1 } });
  cluster.brokers[0]!.refused.add('a >');
  const consumer = new PushConsumer(
    { nameServers: cluster.nameServers, group: 'g', onMessage: () => undefined, subscriptions: { T: { sql } } },
    cluster.ports(),
  );
  return { cluster, consumer };
}

describe('a subscription that the broker refuses', () => {
  test('makes the start fail, and another start with another expression succeed', async () => {
    const { cluster, consumer } = await setUp('a >');
    const failure = await cluster.settle(consumer.start()).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SubscriptionRefusedError);
    expect(failure).toMatchObject({ code: 'SUBSCRIPTION_REFUSED', retryable: false, topic: 'T', expression: 'a >' });
    expect((failure as Error).message).toContain('no such expression');
    await consumer.subscribe('T', { sql: 'a > 1' });
    await cluster.settle(consumer.start());
    expect(consumer.assignment.some(({ topic }) => topic === 'T')).toBe(true);
    await cluster.settle(consumer.close());
    await cluster.clock.runToIdle(1000);
  });

  test('leaves a running consumer as it was', async () => {
    const { cluster, consumer } = await setUp('a > 1');
    await cluster.settle(consumer.start());
    await expect(cluster.settle(consumer.subscribe('U', { sql: 'a >' }))).rejects.toThrow(SubscriptionRefusedError);
    await expect(cluster.settle(consumer.subscribe('T', { sql: 'a >' }))).rejects.toThrow(SubscriptionRefusedError);
    await cluster.clock.advance(60_000);
    expect(consumer.assignment.map(({ topic }) => topic).sort()).toEqual(['%RETRY%g', 'T']);
  });
});
