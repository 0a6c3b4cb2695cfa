// What our clients keep in memory while the network is bad: as much after a thousand lost connections as after a hundred.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Producer, PushConsumer } from '@rocketmq-ts/client';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { HostileProxy } from '../support/hostile-proxy.js';
import { TestServer } from './support/server.js';
import { redirected } from './support/traffic.js';
import { became, sleep } from './support/wait.js';

const CUTS = Number(process.env.E2E_CUTS ?? 1000);
const WARM_UP_CUTS = 100;
const MEBI = 1024 * 1024;
/** What a thousand connections may leave behind; one that were kept would be ten times as much. */
const GROWTH_BYTES = 6 * MEBI;
/** One-way sends wait from 4 MiB on; each of the others has its message waiting, and again for its retry; and what is garbage already. */
const MOST_BYTES = 60 * MEBI;
const LASTS_MS = 3000;
const PATIENCE_MS = 20_000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
let server: TestServer;
let broker: HostileProxy;

beforeAll(async () => {
  server = await TestServer.start();
  broker = await HostileProxy.start(server.brokerPort);
});

afterEach(() => broker.behave({ kind: 'pass' }));

afterAll(async () => {
  await broker?.close();
  await server?.dispose();
});

/** Bytes in use, when all that nobody holds is gone. */
async function usedBytes(): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 3; i++) {
    await sleep(50);
    collectGarbage();
    const { heapUsed, external } = process.memoryUsage();
    least = Math.min(least, heapUsed + external);
  }
  return least;
}

const options = () => ({
  nameServers: `127.0.0.1:${server.namesrvPort}`,
  heartbeatIntervalMs: 1000,
  requestTimeoutMs: 1500,
});
const ports = () => redirected(new Map([[server.brokerPort, broker.port]]));

test(`${CUTS} lost connections leave nothing behind`, async () => {
  const topic = 'CUT_OFTEN';
  let received = 0;
  await using producer = new Producer({ ...options(), group: 'cut-p', sendTimeoutMs: 2000 }, ports());
  await using consumer = new PushConsumer(
    {
      ...options(),
      group: 'cut-c',
      consumeFrom: 'first',
      subscriptions: { [topic]: '*' },
      onMessage: () => {
        received++;
      },
    },
    ports(),
  );
  await producer.send({ topic, body: 'first' });
  await consumer.start();
  let sent = 0;
  const cut = async (times: number) => {
    for (let i = 0; i < times; i++) {
      broker.resetAll();
      // The failure of one send is another's retry; what counts is that connections come back.
      await producer.send({ topic, body: Buffer.alloc(1000, i) }).then(
        () => sent++,
        () => undefined,
      );
    }
  };
  await cut(WARM_UP_CUTS);
  const before = await usedBytes();
  const resources = process.getActiveResourcesInfo().length;
  await cut(CUTS);
  expect(sent).toBeGreaterThan(CUTS / 2);
  expect(await became(() => received > sent, PATIENCE_MS), `${received} of ${sent}`).toBe(true);
  expect((await usedBytes()) - before).toBeLessThan(GROWTH_BYTES);
  expect(process.getActiveResourcesInfo().length).toBeLessThan(resources + 20);
}, 120_000);

test.each(['stall', 'blackhole'] as const)(
  'a broker that takes nothing (%s) costs no more than a bound',
  async (kind) => {
    const topic = `TAKES_NOTHING_${kind}`;
    await using producer = new Producer({ ...options(), group: `${kind}-p`, sendTimeoutMs: 1000 }, ports());
    await producer.send({ topic, body: 'first' });
    const before = await usedBytes();
    const externalBefore = process.memoryUsage().external;
    broker.behave({ kind });
    const body = Buffer.alloc(50_000);
    const endMs = Date.now() + LASTS_MS;
    let most = 0;
    const sending = async (send: () => Promise<unknown>) => {
      while (Date.now() < endMs) {
        await send().catch(() => sleep(10));
        most = Math.max(most, process.memoryUsage().external);
      }
    };
    const waiting = Array.from({ length: 20 }, () => sending(() => producer.send({ topic, body })));
    await Promise.all([...waiting, sending(() => producer.sendOneway({ topic, body }))]);
    expect(most - externalBefore).toBeLessThan(MOST_BYTES);
    broker.behave({ kind: 'pass' });
    broker.resetAll();
    const isSent = () => producer.send({ topic, body: 'last' }).then(Boolean, () => false);
    expect(await became(isSent, PATIENCE_MS)).toBe(true);
    expect((await usedBytes()) - before).toBeLessThan(GROWTH_BYTES);
  },
  60_000,
);
