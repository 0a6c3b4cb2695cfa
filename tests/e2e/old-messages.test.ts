// Messages that are no longer in memory are read from the files, by a thread of their own when they are many: all of
// them come, whole and in their order, and one that the disk has changed meanwhile does not.
import { closeSync, openSync, readdirSync, readFileSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { checkedBody } from './support/ledger.js';
import { RawClient } from './support/raw-client.js';
import { batchRequest, createTopic, pullRequest, Status } from './support/requests.js';
import { TestServer } from './support/server.js';
import { readStoredMessages, type StoredMessage } from './support/stored-message.js';

const TOPIC = 'old';
const QUEUES = 4;
const PER_BATCH = 50;
/** More than the tail and the blocks that are kept. */
const BATCHES = 200;
const BODY_BYTES = 6000;
const DAMAGED = 77;

let server: TestServer | undefined;

afterEach(async () => {
  await server?.dispose();
  server = undefined;
});

async function readQueue(client: RawClient, queueId: number): Promise<StoredMessage[]> {
  const messages: StoredMessage[] = [];
  for (let offset = 0; ; ) {
    const answer = await client.call(pullRequest({ topic: TOPIC, queueId }, offset, 32));
    if (answer.code === Status.PULL_NOT_FOUND) return messages;
    expect(answer.code).toBe(Status.SUCCESS);
    messages.push(...readStoredMessages(answer.body));
    offset = Number(answer.ext.get('nextBeginOffset'));
  }
}

/** All messages, the queues at the same time as a consumer reads them. */
async function readAll(port: number): Promise<StoredMessage[][]> {
  const client = await RawClient.open(port);
  const queues = await Promise.all(Array.from({ length: QUEUES }, (_, queueId) => readQueue(client, queueId)));
  client.destroy();
  return queues;
}

function threadsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).length;
}

/** Changes one byte of the log beneath the running server. */
function damage(data: string, physicalOffset: number): void {
  const directory = join(data, 'commitlog');
  const file = openSync(join(directory, readdirSync(directory).sort()[0]!), 'r+');
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, physicalOffset);
  byte[0]! ^= 0x40;
  writeSync(file, byte, 0, 1, physicalOffset);
  closeSync(file);
}

test('old messages are read by a thread of their own, and never a damaged one', { timeout: 60_000 }, async () => {
  server = await TestServer.start();
  const client = await RawClient.open(server.brokerPort);
  await createTopic(client, TOPIC);
  for (let batch = 0; batch < BATCHES; batch++) {
    const queueId = batch % QUEUES;
    const messages = Array.from({ length: PER_BATCH }, (_, i) => {
      const key = `${queueId}-${Math.floor(batch / QUEUES) * PER_BATCH + i}`;
      return { topic: TOPIC, queueId, key, body: checkedBody(key, BODY_BYTES) };
    });
    expect((await client.call(batchRequest(messages))).code).toBe(Status.SUCCESS);
  }
  client.destroy();
  const keysOf = (messages: readonly StoredMessage[]) => messages.map(({ properties }) => properties.get('KEYS'));
  const sent = Array.from({ length: QUEUES }, (_, queueId) =>
    Array.from({ length: (BATCHES / QUEUES) * PER_BATCH }, (_, i) => `${queueId}-${i}`),
  );
  const before = threadsOf(server.pid);
  const first = await readAll(server.brokerPort);
  expect(first.map(keysOf)).toEqual(sent);
  expect((await readAll(server.brokerPort)).map(keysOf)).toEqual(sent);
  expect(threadsOf(server.pid)).toBeGreaterThan(before);

  const { physicalOffset, body } = first[0]![DAMAGED]!;
  const log = join(server.data, 'commitlog');
  const bytes = readFileSync(join(log, readdirSync(log).sort()[0]!));
  damage(server.data, bytes.indexOf(body, physicalOffset) + 100);
  const after = await readAll(server.brokerPort);
  expect(after.map(keysOf)).toEqual(sent.map((keys) => keys.filter((key) => key !== `0-${DAMAGED}`)));
  expect((await server.stop()).code).toBe(0);
});
