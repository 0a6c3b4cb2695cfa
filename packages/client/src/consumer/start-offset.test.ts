// Where a group starts on queues that it has no progress on, against a simulated cluster.
import { describe, expect, test } from 'vitest';
import { InvalidArgumentError } from '../errors.js';
import { Producer } from '../producer/producer.js';
import { FakeCluster } from '../test-cluster.js';
import { LitePullConsumer } from './lite-pull-consumer.js';
import { PushConsumer } from './push-consumer.js';
import type { ConsumeFrom } from './start-offset.js';

async function setUp() {
  const cluster = await FakeCluster.start({ topics: { T: 1 } });
  const producer = new Producer({ nameServers: cluster.nameServers }, cluster.ports());
  const send = (body: string) => cluster.settle(producer.send({ topic: 'T', body }));
  await send('old');
  await cluster.clock.advance(60_000);
  const betweenMs = cluster.clock.now();
  await cluster.clock.advance(60_000);
  await send('new');
  return { cluster, send, betweenMs, nameServers: cluster.nameServers };
}

/** What a consumer gets that starts there, of two messages before it and one after. */
const RULES: readonly (readonly [string, (betweenMs: number) => ConsumeFrom, readonly string[]])[] = [
  ['the end', () => 'last', ['after']],
  ['the beginning', () => 'first', ['old', 'new', 'after']],
  ['a time', (timestampMs) => ({ timestampMs }), ['new', 'after']],
  ['a date', (timestampMs) => new Date(timestampMs), ['new', 'after']],
  ['a time before everything', () => ({ timestampMs: 0 }), ['old', 'new', 'after']],
];

describe('a group without progress', () => {
  test.each(RULES)('starts at %s', async (_where, from, expected) => {
    const { cluster, send, betweenMs, nameServers } = await setUp();
    const seen: string[] = [];
    const options = { nameServers, group: 'g', subscriptions: { T: '*' }, consumeFrom: from(betweenMs) };
    const onMessage = ({ body }: { body: Buffer }) => seen.push(String(body));
    const consumer = new PushConsumer({ ...options, onMessage }, cluster.ports());
    await cluster.settle(consumer.start());
    await send('after');
    await cluster.until(() => seen.includes('after'));
    expect(seen).toEqual(expected);
    await cluster.settle(consumer.close());
    // Progress that is kept counts before anything else.
    await send('later');
    const next = new PushConsumer({ ...options, consumeFrom: 'first', onMessage }, cluster.ports());
    await cluster.settle(next.start());
    await cluster.until(() => seen.includes('later'));
    expect(seen).toEqual([...expected, 'later']);
  });

  test.each(RULES)('starts to pull at %s', async (_where, from, expected) => {
    const { cluster, send, betweenMs, nameServers } = await setUp();
    const options = { nameServers, group: 'g', subscriptions: { T: '*' }, consumeFrom: from(betweenMs) };
    const consumer = new LitePullConsumer(options, cluster.ports());
    await cluster.settle(consumer.start());
    await send('after');
    const seen: string[] = [];
    while (!seen.includes('after')) {
      for (const { body } of await cluster.settle(consumer.poll())) seen.push(String(body));
    }
    expect(seen).toEqual(expected);
  });

  test('starts nowhere else', () => {
    const start = (consumeFrom: unknown) =>
      new PushConsumer({
        nameServers: '10.0.0.1:9876',
        group: 'g',
        consumeFrom: consumeFrom as ConsumeFrom,
        onMessage: () => undefined,
      });
    for (const wrong of ['middle', {}, new Date(Number.NaN), { timestampMs: -1 }]) {
      expect(() => start(wrong)).toThrow(InvalidArgumentError);
    }
  });
});
