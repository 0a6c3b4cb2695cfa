import { readFileSync } from 'node:fs';
import { decodeProperties, MessageSysFlag } from '@rocketmq-ts/common';
import { describe, expect, test } from 'vitest';
import { DelayLevels, levelOfQueueId, type Postponable, parseLevel, queueIdOfLevel } from './delay-levels.js';

interface Golden {
  readonly messageDelayLevel: string;
  readonly levels: readonly { level: number; delayMs: number; scheduleQueueId: number }[];
}

const golden: Golden = JSON.parse(readFileSync(new URL('testdata/delay.json', import.meta.url), 'utf8'));

function message(given: Partial<Postponable> = {}): Postponable {
  return { topic: 'T', queueId: 3, properties: 'KEYS\u0001k\u0002', sysFlag: 0, ...given };
}

describe('delay levels', () => {
  test("the default levels wait as long, and in the queues, as the reference's", () => {
    const levels = new DelayLevels(golden.messageDelayLevel);
    expect(levels.max).toBe(golden.levels.length);
    for (const { level, delayMs, scheduleQueueId } of golden.levels) {
      expect(levels.delayMs(level)).toBe(delayMs);
      expect(queueIdOfLevel(level)).toBe(scheduleQueueId);
      expect(levelOfQueueId(scheduleQueueId)).toBe(level);
    }
    expect(levels.delayMs(19)).toBeUndefined();
    expect(levels.delayMs(0)).toBeUndefined();
  });

  test('times are in seconds, minutes, hours and days; a space at the end does not matter', () => {
    const levels = new DelayLevels('0s 7m 3h 2d ');
    expect([1, 2, 3, 4].map((level) => levels.delayMs(level))).toEqual([0, 420_000, 10_800_000, 172_800_000]);
  });

  test.each(['', '5', 's', '5x', '1.5s', '1s  5s'])("the text '%s' is refused", (text) => {
    expect(() => new DelayLevels(text)).toThrow('messageDelayLevel');
  });
});

describe('a message that is put off', () => {
  const levels = new DelayLevels(golden.messageDelayLevel);

  test('goes to the queue of its level and remembers where it belongs', () => {
    const delayed = message();
    levels.postpone(delayed, 4);
    expect(delayed).toMatchObject({ topic: 'SCHEDULE_TOPIC_XXXX', queueId: 3 });
    expect([...decodeProperties(delayed.properties)]).toEqual([
      ['KEYS', 'k'],
      ['DELAY', '4'],
      ['REAL_TOPIC', 'T'],
      ['REAL_QID', '3'],
    ]);
  });

  test('waits in the highest level when it asks for a higher one', () => {
    const delayed = message({ properties: 'DELAY\u000199\u0002' });
    levels.postpone(delayed, 99);
    expect(delayed.queueId).toBe(17);
    expect(decodeProperties(delayed.properties).get('DELAY')).toBe('18');
  });

  test('has no time of its own any more, and no real topic that its sender has made up', () => {
    const properties =
      'TIMER_DELAY_SEC\u00015\u0002TIMER_DELAY_MS\u00015\u0002TIMER_DELIVER_MS\u00015\u0002REAL_TOPIC\u0001other\u0002REAL_QID\u00019\u0002';
    const delayed = message({ properties });
    levels.postpone(delayed, 1);
    expect(Object.fromEntries(decodeProperties(delayed.properties))).toEqual({
      DELAY: '1',
      REAL_TOPIC: 'T',
      REAL_QID: '3',
    });
  });

  test.each([
    ['a half message', MessageSysFlag.TRANSACTION_PREPARED, 2],
    ['a roll-back', MessageSysFlag.TRANSACTION_ROLLBACK, 2],
    ['a message without a level', MessageSysFlag.TRANSACTION_NOT, 0],
    ['a message with a level below 0', MessageSysFlag.TRANSACTION_NOT, -1],
  ])('is never %s', (_, sysFlag, level) => {
    const kept = message({ sysFlag });
    levels.postpone(kept, level);
    expect(kept).toEqual(message({ sysFlag }));
  });

  test('may be a committed one', () => {
    const delayed = message({ sysFlag: MessageSysFlag.TRANSACTION_COMMIT });
    levels.postpone(delayed, 1);
    expect(delayed.topic).toBe('SCHEDULE_TOPIC_XXXX');
  });
});

describe('the level in a property', () => {
  test('is a number, with or without a sign, or absent', () => {
    expect([undefined, '0', '3', '+3', '-1', '2147483647'].map(parseLevel)).toEqual([0, 0, 3, 3, -1, 2_147_483_647]);
  });

  test.each(['', 'abc', '1.5', '0x3', ' 3', '2147483648', '99999999999'])("is refused when it is '%s'", (text) => {
    expect(() => parseLevel(text)).toThrow(`the delay level '${text}' is not a number`);
  });
});
