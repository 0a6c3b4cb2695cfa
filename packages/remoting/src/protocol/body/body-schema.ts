/**
 * How JSON bodies are declared: as data, like headers. A declaration reads
 * untrusted JSON into checked values and writes them as the reference does.
 * What the reference leaves at its default when it is absent is so here.
 */
import {
  isJsonObject,
  JavaDouble,
  type JsonMapKey,
  type JsonValue,
  jsonEntries,
  MalformedDataError,
  type MessageQueue,
  parseJson,
  type WritableJson,
  writeJson,
} from '@rocketmq-ts/common';
import { BODY_LIMITS, type BodyLimits } from './body-limits.js';

/** Reads and writes one kind of value. `where` names the place in errors. */
export interface BodyType<T> {
  /** `value` is undefined when absent. Throws MalformedDataError. */
  read(value: JsonValue | undefined, where: string): T;
  /** Undefined leaves the member out. */
  write(value: T): WritableJson;
}

const MAX_DEPTH = 64;
/** Longest list or map of a body. */
const MAX_ENTRIES = 1 << 20;
const SHOWN_CHARS = 64;

function absent(value: JsonValue | undefined): value is undefined | null {
  return value === undefined || value === null;
}

function unexpected(where: string, wanted: string, value: JsonValue | undefined): MalformedDataError {
  const found =
    typeof value === 'object' && value !== null ? 'a list or object' : `'${String(value).slice(0, SHOWN_CHARS)}'`;
  return new MalformedDataError(`${where}: ${wanted} is expected, not ${absent(value) ? 'nothing' : found}`);
}

/** A text that must be there. Numbers and booleans are taken as their text, as the reference does. */
export const text: BodyType<string> = {
  read(value, where) {
    if (typeof value === 'string') return value;
    if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value);
    throw unexpected(where, 'a text', value);
  },
  write: (value) => value,
};

function wholeNumber(value: JsonValue | undefined, where: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  if (typeof value === 'bigint') return saturated(value, where);
  if (typeof value === 'string' && /^-?\d{1,19}$/.test(value)) return saturated(BigInt(value), where);
  throw unexpected(where, 'a whole number', value);
}

/** 64-bit values beyond 2^53, such as `Long.MAX_VALUE` for "no limit", become the largest number that fits. */
function saturated(value: bigint, where: string): number {
  if (BigInt.asIntN(64, value) !== value) throw unexpected(where, 'a 64-bit number', value);
  const limit = BigInt(Number.MAX_SAFE_INTEGER);
  return Number(value > limit ? limit : value < -limit ? -limit : value);
}

/** A whole number of at most 32 bits with a value of its own when absent. */
function intOr(fallback: number): BodyType<number> {
  return {
    read(value, where) {
      if (absent(value)) return fallback;
      const number = wholeNumber(value, where);
      if (number !== (number | 0)) throw unexpected(where, 'a 32-bit number', value);
      return number;
    },
    write: (value) => value,
  };
}

/** A whole number of at most 64 bits with a value of its own when absent; beyond 2^53 see `parseLong`. */
export function longOr(fallback: number): BodyType<number> {
  return {
    read: (value, where) => (absent(value) ? fallback : wholeNumber(value, where)),
    write: (value) => value,
  };
}

/** A boolean with a value of its own when absent. */
export function flagOr(fallback: boolean): BodyType<boolean> {
  return {
    read(value, where) {
      if (absent(value)) return fallback;
      if (typeof value === 'boolean') return value;
      if (value === 'true' || value === 'false') return value === 'true';
      throw unexpected(where, 'true or false', value);
    },
    write: (value) => value,
  };
}

/** Java's primitives as fields: 0 or false when absent. */
export const int = intOr(0);
export const long = longOr(0);
export const flag = flagOr(false);

/** A Java double, written with its fraction: `0.0`. Absent is 0. */
export const double: BodyType<number> = {
  read(value, where) {
    if (absent(value)) return 0;
    const number = typeof value === 'string' || typeof value === 'bigint' ? Number(value) : value;
    if (typeof number === 'number' && !Number.isNaN(number)) return number;
    throw unexpected(where, 'a number', value);
  },
  write: (value) => new JavaDouble(value),
};

/** One of the names of a Java enum. */
export function choice<const T extends string>(...names: readonly T[]): BodyType<T> {
  return {
    read(value, where) {
      const name = names.find((candidate) => candidate === value);
      if (name === undefined) throw unexpected(where, `one of ${names.join(', ')}`, value);
      return name;
    },
    write: (value) => value,
  };
}

/** A value that may be absent; it is then undefined. */
export function maybe<T>(type: BodyType<T>): BodyType<T | undefined> {
  return {
    read: (value, where) => (absent(value) ? undefined : type.read(value, where)),
    write: (value) => (value === undefined ? undefined : type.write(value)),
  };
}

/** A list (or a set of the reference) in the order of the text; empty when absent. */
export function listOf<T>(type: BodyType<T>): BodyType<readonly T[]> {
  return {
    read(value, where) {
      if (absent(value)) return [];
      if (!Array.isArray(value)) throw unexpected(where, 'a list', value);
      if (value.length > MAX_ENTRIES) throw tooMany(where, value.length);
      return value.map((item) => type.read(item, where));
    },
    write: (value) => value.map((item) => type.write(item)),
  };
}

/** A set that is looked things up in; empty when absent. */
export function setOf<T>(type: BodyType<T>): BodyType<ReadonlySet<T>> {
  const list = listOf(type);
  return {
    read: (value, where) => new Set(list.read(value, where)),
    write: (value) => list.write([...value]),
  };
}

function tooMany(where: string, count: number): MalformedDataError {
  return new MalformedDataError(`${where}: ${count} entries are more than the allowed ${MAX_ENTRIES}`);
}

function mapWith<K, V>(
  readKey: (key: JsonMapKey, where: string) => K,
  writeKey: (key: K) => WritableJson,
  type: BodyType<V>,
): BodyType<ReadonlyMap<K, V>> {
  return {
    read(value, where) {
      const map = new Map<K, V>();
      for (const [key, member] of jsonEntries(value)) {
        map.set(readKey(key, where), type.read(member, where));
        if (map.size > MAX_ENTRIES) throw tooMany(where, map.size);
      }
      return map;
    },
    write(value) {
      const map = new Map<WritableJson, WritableJson>();
      for (const [key, member] of value) map.set(writeKey(key), type.write(member));
      return map;
    },
  };
}

/** A map keyed by text; empty when absent. */
export function mapOf<V>(type: BodyType<V>): BodyType<ReadonlyMap<string, V>> {
  return mapWith(
    (key, where) => text.read(key as JsonValue, where),
    (key) => key,
    type,
  );
}

/** A map keyed by numbers, which are written without quotes; empty when absent. */
export function numberMapOf<V>(type: BodyType<V>): BodyType<ReadonlyMap<number, V>> {
  return mapWith(
    (key, where) => wholeNumber(key as JsonValue, where),
    (key) => key,
    type,
  );
}

/** A map keyed by message queues, which are written as objects; empty when absent. Keys are never the same object twice. */
export function queueMapOf<V>(type: BodyType<V>): BodyType<ReadonlyMap<MessageQueue, V>> {
  return mapWith(
    // In strict JSON the key is a text that holds the JSON of the queue.
    (key, where) =>
      messageQueue.read(typeof key === 'string' ? parseJson(key, { maxDepth: 4 }) : (key as JsonValue), where),
    (key) => messageQueue.write(key),
    type,
  );
}

/** A value with conversions of its own, which may give an object of plain JSON. */
export function converted<T>(fromJson: (value: JsonValue | undefined) => T, toJson: (value: T) => object): BodyType<T> {
  return {
    read: (value) => fromJson(value),
    write: (value) => toJson(value) as WritableJson,
  };
}

/** The members of an object. */
export type BodyFields = Readonly<Record<string, BodyType<unknown>>>;

type ValueOf<T> = T extends BodyType<infer V> ? V : never;
type MaybeNames<F> = { [N in keyof F]: undefined extends ValueOf<F[N]> ? N : never }[keyof F];

/** The values of declared fields: those that may be absent are optional. */
export type BodyValues<F> = {
  readonly [N in Exclude<keyof F, MaybeNames<F>>]: ValueOf<F[N]>;
} & {
  readonly [N in MaybeNames<F>]?: ValueOf<F[N]>;
};

/** An object of declared fields, in the reference's order of keys; other members are ignored. */
export function objectOf<F extends BodyFields>(fields: F): BodyType<BodyValues<F>> {
  const entries = Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    read(value, where) {
      if (!isJsonObject(value)) throw unexpected(where, 'an object', value);
      const result: Record<string, unknown> = {};
      for (const [name, type] of entries) result[name] = type.read(value[name], `${where}.${name}`);
      return result as BodyValues<F>;
    },
    write(value) {
      const members: Record<string, WritableJson> = {};
      for (const [name, type] of entries) members[name] = type.write(value[name as keyof BodyValues<F>]);
      return members;
    },
  };
}

/** A queue as the reference writes it. */
export const messageQueue: BodyType<MessageQueue> = objectOf({ brokerName: text, queueId: int, topic: text });

export interface EncodeBodyOptions {
  /**
   * `fastjson` leaves number keys unquoted and writes objects as keys; `standard`
   * is strict JSON with sorted maps. Default: `fastjson`.
   */
  readonly style?: 'fastjson' | 'standard';
}

/** A declared body. */
export interface BodySchema<T> extends BodyType<T> {
  /** Name of the reference's class. */
  readonly name: string;
  /** Throws MalformedDataError, also when there is no body. Without limits, those of `BODY_LIMITS.table`. */
  decode(body: Uint8Array | undefined, limits?: BodyLimits): T;
  encode(value: T, options?: EncodeBodyOptions): Buffer;
}

/** The values of a declared body. */
export type Body<S> = S extends BodySchema<infer T> ? T : never;

/** Makes a body of any type; see `defineBody` for objects. */
export function defineBodyOf<T>(name: string, type: BodyType<T>): BodySchema<T> {
  return {
    name,
    read: (value, where) => type.read(value, where),
    write: (value) => type.write(value),
    decode(body, limits = BODY_LIMITS.table) {
      if (body === undefined || body.length === 0) throw new MalformedDataError(`${name}: the body is missing`);
      return type.read(parseJson(body, { maxDepth: MAX_DEPTH, ...limits }), name);
    },
    encode(value, options = {}) {
      const json = type.write(value);
      if (options.style !== 'standard') return Buffer.from(writeJson(json));
      return Buffer.from(writeJson(withSortedMaps(json), { style: 'strict', sortKeys: true }));
    },
  };
}

/** Declares a body class of the reference. */
export function defineBody<F extends BodyFields>(name: string, fields: F): BodySchema<BodyValues<F>> {
  return defineBodyOf(name, objectOf(fields));
}

function withSortedMaps(json: WritableJson): WritableJson {
  if (Array.isArray(json)) return json.map(withSortedMaps);
  if (json instanceof Map) {
    const entries = [...json].map(([key, value]) => [key, withSortedMaps(value)] as const);
    return new Map(entries.sort(([a], [b]) => compareKeys(a, b)));
  }
  if (typeof json !== 'object' || json === null || json instanceof JavaDouble) return json;
  const members: Record<string, WritableJson> = Object.create(null);
  for (const [name, value] of Object.entries(json as Record<string, WritableJson>))
    members[name] = withSortedMaps(value);
  return members;
}

function compareKeys(a: WritableJson, b: WritableJson): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [left, right] = typeof a === 'string' && typeof b === 'string' ? [a, b] : [writeJson(a), writeJson(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}
