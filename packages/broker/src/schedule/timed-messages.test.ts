import { decodeProperties, encodeProperties, MessageSysFlag } from '@rocketmq-ts/common';
import { describe, expect, test } from 'vitest';
import { TimedMessages } from './timed-messages.js';

const NOW = 1_800_000_000_500;
const config = { timerMaxDelaySec: 259_200, timerPrecisionMs: 1000 };

function postpone(
  properties: Record<string, string>,
  { topic = 'T', sysFlag = 0, reject = false, enabled = true } = {},
) {
  const timer = enabled ? { isReject: () => reject } : undefined;
  const message = { topic, queueId: 3, sysFlag, properties: encodeProperties(Object.entries(properties)) };
  const outcome = new TimedMessages({ config, clock: { now: () => NOW }, timer }).postpone(message);
  return { outcome, message, properties: Object.fromEntries(decodeProperties(message.properties)) };
}

describe('a message that asks for a time', () => {
  test.each([
    [{ TIMER_DELAY_SEC: '10' }, 1_800_000_010_000],
    [{ TIMER_DELAY_MS: '1499' }, 1_800_000_001_000],
    [{ TIMER_DELAY_MS: '1500' }, 1_800_000_001_000],
    [{ TIMER_DELAY_MS: '1501' }, 1_800_000_002_000],
    [{ TIMER_DELIVER_MS: '1800000001000' }, 1_800_000_000_000],
    [{ TIMER_DELIVER_MS: '1800000001001' }, 1_800_000_001_000],
    [{ TIMER_DELIVER_MS: '5', TIMER_DELAY_MS: '7', TIMER_DELAY_SEC: '259200' }, 1_800_259_200_000],
  ])('waits for the slot before: %j', (asked, outMs) => {
    const { outcome, message, properties } = postpone({ KEYS: 'k', ...asked });
    expect(outcome).toEqual({ outMs });
    expect(message).toMatchObject({ topic: 'rmq_sys_wheel_timer', queueId: 0 });
    expect(properties).toEqual({
      KEYS: 'k',
      ...asked,
      TIMER_OUT_MS: String(outMs),
      REAL_TOPIC: 'T',
      REAL_QID: '3',
    });
  });

  test.each<[string, Record<string, string>, { topic?: string; sysFlag?: number }]>([
    ['that is over', { TIMER_DELIVER_MS: '1800000000500' }, {}],
    ['in half a transaction', { TIMER_DELAY_SEC: '5' }, { sysFlag: MessageSysFlag.TRANSACTION_PREPARED }],
    ['and has waited already', { TIMER_DELAY_SEC: '5', TIMER_OUT_MS: '1' }, {}],
    ['in the topic of the timer', { TIMER_DELAY_SEC: '5' }, { topic: 'rmq_sys_wheel_timer' }],
  ])('%s is stored as it is', (_, asked, options) => {
    const { outcome, message, properties } = postpone(asked, options);
    expect(outcome).toBeUndefined();
    expect(message.topic).toBe(options.topic ?? 'T');
    expect(properties).toEqual(asked);
  });

  test.each([
    ['beyond the limit', { TIMER_DELAY_SEC: '259201' }, {}, 'WHEEL_TIMER_MSG_ILLEGAL'],
    ['that is no number', { TIMER_DELAY_MS: 'soon' }, {}, 'WHEEL_TIMER_MSG_ILLEGAL'],
    ['too large for 64 bits', { TIMER_DELIVER_MS: '9'.repeat(30) }, {}, 'WHEEL_TIMER_MSG_ILLEGAL'],
    ['that is over, as a mark', { TIMER_DELIVER_MS: '9', TIMER_DEL_UNIQKEY: 'k' }, {}, 'WHEEL_TIMER_MSG_ILLEGAL'],
    ['in a full slot', { TIMER_DELAY_SEC: '5' }, { reject: true }, 'WHEEL_TIMER_FLOW_CONTROL'],
    ['without a timer', { TIMER_DELAY_SEC: '5' }, { enabled: false }, 'WHEEL_TIMER_NOT_ENABLE'],
  ])('%s is refused', (_, asked, options, refused) => {
    const { outcome, message } = postpone(asked, options);
    expect(outcome).toEqual({ refused });
    expect(message.topic).toBe('T');
  });

  test('in a committed transaction waits', () => {
    const { outcome } = postpone({ TIMER_DELAY_SEC: '5' }, { sysFlag: MessageSysFlag.TRANSACTION_COMMIT });
    expect(outcome).toEqual({ outMs: 1_800_000_005_000 });
  });
});
