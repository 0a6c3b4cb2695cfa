// Delayed messages that are taken back, against a simulated cluster.
import { encodeRecallMessageHandle } from '@rocketmq-ts/common';
import { describe, expect, test } from 'vitest';
import { BrokerError, InvalidArgumentError } from '../errors.js';
import { FakeCluster } from '../test-cluster.js';
import { Producer } from './producer.js';

async function setUp() {
  const cluster = await FakeCluster.start({ topics: { T: 1, RMQ_SYS_TRACE_TOPIC: 1 } });
  const options = { nameServers: cluster.nameServers, group: 'p', messageTrace: true };
  const handle = { topic: 'T', brokerName: 'broker-0', timestamp: '1', messageId: 'ID' };
  return { cluster, producer: new Producer(options, cluster.ports()), handle: encodeRecallMessageHandle(handle) };
}

describe('a recall', () => {
  test('gives the id of the message, and leaves a trace', async () => {
    const { cluster, producer, handle } = await setUp();
    expect(await cluster.settle(producer.recall('T', handle))).toBe('ID');
    cluster.brokers[0]!.recalled.add('ID');
    await expect(cluster.settle(producer.recall('T', handle))).rejects.toThrow(BrokerError);
    await cluster.settle(producer.close());
    const traces = cluster.brokers[0]!.bodies('RMQ_SYS_TRACE_TOPIC').join('').split('\u0002').slice(0, -1);
    expect(traces.map((trace) => trace.split('\u0001').toSpliced(1, 1))).toEqual([
      ['Recall', 'here', 'p', 'T', 'ID', 'true'],
      ['Recall', 'here', 'p', 'T', 'ID', 'false'],
    ]);
  });

  test.each([
    ['T', 'nonsense'],
    ['T', ''],
    ['%RETRY%g', 'djEgVCBiIDEgSUQ='],
    ['no such name!', 'djEgVCBiIDEgSUQ='],
  ])('of topic %j by %j is refused at once', async (topic, handle) => {
    const { cluster, producer } = await setUp();
    await expect(cluster.settle(producer.recall(topic, handle))).rejects.toThrow(InvalidArgumentError);
  });
});
