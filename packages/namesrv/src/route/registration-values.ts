/** The values inside registrations and routes, read from JSON with the reference's defaults for missing members. */
import { isJsonObject, type JsonObject, type JsonValue, jsonEntries, MalformedDataError } from '@rocketmq-ts/common';
import type { RegisteredTopic } from './broker-registration.js';
import type { DataVersion, QueueData, TopicQueueMappingInfo } from './route-data.js';

const DEFAULT_QUEUE_NUMS = 16;
const DEFAULT_PERM = 6;
const DEFAULT_SCOPE = '__global__';
const INT = /^-?\d{1,16}$/;

/** True for a member that is missing or null. */
export function isNone(value: JsonValue | undefined): value is null | undefined {
  return value === undefined || value === null;
}

/** A version without members is version 0, which differs from that of every live broker. */
export function dataVersionOf(value: JsonValue | undefined): DataVersion {
  if (isNone(value)) return { stateVersion: 0, timestamp: 0, counter: 0 };
  if (!isJsonObject(value)) throw new MalformedDataError('dataVersion is not a JSON object');
  return {
    stateVersion: wholeNumber(value.stateVersion, 'stateVersion', 0),
    timestamp: wholeNumber(value.timestamp, 'timestamp', 0),
    counter: wholeNumber(value.counter, 'counter', 0),
  };
}

/** Source: TopicConfig. */
export function topicConfigOf(value: JsonObject): RegisteredTopic {
  return {
    topicName: text(value.topicName, 'topicName'),
    readQueueNums: wholeNumber(value.readQueueNums, 'readQueueNums', DEFAULT_QUEUE_NUMS),
    writeQueueNums: wholeNumber(value.writeQueueNums, 'writeQueueNums', DEFAULT_QUEUE_NUMS),
    perm: wholeNumber(value.perm, 'perm', DEFAULT_PERM),
    topicSysFlag: wholeNumber(value.topicSysFlag, 'topicSysFlag', 0),
  };
}

/** The text form that compressed registrations use; it has no flags. Source: TopicConfig#decode. */
export function topicConfigFromText(encoded: string): RegisteredTopic {
  const [topicName = '', readQueueNums = '', writeQueueNums = '', perm = '', filterType] = encoded.split(' ', 5);
  if (filterType === undefined)
    throw new MalformedDataError('a topic of a compressed registration has less than 5 fields');
  return {
    topicName,
    readQueueNums: parseInteger(readQueueNums),
    writeQueueNums: parseInteger(writeQueueNums),
    perm: parseInteger(perm),
    topicSysFlag: 0,
  };
}

/** Source: TopicQueueMappingInfo. */
export function mappingOf(value: JsonObject, maxQueues: number): TopicQueueMappingInfo {
  const currIdMap = new Map<number, number>();
  for (const [logicId, physicalId] of jsonEntries(value.currIdMap)) {
    if (currIdMap.size >= maxQueues) throw new MalformedDataError(`currIdMap: more than ${maxQueues} queues`);
    currIdMap.set(parseInteger(String(logicId)), wholeNumber(physicalId, 'currIdMap', 0));
  }
  return {
    topic: text(value.topic, 'topic'),
    scope: isNone(value.scope) ? DEFAULT_SCOPE : text(value.scope, 'scope'),
    totalQueues: wholeNumber(value.totalQueues, 'totalQueues', 0),
    bname: text(value.bname, 'bname'),
    epoch: wholeNumber(value.epoch, 'epoch', 0),
    dirty: value.dirty === true,
    currIdMap,
  };
}

/** Source: QueueData. */
export function queueDataOf(value: JsonValue): QueueData {
  if (!isJsonObject(value)) throw new MalformedDataError('queueDatas holds something that is not a JSON object');
  return {
    brokerName: text(value.brokerName, 'brokerName'),
    readQueueNums: wholeNumber(value.readQueueNums, 'readQueueNums', 0),
    writeQueueNums: wholeNumber(value.writeQueueNums, 'writeQueueNums', 0),
    perm: wholeNumber(value.perm, 'perm', 0),
    topicSysFlag: wholeNumber(value.topicSysFlag, 'topicSysFlag', 0),
  };
}

/** A list of text, none when it is missing. */
export function textListOf(value: JsonValue | undefined, what: string, limit: number): string[] {
  if (isNone(value)) return [];
  if (!Array.isArray(value)) throw new MalformedDataError(`${what} is not a JSON array`);
  if (value.length > limit) throw new MalformedDataError(`${what}: ${value.length} entries are more than ${limit}`);
  return value.map((item) => text(item, what));
}

function text(value: JsonValue | undefined, what: string): string {
  if (typeof value !== 'string') throw new MalformedDataError(`${what} is not text`);
  return value;
}

function wholeNumber(value: JsonValue | undefined, what: string, fallback: number): number {
  if (isNone(value)) return fallback;
  const number = typeof value === 'string' ? parseInteger(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) {
    throw new MalformedDataError(`${what} is not a whole number below 2^53`);
  }
  return number;
}

function parseInteger(value: string): number {
  if (!INT.test(value)) throw new MalformedDataError(`${JSON.stringify(value.slice(0, 32))} is not a whole number`);
  return Number(value);
}
