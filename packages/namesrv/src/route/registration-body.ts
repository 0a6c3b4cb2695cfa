/**
 * Reads the body of REGISTER_BROKER in its three forms.
 *
 *     JSON           {"topicConfigSerializeWrapper":{"topicConfigTable":{…},"dataVersion":{…},…},"filterServerList":[…]}
 *     before 3.0.11  the inner object alone
 *     compressed     a zlib stream of length-prefixed parts, lengths and counts as int32:
 *                    DataVersion as JSON
 *                    count, then each topic: `name readQueues writeQueues perm filterType {attributes}`
 *                    filter servers as a JSON array
 *                    count, then each static-topic mapping as JSON (from 5.0.0 on)
 *
 * Source: RegisterBrokerBody#decode.
 */
import { inflateSync } from 'node:zlib';
import { isJsonObject, type JsonObject, type JsonValue, MalformedDataError, parseJson } from '@rocketmq-ts/common';
import type { RegisteredTopic } from './broker-registration.js';
import {
  dataVersionOf,
  isNone,
  mappingOf,
  textListOf,
  topicConfigFromText,
  topicConfigOf,
} from './registration-values.js';
import type { DataVersion, TopicQueueMappingInfo } from './route-data.js';
import type { RouteLimits } from './route-limits.js';

/** What a registration carries besides its header. */
export interface RegistrationBody {
  readonly dataVersion: DataVersion;
  readonly topics: readonly RegisteredTopic[];
  readonly mappings: readonly TopicQueueMappingInfo[];
  /** Undefined when the body has no such list. */
  readonly filterServers: readonly string[] | undefined;
}

export type RegistrationForm = 'topicConfig' | 'json' | 'compressed' | 'compressedWithoutMappings';

const NO_VERSION: DataVersion = { stateVersion: 0, timestamp: 0, counter: 0 };

/** A request without a body registers no topics, with version 0. */
export const EMPTY_REGISTRATION: RegistrationBody = {
  dataVersion: NO_VERSION,
  topics: [],
  mappings: [],
  filterServers: [],
};

/** @throws MalformedDataError when the body is not of its form or passes a limit */
export function decodeRegistrationBody(body: Buffer, form: RegistrationForm, limits: RouteLimits): RegistrationBody {
  if (form === 'json') return jsonBody(parseJson(body), limits);
  if (form === 'topicConfig') return { ...wrapperBody(parseJson(body), limits), filterServers: undefined };
  return new CompressedReader(inflate(body, limits.maxInflatedBytes), limits).read(form === 'compressed');
}

function jsonBody(value: JsonValue, limits: RouteLimits): RegistrationBody {
  if (!isJsonObject(value)) throw new MalformedDataError('RegisterBrokerBody is not a JSON object');
  const list = value.filterServerList;
  const filterServers =
    list === null ? undefined : textListOf(list, 'filterServerList', limits.maxFilterServersPerBroker);
  return { ...wrapperBody(value.topicConfigSerializeWrapper, limits), filterServers };
}

function wrapperBody(value: JsonValue | undefined, limits: RouteLimits): Omit<RegistrationBody, 'filterServers'> {
  if (isNone(value)) return { dataVersion: NO_VERSION, topics: [], mappings: [] };
  if (!isJsonObject(value)) throw new MalformedDataError('topicConfigSerializeWrapper is not a JSON object');
  const topics = membersOf(value.topicConfigTable, 'topicConfigTable', limits.maxTopicsPerRegistration);
  const mappings = membersOf(
    value.topicQueueMappingInfoMap,
    'topicQueueMappingInfoMap',
    limits.maxMappingsPerRegistration,
  );
  return {
    dataVersion: dataVersionOf(value.dataVersion),
    topics: topics.map(topicConfigOf),
    mappings: mappings.map((mapping) => mappingOf(mapping, limits.maxMappedQueues)),
  };
}

/** The values of a map by topic; their keys repeat what the values say. */
function membersOf(value: JsonValue | undefined, what: string, limit: number): JsonObject[] {
  if (isNone(value)) return [];
  if (!isJsonObject(value)) throw new MalformedDataError(`${what} is not a JSON object`);
  const members = Object.values(value);
  if (members.length > limit) throw new MalformedDataError(`${what}: ${members.length} entries are more than ${limit}`);
  return members.map((member) => objectIn(member, what));
}

function objectIn(value: JsonValue, what: string): JsonObject {
  if (!isJsonObject(value)) throw new MalformedDataError(`${what} holds something that is not a JSON object`);
  return value;
}

function inflate(body: Buffer, maxOutputLength: number): Buffer {
  try {
    return inflateSync(body, { maxOutputLength });
  } catch (error) {
    // zlib reports damaged data and the limit with a code; anything else is not the peer's doing.
    if (!(error instanceof Error) || !('code' in error)) throw error;
    throw new MalformedDataError(`compressed registration: ${error.message}`, { cause: error });
  }
}

class CompressedReader {
  readonly #data: Buffer;
  readonly #limits: RouteLimits;
  #at = 0;

  constructor(data: Buffer, limits: RouteLimits) {
    this.#data = data;
    this.#limits = limits;
  }

  read(hasMappings: boolean): RegistrationBody {
    const limits = this.#limits;
    const dataVersion = dataVersionOf(parseJson(this.#part()));
    const topics = this.#parts(limits.maxTopicsPerRegistration, 'topics', (part) =>
      topicConfigFromText(part.toString('utf8')),
    );
    const servers = this.#part();
    const filterServers = textListOf(parseJson(servers), 'filter servers', limits.maxFilterServersPerBroker);
    const mappings = hasMappings
      ? this.#parts(limits.maxMappingsPerRegistration, 'mappings', (part) =>
          mappingOf(objectIn(parseJson(part), 'mappings'), limits.maxMappedQueues),
        )
      : [];
    return { dataVersion, topics, mappings, filterServers };
  }

  #parts<T>(limit: number, what: string, decode: (part: Buffer) => T): T[] {
    const count = this.#int();
    if (count < 0 || count > limit)
      throw new MalformedDataError(`compressed registration: ${count} ${what}, allowed are ${limit}`);
    const values: T[] = [];
    for (let i = 0; i < count; i++) values.push(decode(this.#part()));
    return values;
  }

  #part(): Buffer {
    const length = this.#int();
    const end = this.#at + length;
    if (length < 0 || end > this.#data.length) {
      throw new MalformedDataError(
        `compressed registration: a part of ${length} bytes at ${this.#at} of ${this.#data.length}`,
      );
    }
    const part = this.#data.subarray(this.#at, end);
    this.#at = end;
    return part;
  }

  #int(): number {
    if (this.#at + 4 > this.#data.length) throw new MalformedDataError('compressed registration: ends too early');
    const value = this.#data.readInt32BE(this.#at);
    this.#at += 4;
    return value;
  }
}
