// What brokers ask of a client, against a simulated cluster: state, offsets, a message out of turn.
import {
  CONSUME_MESSAGE_DIRECTLY,
  ConsumeMessageDirectlyResult,
  ConsumerRunningInfo,
  GET_CONSUMER_RUNNING_INFO,
  GET_CONSUMER_STATUS_FROM_CLIENT,
  GetConsumerStatusBody,
  RESET_CONSUMER_CLIENT_OFFSET,
  ResetOffsetBody,
  ResponseCode,
} from '@rocketmq-ts/remoting';
import { describe, expect, test } from 'vitest';
import { ConsumeLaterError } from '../consumer/consumption.js';
import { LitePullConsumer } from '../consumer/lite-pull-consumer.js';
import { PushConsumer } from '../consumer/push-consumer.js';
import type { PushConsumerOwnOptions } from '../consumer/push-consumer-options.js';
import { Producer } from '../producer/producer.js';
import { FakeCluster } from '../test-cluster.js';

const QUEUE = { topic: 'T', brokerName: 'broker-0', queueId: 0 };

async function setUp(options: Partial<PushConsumerOwnOptions<Buffer>> = {}) {
  const cluster = await FakeCluster.start({ topics: { T: 1 } });
  const { nameServers } = cluster;
  const producer = new Producer({ nameServers }, cluster.ports());
  for (const body of ['a', 'b', 'c']) await cluster.settle(producer.send({ topic: 'T', body }));
  const seen: string[] = [];
  const consumer = new PushConsumer(
    {
      nameServers,
      group: 'g',
      subscriptions: { T: '*' },
      consumeFrom: 'first',
      onMessage: ({ body }) => seen.push(String(body)),
      ...options,
    },
    cluster.ports(),
  );
  await cluster.settle(consumer.start());
  const [broker] = cluster.brokers;
  return { cluster, consumer, seen, broker: broker!, clientId: consumer.clientId };
}

const reset = (offset: number) => ResetOffsetBody.encode({ offsetTable: new Map([[QUEUE, offset]]) });
const HEADER = { topic: 'T', group: 'g', timestamp: 0, isForce: true };

describe('a consumer that a broker asks', () => {
  test.each(['none', 'queue', 'key'] as const)('goes back where it is told to (order: %s)', async (order) => {
    const { cluster, seen, broker, clientId } = await setUp({ order });
    await cluster.until(() => seen.length === 3);
    const asked = broker.members.ask(clientId, RESET_CONSUMER_CLIENT_OFFSET, HEADER, reset(1));
    expect((await cluster.settle(asked)).code).toBe(ResponseCode.SUCCESS);
    await cluster.until(() => seen.length === 5, 2000);
    expect(seen).toEqual(['a', 'b', 'c', 'b', 'c']);
    await cluster.clock.advance(6000);
    expect(broker.offsets.get('g T 0')).toBe(3);
  });

  test('goes on where it is told to, whatever waits here, and commits nothing of what it has left', async () => {
    let release: () => void = () => undefined;
    const { cluster, broker, clientId } = await setUp({
      concurrency: 1,
      onMessage: () => new Promise<void>((resolve) => (release = resolve)),
    });
    await cluster.clock.advance(1000);
    await cluster.settle(broker.members.ask(clientId, RESET_CONSUMER_CLIENT_OFFSET, HEADER, reset(3)));
    release();
    await cluster.clock.advance(20_000);
    expect(broker.offsets.get('g T 0')).toBe(3);
  });

  test('tells its state and its offsets', async () => {
    const { cluster, seen, broker, clientId } = await setUp();
    await cluster.until(() => seen.length === 3);
    const header = { consumerGroup: 'g', clientId, jstackEnable: false };
    const answer = await cluster.settle(broker.members.ask(clientId, GET_CONSUMER_RUNNING_INFO, header));
    const info = ConsumerRunningInfo.decode(answer.body);
    expect([...info.mqTable.keys()].map(({ topic }) => topic)).toEqual(expect.arrayContaining(['T', '%RETRY%g']));
    expect(info.statusTable.get('T')).toMatchObject({ consumeOKTPS: 3 / 60, consumeFailedMsgs: 0 });
    const status = broker.members.ask(clientId, GET_CONSUMER_STATUS_FROM_CLIENT, { topic: 'T', group: 'g' });
    const { messageQueueTable } = GetConsumerStatusBody.decode((await cluster.settle(status)).body);
    expect([...messageQueueTable]).toEqual([[QUEUE, 3]]);
    const strange = broker.members.ask(clientId, GET_CONSUMER_RUNNING_INFO, { ...header, consumerGroup: 'other' });
    expect(await cluster.settle(strange)).toMatchObject({
      code: ResponseCode.SYSTEM_ERROR,
      remark: 'The Consumer Group <other> not exist in this consumer',
    });
  });

  test.each<readonly [string, () => unknown, object]>([
    ['well', () => undefined, { consumeResult: 'CR_SUCCESS' }],
    ['badly', () => Promise.reject(new Error('no')), { consumeResult: 'CR_THROW_EXCEPTION', remark: 'no' }],
    ['later', () => Promise.reject(new ConsumeLaterError()), { consumeResult: 'CR_LATER' }],
  ])('consumes a message out of turn: %s', async (_how, onMessage, expected) => {
    const { cluster, broker, clientId } = await setUp({ consumeFrom: 'last', onMessage });
    const [record] = broker.store.stored(QUEUE);
    const header = { consumerGroup: 'g', clientId, brokerName: 'broker-0' };
    const answer = await cluster.settle(broker.members.ask(clientId, CONSUME_MESSAGE_DIRECTLY, header, record));
    expect(ConsumeMessageDirectlyResult.decode(answer.body)).toMatchObject({ order: false, ...expected });
  });

  test('goes back where it is told to when it pulls, too', async () => {
    const { cluster, consumer: other, broker } = await setUp();
    await cluster.settle(other.close());
    const ports = cluster.ports();
    const puller = new LitePullConsumer(
      { nameServers: cluster.nameServers, group: 'h', subscriptions: { T: '*' }, consumeFrom: 'first' },
      ports,
    );
    const poll = async () => (await cluster.settle(puller.poll({ timeoutMs: 3000 }))).map(({ body }) => String(body));
    expect(await poll()).toEqual(['a', 'b', 'c']);
    const [clientId] = broker.members.clientIds('h');
    const header = { ...HEADER, group: 'h' };
    await cluster.settle(broker.members.ask(clientId!, RESET_CONSUMER_CLIENT_OFFSET, header, reset(2)));
    expect(await poll()).toEqual(['c']);
  });
});
