/** The settings of a topic on a broker, their JSON form and their text form. */
import { MalformedDataError } from '../errors.js';
import { parseJson } from '../json/java-json.js';
import { isJsonObject, type JsonValue } from '../json/json-value.js';
import {
  asObject,
  booleanField,
  choiceField,
  integerField,
  textField,
  textMapField,
  textMapToJson,
} from './json-fields.js';
import { formatPerm, PermName } from './perm-name.js';

/** Whether messages have one tag or several. Source: TopicFilterType. */
export const TOPIC_FILTER_TYPES = ['SINGLE_TAG', 'MULTI_TAG'] as const;
export type TopicFilterType = (typeof TOPIC_FILTER_TYPES)[number];

/** Source: TopicConfig. */
export interface TopicConfig {
  topicName: string;
  readQueueNums: number;
  writeQueueNums: number;
  /** Bits of `PermName`. */
  perm: number;
  topicFilterType: TopicFilterType;
  /** Bits of `TopicSysFlag`. */
  topicSysFlag: number;
  /** True for a topic whose queues are ordered as a whole. */
  order: boolean;
  /** See `TOPIC_ATTRIBUTES`. */
  attributes: Map<string, string>;
}

/** Queues of a topic when nothing else is said. Source: TopicConfig#defaultReadQueueNums. */
export const DEFAULT_QUEUE_NUMS = 16;

/** A topic's settings: the reference's defaults, and what is given. */
export function createTopicConfig(topicName: string, given: Partial<Omit<TopicConfig, 'topicName'>> = {}): TopicConfig {
  return {
    topicName,
    readQueueNums: given.readQueueNums ?? DEFAULT_QUEUE_NUMS,
    writeQueueNums: given.writeQueueNums ?? DEFAULT_QUEUE_NUMS,
    perm: given.perm ?? PermName.READ | PermName.WRITE,
    topicFilterType: given.topicFilterType ?? 'SINGLE_TAG',
    topicSysFlag: given.topicSysFlag ?? 0,
    order: given.order ?? false,
    attributes: new Map(given.attributes),
  };
}

/** The JSON form of a topic's settings, fields in the reference's order. */
export interface TopicConfigJson {
  readonly attributes: Record<string, string>;
  readonly order: boolean;
  readonly perm: number;
  readonly readQueueNums: number;
  readonly topicFilterType: TopicFilterType;
  readonly topicName?: string;
  readonly topicSysFlag: number;
  readonly writeQueueNums: number;
}

/** For `JSON.stringify` and `writeJson`; an empty name is left out, as the reference leaves out null. */
export function topicConfigToJson(config: TopicConfig): TopicConfigJson {
  return {
    attributes: textMapToJson(config.attributes),
    order: config.order,
    perm: config.perm,
    readQueueNums: config.readQueueNums,
    topicFilterType: config.topicFilterType,
    ...(config.topicName === '' ? {} : { topicName: config.topicName }),
    topicSysFlag: config.topicSysFlag,
    writeQueueNums: config.writeQueueNums,
  };
}

/** Reads the JSON form; what is absent is the default, except the name, which is empty then. Throws `MalformedDataError`. */
export function topicConfigFromJson(json: JsonValue | undefined): TopicConfig {
  const object = asObject(json, 'topic configuration');
  return {
    topicName: textField(object, 'topicName') ?? '',
    readQueueNums: integerField(object, 'readQueueNums', DEFAULT_QUEUE_NUMS),
    writeQueueNums: integerField(object, 'writeQueueNums', DEFAULT_QUEUE_NUMS),
    perm: integerField(object, 'perm', PermName.READ | PermName.WRITE),
    topicFilterType: choiceField(object, 'topicFilterType', TOPIC_FILTER_TYPES, 'SINGLE_TAG'),
    topicSysFlag: integerField(object, 'topicSysFlag', 0),
    order: booleanField(object, 'order', false),
    attributes: textMapField(object, 'attributes'),
  };
}

/** `name readQueues writeQueues perm filterType attributes`, separated by spaces. Source: TopicConfig#encode. */
export function encodeTopicConfig(config: TopicConfig): string {
  const { topicName, readQueueNums, writeQueueNums, perm, topicFilterType } = config;
  const attributes = JSON.stringify(textMapToJson(config.attributes));
  return `${topicName === '' ? 'null' : topicName} ${readQueueNums} ${writeQueueNums} ${perm} ${topicFilterType} ${attributes}`;
}

/**
 * Reads the text form; `undefined` when parts are missing. Attributes that are
 * no JSON are dropped, since their values may hold a space. Throws
 * `MalformedDataError` for a wrong number or filter type. Source: TopicConfig#decode.
 */
export function decodeTopicConfig(text: string): TopicConfig | undefined {
  const parts = text.split(' ');
  if (parts.length < 5) return undefined;
  const topicFilterType = TOPIC_FILTER_TYPES.find((type) => type === parts[4]);
  if (topicFilterType === undefined) throw new MalformedDataError(`'${parts[4]}' is no topic filter type`);
  return {
    topicName: parts[0]!,
    readQueueNums: integerPart(parts[1]!),
    writeQueueNums: integerPart(parts[2]!),
    perm: integerPart(parts[3]!),
    topicFilterType,
    topicSysFlag: 0,
    order: false,
    attributes: attributesPart(parts[5] ?? ''),
  };
}

/** True when all settings are the same. Source: TopicConfig#equals. */
export function isSameTopicConfig(a: TopicConfig, b: TopicConfig): boolean {
  return (
    a.topicName === b.topicName &&
    a.readQueueNums === b.readQueueNums &&
    a.writeQueueNums === b.writeQueueNums &&
    a.perm === b.perm &&
    a.topicFilterType === b.topicFilterType &&
    a.topicSysFlag === b.topicSysFlag &&
    a.order === b.order &&
    a.attributes.size === b.attributes.size &&
    Array.from(a.attributes).every(([key, value]) => b.attributes.get(key) === value)
  );
}

/** The form in which the reference prints a topic's settings. Source: TopicConfig#toString. */
export function formatTopicConfig(config: TopicConfig): string {
  const attributes = Array.from(config.attributes, ([key, value]) => `${key}=${value}`).join(', ');
  return (
    `TopicConfig [topicName=${config.topicName}, readQueueNums=${config.readQueueNums}` +
    `, writeQueueNums=${config.writeQueueNums}, perm=${formatPerm(config.perm)}` +
    `, topicFilterType=${config.topicFilterType}, topicSysFlag=${config.topicSysFlag}` +
    `, order=${config.order}, attributes={${attributes}}]`
  );
}

function integerPart(text: string): number {
  if (!/^-?\d{1,10}$/.test(text)) throw new MalformedDataError(`For input string: "${text}"`);
  return Number(text);
}

function attributesPart(text: string): Map<string, string> {
  if (text === '') return new Map();
  try {
    const attributes = parseJson(text);
    return isJsonObject(attributes) ? textMapField({ attributes }, 'attributes') : new Map();
  } catch (error) {
    if (error instanceof MalformedDataError) return new Map();
    throw error;
  }
}
