/** Reads single fields of JSON objects that others wrote: absent and null mean the default, a wrong type is an error that names the field. */
import { MalformedDataError } from '../errors.js';
import { isJsonObject, type JsonObject, type JsonValue, jsonEntries } from '../json/json-value.js';

/** The value as an object; `what` names it in the error. */
export function asObject(value: JsonValue | undefined, what: string): JsonObject {
  if (!isJsonObject(value)) throw new MalformedDataError(`${what}: a JSON object is expected`);
  return value;
}

/** A whole number, also when written as text; no larger than 2^53 in size. */
export function integerField(object: JsonObject, name: string, defaultValue: number): number {
  const value = object[name];
  if (value === undefined || value === null) return defaultValue;
  const number = typeof value === 'string' && /^-?\d{1,16}$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isSafeInteger(number)) return number;
  throw new MalformedDataError(`field '${name}': a whole number is expected, not ${describe(value)}`);
}

/** True or false, also when written as text. */
export function booleanField(object: JsonObject, name: string, defaultValue: boolean): boolean {
  const value = object[name];
  if (value === undefined || value === null) return defaultValue;
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === 'false') return value === 'true';
  throw new MalformedDataError(`field '${name}': true or false is expected, not ${describe(value)}`);
}

/** A text; `undefined` when absent or null. */
export function textField(object: JsonObject, name: string): string | undefined {
  const value = object[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  throw new MalformedDataError(`field '${name}': a text is expected, not ${describe(value)}`);
}

/** One of the given texts; the default when absent or null. */
export function choiceField<T extends string>(
  object: JsonObject,
  name: string,
  choices: readonly T[],
  defaultValue: T,
): T {
  const value = textField(object, name);
  if (value === undefined) return defaultValue;
  const choice = choices.find((candidate) => candidate === value);
  if (choice !== undefined) return choice;
  throw new MalformedDataError(`field '${name}': '${value}' is none of ${choices.join(', ')}`);
}

/** A map of texts; empty when absent or null. Numbers and booleans become texts, null values are dropped. */
export function textMapField(object: JsonObject, name: string): Map<string, string> {
  const map = new Map<string, string>();
  for (const [key, value] of jsonEntries(object[name])) {
    if (value === null) continue;
    if (typeof value === 'object') {
      throw new MalformedDataError(`field '${name}': the value of '${String(key)}' is not a text`);
    }
    map.set(String(key), String(value));
  }
  return map;
}

/** A map of texts as an object for JSON. Without prototype, so that no key means more than itself. */
export function textMapToJson(map: ReadonlyMap<string, string>): Record<string, string> {
  const object: Record<string, string> = Object.create(null);
  for (const [key, value] of map) object[key] = value;
  return object;
}

function describe(value: JsonValue): string {
  return typeof value === 'object' ? 'a list or an object' : `'${String(value).slice(0, 64)}'`;
}
