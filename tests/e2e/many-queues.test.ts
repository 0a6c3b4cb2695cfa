// Hundreds of queues, which a thread of its own writes to their files again and again: kill -9, topics that go and come back.
import { afterEach, expect, test } from 'vitest';
import { RawClient } from './support/raw-client.js';
import { Code, queueBound, readQueue, sendRequest } from './support/requests.js';
import { TestServer } from './support/server.js';

const QUEUES = 150;
const ROUNDS = 3;
const PASSES = 12;
const DELETE_TOPIC_IN_BROKER = 215;
/** As often as it can. */
const SETTINGS = { flushConsumeQueueThoroughInterval: 1, flushIntervalConsumeQueue: 20 };

let server: TestServer | undefined;
afterEach(async () => {
  await server?.dispose();
  server = undefined;
});

const queueIds = Array.from({ length: QUEUES }, (_, i) => i);

async function createTopic(client: RawClient, topic: string): Promise<void> {
  const count = String(QUEUES);
  const kind = { perm: '6', topicFilterType: 'SINGLE_TAG', topicSysFlag: '0', order: 'false' };
  const ext = { topic, defaultTopic: 'TBW102', readQueueNums: count, writeQueueNums: count, ...kind };
  expect((await client.call({ code: Code.UPDATE_AND_CREATE_TOPIC, ext })).code).toBe(0);
}

/** A message to every queue, with its number in the queue. */
async function pass(client: RawClient, topic: string, number: number): Promise<void> {
  const send = async (queueId: number) => {
    const message = { topic, queueId, key: 'k', body: Buffer.from(`${topic} ${queueId} ${number}`) };
    const answer = await client.call(sendRequest(message, QUEUES));
    expect([answer.code, answer.ext.get('queueOffset')]).toEqual([0, String(number)]);
  };
  await Promise.all(queueIds.map(send));
}

test('keep what was acknowledged, and nothing of topics that were deleted', { retry: 0 }, async () => {
  server = await TestServer.start({ settings: SETTINGS });
  let kept = 0;
  for (let round = 0; round < ROUNDS; round++) {
    let client = await RawClient.open(server.brokerPort);
    if (round === 0) await createTopic(client, 'stays');
    for (let i = 0; i < PASSES; i++) {
      await createTopic(client, 'goes');
      await pass(client, 'goes', 0);
      await pass(client, 'stays', kept++);
      const deleted = await client.call({ code: DELETE_TOPIC_IN_BROKER, ext: { topic: 'goes' } });
      expect(deleted.code).toBe(0);
    }
    await createTopic(client, 'goes');
    await pass(client, 'goes', 0);
    await server.kill();
    await server.start();
    client = await RawClient.open(server.brokerPort);
    for (const queueId of queueIds) {
      const bodies: string[] = [];
      await readQueue(client, { topic: 'stays', queueId }, ({ body }) => bodies.push(body.toString()));
      expect(bodies).toEqual(Array.from({ length: kept }, (_, number) => `stays ${queueId} ${number}`));
      expect(await queueBound(client, Code.GET_MAX_OFFSET, { topic: 'goes', queueId })).toBe(1);
    }
    expect((await client.call({ code: DELETE_TOPIC_IN_BROKER, ext: { topic: 'goes' } })).code).toBe(0);
  }
});
