// Files of a store that was stopped are damaged in every way that happens to files: the server starts by itself, serves
// everything that the damage has not touched, nothing that it has, and goes on where it was.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { checkedBody } from './support/ledger.js';
import { RawClient } from './support/raw-client.js';
import { Code, createTopic, pullRequest, queueBound, Status, sendRequest } from './support/requests.js';
import { type Settings, TestServer } from './support/server.js';
import { readStoredMessages } from './support/stored-message.js';

const TOPIC = 'damaged';
const QUEUES = [0, 1, 2, 3];
const MESSAGES = 400;
const GROUP = 'damage-reader';
const SETTINGS: Settings = {
  mappedFileSizeCommitLog: 1 << 17,
  mappedFileSizeConsumeQueue: 2000,
  maxIndexNum: 200,
  maxHashSlotNum: 50,
  flushConsumerOffsetInterval: 200,
};

/** Where a message is: its queue, its number there, its bytes in the log. */
interface Place {
  readonly key: string;
  readonly queueId: number;
  readonly queueOffset: number;
  readonly physicalOffset: number;
  readonly sizeBytes: number;
}

const directory = mkdtempSync(join(tmpdir(), 'rocketmq-damage-'));
const stopped = join(directory, 'stopped');
const killed = join(directory, 'killed');
let places: Place[] = [];
let server: TestServer | undefined;

afterEach(async () => {
  await server?.dispose();
  server = undefined;
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

beforeAll(async () => {
  server = await TestServer.start({ settings: SETTINGS });
  const client = await RawClient.open(server.brokerPort);
  await createTopic(client, TOPIC);
  for (const groupName of [GROUP, 'later']) {
    const group = { groupName, consumeEnable: true, retryQueueNums: 1, brokerId: 0 };
    await client.call({ code: Code.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, body: JSON.stringify(group) });
  }
  for (let i = 0; i < MESSAGES; i++) {
    const message = { topic: TOPIC, queueId: i % QUEUES.length, key: `k${i}`, body: checkedBody(`k${i}`, 700) };
    expect((await client.call(sendRequest(message))).code).toBe(Status.SUCCESS);
  }
  for (const committed of [30, 60]) {
    const commit = { consumerGroup: GROUP, topic: TOPIC, queueId: '0', commitOffset: `${committed}` };
    expect((await client.call({ code: Code.UPDATE_CONSUMER_OFFSET, ext: commit })).code).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 600));
  }
  client.destroy();
  await server.kill();
  cpSync(server.data, killed, { recursive: true });
  await server.start();
  expect((await server.stop()).code).toBe(0);
  cpSync(server.data, stopped, { recursive: true });
  places = recordsOf(join(stopped, 'commitlog')).filter(({ key }) => key !== '');
  expect(places).toHaveLength(MESSAGES);
}, 120_000);

/** The messages of the topic in a log, by walking over its records. */
function recordsOf(path: string): Place[] {
  const found: Place[] = [];
  for (const name of readdirSync(path).sort()) {
    const bytes = readFileSync(join(path, name));
    for (let at = 0; at + 8 < bytes.length; ) {
      const sizeBytes = bytes.readInt32BE(at);
      if (sizeBytes <= 0 || bytes.readUInt32BE(at + 4) === 0xcbd43194) break;
      const [message] = readStoredMessages(bytes.subarray(at, at + sizeBytes));
      const { topic, queueId, queueOffset, properties } = message!;
      const key = topic === TOPIC ? (properties.get('KEYS') ?? '') : '';
      found.push({ key, queueId, queueOffset: Number(queueOffset), physicalOffset: Number(name) + at, sizeBytes });
      at += sizeBytes;
    }
  }
  return found;
}

/** Every message that the server serves, as `queue@offset key`; goes over what it does not serve as clients do. */
async function served(client: RawClient): Promise<string[]> {
  const found: string[] = [];
  for (const queueId of QUEUES) {
    const queue = { topic: TOPIC, queueId };
    const end = await queueBound(client, Code.GET_MAX_OFFSET, queue);
    for (let offset = 0; offset < end; ) {
      const answer = await client.call(pullRequest(queue, offset, 100));
      if (answer.code === Status.SUCCESS) {
        for (const { queueOffset, properties, body } of readStoredMessages(answer.body)) {
          const key = properties.get('KEYS') ?? '';
          expect(body.equals(checkedBody(key, 700)), `${queueId}@${queueOffset} is whole`).toBe(true);
          found.push(`${queueId}@${queueOffset} ${key}`);
        }
      }
      const next = Number(answer.ext.get('nextBeginOffset'));
      expect(next, `a reader at ${queueId}@${offset} gets on`).toBeGreaterThan(offset);
      offset = next;
    }
  }
  return found.sort();
}

const nameOf = ({ queueId, queueOffset, key }: Place) => `${queueId}@${queueOffset} ${key}`;

/** Starts on a damaged copy; everything but `lost` is there, and the next message comes behind what is there. */
async function mustServeAllBut(data: string, lost: readonly Place[]): Promise<RawClient> {
  server = await TestServer.start({ settings: SETTINGS, data });
  const client = await RawClient.open(server.brokerPort);
  const expected = places.filter((place) => !lost.includes(place)).map(nameOf);
  expect(await served(client)).toEqual(expected.sort());
  const queue = { topic: TOPIC, queueId: 0 };
  const end = await queueBound(client, Code.GET_MAX_OFFSET, queue);
  const sent = await client.call(sendRequest({ ...queue, key: 'after', body: checkedBody('after', 700) }));
  expect([sent.code, Number(sent.ext.get('queueOffset'))]).toEqual([Status.SUCCESS, end]);
  return client;
}

function copyOf(from: string): string {
  const copy = mkdtempSync(join(directory, 'copy-'));
  cpSync(from, copy, { recursive: true });
  return copy;
}

function edit(path: string, change: (bytes: Buffer) => void): void {
  const bytes = readFileSync(path);
  change(bytes);
  writeFileSync(path, bytes);
}

const LOG_FILE_BYTES = 1 << 17;
const logFile = (data: string, physicalOffset: number) =>
  join(data, 'commitlog', String(physicalOffset - (physicalOffset % LOG_FILE_BYTES)).padStart(20, '0'));

describe('damage of a store that was stopped', () => {
  test.each([
    ['stopped', stopped],
    ['killed', killed],
  ])('one flipped bit in the log of a %s server costs that message', async (_, from) => {
    const data = copyOf(from);
    const place = places[57]!;
    edit(logFile(data, place.physicalOffset), (bytes) => {
      bytes[(place.physicalOffset % LOG_FILE_BYTES) + 300]! ^= 4;
    });
    (await mustServeAllBut(data, [place])).destroy();
  });

  test('a tail of zeros costs what was there', async () => {
    const data = copyOf(killed);
    const lost = places.slice(-3);
    const from = lost[0]!.physicalOffset + 100;
    edit(logFile(data, from), (bytes) => bytes.fill(0, from % LOG_FILE_BYTES));
    (await mustServeAllBut(data, lost)).destroy();
  });

  test('garbage behind the tail costs nothing', async () => {
    const data = copyOf(killed);
    const last = places.at(-1)!;
    const end = last.physicalOffset + last.sizeBytes;
    edit(logFile(data, end), (bytes) => bytes.fill(0xab, end % LOG_FILE_BYTES, (end % LOG_FILE_BYTES) + 3000));
    (await mustServeAllBut(data, [])).destroy();
  });

  test('a last log file that is cut costs what was behind the cut', async () => {
    const data = copyOf(killed);
    const lost = places.slice(-2);
    const cut = lost[0]!.physicalOffset + 50;
    truncateSync(logFile(data, cut), cut % LOG_FILE_BYTES);
    (await mustServeAllBut(data, lost)).destroy();
  });

  test.each([
    ['consumequeue'],
    ['index'],
    ['checkpoint'],
    ['timerwheel timerlog config/timercheck config/timermetrics'],
    ['consumequeue index checkpoint timerwheel timerlog config/timercheck'],
  ])('without %s everything is there', async (names) => {
    const data = copyOf(stopped);
    for (const name of names.split(' ')) rmSync(join(data, name), { recursive: true, force: true });
    const client = await mustServeAllBut(data, []);
    const query = { topic: TOPIC, key: 'k77', maxNum: '8', beginTimestamp: '0', endTimestamp: `${2 ** 48}` };
    expect((await client.call({ code: Code.QUERY_MESSAGE, ext: query })).code).toBe(0);
    client.destroy();
  });

  test('one flipped bit in a queue entry costs at most that entry', async () => {
    const data = copyOf(stopped);
    edit(join(data, 'consumequeue', TOPIC, '0', '0'.repeat(20)), (bytes) => {
      bytes[7 * 20 + 6]! ^= 2;
    });
    const lost = places.filter(({ queueId, queueOffset }) => queueId === 0 && queueOffset === 7);
    (await mustServeAllBut(data, lost)).destroy();
  });

  test('JSON files that are cut in half are taken from their backup', async () => {
    const data = copyOf(stopped);
    for (const name of ['topics.json', 'consumerOffset.json', 'subscriptionGroup.json']) {
      const path = join(data, 'config', name);
      truncateSync(path, statSync(path).size >> 1);
    }
    const client = await mustServeAllBut(data, []);
    const ext = { consumerGroup: GROUP, topic: TOPIC, queueId: '0' };
    const answer = await client.call({ code: Code.QUERY_CONSUMER_OFFSET, ext });
    expect([answer.code, Number(answer.ext.get('offset'))]).toEqual([0, 60]);
    client.destroy();
  });
});
