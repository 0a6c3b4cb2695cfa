/** The values that JSON text of the reference is read into, and how to look at them without trusting their shape. */

import { MalformedDataError } from '../errors.js';

/** An object of JSON text. It has no prototype, so that no key of a peer can meet or change anything inherited. */
export interface JsonObject {
  [key: string]: JsonValue;
}

/** What a map may be keyed with when its keys are not text: numbers, or whole objects such as a MessageQueue. */
export type JsonMapKey = string | number | bigint | JsonObject | JsonMap | JsonValue[];

/** A map whose keys are not all text, in the order of the text. */
export type JsonMap = Map<JsonMapKey, JsonValue>;

/** A whole number beyond 2^53 is a `bigint`, every other number a `number`. */
export type JsonValue = string | number | bigint | boolean | null | JsonValue[] | JsonObject | JsonMap;

/** True for an object with text keys: neither an array nor a map. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Map);
}

/**
 * The entries of a map, however its text was written: with text keys, number
 * keys or object keys. Missing and null maps have none.
 * @throws MalformedDataError when the value is not a map
 */
export function jsonEntries(value: JsonValue | undefined): Iterable<[JsonMapKey, JsonValue]> {
  if (value === undefined || value === null) {
    return [];
  }
  if (value instanceof Map) {
    return value;
  }
  if (isJsonObject(value)) {
    return Object.entries(value);
  }
  throw new MalformedDataError(`expected a JSON object, found ${Array.isArray(value) ? 'an array' : typeof value}`);
}
