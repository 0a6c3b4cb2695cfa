// Few bytes that would cost much: bodies and headers of many values, properties without values, pulls that wait for ever,
// answers that nobody takes, connections in thousands. Each costs bounded time and memory, and is over when its peer is gone.
import { describe, expect, test } from 'vitest';
import { encodeRequest } from './support/frame.js';
import { freshServer } from './support/fresh-server.js';
import { settingFromEnv } from './support/random.js';
import { RawClient } from './support/raw-client.js';
import { Code, pullRequest, sendRequest } from './support/requests.js';
import { became, probe, quantile, sleep } from './support/wait.js';

const MB = 1024 * 1024;
/** Connections of each kind; needs as many file descriptors for the tests and for the server. */
const CONNECTIONS = settingFromEnv('E2E_CONNECTIONS', 500);
const OTHERS_LIMIT_MS = 1000;
/** Much more than any of them takes on a busy machine, and less than what they took before they were bounded. */
const ANSWER_LIMIT_MS = 3000;

const fresh = freshServer({ knownMessages: 20 });

const list = (count: number, item: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => item(i)).join();
const propertiesOf = (text: string) => {
  const request = sendRequest({ topic: 'costly', queueId: 0, key: 'k', body: Buffer.alloc(10) });
  return { ...request, binary: true, ext: { ...request.ext, i: text } };
};

describe('requests that look harmless', () => {
  const fields = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, 'x']));
  const client = '"clientID":"c"';
  const costly = {
    'a heartbeat of 300,000 members': { code: 34, body: `{${client},${list(300_000, (i) => `"a${i}":0`)}}` },
    'a heartbeat of 100,000 shapes': { code: 34, body: `{${client},"x":[${list(100_000, (i) => `{"k${i}":1}`)}]}` },
    'a heartbeat with hidden lists': { code: 34, body: `{${client},x:['"',${'{},'.repeat(1_000_000)}'"']}` },
    'a heartbeat of escapes': { code: 34, body: `{${client},x:"${'\\n'.repeat(1_500_000)}"}` },
    'locks of 100,000 queues': {
      code: 41,
      body: `{"consumerGroup":"g","clientId":"c","mqSet":[${list(100_000, (i) => `{"brokerName":"b","queueId":${i},"topic":"t"}`)}]}`,
    },
    'a header of 70,000 fields': { code: 310, ext: fields(70_000) },
    'a binary header of 70,000 fields': { code: 310, binary: true, ext: fields(70_000) },
    '900,000 properties without values': propertiesOf(`${'\u0002'.repeat(900_000)}a\u0001b`),
    '30,000 properties without values': propertiesOf(`${'\u0002'.repeat(30_000)}a\u0001b`),
    'a batch of 180,000 messages': (() => {
      const body = Buffer.alloc(180_000 * 22);
      for (let at = 0; at < body.length; at += 22) body.writeInt32BE(22, at);
      const { ext } = sendRequest({ topic: 'costly', queueId: 0, key: 'k', body });
      return { code: Code.SEND_BATCH_MESSAGE, ext: { ...ext, m: 'true', i: '' }, body };
    })(),
  };

  test('are answered or refused soon, whatever they are made of', { timeout: 60_000 }, async () => {
    const before = fresh.server.rssBytes();
    for (const [name, request] of Object.entries(costly)) {
      const sender = await fresh.open();
      const began = performance.now();
      // Headers that are refused close their connection.
      await sender.call(request).catch(() => undefined);
      expect(performance.now() - began, name).toBeLessThan(ANSWER_LIMIT_MS);
      await fresh.known.roundTrip();
    }
    expect(fresh.server.rssBytes() - before).toBeLessThan(128 * MB);
    await fresh.known.check();
  });
});

test('what 60 peers did not take of large answers is given back when they are gone', { timeout: 60_000 }, async () => {
  const filler = await fresh.open();
  const message = { topic: 'large', queueId: 0, key: 'k', body: Buffer.alloc(4 * MB - 2000, 1) };
  for (let i = 0; i < 2; i++) expect((await filler.call(sendRequest(message))).code).toBe(0);
  const before = fresh.server.rssBytes();
  const pull = encodeRequest(pullRequest({ topic: 'large', queueId: 0 }, 0, 1), 7);
  const readers: RawClient[] = [];
  for (let i = 0; i < 60; i++) {
    const reader = await fresh.open();
    reader.stopReading();
    await reader.write(pull);
    readers.push(reader);
  }
  await sleep(1000);
  const peak = fresh.server.rssBytes();
  for (const reader of readers) reader.destroy();
  const isBack = () => fresh.server.rssBytes() - before < 48 * MB;
  expect(await became(isBack, 10_000), `${(fresh.server.rssBytes() - before) / MB} MB stay`).toBe(true);
  console.log(
    `60 large answers: grew ${Math.round((peak - before) / MB)} MB, ${Math.round((fresh.server.rssBytes() - before) / MB)} MB stay`,
  );
  await fresh.known.check();
});

test('pulls that wait in tens of thousands on one queue neither starve other pulls nor slow sends down', {
  timeout: 60_000,
}, async () => {
  const hoarder = await fresh.open();
  const wait = { sysFlag: '6', suspendTimeoutMillis: '30000' };
  const queue = { topic: 'ordinary', queueId: 1 };
  const { ext, code } = pullRequest(queue, 0, 1);
  const frame = encodeRequest({ code, ext: { ...ext, ...wait, subscription: 'never' } }, 9);
  const block = Buffer.concat(Array.from({ length: 1000 }, () => frame));
  await hoarder.call(sendRequest({ ...queue, queueId: 0, key: 'k', body: Buffer.alloc(1) }));
  for (let i = 0; i < 15; i++) await hoarder.write(block);
  expect(await became(() => hoarder.receivedBytes > 1000, 10_000), 'who waits longest is answered early').toBe(true);
  let received = 0;
  const isQuiet = () => {
    const before = received;
    received = hoarder.receivedBytes;
    return received === before;
  };
  await became(isQuiet, 20_000, 500);
  const consumer = await fresh.open();
  const pulled = consumer.call({ code, ext: { ...ext, ...wait } });
  await sleep(200);
  const others = probe(() => fresh.known.roundTrip());
  const sent = await hoarder.call(sendRequest({ ...queue, key: 'k', body: Buffer.from('here') }));
  expect(sent.code, sent.remark).toBe(0);
  expect((await pulled).code).toBe(0);
  expect(quantile(await others.stop(), 1)).toBeLessThan(OTHERS_LIMIT_MS);
});

test(`${CONNECTIONS} connections of each kind that do nothing more cost little and keep nobody out`, {
  timeout: 600_000,
}, async () => {
  const { code, ext } = pullRequest({ topic: 'ordinary', queueId: 0 }, 0, 32);
  const half = encodeRequest(sendRequest({ topic: 'half', queueId: 0, key: 'k', body: Buffer.alloc(1000) }), 1);
  const kinds: Readonly<Record<string, Buffer>> = {
    silent: Buffer.alloc(0),
    'one request': encodeRequest({ code: Code.GET_MAX_OFFSET, ext: { topic: 'ordinary', queueId: '0' } }, 1),
    'half a frame': half.subarray(0, 600),
    'half a length': half.subarray(0, 3),
    'half a TLS handshake': Buffer.from('1603010200010001fc0303', 'hex'),
    'half a PROXY header': Buffer.from('PROXY TCP4 1.2.3'),
    'an answer that is not read': encodeRequest({ code, ext }, 7),
  };
  const socketsBefore = fresh.server.socketCount();
  for (const [name, first] of Object.entries(kinds)) {
    const before = fresh.server.rssBytes();
    const crowd: RawClient[] = [];
    for (let i = 0; i < CONNECTIONS; i++) {
      const client = await RawClient.open(fresh.server.brokerPort);
      client.stopReading();
      void client.write(first);
      crowd.push(client);
    }
    const grew = (fresh.server.rssBytes() - before) / MB;
    const tripMs = await fresh.known.roundTrip();
    for (const client of crowd) client.destroy();
    console.log(`${CONNECTIONS} × ${name}: grew ${Math.round(grew)} MB, a round trip in ${Math.round(tripMs)} ms`);
    expect(tripMs, name).toBeLessThan(ANSWER_LIMIT_MS);
    expect(grew, name).toBeLessThan(192);
    expect(
      await became(() => fresh.server.socketCount() <= socketsBefore + 10, 20_000),
      `${name}: sockets come back`,
    ).toBe(true);
  }
  await fresh.known.check();
});
