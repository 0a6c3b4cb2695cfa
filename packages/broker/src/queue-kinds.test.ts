import { decodeMessages, encodeBatchBody, MessageConst, PullSysFlag } from '@rocketmq-ts/common';
import {
  GET_MAX_OFFSET,
  HEART_BEAT,
  HeartbeatData,
  PULL_MESSAGE,
  type PullMessageRequestHeader,
  type RemotingClient,
  ResponseCode,
  SEND_BATCH_MESSAGE,
  SEND_MESSAGE_V2,
  UPDATE_AND_CREATE_TOPIC,
} from '@rocketmq-ts/remoting';
import { describe, expect, test } from 'vitest';
import type { BrokerSettingsOverrides } from './settings.js';
import { TestBroker } from './test-broker.js';

const timeoutMs = 3000;
const LIGHT: BrokerSettingsOverrides = { store: { enableLmq: true, enableMultiDispatch: true } };
const property = (name: string, value: string) => `${name}\u0001${value}\u0002`;

interface Sent {
  topic?: string;
  properties?: string;
  body?: string | Buffer;
  queueId?: number;
}

const sendHeader = ({ topic = 'T', properties, queueId = 0 }: Sent) => ({
  producerGroup: 'P',
  topic,
  defaultTopic: 'TBW102',
  defaultTopicQueueNums: 4,
  queueId,
  sysFlag: 0,
  bornTimestamp: 1,
  flag: 0,
  properties,
});

function send(broker: TestBroker, client: RemotingClient, sent: Sent = {}) {
  const body = Buffer.from(sent.body ?? 'hello');
  return client.invoke(broker.address, SEND_MESSAGE_V2, sendHeader(sent), { timeoutMs, body });
}

function sendBatch(broker: TestBroker, client: RemotingClient, count: number, sent: Sent) {
  const items = Array.from({ length: count }, (_, i) => ({ flag: 0, body: Buffer.from(`b${i}`), propertiesText: '' }));
  const header = { ...sendHeader(sent), batch: true };
  return client.invoke(broker.address, SEND_BATCH_MESSAGE, header, { timeoutMs, body: encodeBatchBody(items) });
}

async function pull(
  broker: TestBroker,
  client: RemotingClient,
  given: Partial<PullMessageRequestHeader>,
  flags: number = PullSysFlag.SUBSCRIPTION,
) {
  const header = {
    consumerGroup: 'G',
    topic: 'T',
    queueId: 0,
    queueOffset: 0,
    maxMsgNums: 32,
    commitOffset: 0,
    suspendTimeoutMillis: 0,
    subscription: '*',
    subVersion: 1,
    ...given,
    sysFlag: flags | (given.sysFlag ?? 0),
  };
  const answer = await client.invoke(broker.address, PULL_MESSAGE, header, { timeoutMs: 60_000 });
  const messages = answer.body === undefined ? [] : decodeMessages(Buffer.from(answer.body)).messages;
  return {
    code: answer.code,
    next: answer.code === ResponseCode.TOPIC_NOT_EXIST ? undefined : answer.header().nextBeginOffset,
    bodies: messages.map(({ body }) => String(body)),
    messages,
  };
}

function createTopic(broker: TestBroker, client: RemotingClient, topic: string, attributes: string) {
  const header = {
    topic,
    defaultTopic: 'TBW102',
    readQueueNums: 4,
    writeQueueNums: 4,
    perm: 6,
    topicFilterType: 'SINGLE_TAG',
    order: false,
    attributes,
  };
  return client.invoke(broker.address, UPDATE_AND_CREATE_TOPIC, header, { timeoutMs });
}

async function maxOffset(broker: TestBroker, client: RemotingClient, topic: string): Promise<number> {
  const answer = await client.invoke(
    broker.address,
    GET_MAX_OFFSET,
    { topic, queueId: 0, committed: true },
    { timeoutMs },
  );
  return answer.header().offset;
}

describe('a topic of batches', () => {
  test('stores a batch with a unique id as one message, also after a restart', async () => {
    const broker = await TestBroker.start();
    let client = broker.client();
    expect((await createTopic(broker, client, 'B', '+queue.type=BatchCQ')).code).toBe(ResponseCode.SUCCESS);
    const properties = property(MessageConst.PROPERTY_UNIQ_CLIENT_MESSAGE_ID_KEYIDX, 'BATCH');
    const first = await sendBatch(broker, client, 3, { topic: 'B', properties });
    expect(first.header()).toMatchObject({ queueOffset: 0, batchUniqId: 'BATCH', transactionId: 'BATCH' });
    expect(first.header().msgId).not.toContain(',');
    expect((await sendBatch(broker, client, 2, { topic: 'B', properties })).header().queueOffset).toBe(3);
    client.close();
    await broker.stop();

    const second = new TestBroker({}, broker);
    await second.broker.start();
    client = second.client();
    expect(await maxOffset(second, client, 'B')).toBe(5);
    const { code, next, messages } = await pull(second, client, { topic: 'B' });
    expect([code, next, messages.length]).toEqual([ResponseCode.SUCCESS, 5, 2]);
    expect(messages.map(({ properties }) => properties.get('INNER_NUM'))).toEqual(['3', '2']);
    client.close();
    await second.stop();
  });

  test('takes batches of clients that know no unique ids apart, and refuses an INNER_NUM of a single message', async () => {
    await using broker = await TestBroker.start();
    const client = broker.client();
    await createTopic(broker, client, 'B', '+queue.type=BatchCQ');
    const answer = await sendBatch(broker, client, 3, { topic: 'B' });
    expect(answer.header().msgId.split(',')).toHaveLength(3);
    const refused = await send(broker, client, { topic: 'B', properties: property('INNER_NUM', '9') });
    expect(refused.code).toBe(ResponseCode.MESSAGE_ILLEGAL);
    expect(await maxOffset(broker, client, 'B')).toBe(3);
    client.close();
  });

  test('stays one: its type can not be changed', async () => {
    await using broker = await TestBroker.start();
    const client = broker.client();
    await createTopic(broker, client, 'B', '+queue.type=BatchCQ');
    const answer = await createTopic(broker, client, 'B', '+queue.type=SimpleCQ');
    expect([answer.code, answer.remark]).toEqual([
      ResponseCode.SYSTEM_ERROR,
      'attempt to update an unchangeable attribute. key: queue.type',
    ]);
    client.close();
  });
});

describe('light topics', () => {
  const dispatched = (names: string) => property(MessageConst.PROPERTY_INNER_MULTI_DISPATCH, names);

  test('are pulled by light groups without being configured', async () => {
    await using broker = await TestBroker.start(LIGHT);
    const client = broker.client();
    await send(broker, client, { body: '1', properties: dispatched('%LMQ%a,%LMQ%b') });
    await send(broker, client, { body: '2', properties: dispatched('%LMQ%b'), queueId: 2 });
    const light = { consumerGroup: '%LMQ%g' };
    expect((await pull(broker, client, { ...light, topic: '%LMQ%a' })).bodies).toEqual(['1']);
    expect((await pull(broker, client, { ...light, topic: '%LMQ%b' })).bodies).toEqual(['1', '2']);
    expect(await maxOffset(broker, client, '%LMQ%b')).toBe(2);
    client.close();
  });

  test('wake pulls that wait for them', async () => {
    await using broker = await TestBroker.start(LIGHT);
    const client = broker.client();
    const waiting = pull(broker, client, {
      consumerGroup: '%LMQ%g',
      topic: '%LMQ%a',
      sysFlag: PullSysFlag.SUSPEND,
      suspendTimeoutMillis: 20_000,
    });
    await broker.clock.advance(1000);
    await send(broker, client, { body: 'late', properties: dispatched('%LMQ%a') });
    expect((await waiting).bodies).toEqual(['late']);
    client.close();
  });

  test('can be sent to', async () => {
    await using broker = await TestBroker.start(LIGHT);
    const client = broker.client();
    expect((await send(broker, client, { topic: '%LMQ%a', body: 'direct' })).code).toBe(ResponseCode.SUCCESS);
    expect((await pull(broker, client, { consumerGroup: '%LMQ%g', topic: '%LMQ%a' })).bodies).toEqual(['direct']);
    client.close();
  });

  test('do not exist when they are not enabled', async () => {
    await using broker = await TestBroker.start();
    const client = broker.client();
    await send(broker, client, { properties: dispatched('%LMQ%a') });
    expect((await pull(broker, client, { topic: '%LMQ%a' })).code).toBe(ResponseCode.TOPIC_NOT_EXIST);
    client.close();
  });

  test('hold the messages of lite topics', async () => {
    await using broker = await TestBroker.start(LIGHT);
    const client = broker.client();
    await send(broker, client, { body: 'lite', properties: property(MessageConst.PROPERTY_LITE_TOPIC, 'child') });
    const answer = await pull(broker, client, { liteTopic: 'child' });
    expect(answer.bodies).toEqual(['lite']);
    expect(await maxOffset(broker, client, '%LMQ%$T$child')).toBe(1);
    client.close();
  });
});

test('a priority is the queue of a message, as far as the topic has queues, and holds for no other kind of message', async () => {
  await using broker = await TestBroker.start();
  const client = broker.client();
  const priority = (value: string) => property(MessageConst.PROPERTY_PRIORITY, value);
  await createTopic(broker, client, 'P', '+message.type=PRIORITY');
  const queueOf = async (properties: string) =>
    (await send(broker, client, { topic: 'P', queueId: 1, properties })).header().queueId;
  expect(await queueOf(priority('2'))).toBe(2);
  expect(await queueOf(priority('9'))).toBe(3);
  expect(await queueOf(priority('no'))).toBe(1);
  expect(await queueOf(priority('2') + property(MessageConst.PROPERTY_SHARDING_KEY, 'k'))).toBe(1);
  const { messages } = await pull(broker, client, { topic: 'P', queueId: 1 });
  expect(messages.map(({ properties }) => properties.has(MessageConst.PROPERTY_PRIORITY))).toEqual([true, false]);
  client.close();
});

test('bit maps of those who filter by expressions are kept with the queues, and messages filtered by them', async () => {
  const settings: BrokerSettingsOverrides = {
    broker: { enableCalcFilterBitMap: true, enablePropertyFilter: true },
    store: { enableConsumeQueueExt: true },
  };
  const broker = await TestBroker.start(settings);
  let client = broker.client();
  await createTopic(broker, client, 'S', '');
  const beat = (on: TestBroker, by: RemotingClient) =>
    by.invoke(on.address, HEART_BEAT, {}, { timeoutMs, body: heartbeatOf('S', 'number < 10') });
  await beat(broker, client);
  await broker.clock.advance(1000);
  for (const number of ['5', '50']) {
    await send(broker, client, { topic: 'S', body: number, properties: property('number', number) });
  }
  client.close();
  await broker.stop();
  const ext = broker.files.readFileSync('/store/consumequeue_ext/S/0/00000000000000000000');
  const bitMaps = [ext.subarray(20, 34), ext.subarray(54, 68)];
  expect(bitMaps.map((bits) => bits.some((byte) => byte !== 0))).toEqual([true, false]);

  const second = new TestBroker(settings, broker);
  await second.broker.start();
  client = second.client();
  await beat(second, client);
  const answer = await pull(second, client, { topic: 'S', sysFlag: 0, subscription: '', subVersion: 1 }, 0);
  expect(answer.bodies).toEqual(['5']);
  client.close();
  await second.stop();
});

function heartbeatOf(topic: string, subString: string): Buffer {
  const subscription = {
    classFilterMode: false,
    topic,
    subString,
    tagsSet: new Set<string>(),
    codeSet: new Set<number>(),
    subVersion: 1,
    expressionType: 'SQL92',
  };
  return HeartbeatData.encode({
    clientID: 'c',
    producerDataSet: [],
    consumerDataSet: [
      {
        groupName: 'G',
        consumeType: 'CONSUME_PASSIVELY',
        messageModel: 'CLUSTERING',
        consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
        subscriptionDataSet: [subscription],
        unitMode: false,
      },
    ],
    heartbeatFingerprint: 0,
    withoutSub: false,
  });
}
