// Malformed input of every kind on every port: each gets an answer or a closed connection, and the server stays as well as it was.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  BATCH_TOPIC,
  badRegistrations,
  badSends,
  brokenBatches,
  isWholeBatch,
  JSON_BODY_CODES,
  oddJsonBodies,
} from './support/hostile/bodies.js';
import { brokenFrames, lyingBinaryHeaders } from './support/hostile/broken-frames.js';
import { badFields, emptyRequests } from './support/hostile/fields.js';
import type { HostileGroup } from './support/hostile/hostile-case.js';
import { deepJson, oddJsonHeaders } from './support/hostile/json-headers.js';
import { mutatedRecordings } from './support/hostile/recorded.js';
import { runGroup } from './support/hostile/runner.js';
import { KnownMessages } from './support/known-messages.js';
import { Ledger } from './support/ledger.js';
import { Load } from './support/load.js';
import { SeededRandom, seedOfRun, settingFromEnv } from './support/random.js';
import { RawClient } from './support/raw-client.js';
import { readQueue, sendRequest } from './support/requests.js';
import { TestServer } from './support/server.js';

/** E2E_SCALE=50 makes a long run of a million cases. */
const SCALE = settingFromEnv('E2E_SCALE', 1);
const MB = 1024 * 1024;
const MAX_GROWTH_BYTES = 64 * MB;
const MAX_SOCKET_GROWTH = 10;
const MAX_LOG_BYTES_OF_A_CASE = 200;
const ROUND_TRIP_LIMIT_MS = 1000;
const CALM_LIMIT_MS = 20_000;

const seed = seedOfRun();
type Maker = (random: SeededRandom) => HostileGroup;
const groups: readonly (readonly [string, Maker])[] = [
  ['broken frames', (random) => brokenFrames(random, 3500 * SCALE)],
  ['binary headers that lie', (random) => lyingBinaryHeaders(random, 1000 * SCALE)],
  ['odd JSON headers', (random) => oddJsonHeaders(random, 1500 * SCALE)],
  ['deep JSON', () => deepJson([...JSON_BODY_CODES, 103])],
  ['requests without fields', () => emptyRequests()],
  ['bad fields', (random) => badFields(random, 8 * Math.min(SCALE, 4))],
  ['broken batches', (random) => brokenBatches(random, 2000 * SCALE)],
  ['odd JSON bodies', (random) => oddJsonBodies(random, 60 * SCALE)],
  ['bad registrations', (random) => badRegistrations(random, 400 * SCALE)],
  ['bad sends', (random) => badSends(random, 1500 * SCALE)],
  ['mutated recordings', (random) => mutatedRecordings(random, 5000 * SCALE)],
];

describe(`malformed input (seed ${seed})`, () => {
  let server: TestServer;
  let known: KnownMessages;
  let before: { rss: number; sockets: number; files: string[] };
  let cases = 0;

  beforeAll(async () => {
    server = await TestServer.start();
    known = new KnownMessages(server.brokerPort);
    await known.send(200);
    // Memory is compared with that of a server whose caches are filled, not of one that has just started.
    await fillCaches(server);
    before = { rss: server.rssBytes(), sockets: server.socketCount(), files: outside(server) };
  });
  afterAll(() => server?.dispose());

  test.each(groups)('%s', { timeout: 60_000 * SCALE }, async (title, make) => {
    const group = make(new SeededRandom(seed + title.length));
    cases += group.cases.length;
    const wrongBatches: string[] = [];
    const began = performance.now();
    const report = await runGroup(group, {
      ports: { broker: server.brokerPort, namesrv: server.namesrvPort },
      onAnswer: (hostile, answer) => {
        if (title !== 'broken batches' || answer.code !== 0) return;
        const frame = hostile.bytes(0);
        const body = frame.subarray(8 + (frame.readUInt32BE(4) & 0xffffff));
        if (!isWholeBatch(body)) wrongBatches.push(hostile.name);
      },
    });
    const tookMs = performance.now() - began;
    if (!server.isRunning) throw server.failure(`died of ${title} (E2E_SEED=${seed})`);
    const tripMs = await known.roundTrip();
    console.log(
      `${title}: ${group.cases.length} cases in ${tookMs.toFixed(0)} ms, ${report.answered} answered, ${report.closed} closed, ` +
        `slowest ${report.slowestMs.toFixed(0)} ms, ${report.slow} over 1 s; then a round trip in ${tripMs.toFixed(0)} ms, ` +
        `resident ${(server.rssBytes() / MB).toFixed(0)} MB`,
    );
    expect(report.problems, `E2E_SEED=${seed}`).toEqual([]);
    expect(wrongBatches, 'malformed batches were stored').toEqual([]);
    expect(tripMs).toBeLessThan(ROUND_TRIP_LIMIT_MS);
    await known.check();
  });

  test('memory, sockets and the log are bounded', async () => {
    const end = performance.now() + CALM_LIMIT_MS;
    const isCalm = () =>
      server.rssBytes() <= before.rss + MAX_GROWTH_BYTES && server.socketCount() <= before.sockets + MAX_SOCKET_GROWTH;
    while (!isCalm() && performance.now() < end) await work(server, 500);
    const growth = (server.rssBytes() - before.rss) / MB;
    console.log(
      `${cases} cases: resident ${(before.rss / MB).toFixed(0)} MB + ${growth.toFixed(0)} MB, sockets ${before.sockets} then ${server.socketCount()}, ${server.logBytes()} bytes of log`,
    );
    expect(growth).toBeLessThanOrEqual(MAX_GROWTH_BYTES / MB);
    expect(server.socketCount()).toBeLessThanOrEqual(before.sockets + MAX_SOCKET_GROWTH);
    expect(server.logBytes()).toBeLessThan(cases * MAX_LOG_BYTES_OF_A_CASE);
  });

  test('what was stored of malformed batches is readable', async () => {
    const client = await RawClient.open(server.brokerPort);
    await readQueue(client, { topic: BATCH_TOPIC, queueId: 0 }, () => undefined);
    client.destroy();
  });

  test('no file appeared outside of the data, and none with a hostile name inside', () => {
    expect(outside(server)).toEqual(before.files);
    const names = readdirSync(server.data, { recursive: true, encoding: 'utf8' }).flatMap((path) => path.split('/'));
    expect(names.filter((name) => !/^[%|a-zA-Z0-9_.-]{1,255}$/.test(name) || /^\.+$|escaped/.test(name))).toEqual([]);
  });

  test('the server stops cleanly, and starts again with everything that was known', async () => {
    expect((await server.stop()).code).toBe(0);
    await server.start();
    await known.check();
  });
});

/** Enough ordinary messages for everything that caches by size. */
async function fillCaches(server: TestServer): Promise<void> {
  const client = await RawClient.open(server.brokerPort);
  const body = Buffer.alloc(256 * 1024, 1);
  for (let i = 0; i < 400; i++) {
    const answer = await client.call(sendRequest({ topic: 'ordinary', queueId: i % 4, key: `f${i}`, body }));
    expect(answer.code, answer.remark).toBe(0);
  }
  client.destroy();
  await work(server, 1000);
}

/** Ordinary sends for a while. */
async function work(server: TestServer, forMs: number): Promise<void> {
  const options = { queues: [{ topic: 'ordinary', queueId: 0 }], random: new SeededRandom(1), prefix: 'w' };
  const load = await Load.start({ port: server.brokerPort, ledger: new Ledger(), ...options });
  await new Promise((resolve) => setTimeout(resolve, forMs));
  await load.drain();
}

/** Every file beside the data: the server's home, its working directory, and what was there before. */
function outside(server: TestServer): string[] {
  const roots = [server.home, join(server.directory, 'cwd')];
  const inside = roots.flatMap((root) =>
    readdirSync(root, { recursive: true, encoding: 'utf8' }).map((name) => join(root, name)),
  );
  // An update of the configuration that is allowed rewrites it, and keeps what it was.
  const own = readdirSync(server.directory).filter((name) => name !== 'broker.conf.bak');
  return [...own, ...inside, ...readdirSync('/tmp').filter((name) => name.includes('escaped'))].sort();
}
