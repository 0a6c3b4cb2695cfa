// Links between a client and its servers that die in one way or another, on the simulated network.
import type { Net } from '@rocketmq-ts/common';
import { describe, expect, test } from 'vitest';
import { Admin } from '../admin/admin.js';
import { NameServerUnreachableError } from '../errors.js';
import { Producer } from '../producer/producer.js';
import { FakeCluster } from '../test-cluster.js';

const CLIENT = '10.0.1.77';

/** Ports that count attempts to connect. */
function countingPorts(cluster: FakeCluster, host = CLIENT) {
  const ports = cluster.ports(host);
  const connects = { count: 0 };
  const net: Net = {
    listen: (options, accept) => ports.net.listen(options, accept),
    connect(options) {
      connects.count++;
      return ports.net.connect(options);
    },
  };
  return { ports: { ...ports, net }, connects };
}

function producerOf(cluster: FakeCluster, options: { readonly sendTimeoutMs?: number } = {}): Producer {
  return new Producer({ nameServers: cluster.nameServers, group: 'p', ...options }, cluster.ports(CLIENT));
}

describe('name servers', () => {
  test('stand in for one that is gone, and for one that swallows everything', async () => {
    const cluster = await FakeCluster.start({ namesrvs: 3, topics: { T: 1, U: 1, V: 1 } });
    const producer = producerOf(cluster, { sendTimeoutMs: 20_000 });
    await cluster.settle(producer.send({ topic: 'T', body: 'x' }));
    cluster.killNamesrv('10.0.0.1');
    cluster.network.partition(CLIENT, '10.0.0.2');
    await cluster.settle(producer.send({ topic: 'U', body: 'x' }));
    cluster.network.heal(CLIENT, '10.0.0.2');
    cluster.killNamesrv('10.0.0.3');
    await cluster.settle(producer.send({ topic: 'V', body: 'x' }));
    expect(cluster.brokers[0]!.bodies('V')).toEqual(['x']);
  });

  test('are asked over a new connection when the old one has died silently', async () => {
    const cluster = await FakeCluster.start({ topics: { T: 1, U: 1, V: 1 } });
    const producer = producerOf(cluster, { sendTimeoutMs: 20_000 });
    await cluster.settle(producer.send({ topic: 'T', body: 'x' }));
    cluster.network.partition(CLIENT, '10.0.0.1');
    const failing = cluster.settle(producer.send({ topic: 'U', body: 'x' }));
    await expect(failing).rejects.toBeInstanceOf(NameServerUnreachableError);
    // The other end of the old connection is forgotten: what is sent on it is lost even now.
    cluster.killNamesrv();
    await cluster.startNamesrv();
    cluster.network.heal(CLIENT, '10.0.0.1');
    await cluster.clock.advance(5000);
    await cluster.settle(producer.send({ topic: 'V', body: 'x' }), 5000);
  });
});

describe('a server that is gone', () => {
  test('is not called all the time, and is called again when it is back', async () => {
    const cluster = await FakeCluster.start({ topics: { T: 1 } });
    const { ports, connects } = countingPorts(cluster);
    const producer = new Producer({ nameServers: cluster.nameServers, group: 'p' }, ports);
    await cluster.settle(producer.send({ topic: 'T', body: 'x' }));
    const [broker] = cluster.brokers;
    broker!.kill();
    await cluster.clock.advance(10);
    const before = connects.count;
    const startMs = cluster.clock.monotonicMs();
    let failures = 0;
    while (cluster.clock.monotonicMs() - startMs < 10_000) {
      await cluster.settle(producer.send({ topic: 'T', body: 'lost' }).catch(() => failures++));
      await cluster.clock.advance(10);
    }
    expect(failures).toBeGreaterThan(100);
    expect(connects.count - before).toBeLessThan(20);
    await broker!.start();
    await cluster.clock.advance(3000);
    await cluster.settle(producer.send({ topic: 'T', body: 'back' }));
    expect(broker!.bodies('T')).toEqual(['back', 'x']);
  });
});

describe('a link that swallows everything', () => {
  test('is given up by a producer when a send and the question after it have no answer', async () => {
    const cluster = await FakeCluster.start({ topics: { T: 1 } });
    const producer = producerOf(cluster);
    await cluster.settle(producer.send({ topic: 'T', body: 'x' }));
    const gone: string[] = [];
    producer.on('disconnected', ({ address }) => gone.push(address));
    cluster.network.partition(CLIENT, cluster.brokers[0]!.host);
    await expect(cluster.settle(producer.send({ topic: 'T', body: 'y' }))).rejects.toMatchObject({
      code: 'REQUEST_TIMEOUT',
    });
    await cluster.until(() => gone.length > 0, 4000);
    expect(gone).toEqual([cluster.brokers[0]!.address]);
    cluster.network.heal(CLIENT, cluster.brokers[0]!.host);
    await cluster.clock.advance(3000);
    await cluster.settle(producer.send({ topic: 'T', body: 'z' }), 4000);
  });

  test('is given up by an admin client, which sends no heartbeats, at once', async () => {
    const cluster = await FakeCluster.start({ topics: { T: 1 } });
    const admin = new Admin({ nameServers: cluster.nameServers }, cluster.ports(CLIENT));
    await cluster.settle(admin.route('T'));
    const [broker] = cluster.brokers;
    const queue = { topic: 'T', brokerName: broker!.name, queueId: 0 };
    await cluster.settle(admin.offsets.maxOffset(broker!.address, queue));
    cluster.network.partition(CLIENT, broker!.host);
    const asking = cluster.settle(admin.offsets.maxOffset(broker!.address, queue));
    await expect(asking).rejects.toMatchObject({ code: 'REMOTING_TIMEOUT', address: broker!.address });
    cluster.network.heal(CLIENT, broker!.host);
    expect(await cluster.settle(admin.offsets.maxOffset(broker!.address, queue), 4000)).toBe(0);
  });

  test('keeps idle connections from being taken for living ones', async () => {
    const cluster = await FakeCluster.start({ topics: { T: 1 } });
    const producer = producerOf(cluster);
    await cluster.settle(producer.send({ topic: 'T', body: 'x' }));
    const gone: string[] = [];
    producer.on('disconnected', ({ address }) => gone.push(address));
    cluster.network.partition(CLIENT, cluster.brokers[0]!.host);
    await cluster.until(() => gone.includes(cluster.brokers[0]!.address), 40_000);
  });
});
