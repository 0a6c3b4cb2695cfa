// Our clients on real sockets while the network and the servers fail: nothing acknowledged is lost, order holds where
// it is promised, nothing hangs, and all goes on by itself afterwards.
import { PushConsumer } from '@rocketmq-ts/client';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { HostileProxy } from '../support/hostile-proxy.js';
import { TestServer } from './support/server.js';
import { redirected, Traffic } from './support/traffic.js';
import { became, sleep } from './support/wait.js';

const RECOVERY_MS = 20_000;
let server: TestServer;
let broker: HostileProxy;
let namesrv: HostileProxy;
let traffic: Traffic | undefined;
let topics = 0;

beforeAll(async () => {
  server = await TestServer.start({ settings: { defaultTopicQueueNums: 4 } });
  broker = await HostileProxy.start(server.brokerPort);
  namesrv = await HostileProxy.start(server.namesrvPort);
});

afterEach(async () => {
  for (const proxy of [broker, namesrv]) proxy.behave({ kind: 'pass' });
  await traffic?.close();
  traffic = undefined;
});

afterAll(async () => {
  await broker?.close();
  await namesrv?.close();
  await server?.dispose();
});

/** Messages that flow through the proxies. */
async function flowing(order: 'none' | 'queue' = 'queue'): Promise<Traffic> {
  const ports = redirected(new Map([[server.brokerPort, broker.port]]));
  const nameServers = `127.0.0.1:${namesrv.port}`;
  traffic = new Traffic({ nameServers, topic: `HOSTILE_${Date.now() % 1e6}_${++topics}`, ports, order });
  await traffic.start();
  expect(await traffic.flows(RECOVERY_MS)).toBe(true);
  return traffic;
}

async function expectWhole(given: Traffic): Promise<void> {
  expect(await given.flows(RECOVERY_MS), 'messages flow again').toBe(true);
  expect(await given.missing()).toEqual([]);
  expect(given.disordered()).toEqual([]);
  expect(given.longestMs, 'the longest send').toSatisfy(() => given.isPunctual);
}

describe('messages survive', () => {
  test('connections that are cut in the middle of frames', async () => {
    const given = await flowing();
    broker.behave({ kind: 'cut', afterBytes: 1777, times: 15 });
    expect(await became(() => broker.cuts >= 15, RECOVERY_MS)).toBe(true);
    await expectWhole(given);
  });

  test('connections that are reset again and again', async () => {
    const given = await flowing();
    for (let i = 0; i < 8; i++) {
      broker.resetAll();
      await given.during(200);
    }
    await expectWhole(given);
  });

  test('connections that swallow everything', async () => {
    const given = await flowing();
    broker.behave({ kind: 'blackhole' });
    await given.during(3000);
    expect(given.failures).toBeGreaterThan(0);
    broker.behave({ kind: 'pass' });
    await expectWhole(given);
  });

  test('a slow network', async () => {
    const given = await flowing();
    broker.behave({ kind: 'delay', delayMs: 150 });
    expect(await given.during(2000)).toBeGreaterThan(8);
    expect(given.failures).toBe(0);
    await expectWhole(given);
  });

  test('a name server that is gone: what is known goes on', async () => {
    const given = await flowing();
    namesrv.behave({ kind: 'blackhole' });
    namesrv.resetAll();
    expect(await given.during(4000)).toBeGreaterThan(50);
    expect(given.failures).toBe(0);
    namesrv.behave({ kind: 'pass' });
    namesrv.resetAll();
    await expectWhole(given);
  });

  test.each(['queue', 'none'] as const)('a broker that is killed and comes back (order: %s)', async (order) => {
    const given = await flowing(order);
    await server.kill();
    await given.during(1000);
    await server.start();
    expect(await given.flows(RECOVERY_MS), 'messages flow again').toBe(true);
    await server.kill();
    await server.start();
    expect(await given.flows(RECOVERY_MS), 'and again').toBe(true);
    expect(await given.missing()).toEqual([]);
    if (order === 'queue') expect(given.disordered()).toEqual([]);
    expect(given.isPunctual).toBe(true);
  });

  test('a broker that moves to another address', async () => {
    const given = await flowing();
    await server.kill();
    const moved = await TestServer.start({ data: server.data });
    try {
      namesrv.moveTo(moved.namesrvPort);
      await expectWhole(given);
    } finally {
      await traffic?.close();
      traffic = undefined;
      await moved.stop();
      await moved.dispose();
      namesrv.moveTo(server.namesrvPort);
      await server.start();
    }
  });
});

test('a slow consumer fetches no more than it is told to keep', async () => {
  const given = await flowing('none');
  const topic = `SLOW_${Date.now() % 1e6}_${++topics}`;
  const body = Buffer.alloc(10_000);
  const messages = Array.from({ length: 1000 }, () => ({ topic, body }));
  const limit = { batchSize: 16, thresholdMessages: 50 };
  await given.producer.sendBatch(messages, { timeoutMs: 20_000 });
  await given.missing();
  const before = broker.bytesFromServer;
  let handled = 0;
  await using consumer = new PushConsumer(
    {
      nameServers: `127.0.0.1:${namesrv.port}`,
      group: 'slow',
      consumeFrom: 'first',
      concurrency: 2,
      subscriptions: { [topic]: '*' },
      pull: limit,
      onMessage: async () => {
        await sleep(10);
        handled++;
      },
    },
    redirected(new Map([[server.brokerPort, broker.port]])),
  );
  await consumer.start();
  await became(() => handled >= 60, RECOVERY_MS);
  const queues = 4;
  const kept = queues * (limit.thresholdMessages + limit.batchSize);
  const fetched = (broker.bytesFromServer - before) / body.length;
  expect(fetched).toBeLessThan((handled + kept) * 1.2 + 20);
});
