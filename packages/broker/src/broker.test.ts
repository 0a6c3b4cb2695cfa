import { MessageConst, setProperty, silentLogger } from '@rocketmq-ts/common';
import {
  Dispatcher,
  GET_BROKER_CONFIG,
  GET_CONSUMER_LIST_BY_GROUP,
  GetConsumerListByGroupResponseBody,
  HEART_BEAT,
  HeartbeatData,
  NOTIFY_CONSUMER_IDS_CHANGED,
  PULL_MESSAGE,
  PUSH_REPLY_MESSAGE_TO_CLIENT,
  processor,
  QUERY_CONSUMER_OFFSET,
  type RemotingClient,
  ResponseCode,
  SEND_MESSAGE_V2,
  SEND_REPLY_MESSAGE_V2,
  UNREGISTER_CLIENT,
  UPDATE_AND_CREATE_TOPIC,
  UPDATE_BROKER_CONFIG,
  UPDATE_CONSUMER_OFFSET,
} from '@rocketmq-ts/remoting';
import { describe, expect, test } from 'vitest';
import { BrokerStartError } from './broker.js';
import { TestBroker } from './test-broker.js';

const timeoutMs = 3000;

const SUBSCRIPTION = {
  classFilterMode: false,
  topic: 'T',
  subString: '*',
  tagsSet: new Set<string>(),
  codeSet: new Set<number>(),
  subVersion: 1,
  expressionType: 'TAG',
};

function heartbeat(clientID: string, given: Partial<HeartbeatData> = {}): Buffer {
  return HeartbeatData.encode({
    clientID,
    producerDataSet: [],
    consumerDataSet: [
      {
        groupName: 'G',
        consumeType: 'CONSUME_PASSIVELY',
        messageModel: 'CLUSTERING',
        consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
        subscriptionDataSet: [SUBSCRIPTION],
        unitMode: false,
      },
    ],
    heartbeatFingerprint: 0,
    withoutSub: false,
    ...given,
  });
}

function send(broker: TestBroker, client: RemotingClient, given: { topic?: string; properties?: string } = {}) {
  const header = {
    producerGroup: 'P',
    topic: 'T',
    defaultTopic: 'TBW102',
    defaultTopicQueueNums: 4,
    queueId: 0,
    sysFlag: 0,
    bornTimestamp: 1,
    flag: 0,
    ...given,
  };
  return client.invoke(broker.address, SEND_MESSAGE_V2, header, { timeoutMs, body: Buffer.from('hello') });
}

function pull(broker: TestBroker, client: RemotingClient, given: object = {}) {
  const header = {
    consumerGroup: 'G',
    topic: 'T',
    queueId: 0,
    queueOffset: 0,
    maxMsgNums: 32,
    sysFlag: 0,
    commitOffset: 0,
    suspendTimeoutMillis: 0,
    subVersion: 1,
    ...given,
  };
  return client.invoke(broker.address, PULL_MESSAGE, header, { timeoutMs: 60_000 });
}

/** A client that keeps what the broker asks of it. */
function listeningClient(broker: TestBroker): { client: RemotingClient; told: string[]; replies: string[] } {
  const told: string[] = [];
  const replies: string[] = [];
  const dispatcher = new Dispatcher({
    logger: silentLogger,
    lanes: { all: 100 },
    processors: [
      processor(NOTIFY_CONSUMER_IDS_CHANGED, 'all', ({ consumerGroup }) => {
        told.push(consumerGroup);
      }),
      processor(PUSH_REPLY_MESSAGE_TO_CLIENT, 'all', (_header, { command }) => {
        replies.push(String(command.body));
        return { code: ResponseCode.SUCCESS };
      }),
    ],
  });
  return { client: broker.client({ dispatcher }), told, replies };
}

describe('a broker', () => {
  test('does not start when it is told to check credentials, which it can not yet', async () => {
    const broker = new TestBroker({ auth: { authenticationEnabled: true } });
    await expect(broker.broker.start()).rejects.toThrow(BrokerStartError);
  });

  test('keeps topics, groups and offsets over a restart', async () => {
    const first = await TestBroker.start();
    const client = first.client();
    await send(first, client);
    await client.invoke(first.address, HEART_BEAT, {}, { timeoutMs, body: heartbeat('c1') });
    const commit = { consumerGroup: 'G', topic: 'T', queueId: 0, commitOffset: 1 };
    await client.invoke(first.address, UPDATE_CONSUMER_OFFSET, commit, { timeoutMs });
    client.close();
    await first.stop();
    await using second = await TestBroker.start({}, { files: first.files });
    const again = second.client();
    const question = { consumerGroup: 'G', topic: 'T', queueId: 0 };
    const answer = await again.invoke(second.address, QUERY_CONSUMER_OFFSET, question, { timeoutMs });
    expect(answer.header().offset).toBe(1);
    expect((await pull(second, again, { sysFlag: 4, subscription: '*' })).code).toBe(ResponseCode.SUCCESS);
    again.close();
  });

  test('writes a topic to its file before it acknowledges the send that made it', async () => {
    await using broker = await TestBroker.start();
    const client = broker.client();
    expect((await send(broker, client, { topic: 'Fresh' })).code).toBe(ResponseCode.SUCCESS);
    expect(broker.configFile('topics.json')).toContain('"Fresh"');
    client.close();
  });

  test('refuses a topic with more queues than anybody needs', async () => {
    await using broker = await TestBroker.start();
    const client = broker.client();
    const header = {
      topic: 'Huge',
      defaultTopic: 'TBW102',
      readQueueNums: 2 ** 31 - 1,
      writeQueueNums: 2 ** 31 - 1,
      perm: 6,
      topicFilterType: 'SINGLE_TAG',
    };
    const answer = await client.invoke(broker.address, UPDATE_AND_CREATE_TOPIC, header, { timeoutMs });
    expect(answer.code).toBe(ResponseCode.INVALID_PARAMETER);
    client.close();
  });

  test('answers a pull that waits as soon as a message arrives', async () => {
    await using broker = await TestBroker.start();
    const producer = broker.client();
    const consumer = broker.client();
    await send(broker, producer);
    const waiting = pull(broker, consumer, {
      queueOffset: 1,
      sysFlag: 2 | 4,
      subscription: '*',
      suspendTimeoutMillis: 15_000,
    });
    await send(broker, producer);
    const answer = await waiting;
    expect([answer.code, answer.header().nextBeginOffset]).toEqual([ResponseCode.SUCCESS, 2]);
    producer.close();
    consumer.close();
  });

  test('answers a pull that waited in vain when its time is over', async () => {
    await using broker = await TestBroker.start();
    const client = broker.client();
    await send(broker, client);
    const waiting = pull(broker, client, {
      queueOffset: 1,
      sysFlag: 2 | 4,
      subscription: '*',
      suspendTimeoutMillis: 5000,
    });
    await broker.clock.advance(6000);
    expect((await waiting).code).toBe(ResponseCode.PULL_NOT_FOUND);
    client.close();
  });
});

describe('the members of a group', () => {
  test('hear of each other when one comes, leaves or is cut off', async () => {
    await using broker = await TestBroker.start();
    const a = listeningClient(broker);
    const b = listeningClient(broker);
    await a.client.invoke(broker.address, HEART_BEAT, {}, { timeoutMs, body: heartbeat('a') });
    await b.client.invoke(broker.address, HEART_BEAT, {}, { timeoutMs, body: heartbeat('b') });
    await broker.clock.advance(10);
    expect([a.told.length, b.told.length]).toEqual([2, 1]);
    const list = await a.client.invoke(
      broker.address,
      GET_CONSUMER_LIST_BY_GROUP,
      { consumerGroup: 'G' },
      { timeoutMs },
    );
    expect(GetConsumerListByGroupResponseBody.decode(list.body).consumerIdList).toEqual(['a', 'b']);
    await a.client.invoke(broker.address, UNREGISTER_CLIENT, { clientID: 'a', consumerGroup: 'G' }, { timeoutMs });
    await broker.clock.advance(10);
    expect(b.told.length).toBe(2);
    await a.client.invoke(broker.address, HEART_BEAT, {}, { timeoutMs, body: heartbeat('a') });
    a.client.close();
    await broker.clock.advance(10);
    expect(b.told.length).toBe(4);
    b.client.close();
  });

  test('tell by fingerprint whether they have to send their subscriptions again', async () => {
    await using broker = await TestBroker.start();
    const client = broker.client();
    const beat = async (body: Buffer) => {
      const answer = await client.invoke(broker.address, HEART_BEAT, {}, { timeoutMs, body });
      return answer.header();
    };
    expect(await beat(heartbeat('c', { heartbeatFingerprint: 7 }))).toEqual({
      isSupportHeartBeatV2: true,
      isSubChange: false,
    });
    expect((await beat(heartbeat('c', { heartbeatFingerprint: 8 }))).isSubChange).toBe(true);
    expect((await beat(heartbeat('c', { heartbeatFingerprint: 8, withoutSub: true }))).isSubChange).toBe(false);
    client.close();
  });

  test('are refused by a heartbeat with a name that can not be', async () => {
    await using broker = await TestBroker.start();
    const client = broker.client();
    const body = heartbeat('c');
    await client.invoke(
      broker.address,
      HEART_BEAT,
      {},
      {
        timeoutMs,
        body: Buffer.from(body.toString().replaceAll('"G"', '"../../G"')),
      },
    );
    expect(broker.files.readdirSync('/store/config')).not.toContain('subscriptionGroup.json');
    client.close();
  });
});

describe('a pull by the subscription of a heartbeat', () => {
  const refusals: [string, number, object][] = [
    ['without a heartbeat', ResponseCode.SUBSCRIPTION_NOT_EXIST, { consumerGroup: 'Silent' }],
    ['with a newer subscription than announced', ResponseCode.SUBSCRIPTION_NOT_LATEST, { subVersion: 2 }],
    ['from a topic that was not announced', ResponseCode.SUBSCRIPTION_NOT_EXIST, { topic: 'Other' }],
    ['with an expression that is none', ResponseCode.SUBSCRIPTION_PARSE_FAILED, { sysFlag: 4, subscription: '||' }],
  ];

  test.each(refusals)('%s is refused', async (_when, code, given) => {
    await using broker = await TestBroker.start();
    const client = broker.client();
    await send(broker, client);
    await send(broker, client, { topic: 'Other' });
    await client.invoke(broker.address, HEART_BEAT, {}, { timeoutMs, body: heartbeat('c') });
    expect((await pull(broker, client, given)).code).toBe(code);
    client.close();
  });

  test('gets what the announced SQL expression takes', async () => {
    await using broker = await TestBroker.start({ broker: { enablePropertyFilter: true } });
    const client = broker.client();
    await send(broker, client, { properties: setProperty('', 'n', '1') });
    await send(broker, client, { properties: setProperty('', 'n', '5') });
    const body = heartbeat('c')
      .toString()
      .replace('"subString":"*"', '"subString":"n > 3"')
      .replace('"TAG"', '"SQL92"');
    await client.invoke(broker.address, HEART_BEAT, {}, { timeoutMs, body: Buffer.from(body) });
    const answer = await pull(broker, client);
    expect(answer.code).toBe(ResponseCode.SUCCESS);
    expect(answer.body?.readInt32BE(0)).toBe(answer.body?.length);
    client.close();
  });
});

describe('the configuration', () => {
  test('changes within the white list, is written to the file of the start, and shows no paths from the wire', async () => {
    await using broker = await TestBroker.start({ broker: { brokerConfigPath: '/conf/broker.conf' } });
    const client = broker.client();
    const update = (text: string) =>
      client.invoke(broker.address, UPDATE_BROKER_CONFIG, undefined, { timeoutMs, body: Buffer.from(text) });
    expect((await update('defaultTopicQueueNums=3')).code).toBe(ResponseCode.SUCCESS);
    expect((await update('storePathRootDir=/elsewhere')).code).toBe(ResponseCode.NO_PERMISSION);
    expect((await update('brokerConfigPath=/etc/passwd')).code).toBe(ResponseCode.NO_PERMISSION);
    expect((await update('defaultTopicQueueNums=many')).code).toBe(ResponseCode.INVALID_PARAMETER);
    expect(broker.settings.broker.defaultTopicQueueNums).toBe(3);
    expect(broker.files.readFileSync('/conf/broker.conf').toString()).toContain('defaultTopicQueueNums=3');
    const shown = await client.invoke(broker.address, GET_BROKER_CONFIG, undefined, { timeoutMs });
    expect(shown.body?.toString()).toContain('defaultTopicQueueNums=3');
    expect(JSON.parse(shown.header().version).counter).toBe(1);
    client.close();
  });
});

describe('a reply', () => {
  test('is pushed to the producer that waits for it', async () => {
    await using broker = await TestBroker.start();
    const asker = listeningClient(broker);
    const body = heartbeat('asker', { consumerDataSet: [], producerDataSet: [{ groupName: 'P' }] });
    await asker.client.invoke(broker.address, HEART_BEAT, {}, { timeoutMs, body });
    const client = broker.client();
    const header = {
      producerGroup: 'P',
      topic: 'DefaultCluster_REPLY_TOPIC',
      defaultTopic: 'TBW102',
      defaultTopicQueueNums: 1,
      queueId: 0,
      sysFlag: 0,
      bornTimestamp: 1,
      flag: 0,
      properties: setProperty('', MessageConst.PROPERTY_MESSAGE_REPLY_TO_CLIENT, 'asker'),
    };
    const answer = await client.invoke(broker.address, SEND_REPLY_MESSAGE_V2, header, {
      timeoutMs,
      body: Buffer.from('pong'),
    });
    expect([answer.code, asker.replies]).toEqual([ResponseCode.SUCCESS, ['pong']]);
    asker.client.close();
    client.close();
  });
});
