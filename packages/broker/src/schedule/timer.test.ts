// Timed messages as clients and tools meet them: sending, recalling, looking at the timer.
import { decodeRecallMessageHandle, encodeRecallMessageHandle } from '@rocketmq-ts/common';
import {
  GET_TIMER_CHECK_POINT,
  GET_TIMER_METRICS,
  RECALL_MESSAGE,
  ResponseCode,
  SEND_BATCH_MESSAGE,
  SWITCH_TIMER_ENGINE,
  UPDATE_BROKER_CONFIG,
} from '@rocketmq-ts/remoting';
import { VirtualClock } from '@rocketmq-ts/testkit';
import { describe, expect, test } from 'vitest';
import type { TestBroker } from '../test-broker.js';
import { TestClientBench, timeoutMs } from '../test-client-bench.js';

const START_MS = 1_800_000_000_000;

class Bench extends TestClientBench {
  static async start(overrides: Parameters<typeof TestBroker.start>[0] = {}): Promise<Bench> {
    const clock = new VirtualClock({ startMs: START_MS });
    const broker = { recallMessageEnable: true, ...overrides.broker };
    return new Bench(await TestClientBench.startBroker({ ...overrides, broker }, { clock }));
  }

  send(properties: Record<string, string>, body = 'hello') {
    return this.sendWith(this.header({ properties: textOf(properties) }), body);
  }

  recall(recallHandle: string, topic = 'T') {
    const request = { topic, recallHandle, producerGroup: 'P' };
    return this.client.invoke(this.broker.address, RECALL_MESSAGE, request, { timeoutMs });
  }
}

function textOf(properties: Record<string, string>): string {
  return Object.entries(properties)
    .map(([key, value]) => `${key}\u0001${value}\u0002`)
    .join('');
}

describe('a timed message', () => {
  test('is answered with a handle, and comes when it is due', async () => {
    await using bench = await Bench.start();
    const answer = await bench.send({ UNIQ_KEY: 'U', TIMER_DELAY_MS: '3000', TAGS: 'A' });
    expect(answer.code).toBe(ResponseCode.SUCCESS);
    expect(decodeRecallMessageHandle(answer.ext.recallHandle ?? '')).toEqual({
      topic: 'T',
      brokerName: 'broker-a',
      timestamp: String(START_MS + 2001),
      messageId: 'U',
    });
    const figures = await bench.runtimeInfo();
    expect(figures.get('timerCongestNum')).toBe('1');
    expect(figures.get('timerReadBehind')).toBe('0');
    expect(figures.get('timerOffsetBehind')).toBe('0');
    await bench.broker.clock.advance(2999);
    expect(await bench.pull()).toEqual([]);
    await bench.broker.clock.advance(1);
    const [message] = await bench.pull();
    expect(Object.fromEntries(message!.properties)).toMatchObject({ TAGS: 'A', UNIQ_KEY: 'U', REAL_TOPIC: 'T' });
    expect((await bench.runtimeInfo()).get('timerCongestNum')).toBe('0');
  });

  test.each([
    [
      { TIMER_DELAY_SEC: '259201' },
      ResponseCode.MESSAGE_ILLEGAL,
      'timer message illegal, the delay time should not be bigger than the max delay 259200000ms; or if set del msg, the delay time should be bigger than the current time',
    ],
    [{ DELAY: '0', TIMER_DELIVER_MS: 'x' }, ResponseCode.MESSAGE_ILLEGAL, 'timer message illegal'],
  ])('%j is refused as the reference does', async (properties, code, remark) => {
    await using bench = await Bench.start();
    const answer = await bench.send(properties);
    expect(answer.code).toBe(code);
    expect(answer.remark).toContain(remark);
  });

  test('is refused in a slot that is full, and where the timer is off', async () => {
    await using bench = await Bench.start({ store: { timerCongestNumEachSlot: 1 } });
    for (let i = 0; i < 2; i++) await bench.send({ UNIQ_KEY: `U${i}`, TIMER_DELAY_SEC: '10' });
    const full = await bench.send({ UNIQ_KEY: 'U2', TIMER_DELAY_SEC: '10' });
    expect(full.code).toBe(ResponseCode.SYSTEM_ERROR);
    expect(full.remark).toBe(
      'timer message is under flow control, max num limit is 2 or the current value is greater than 1 and less than 2, trigger random flow control',
    );
    await using off = await Bench.start({ store: { timerWheelEnable: false } });
    const refused = await off.send({ TIMER_DELAY_SEC: '10' });
    expect([refused.code, refused.remark]).toEqual([
      ResponseCode.SYSTEM_ERROR,
      'accurate timer message is not enabled, timerWheelEnable is false',
    ]);
    const metrics = await off.client.invoke(off.broker.address, GET_TIMER_METRICS, undefined, { timeoutMs });
    expect(metrics.remark).toBe('The timer message store is null');
  });

  test('with a delay level waits for the level, and in a batch is refused', async () => {
    await using bench = await Bench.start();
    const leveled = await bench.send({ DELAY: '1', TIMER_DELAY_SEC: '60' });
    expect(leveled.ext.recallHandle).toBeUndefined();
    await bench.broker.clock.advance(2000);
    expect(await bench.pull()).toHaveLength(1);
    const batch = { ...bench.header({ properties: textOf({ TIMER_DELAY_SEC: '5' }) }), batch: true };
    const answer = await bench.client.invoke(bench.broker.address, SEND_BATCH_MESSAGE, batch, {
      timeoutMs,
      body: Buffer.alloc(22),
    });
    expect(answer.code).toBe(ResponseCode.MESSAGE_ILLEGAL);
  });
});

describe('recalling', () => {
  test('takes a message back', async () => {
    await using bench = await Bench.start();
    const kept = await bench.send({ UNIQ_KEY: 'K', TIMER_DELAY_SEC: '10' }, 'kept');
    const { ext: sent } = await bench.send({ UNIQ_KEY: 'U', TIMER_DELAY_SEC: '10' }, 'taken back');
    expect(kept.code).toBe(ResponseCode.SUCCESS);
    const answer = await bench.recall(sent.recallHandle ?? '');
    expect(answer.code).toBe(ResponseCode.SUCCESS);
    expect(answer.ext).toMatchObject({ msgId: 'U', MSG_REGION: 'DefaultRegion' });
    await bench.broker.clock.advance(12_000);
    expect((await bench.pull()).map(({ body }) => body.toString())).toEqual(['kept']);
  });

  test('is refused where it is not allowed', async () => {
    await using bench = await Bench.start({ broker: { recallMessageEnable: false } });
    const answer = await bench.recall('x');
    expect([answer.code, answer.remark]).toEqual([ResponseCode.NO_PERMISSION, 'recall failed, operation is forbidden']);
  });

  const handle = { topic: 'T', brokerName: 'broker-a', timestamp: String(START_MS + 5000), messageId: 'U' };
  test.each([
    ['of no message', 'x y', ResponseCode.ILLEGAL_OPERATION, 'recall handle is invalid'],
    ['of another topic', { topic: 'O' }, ResponseCode.ILLEGAL_OPERATION, 'recall failed, topic not match'],
    [
      'of another broker',
      { brokerName: 'b' },
      ResponseCode.ILLEGAL_OPERATION,
      'recall failed, broker service not available',
    ],
    ['of a time that is over', { timestamp: '5' }, ResponseCode.ILLEGAL_OPERATION, 'recall failed, timestamp invalid'],
    ['of no time', { timestamp: 'soon' }, ResponseCode.ILLEGAL_OPERATION, 'recall failed, timestamp invalid'],
  ])('refuses a handle %s', async (_, part, code, remark) => {
    await using bench = await Bench.start();
    await bench.send({});
    const text = typeof part === 'string' ? part : encodeRecallMessageHandle({ ...handle, ...part });
    const answer = await bench.recall(text);
    expect([answer.code, answer.remark]).toEqual([code, remark]);
  });

  test('refuses a topic that does not exist', async () => {
    await using bench = await Bench.start();
    const answer = await bench.recall(encodeRecallMessageHandle({ ...handle, topic: 'None' }), 'None');
    expect([answer.code, answer.remark]).toEqual([
      ResponseCode.TOPIC_NOT_EXIST,
      'recall failed, the topic[None] not exist',
    ]);
  });
});

describe('the timer for administrators', () => {
  test('hands out its check point and its counts', async () => {
    await using bench = await Bench.start();
    await bench.send({ UNIQ_KEY: 'U', TIMER_DELAY_SEC: '10' });
    await bench.broker.clock.advance(2000);
    const ask = { timeoutMs };
    const { body } = await bench.client.invoke(bench.broker.address, GET_TIMER_CHECK_POINT, undefined, ask);
    const view = Buffer.from(body!);
    expect(view).toHaveLength(56);
    expect([8, 16, 24].map((at) => Number(view.readBigInt64BE(at)))).toEqual([52, 1, 1]);
    const metrics = await bench.client.invoke(bench.broker.address, GET_TIMER_METRICS, undefined, ask);
    expect(JSON.parse(Buffer.from(metrics.body!).toString())).toMatchObject({
      dataVersion: { counter: 1 },
      timingCount: { T: { count: 1 } },
    });
  });

  test('stays the wheel, whatever engine is asked for', async () => {
    await using bench = await Bench.start({ store: { timerStopEnqueue: true } });
    const change = (engineType?: string) =>
      bench.client.invoke(bench.broker.address, SWITCH_TIMER_ENGINE, { engineType }, { timeoutMs });
    expect((await change('R')).remark).toBe('timerRocksDBEnable must be configured true when broker start');
    expect((await change('X')).remark).toBe('param error');
    await bench.send({ UNIQ_KEY: 'U', TIMER_DELAY_SEC: '1' });
    await bench.broker.clock.advance(3000);
    expect(await bench.pull()).toEqual([]);
    const answer = await change('F');
    expect([answer.code, answer.remark]).toEqual([ResponseCode.SUCCESS, 'switch timer engine success']);
    await bench.broker.clock.advance(10);
    expect(await bench.pull()).toHaveLength(1);
  });

  test('stops and goes on delivering as it is told', async () => {
    await using bench = await Bench.start();
    const tell = (text: string) =>
      bench.client.invoke(bench.broker.address, UPDATE_BROKER_CONFIG, undefined, {
        timeoutMs,
        body: Buffer.from(text),
      });
    await tell('timerStopDequeue=true\n');
    await bench.send({ UNIQ_KEY: 'U', TIMER_DELAY_SEC: '1' });
    await bench.broker.clock.advance(5000);
    expect(await bench.pull()).toEqual([]);
    await tell('timerStopDequeue=false\n');
    await bench.broker.clock.advance(10);
    expect(await bench.pull()).toHaveLength(1);
  });
});
