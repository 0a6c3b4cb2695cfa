/** The settings of a subscription group (consumer group) on a broker, their JSON form, and the group's retry policy. */
import { MalformedDataError } from '../errors.js';
import type { JsonObject, JsonValue } from '../json/json-value.js';
import {
  asObject,
  booleanField,
  choiceField,
  integerField,
  textField,
  textMapField,
  textMapToJson,
} from './json-fields.js';

/** Source: SubscriptionGroupConfig. */
export interface SubscriptionGroupConfig {
  groupName: string;
  consumeEnable: boolean;
  consumeFromMinEnable: boolean;
  consumeBroadcastEnable: boolean;
  consumeMessageOrderly: boolean;
  /** Queues of the group's retry topic. */
  retryQueueNums: number;
  /** After so many deliveries a message goes to the group's dead letter topic. */
  retryMaxTimes: number;
  groupRetryPolicy: GroupRetryPolicy;
  brokerId: number;
  /** Broker id that slow consumers are sent to. */
  whichBrokerWhenConsumeSlowly: number;
  notifyConsumerIdsChangedEnable: boolean;
  groupSysFlag: number;
  consumeTimeoutMinute: number;
  /** What the group subscribes to, when it is declared on the broker. */
  subscriptionDataSet: SimpleSubscriptionData[] | undefined;
  /** See `GROUP_ATTRIBUTES`. */
  attributes: Map<string, string>;
}

/** Source: SimpleSubscriptionData. */
export interface SimpleSubscriptionData {
  readonly topic: string | undefined;
  readonly expressionType: string | undefined;
  readonly expression: string | undefined;
  readonly version: number;
}

const RETRY_POLICY_TYPES = ['EXPONENTIAL', 'CUSTOMIZED'] as const;

/** How long a message waits before its next delivery. Source: GroupRetryPolicy. */
export interface GroupRetryPolicy {
  type: (typeof RETRY_POLICY_TYPES)[number];
  exponentialRetryPolicy: ExponentialRetryPolicy | undefined;
  customizedRetryPolicy: CustomizedRetryPolicy | undefined;
}

/** Delays that grow by a factor. Source: ExponentialRetryPolicy. */
export interface ExponentialRetryPolicy {
  /** ms */
  readonly initial: number;
  /** ms */
  readonly max: number;
  readonly multiplier: number;
}

/** Delays one by one, ms. Source: CustomizedRetryPolicy. */
export interface CustomizedRetryPolicy {
  readonly next: readonly number[];
}

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** Source: CustomizedRetryPolicy#next. */
const DEFAULT_NEXT_MS: readonly number[] = [
  ...[1, 5, 10, 30].map((seconds) => seconds * SECOND_MS),
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 30].map((minutes) => minutes * MINUTE_MS),
  HOUR_MS,
  2 * HOUR_MS,
];

const DEFAULT_EXPONENTIAL: ExponentialRetryPolicy = { initial: 5 * SECOND_MS, max: 2 * HOUR_MS, multiplier: 2 };
const MAX_LIST_LENGTH = 10_000;

/** A group's settings: the reference's defaults, and what is given. */
export function createSubscriptionGroupConfig(
  groupName: string,
  given: Partial<Omit<SubscriptionGroupConfig, 'groupName'>> = {},
): SubscriptionGroupConfig {
  return {
    groupName,
    consumeEnable: true,
    consumeFromMinEnable: true,
    consumeBroadcastEnable: true,
    consumeMessageOrderly: false,
    retryQueueNums: 1,
    retryMaxTimes: 16,
    groupRetryPolicy: { type: 'CUSTOMIZED', exponentialRetryPolicy: undefined, customizedRetryPolicy: undefined },
    brokerId: 0,
    whichBrokerWhenConsumeSlowly: 1,
    notifyConsumerIdsChangedEnable: true,
    groupSysFlag: 0,
    consumeTimeoutMinute: 15,
    subscriptionDataSet: undefined,
    attributes: new Map(),
    ...given,
  };
}

/** Delay before the delivery after `reconsumeTimes` deliveries, ms. Source: GroupRetryPolicy#getRetryPolicy, RetryPolicy#nextDelayDuration. */
export function nextRetryDelayMs(policy: GroupRetryPolicy, reconsumeTimes: number): number {
  const times = Math.max(0, reconsumeTimes);
  if (policy.type === 'EXPONENTIAL' && policy.exponentialRetryPolicy !== undefined) {
    const { initial, max, multiplier } = policy.exponentialRetryPolicy;
    return Math.min(max, initial * multiplier ** Math.min(times, 32));
  }
  const customized = policy.type === 'CUSTOMIZED' ? policy.customizedRetryPolicy : undefined;
  const next = customized?.next ?? DEFAULT_NEXT_MS;
  // Two further than one would think: the list begins with the delays of levels 1 and 2, which retries never used.
  return next[Math.min(times + 2, next.length - 1)] ?? 0;
}

/** For `JSON.stringify` and `writeJson`: fields in the reference's order, absent ones left out. */
export function subscriptionGroupConfigToJson(config: SubscriptionGroupConfig) {
  const { type, exponentialRetryPolicy, customizedRetryPolicy } = config.groupRetryPolicy;
  return {
    attributes: textMapToJson(config.attributes),
    brokerId: config.brokerId,
    consumeBroadcastEnable: config.consumeBroadcastEnable,
    consumeEnable: config.consumeEnable,
    consumeFromMinEnable: config.consumeFromMinEnable,
    consumeMessageOrderly: config.consumeMessageOrderly,
    consumeTimeoutMinute: config.consumeTimeoutMinute,
    ...(config.groupName === '' ? {} : { groupName: config.groupName }),
    groupRetryPolicy: {
      ...(customizedRetryPolicy === undefined
        ? {}
        : { customizedRetryPolicy: { next: [...customizedRetryPolicy.next] } }),
      ...(exponentialRetryPolicy === undefined
        ? {}
        : { exponentialRetryPolicy: exponentialToJson(exponentialRetryPolicy) }),
      type,
    },
    groupSysFlag: config.groupSysFlag,
    notifyConsumerIdsChangedEnable: config.notifyConsumerIdsChangedEnable,
    retryMaxTimes: config.retryMaxTimes,
    retryQueueNums: config.retryQueueNums,
    ...(config.subscriptionDataSet === undefined
      ? {}
      : { subscriptionDataSet: config.subscriptionDataSet.map(subscriptionToJson) }),
    whichBrokerWhenConsumeSlowly: config.whichBrokerWhenConsumeSlowly,
  };
}

/** The JSON form of a group's settings. */
export type SubscriptionGroupConfigJson = ReturnType<typeof subscriptionGroupConfigToJson>;

/** Reads the JSON form; what is absent is the default, except the name, which is empty then. Throws `MalformedDataError`. */
export function subscriptionGroupConfigFromJson(json: JsonValue | undefined): SubscriptionGroupConfig {
  const object = asObject(json, 'subscription group configuration');
  const subscriptions = listField(object, 'subscriptionDataSet');
  return {
    groupName: textField(object, 'groupName') ?? '',
    consumeEnable: booleanField(object, 'consumeEnable', true),
    consumeFromMinEnable: booleanField(object, 'consumeFromMinEnable', true),
    consumeBroadcastEnable: booleanField(object, 'consumeBroadcastEnable', true),
    consumeMessageOrderly: booleanField(object, 'consumeMessageOrderly', false),
    retryQueueNums: integerField(object, 'retryQueueNums', 1),
    retryMaxTimes: integerField(object, 'retryMaxTimes', 16),
    groupRetryPolicy: retryPolicyFromJson(object.groupRetryPolicy),
    brokerId: integerField(object, 'brokerId', 0),
    whichBrokerWhenConsumeSlowly: integerField(object, 'whichBrokerWhenConsumeSlowly', 1),
    notifyConsumerIdsChangedEnable: booleanField(object, 'notifyConsumerIdsChangedEnable', true),
    groupSysFlag: integerField(object, 'groupSysFlag', 0),
    consumeTimeoutMinute: integerField(object, 'consumeTimeoutMinute', 15),
    subscriptionDataSet: subscriptions?.map(subscriptionFromJson),
    attributes: textMapField(object, 'attributes'),
  };
}

function retryPolicyFromJson(json: JsonValue | undefined): GroupRetryPolicy {
  const object = json === undefined || json === null ? {} : asObject(json, 'groupRetryPolicy');
  const { exponentialRetryPolicy, customizedRetryPolicy } = object;
  return {
    type: choiceField(object, 'type', RETRY_POLICY_TYPES, 'CUSTOMIZED'),
    exponentialRetryPolicy: exponentialRetryPolicy ? exponentialFromJson(exponentialRetryPolicy) : undefined,
    customizedRetryPolicy: customizedRetryPolicy ? customizedFromJson(customizedRetryPolicy) : undefined,
  };
}

function exponentialFromJson(json: JsonValue): ExponentialRetryPolicy {
  const object = asObject(json, 'exponentialRetryPolicy');
  return {
    initial: integerField(object, 'initial', DEFAULT_EXPONENTIAL.initial),
    max: integerField(object, 'max', DEFAULT_EXPONENTIAL.max),
    multiplier: integerField(object, 'multiplier', DEFAULT_EXPONENTIAL.multiplier),
  };
}

function exponentialToJson({ initial, max, multiplier }: ExponentialRetryPolicy) {
  return { initial, max, multiplier };
}

function customizedFromJson(json: JsonValue): CustomizedRetryPolicy {
  const object = asObject(json, 'customizedRetryPolicy');
  const next = listField(object, 'next');
  return { next: next?.map((value) => integerField({ next: value }, 'next', 0)) ?? DEFAULT_NEXT_MS };
}

function subscriptionFromJson(json: JsonValue): SimpleSubscriptionData {
  const object = asObject(json, 'subscriptionDataSet');
  return {
    topic: textField(object, 'topic'),
    expressionType: textField(object, 'expressionType'),
    expression: textField(object, 'expression'),
    version: integerField(object, 'version', 0),
  };
}

function subscriptionToJson({ topic, expressionType, expression, version }: SimpleSubscriptionData) {
  return {
    ...(expression === undefined ? {} : { expression }),
    ...(expressionType === undefined ? {} : { expressionType }),
    ...(topic === undefined ? {} : { topic }),
    version,
  };
}

function listField(object: JsonObject, name: string): JsonValue[] | undefined {
  const value = object[name];
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value) && value.length <= MAX_LIST_LENGTH) return value;
  throw new MalformedDataError(`field '${name}': a list of at most ${MAX_LIST_LENGTH} is expected`);
}
