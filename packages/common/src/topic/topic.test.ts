import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MalformedDataError } from '../errors.js';
import { parseJson, writeJson } from '../json/java-json.js';
import {
  alterAttributes,
  checkAttribute,
  formatAttributes,
  GROUP_ATTRIBUTES,
  parseAttributes,
  TOPIC_ATTRIBUTES,
} from './attributes.js';
import { DataVersion } from './data-version.js';
import { namespaceOf, withoutNamespace, wrapNamespace, wrapNamespaceAndRetry } from './namespace.js';
import { formatPerm, isAccessible, isInherited, isReadable, isValidPerm, isWriteable, PermName } from './perm-name.js';
import {
  createSubscriptionGroupConfig,
  nextRetryDelayMs,
  subscriptionGroupConfigFromJson,
  subscriptionGroupConfigToJson,
} from './subscription-group-config.js';
import {
  createTopicConfig,
  decodeTopicConfig,
  encodeTopicConfig,
  formatTopicConfig,
  isSameTopicConfig,
  topicConfigFromJson,
  topicConfigToJson,
} from './topic-config.js';
import { declaredMessageType, messageTypeOf, TOPIC_MESSAGE_TYPES } from './topic-message-type.js';
import {
  dlqTopicOf,
  groupOfRetryTopic,
  isLiteTopicQueue,
  isLmq,
  isRetryTopic,
  isSystemTopic,
  liteLmqName,
  NOT_ALLOWED_SEND_TOPICS,
  normalTopicOf,
  normalTopicOfV2,
  parseLiteLmqName,
  pollingKey,
  popRetryTopicV1,
  popRetryTopicV2,
  replyTopicOf,
  retryTopicOf,
  SYSTEM_TOPICS,
} from './topic-name.js';
import { buildTopicSysFlag, hasUnitFlag, hasUnitSubFlag } from './topic-sys-flag.js';
import {
  checkClientGroup,
  checkClientTopic,
  isSafePathName,
  isTopicOrGroupIllegal,
  validateGroup,
  validateTopic,
} from './topic-validator.js';

function load(name: string) {
  return JSON.parse(readFileSync(new URL(`testdata/${name}.json`, import.meta.url), 'utf8'));
}

const names = load('names');
const attributes = load('attributes');
const configs = load('configs');
const policies = load('retry-policies');
const constants = JSON.parse(readFileSync(new URL('../testdata/constants.json', import.meta.url), 'utf8'));

/** The result of a call as the golden files write it. */
function outcome(call: () => unknown): unknown {
  try {
    const result = call();
    return result instanceof Map ? Object.fromEntries(result) : result;
  } catch (error) {
    if (!(error instanceof MalformedDataError)) throw error;
    return { error: 'java.lang.RuntimeException', message: error.message };
  }
}

describe('names', () => {
  test('are valid or not, with the remarks of the reference', () => {
    for (const row of names.validate) {
      expect(validateTopic(row.name) ?? '').toBe(row.topicRemark);
      expect(validateGroup(row.name) ?? '').toBe(row.groupRemark);
      expect(isSystemTopic(row.name)).toBe(row.isSystemTopic);
      expect(isTopicOrGroupIllegal(row.name)).toBe(row.isTopicOrGroupIllegal);
    }
    expect(validateTopic(undefined)).toBe('The specified topic is blank.');
    expect(validateGroup(undefined)).toBe('The specified group is blank.');
  });

  test('of retry and dead letter topics may be longer', () => {
    expect(validateTopic(`%RETRY%${'x'.repeat(248)}`)).toBeUndefined();
    expect(validateTopic(`%DLQ%${'x'.repeat(251)}`)).toMatch(
      /is DLQ or Retry topic: .*longer than topic max length: 255$/,
    );
  });

  test('are refused by clients in the words of the Java client', () => {
    expect(checkClientTopic('  ')).toBe('The specified topic is blank');
    expect(checkClientTopic('x'.repeat(128))).toBe('The specified topic is longer than topic max length 127.');
    expect(checkClientTopic('a.b')).toBe(
      'The specified topic[a.b] contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$',
    );
    expect(checkClientTopic('ok')).toBeUndefined();
    expect(checkClientGroup('')).toBe('the specified group is blank');
    expect(checkClientGroup('y'.repeat(121))).toContain('is longer than group max length: 120.');
    expect(checkClientGroup('a b')).toContain('the specified group[a b] contains illegal characters');
    expect(checkClientGroup('g')).toBeUndefined();
  });

  test('that pass validation never leave their directory', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (name) => {
        if (validateTopic(name) === undefined || validateGroup(name) === undefined) {
          expect(isSafePathName(name)).toBe(true);
        }
      }),
    );
    for (const name of ['', '.', '..', 'a/b', '../x', 'a\\b', 'a\u0000', 'x'.repeat(256)]) {
      expect(isSafePathName(name)).toBe(false);
    }
    expect(isSafePathName('%LMQ%$parent$child')).toBe(true);
  });

  test('are derived as in the reference', () => {
    for (const row of names.derived) {
      expect(retryTopicOf(row.group)).toBe(row.retryTopic);
      expect(dlqTopicOf(row.group)).toBe(row.dlqTopic);
      expect(popRetryTopicV1(row.topic, row.group)).toBe(row.popRetryV1);
      expect(popRetryTopicV2(row.topic, row.group)).toBe(row.popRetryV2);
      expect(normalTopicOf(row.popRetryV1, row.group)).toBe(row.normalFromV1);
      expect(normalTopicOf(row.popRetryV2, row.group)).toBe(row.normalFromV2);
      expect(normalTopicOf(row.topic, row.group)).toBe(row.topic);
      expect(normalTopicOfV2(row.popRetryV2)).toBe(row.normalFromV2);
      expect(groupOfRetryTopic(row.popRetryV2)).toBe(row.groupFromV2);
      expect(pollingKey(row.topic, row.group, 3)).toBe(row.pollingKey);
      expect(replyTopicOf('DefaultCluster')).toBe(row.replyTopic);
      expect(liteLmqName(row.topic, 'lite1')).toBe(row.liteLmq);
      expect(isRetryTopic(row.retryTopic)).toBe(row.isRetryTopic);
    }
  });

  test('of light queues are told apart and taken apart', () => {
    for (const row of names.lmq) {
      expect(isLmq(row.name)).toBe(row.isLmq);
      expect(isLiteTopicQueue(row.name)).toBe(row.isLite);
      expect(parseLiteLmqName(row.name)?.parentTopic ?? null).toBe(row.parent);
      expect(parseLiteLmqName(row.name)?.liteTopic ?? null).toBe(row.lite);
    }
    expect(parseLiteLmqName('%LMQ%$a$b$c')).toBeUndefined();
    expect(liteLmqName('', 'x')).toBeUndefined();
  });

  test('in namespaces', () => {
    for (const row of names.namespace) {
      expect(wrapNamespace(row.namespace, row.resource)).toBe(row.wrap);
      expect(withoutNamespace(row.resource)).toBe(row.without);
      expect(withoutNamespace(row.resource, row.namespace)).toBe(row.withoutNs);
      expect(namespaceOf(row.resource)).toBe(row.namespaceOf);
      expect(wrapNamespaceAndRetry(row.namespace, row.resource)).toBe(row.wrapAndRetry);
    }
  });

  test('of the system are those of the reference', () => {
    expect([...SYSTEM_TOPICS].sort()).toEqual(constants.systemTopics);
    expect([...NOT_ALLOWED_SEND_TOPICS].sort()).toEqual(constants.notAllowedSendTopics);
  });
});

describe('permissions and flags', () => {
  test('of topics', () => {
    for (const row of names.perm) {
      expect(formatPerm(row.perm)).toBe(row.string);
      expect(isReadable(row.perm)).toBe(row.readable);
      expect(isWriteable(row.perm)).toBe(row.writeable);
      expect(isInherited(row.perm)).toBe(row.inherited);
      expect(isAccessible(row.perm)).toBe(row.accessible);
      expect(isValidPerm(row.perm)).toBe(row.valid);
    }
    expect(isValidPerm(-1)).toBe(false);
    expect(isValidPerm(1.5)).toBe(false);
    expect(PermName).toEqual({ INHERIT: 1, WRITE: 2, READ: 4, PRIORITY: 8 });
  });

  test('of units', () => {
    expect(buildTopicSysFlag({})).toBe(0);
    expect(buildTopicSysFlag({ unit: true, hasUnitSub: true })).toBe(3);
    expect([hasUnitFlag(1), hasUnitFlag(2), hasUnitSubFlag(2), hasUnitSubFlag(1)]).toEqual([true, false, true, false]);
  });
});

describe('topic settings', () => {
  const given = [
    createTopicConfig(''),
    createTopicConfig('T'),
    createTopicConfig('TopicTest', { readQueueNums: 4, writeQueueNums: 8 }),
    createTopicConfig('TopicA', {
      readQueueNums: 1,
      writeQueueNums: 1,
      perm: 2,
      topicSysFlag: 3,
      order: true,
      attributes: new Map([['message.type', 'FIFO']]),
    }),
  ];

  test('are written as by the reference, as text and as JSON', () => {
    for (const [i, row] of configs.topicConfig.entries()) {
      expect(encodeTopicConfig(given[i]!)).toBe(row.encode);
      expect(JSON.stringify(topicConfigToJson(given[i]!))).toBe(row.json);
    }
  });

  test('are read back from text and from JSON', () => {
    for (const config of given.slice(1)) {
      expect(topicConfigFromJson(parseJson(writeJson({ ...topicConfigToJson(config) })))).toEqual(config);
      const { topicSysFlag: _flag, order: _order, ...inText } = config;
      expect(decodeTopicConfig(encodeTopicConfig(config))).toMatchObject(inText);
    }
    expect(topicConfigFromJson({})).toEqual(createTopicConfig(''));
  });

  test('that are crooked are refused or read as the reference reads them', () => {
    expect(decodeTopicConfig('T 1 1 6')).toBeUndefined();
    expect(() => decodeTopicConfig('T x 1 6 SINGLE_TAG')).toThrow('For input string: "x"');
    expect(() => decodeTopicConfig('T 1 1 6 NO_TAG')).toThrow('NO_TAG');
    expect(decodeTopicConfig('T 1 1 6 MULTI_TAG {"a":"b c"}')?.attributes.size).toBe(0);
    expect(() => topicConfigFromJson(parseJson('{"perm":[]}'))).toThrow("field 'perm'");
    expect(() => topicConfigFromJson(parseJson('{"perm":1.5}'))).toThrow("field 'perm'");
    expect(() => topicConfigFromJson(parseJson('{"topicFilterType":"X"}'))).toThrow('none of SINGLE_TAG, MULTI_TAG');
    expect(() => topicConfigFromJson(null)).toThrow(MalformedDataError);
  });

  test('keep a key named __proto__ as any other', () => {
    const config = topicConfigFromJson(parseJson('{"topicName":"T","attributes":{"__proto__":"x"}}'));
    expect(config.attributes.get('__proto__')).toBe('x');
    expect(JSON.stringify(topicConfigToJson(config).attributes)).toBe('{"__proto__":"x"}');
  });

  test('are compared and printed', () => {
    expect(isSameTopicConfig(given[3]!, createTopicConfig('TopicA', given[3]!))).toBe(true);
    expect(isSameTopicConfig(given[3]!, createTopicConfig('TopicA', { ...given[3]!, attributes: new Map() }))).toBe(
      false,
    );
    expect(formatTopicConfig(given[3]!)).toBe(
      'TopicConfig [topicName=TopicA, readQueueNums=1, writeQueueNums=1, perm=-W-, topicFilterType=SINGLE_TAG, ' +
        'topicSysFlag=3, order=true, attributes={message.type=FIFO}]',
    );
  });

  test('of any bytes are read or refused in words', () => {
    fc.assert(
      fc.property(fc.json(), fc.string(), (json, text) => {
        for (const read of [
          () => topicConfigFromJson(parseJson(json)),
          () => subscriptionGroupConfigFromJson(parseJson(json)),
          () => decodeTopicConfig(text),
          () => parseAttributes(text),
        ]) {
          outcome(read);
        }
      }),
    );
  });
});

describe('group settings', () => {
  test('are written and read as by the reference', () => {
    const config = createSubscriptionGroupConfig('GC');
    expect(JSON.stringify(subscriptionGroupConfigToJson(config))).toBe(configs.subscriptionGroupConfig);
    expect(subscriptionGroupConfigFromJson(parseJson(configs.subscriptionGroupConfig))).toEqual(config);
    expect(subscriptionGroupConfigFromJson({})).toEqual(createSubscriptionGroupConfig(''));
  });

  test('come back whole from JSON, with policies and subscriptions', () => {
    const config = createSubscriptionGroupConfig('G', {
      groupRetryPolicy: {
        type: 'EXPONENTIAL',
        exponentialRetryPolicy: { initial: 1, max: 100, multiplier: 3 },
        customizedRetryPolicy: { next: [1, 2, 3] },
      },
      subscriptionDataSet: [{ topic: 'T', expressionType: 'TAG', expression: '*', version: 7 }],
      attributes: new Map([['priority.factor', '50']]),
    });
    const text = JSON.stringify(subscriptionGroupConfigToJson(config));
    expect(subscriptionGroupConfigFromJson(parseJson(text))).toEqual(config);
  });

  test('delay retries as in the reference', () => {
    for (const row of policies.exponentialRetryPolicy) {
      const { initial, max, multiplier } = row;
      const policy = {
        type: 'EXPONENTIAL',
        exponentialRetryPolicy: { initial, max, multiplier },
        customizedRetryPolicy: undefined,
      } as const;
      const delays = row['nextDelay[reconsumeTimes]'];
      expect(delays.map((_: number, times: number) => nextRetryDelayMs(policy, times))).toEqual(delays);
    }
    const customized = createSubscriptionGroupConfig('g').groupRetryPolicy;
    const expected = policies.customizedRetryPolicyDefault;
    expect(expected.map((_: number, times: number) => nextRetryDelayMs(customized, times))).toEqual(expected);
    const short = { ...customized, customizedRetryPolicy: { next: [1, 10, 100] } };
    const shortExpected = policies['customizedRetryPolicy[1,10,100]'];
    expect(shortExpected.map((_: number, times: number) => nextRetryDelayMs(short, times))).toEqual(shortExpected);
  });
});

describe('attributes', () => {
  test('are parsed as by the reference', () => {
    for (const row of attributes.parse) expect(outcome(() => parseAttributes(row.string))).toEqual(row.map);
    expect(formatAttributes(parseAttributes('+a=b,-e,+c=d'))).toBe('+a=b,-e,+c=d');
    expect(() => parseAttributes('+a=')).toThrow('add/alter attribute format is wrong: +a');
  });

  test('of topics and groups are those of the reference', () => {
    for (const [golden, ours] of [
      [attributes.topicAttributes, TOPIC_ATTRIBUTES],
      [attributes.groupAttributes, GROUP_ATTRIBUTES],
    ] as const) {
      expect([...ours.keys()].sort()).toEqual(golden.map((row: { name: string }) => row.name));
      for (const row of golden) {
        const attribute = ours.get(row.name)!;
        expect(attribute.changeable).toBe(row.changeable);
        expect('defaultValue' in attribute ? attribute.defaultValue : undefined).toBe(row.json.defaultValue);
      }
    }
  });

  test('take the values that the reference takes', () => {
    for (const row of attributes.verify) {
      const problem = checkAttribute(TOPIC_ATTRIBUTES.get(row.name)!, row.value);
      expect(problem ?? 'ok').toBe(typeof row.result === 'string' ? row.result : row.result.message);
    }
    expect(checkAttribute(TOPIC_ATTRIBUTES.get('reserve.time')!, 'x')).toBe('For input string: "x"');
    expect(checkAttribute(GROUP_ATTRIBUTES.get('lite.sub.reset.offset.exclusive')!, 'TRUE')).toBeUndefined();
    expect(checkAttribute(GROUP_ATTRIBUTES.get('lite.sub.reset.offset.exclusive')!, 'no')).toContain('boolean');
  });

  test('are changed as by the reference', () => {
    for (const row of attributes.alter) {
      const change = () =>
        alterAttributes({
          create: row.create,
          all: TOPIC_ATTRIBUTES,
          current: new Map(Object.entries(row.current as Record<string, string>)),
          change: parseAttributes(row.change),
        });
      expect(outcome(change)).toEqual(row.result);
    }
  });
});

describe('data versions', () => {
  test('are written as by the reference, and read back', () => {
    const version = new DataVersion(1_700_000_000_000, 5);
    expect(JSON.stringify(version)).toBe(configs.dataVersion.json);
    expect(Buffer.from(JSON.stringify(version)).toString('hex')).toBe(configs.dataVersion.encodeToHex);
    expect(DataVersion.fromJson(parseJson(configs.dataVersion.json)).equals(version)).toBe(true);
  });

  test('are ordered by state version, then counter, then time', () => {
    const version = new DataVersion(10);
    const later = version.copy();
    later.next(20);
    expect(later).toEqual(new DataVersion(20, 1));
    expect(later.compare(version)).toBe(1);
    expect(version.compare(later)).toBe(-1);
    expect(new DataVersion(0, 0, 1).compare(later)).toBe(1);
    expect(new DataVersion(5).compare(version)).toBe(-1);
    version.assign(later);
    expect(version.equals(later)).toBe(true);
  });
});

describe('message types', () => {
  test('are told from properties, the first match winning', () => {
    const typeOf = (properties: Record<string, string>) => messageTypeOf((key) => properties[key]);
    expect(typeOf({})).toBe('NORMAL');
    expect(typeOf({ TRAN_MSG: 'true', DELAY: '1' })).toBe('TRANSACTION');
    expect(typeOf({ TRAN_MSG: 'false', __SHARDINGKEY: 'a' })).toBe('FIFO');
    expect(typeOf({ TIMER_DELAY_MS: '1', __SHARDINGKEY: 'a' })).toBe('DELAY');
    expect(typeOf({ _SYS_MSG_PRIORITY_: '1', __LITE_TOPIC: 'l' })).toBe('PRIORITY');
    expect(typeOf({ __LITE_TOPIC: 'l' })).toBe('LITE');
  });

  test('are declared by topics', () => {
    expect(declaredMessageType(new Map([['message.type', 'FIFO']]))).toBe('FIFO');
    expect(declaredMessageType(new Map([['message.type', 'nothing']]))).toBe('NORMAL');
    expect(constants['enum org.apache.rocketmq.common.attribute.TopicMessageType']).toBe(
      `[${TOPIC_MESSAGE_TYPES.join(', ')}]`,
    );
  });
});
