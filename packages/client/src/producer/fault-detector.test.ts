// A producer that asks lost brokers whether they are back, against a simulated cluster.
import { describe, expect, test } from 'vitest';
import { FakeCluster } from '../test-cluster.js';
import { Producer } from './producer.js';

async function setUp(detect: boolean) {
  const cluster = await FakeCluster.start({ brokers: 2, topics: { T: 1 } });
  const producer = new Producer(
    { nameServers: cluster.nameServers, group: 'p', latencyFaultTolerance: { detect }, attemptTimeoutMs: 500 },
    cluster.ports('10.0.1.77'),
  );
  const brokers = new Set<string>();
  const send = async (count: number): Promise<string[]> => {
    brokers.clear();
    for (let i = 0; i < count; i++) {
      const { queue } = await cluster.settle(producer.send({ topic: 'T', body: 'x' }));
      brokers.add(queue.brokerName);
    }
    return [...brokers].sort();
  };
  return { cluster, producer, send };
}

describe('a lost broker', () => {
  test.each([true, false])('is avoided until it answers, or for ten seconds (asked: %s)', async (detect) => {
    const { cluster, producer, send } = await setUp(detect);
    expect(await send(4)).toEqual(['broker-0', 'broker-1']);
    cluster.network.partition('10.0.1.77', cluster.brokers[0]!.host);
    expect(await send(4)).toEqual(['broker-1']);
    await cluster.clock.advance(11_000);
    let tried = 0;
    cluster.brokers[1]!.sendRule = () => {
      tried++;
      return undefined;
    };
    const startMs = cluster.clock.monotonicMs();
    expect(await send(4)).toEqual(['broker-1']);
    expect(tried).toBe(4);
    // Only who does not ask finds out by a message that it is still lost.
    expect(cluster.clock.monotonicMs() - startMs >= 500).toBe(!detect);
    cluster.network.heal('10.0.1.77', cluster.brokers[0]!.host);
    await cluster.clock.advance(detect ? 9000 : 15_000);
    expect(await send(4)).toEqual(['broker-0', 'broker-1']);
    await cluster.settle(producer.close());
    await cluster.clock.runToIdle(1000);
  });
});
