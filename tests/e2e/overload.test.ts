// More than the server can do: too many requests, peers that do not read or do not finish, connections without number.
// What is refused is refused with the protocol's words, memory stays bounded, and everyone else is served.
import { expect, test } from 'vitest';
import { encodeRequest } from './support/frame.js';
import { freshServer } from './support/fresh-server.js';
import { Ledger } from './support/ledger.js';
import { Load } from './support/load.js';
import { SeededRandom, settingFromEnv } from './support/random.js';
import { RawClient } from './support/raw-client.js';
import { Code, pullRequest, Status, sendRequest } from './support/requests.js';
import { became, probe, quantile, sleep } from './support/wait.js';

const MB = 1024 * 1024;
const FLOOD_MS = settingFromEnv('E2E_FLOOD_MS', 3000);
/** Waits for the time-outs of 30 and 60 s too. */
const IS_LONG = settingFromEnv('E2E_LONG', 0) > 0;
const OTHERS_LIMIT_MS = 1000;
const RECOVERY_LIMIT_MS = 3000;
const CALM_SEND_MS = 300;

const fresh = freshServer({ knownMessages: 50 });

/** Twenty sends in a row that are all quick, within the time for recovery. */
async function mustRecover(): Promise<number> {
  const began = performance.now();
  let quick = 0;
  while (quick < 20) {
    expect(performance.now() - began, 'the server did not recover').toBeLessThan(RECOVERY_LIMIT_MS + 20 * CALM_SEND_MS);
    quick = (await fresh.known.roundTrip()) < CALM_SEND_MS ? quick + 1 : 0;
  }
  return performance.now() - began;
}

function report(what: string, figures: Readonly<Record<string, number | string>>): void {
  const text = Object.entries(figures).map(
    ([name, value]) => `${name} ${typeof value === 'number' ? Math.round(value) : value}`,
  );
  console.log(`${what}: ${text.join(', ')}`);
}

test('64 connections with 500 requests each outstanding are all answered, and the server recovers at once', async () => {
  const before = fresh.server.rssBytes();
  const outcomes = new Map<string, number>();
  const body = Buffer.alloc(1024, 'x');
  const flood = await fresh.openAll(64);
  const began = performance.now();
  let sent = 0;
  const next = (client: RawClient, lane: number): void => {
    if (performance.now() - began > FLOOD_MS || client.isClosed) return;
    sent++;
    client.send(sendRequest({ topic: `flood-${lane % 8}`, queueId: lane % 4, key: 'f', body }), {
      answered: ({ code, remark }) => {
        const outcome = code === 0 ? 'stored' : `${code} ${/^\[[A-Z_]+\]/.exec(remark)?.[0] ?? remark}`;
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        next(client, lane);
      },
      failed: () => outcomes.set('closed', (outcomes.get('closed') ?? 0) + 1),
    });
  };
  for (const [lane, client] of flood.entries()) for (let i = 0; i < 500; i++) next(client, lane);
  await sleep(FLOOD_MS);
  const peak = fresh.server.rssBytes();
  expect(
    await became(() => flood.every(({ outstanding }) => outstanding === 0), 15_000),
    'requests stay unanswered',
  ).toBe(true);
  const tookMs = performance.now() - began;
  const recoveryMs = await mustRecover();
  report('flood', {
    sent,
    ...Object.fromEntries(outcomes),
    'a second': (1000 * (outcomes.get('stored') ?? 0)) / tookMs,
    'resident MB': before / MB,
    'then MB': peak / MB,
    'recovered ms': recoveryMs,
  });
  const refused = [...outcomes.keys()].filter((outcome) => outcome !== 'stored');
  for (const outcome of refused)
    expect(outcome).toMatch(/^2 \[(TIMEOUT_CLEAN_QUEUE|REJECTREQUEST|OVERLOAD|PC[A-Z_]+)\]/);
  expect(outcomes.get('stored')).toBeGreaterThan(1000);
  expect(peak - before).toBeLessThan(256 * MB);
  await fresh.known.check();
});

test('50 readers that never read cost bounded memory, and others are served', { timeout: 150_000 }, async () => {
  const filler = await fresh.open();
  for (let i = 0; i < 32; i++) {
    const answer = await filler.call(
      sendRequest({ topic: 'big', queueId: 0, key: 'k', body: Buffer.alloc(128 * 1024, i) }),
    );
    expect(answer.code, answer.remark).toBe(0);
  }
  const pulled = await filler.call(pullRequest({ topic: 'big', queueId: 0 }, 0, 32));
  expect(pulled.body.length, 'the answer to a pull is large').toBeGreaterThan(MB / 8);
  const before = fresh.server.rssBytes();
  const pull = encodeRequest(pullRequest({ topic: 'big', queueId: 0 }, 0, 32), 7);
  const readers = await fresh.openAll(50);
  for (const reader of readers) {
    reader.stopReading();
    void reader.write(Buffer.concat(Array.from({ length: 200 }, () => pull)));
  }
  const others = probe(() => fresh.known.roundTrip());
  let peak = 0;
  for (let i = 0; i < 30; i++) {
    await sleep(100);
    peak = Math.max(peak, fresh.server.rssBytes());
  }
  const times = await others.stop();
  const owed = 50 * 200 * pulled.body.length;
  report('readers that never read', {
    'asked for MB': owed / MB,
    'grew MB': (peak - before) / MB,
    'others p50 ms': quantile(times, 0.5),
    'others worst ms': quantile(times, 1),
  });
  expect(peak - before).toBeLessThan(80 * MB);
  expect(quantile(times, 1)).toBeLessThan(OTHERS_LIMIT_MS);
  if (IS_LONG) expect(await became(() => fresh.server.fdCount() < 50, 75_000, 500), 'they are cut').toBe(true);
  for (const reader of readers) reader.destroy();
  await mustRecover();
  await fresh.known.check();
});

test('a pipeline of small requests with large answers costs bounded memory when nothing is read', {
  timeout: 60_000,
}, async () => {
  const topicConfigList = Array.from({ length: 3000 }, (_, i) => ({
    topicName: `many-${i}`,
    readQueueNums: 4,
    writeQueueNums: 4,
    perm: 6,
  }));
  const [reader, admin] = await fresh.openAll(2);
  const created = await admin!.call({
    code: Code.UPDATE_AND_CREATE_TOPIC_LIST,
    body: JSON.stringify({ topicConfigList }),
  });
  expect(created.code, created.remark).toBe(0);
  const table = await admin!.call({ code: Code.GET_ALL_TOPIC_CONFIG });
  expect(table.body.length, 'the answer is large').toBeGreaterThan(MB / 4);
  const before = fresh.server.rssBytes();
  reader!.stopReading();
  const request = encodeRequest({ code: Code.GET_ALL_TOPIC_CONFIG }, 7);
  void reader!.write(Buffer.concat(Array.from({ length: 3000 }, () => request)));
  const others = probe(() => fresh.known.roundTrip());
  let peak = 0;
  for (let i = 0; i < 20; i++) {
    await sleep(100);
    peak = Math.max(peak, fresh.server.rssBytes());
  }
  const times = await others.stop();
  const figures = { 'asked for MB': (3000 * table.body.length) / MB, 'grew MB': (peak - before) / MB };
  report('small requests, large answers', { ...figures, 'others worst ms': quantile(times, 1) });
  expect(peak - before).toBeLessThan(64 * MB);
  expect(quantile(times, 1)).toBeLessThan(OTHERS_LIMIT_MS);
});

test('500 half frames and 1,000 idle connections do not slow others down', { timeout: 120_000 }, async () => {
  const quiet = quantile(await collect(40), 0.5);
  const half = encodeRequest(sendRequest({ topic: 'half', queueId: 0, key: 'k', body: Buffer.alloc(1000) }), 1);
  const socketsBefore = fresh.server.socketCount();
  const halves = await fresh.openAll(500);
  await Promise.all(halves.map((client) => client.write(half.subarray(0, 600))));
  await fresh.openAll(1000);
  expect(await became(() => fresh.server.socketCount() >= 1500, 5000), 'all are accepted').toBe(true);
  const times = await collect(40);
  report('1,500 connections', {
    'quiet p50 ms': quiet,
    'p50 ms': quantile(times, 0.5),
    'worst ms': quantile(times, 1),
    'resident MB': fresh.server.rssBytes() / MB,
  });
  expect(quantile(times, 1)).toBeLessThan(OTHERS_LIMIT_MS);
  if (IS_LONG) {
    expect(await became(() => halves.every(({ isClosed }) => isClosed), 45_000, 500), 'half frames are cut').toBe(true);
    expect(fresh.clients.filter(({ isClosed }) => !isClosed).length, 'idle ones are not').toBeGreaterThanOrEqual(1000);
  }
  for (const client of fresh.clients) client.destroy();
  expect(
    await became(() => fresh.server.socketCount() <= socketsBefore + 10, 5000),
    'their sockets are given back',
  ).toBe(true);
  await fresh.known.check();
});

async function collect(count: number): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) times.push(await fresh.known.roundTrip());
  return times.sort((a, b) => a - b);
}

test('connections that use up all file descriptors do no lasting harm', { timeout: 60_000 }, async () => {
  const settings = { mappedFileSizeCommitLog: MB, mappedFileSizeConsumeQueue: 6000 };
  await fresh.restart({ maxFiles: 200, settings });
  const ledger = new Ledger();
  const random = new SeededRandom(1);
  const queues = Array.from({ length: 16 }, (_, i) => ({ topic: `crowded-${i % 4}`, queueId: i >> 2 }));
  const load = await Load.start({
    port: fresh.server.brokerPort,
    ledger,
    random,
    prefix: 'c',
    queues,
    connections: 2,
    outstanding: 8,
  });
  const crowd: RawClient[] = [];
  for (let i = 0; i < 400; i++)
    await RawClient.open(fresh.server.brokerPort).then(
      (client) => crowd.push(client),
      () => undefined,
    );
  fresh.clients.push(...crowd);
  await sleep(2000);
  expect(fresh.server.isRunning, fresh.server.stderr).toBe(true);
  for (const client of crowd) client.destroy();
  const before = ledger.count;
  const began = performance.now();
  expect(await became(() => ledger.count > before + 100, RECOVERY_LIMIT_MS), fresh.server.stderr).toBe(true);
  const recoveryMs = performance.now() - began;
  await mustRecover();
  await load.drain();
  report('400 connections with 200 descriptors', {
    connected: crowd.length,
    'recovered ms': recoveryMs,
    refusals: [...load.refusals].join(' '),
  });
  const [client] = await fresh.openAll(1);
  expect((await ledger.check(client!)).problems).toEqual([]);
  await fresh.known.check();
  expect((await fresh.server.stop()).code).toBe(0);
  await fresh.server.start();
  await fresh.known.check();
});

test('200 unfinished frames of 15 MB are held only as far as the budget goes', { timeout: 120_000 }, async () => {
  const before = fresh.server.rssBytes();
  const announced = Buffer.alloc(MB);
  announced.writeInt32BE(15 * MB, 0);
  const others = probe(() => fresh.known.roundTrip());
  const senders = await fresh.openAll(200);
  // One after the other, as far as the server takes it.
  for (const sender of senders) await Promise.race([sender.write(announced), sleep(50)]);
  const countCut = () => senders.filter(({ isClosed }) => isClosed).length;
  await became(() => countCut() >= 100, 10_000);
  const peak = fresh.server.rssBytes();
  const cut = countCut();
  const times = await others.stop();
  report('unfinished frames', {
    'sent MB': 200,
    'connections cut': cut,
    'grew MB': (peak - before) / MB,
    'others worst ms': quantile(times, 1),
  });
  expect(cut, 'those beyond the budget of 64 MiB are cut').toBeGreaterThanOrEqual(100);
  expect(peak - before).toBeLessThan((64 + 96) * MB);
  expect(quantile(times, 1)).toBeLessThan(OTHERS_LIMIT_MS);
  for (const sender of senders) sender.destroy();
  expect(await mustRecover()).toBeLessThan(RECOVERY_LIMIT_MS);
  expect(await sendLarge(), 'the budget is free again').toBe(Status.SUCCESS);
  await fresh.known.check();
});

async function sendLarge(): Promise<number> {
  const [client] = await fresh.openAll(1);
  const answer = await client!.call(
    sendRequest({ topic: 'large', queueId: 0, key: 'k', body: Buffer.alloc(4 * MB - 1000) }),
  );
  return answer.code;
}
