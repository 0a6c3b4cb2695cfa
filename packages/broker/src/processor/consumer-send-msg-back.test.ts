import { createSubscriptionGroupConfig, type MessageExt } from '@rocketmq-ts/common';
import {
  CONSUMER_SEND_MSG_BACK,
  GET_BROKER_RUNTIME_INFO,
  KVTable,
  ResponseCode,
  SEND_BATCH_MESSAGE,
  SubscriptionGroupList,
  UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST,
  UPDATE_BROKER_CONFIG,
} from '@rocketmq-ts/remoting';
import { describe, expect, test } from 'vitest';
import type { TestBroker } from '../test-broker.js';
import { TestClientBench, timeoutMs } from '../test-client-bench.js';

/** Shorter than the default ones, so that 16 attempts are over soon. */
const LEVELS_SECONDS = Array.from({ length: 18 }, (_, index) => index + 1);
const messageDelayLevel = LEVELS_SECONDS.map((seconds) => `${seconds}s`).join(' ');

class Bench extends TestClientBench {
  static async start(overrides?: Parameters<typeof TestBroker.start>[0]): Promise<Bench> {
    return new Bench(await TestClientBench.startBroker(overrides));
  }

  send(given: Parameters<TestClientBench['header']>[0] = {}) {
    return this.sendWith(this.header({ flag: 5, properties: 'KEYS\u0001k\u0002TAGS\u0001TagA\u0002', ...given }));
  }

  sendBack(offset: number, given: Partial<Parameters<typeof this.backHeader>[1]> = {}) {
    return this.client.invoke(this.broker.address, CONSUMER_SEND_MSG_BACK, this.backHeader(offset, given), {
      timeoutMs,
    });
  }

  backHeader(
    offset: number,
    given: { delayLevel?: number; group?: string; maxReconsumeTimes?: number; unitMode?: boolean },
  ) {
    return { offset, group: 'G', delayLevel: 0, originTopic: 'T', originMsgId: 'x', ...given };
  }

  async only(topic: string): Promise<MessageExt> {
    const messages = await this.pull(topic);
    expect(messages).toHaveLength(1);
    return messages[0]!;
  }

  async setGroup(given: Parameters<typeof createSubscriptionGroupConfig>[1]): Promise<void> {
    const body = SubscriptionGroupList.encode({ groupConfigList: [createSubscriptionGroupConfig('G', given)] });
    await this.client.invoke(this.broker.address, UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST, undefined, {
      timeoutMs,
      body,
    });
  }
}

describe('a message that is sent back', () => {
  test('comes again after the delay of its attempt, and after 16 attempts goes to the dead letters', async () => {
    await using bench = await Bench.start({ store: { messageDelayLevel } });
    await bench.send();
    let current = await bench.only('T');
    const firstId = current.msgId;
    for (let attempt = 1; attempt <= 16; attempt++) {
      const answer = await bench.sendBack(current.commitLogOffset);
      expect(answer.code).toBe(ResponseCode.SUCCESS);
      const dueMs = bench.broker.clock.now() + Math.min(attempt + 2, 18) * 1000;
      await bench.broker.clock.advance(dueMs - 1 - bench.broker.clock.now());
      const before = attempt === 1 ? [] : await bench.pull('%RETRY%G');
      expect(before).toHaveLength(attempt - 1);
      await bench.broker.clock.advance(1);
      const retries = await bench.pull('%RETRY%G');
      expect(retries).toHaveLength(attempt);
      current = retries.at(-1)!;
      expect(current).toMatchObject({ reconsumeTimes: attempt, flag: 5, bornTimestamp: 1, storeTimestamp: dueMs });
      expect(Object.fromEntries(current.properties)).toMatchObject({
        KEYS: 'k',
        TAGS: 'TagA',
        RETRY_TOPIC: 'T',
        ORIGIN_MESSAGE_ID: firstId,
        DELAY: String(Math.min(attempt + 2, 18)),
        REAL_TOPIC: '%RETRY%G',
        WAIT: 'false',
      });
    }
    expect((await bench.sendBack(current.commitLogOffset)).code).toBe(ResponseCode.SUCCESS);
    const dead = await bench.only('%DLQ%G');
    expect(dead).toMatchObject({ reconsumeTimes: 17, flag: 5 });
    expect(dead.body.toString()).toBe('hello');
    expect(Object.fromEntries(dead.properties)).toMatchObject({
      RETRY_TOPIC: 'T',
      ORIGIN_MESSAGE_ID: firstId,
      DELAY: '0',
      REAL_TOPIC: '%RETRY%G',
    });
    await bench.broker.clock.advance(60_000);
    expect(await bench.pull('%RETRY%G')).toHaveLength(16);
  });

  test('comes after the level that its consumer chose, or goes to the dead letters when that is below 0', async () => {
    await using bench = await Bench.start();
    await bench.send();
    await bench.send();
    const [first, second] = await bench.pull('T');
    await bench.sendBack(first!.commitLogOffset, { delayLevel: 1 });
    await bench.sendBack(second!.commitLogOffset, { delayLevel: -1 });
    await bench.broker.clock.advance(1000);
    expect((await bench.only('%RETRY%G')).properties.get('DELAY')).toBe('1');
    expect((await bench.only('%DLQ%G')).reconsumeTimes).toBe(1);
  });

  test("goes to the dead letters after its consumer's own number of attempts, or that of its group", async () => {
    await using bench = await Bench.start();
    await bench.send();
    const { commitLogOffset } = await bench.only('T');
    await bench.sendBack(commitLogOffset, { maxReconsumeTimes: 0 });
    expect(await bench.pull('%DLQ%G')).toHaveLength(1);
    await bench.setGroup({ retryMaxTimes: 0 });
    await bench.sendBack(commitLogOffset);
    expect(await bench.pull('%DLQ%G')).toHaveLength(2);
    await bench.sendBack(commitLogOffset, { maxReconsumeTimes: 1 });
    expect(await bench.pull('%DLQ%G')).toHaveLength(2);
  });

  test('is dropped, with success, for a group without retry queues', async () => {
    await using bench = await Bench.start();
    await bench.setGroup({ retryQueueNums: 0 });
    await bench.send();
    const { commitLogOffset } = await bench.only('T');
    const answer = await bench.sendBack(commitLogOffset);
    expect(answer).toMatchObject({ code: ResponseCode.SUCCESS });
    expect(answer.remark).toBeUndefined();
    await bench.broker.clock.advance(20_000);
    expect(bench.broker.configFile('topics.json')).not.toContain('%RETRY%G');
  });

  test('goes to any of the retry queues of its group', async () => {
    await using bench = await Bench.start();
    await bench.setGroup({ retryQueueNums: 3 });
    await bench.send();
    const { commitLogOffset } = await bench.only('T');
    for (let i = 0; i < 30; i++) await bench.sendBack(commitLogOffset, { delayLevel: 1 });
    await bench.broker.clock.advance(2000);
    const counts = await Promise.all([0, 1, 2].map(async (queueId) => (await bench.pull('%RETRY%G', queueId)).length));
    expect(counts.reduce((sum, count) => sum + count)).toBe(30);
    expect(Math.min(...counts)).toBeGreaterThan(0);
  });

  test('is counted for its group and the topic it came from', async () => {
    await using bench = await Bench.start();
    await bench.send();
    await bench.sendBack((await bench.only('T')).commitLogOffset, { delayLevel: 1 });
    await bench.broker.clock.advance(2000);
    const { body } = await bench.client.invoke(bench.broker.address, GET_BROKER_RUNTIME_INFO, undefined, { timeoutMs });
    expect(KVTable.decode(body!).table.get('scheduleMessageOffset_1')).toBe('1,1');
  });
});

describe('sending back is refused', () => {
  test('for a group that does not exist and may not be made', async () => {
    await using bench = await Bench.start({ broker: { autoCreateSubscriptionGroup: false } });
    const answer = await bench.sendBack(0);
    expect(answer).toMatchObject({
      code: ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST,
      remark:
        'subscription group not exist, G \nSee https://rocketmq.apache.org/docs/bestPractice/06FAQ for further details.',
    });
  });

  test.each([99_999_999, 1, -1])('when there is no message at offset %d', async (offset) => {
    await using bench = await Bench.start();
    await bench.send();
    const answer = await bench.sendBack(offset);
    expect(answer).toMatchObject({
      code: ResponseCode.SYSTEM_ERROR,
      remark: `look message by offset failed, ${offset}`,
    });
  });

  test('while the broker takes no messages', async () => {
    await using bench = await Bench.start();
    await bench.client.invoke(bench.broker.address, UPDATE_BROKER_CONFIG, undefined, {
      timeoutMs,
      body: Buffer.from('brokerPermission=4\n'),
    });
    const answer = await bench.sendBack(0);
    expect(answer).toMatchObject({
      code: ResponseCode.NO_PERMISSION,
      remark: 'the broker[127.0.0.1] sending message is forbidden',
    });
  });
});

describe('a message with a delay level', () => {
  test('is answered with the place where it waits and the queue it was sent to', async () => {
    await using bench = await Bench.start();
    const answer = await bench.send({ properties: 'DELAY\u00013\u0002' });
    expect(answer.code).toBe(ResponseCode.SUCCESS);
    expect(answer.header()).toMatchObject({ queueId: 0, queueOffset: 0 });
    await bench.broker.clock.advance(9999);
    expect(await bench.pull('T')).toEqual([]);
    await bench.broker.clock.advance(1);
    const message = await bench.only('T');
    expect(message.queueOffset).toBe(0);
    expect(Object.keys(Object.fromEntries(message.properties))).toEqual(
      expect.arrayContaining(['DELAY', 'REAL_TOPIC', 'REAL_QID', 'UNIQ_KEY', 'CLUSTER', 'MSG_REGION', 'TRACE_ON']),
    );
  });

  test('that is no number, or on a batch, is refused', async () => {
    await using bench = await Bench.start();
    expect(await bench.send({ properties: 'DELAY\u0001soon\u0002' })).toMatchObject({
      code: ResponseCode.SYSTEM_ERROR,
      remark: expect.stringContaining("the delay level 'soon' is not a number"),
    });
    const header = {
      producerGroup: 'P',
      topic: 'T',
      defaultTopic: 'TBW102',
      defaultTopicQueueNums: 1,
      queueId: 0,
      sysFlag: 0,
      bornTimestamp: 1,
      flag: 0,
      batch: true,
      properties: 'DELAY\u00013\u0002',
    };
    const body = Buffer.from('00000017000000000000000000000000000000016100000', 'hex');
    const answer = await bench.client.invoke(bench.broker.address, SEND_BATCH_MESSAGE, header, { timeoutMs, body });
    expect(answer).toMatchObject({
      code: ResponseCode.MESSAGE_ILLEGAL,
      remark: 'TimeDelayLevel is not supported for batching',
    });
  });

  test('below 1 is delivered at once', async () => {
    await using bench = await Bench.start();
    await bench.send({ properties: 'DELAY\u00010\u0002' });
    await bench.send({ properties: 'DELAY\u0001-1\u0002' });
    expect(await bench.pull('T')).toHaveLength(2);
  });
});

describe('a retry that a client sends as a new message', () => {
  const properties = 'DELAY\u00014\u0002RETRY_TOPIC\u0001T\u0002ORIGIN_MESSAGE_ID\u0001o\u0002';

  test('waits for its level and arrives with its number of attempts', async () => {
    await using bench = await Bench.start();
    await bench.send({ topic: '%RETRY%G', properties, reconsumeTimes: 2, maxReconsumeTimes: 16 });
    await bench.broker.clock.advance(29_999);
    expect(await bench.pull('%RETRY%G')).toEqual([]);
    await bench.broker.clock.advance(1);
    const retry = await bench.only('%RETRY%G');
    expect(retry.reconsumeTimes).toBe(2);
    expect(retry.properties.get('ORIGIN_MESSAGE_ID')).toBe('o');
  });

  test('goes to the dead letters at once beyond its last attempt', async () => {
    await using bench = await Bench.start();
    await bench.send({ topic: '%RETRY%G', properties, reconsumeTimes: 17, maxReconsumeTimes: 16 });
    const dead = await bench.only('%DLQ%G');
    expect(dead.reconsumeTimes).toBe(17);
    expect(dead.properties.get('DELAY')).toBe('-1');
  });

  test('may have been a transactional message once', async () => {
    await using bench = await Bench.start();
    const once = `${properties}TRAN_MSG\u0001true\u0002`;
    const answer = await bench.send({ topic: '%RETRY%G', properties: once, reconsumeTimes: 1 });
    expect(answer.code).toBe(ResponseCode.SUCCESS);
  });
});
