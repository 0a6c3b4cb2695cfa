/**
 * JSON as the reference reads and writes it (fastjson): strict text takes the
 * engine's parser, the rest the lenient one. Writing covers both the strict form
 * and fastjson's, which leaves number keys unquoted and writes objects as keys.
 */

import { MalformedDataError } from '../errors.js';
import { JsonBudget } from './json-budget.js';
import type { JsonObject, JsonValue } from './json-value.js';
import { LenientParser } from './lenient-parser.js';
import { scanJson } from './scan-json.js';

export interface ParseJsonOptions {
  /** Deepest nesting of objects and arrays. Default: 64. */
  readonly maxDepth?: number;
  /** Objects and arrays in all; each takes many times the memory of its text. Default: as many as there are. */
  readonly maxContainers?: number;
  /** Members and elements in all. Default: as many as there are. */
  readonly maxValues?: number;
  /** Longest text, in bytes (for a string: UTF-16 units). Default: 64 MB. */
  readonly maxBytes?: number;
  /**
   * Objects with unquoted number keys become a `Map` with number keys instead of
   * an object with text keys. Only for writing the same text again. Default: false.
   */
  readonly keepNumberKeys?: boolean;
}

const DEFAULT_MAX_DEPTH = 64;
const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;

/** Takes the prototypes off everything below `root`, without recursion. */
function removePrototypes(root: JsonValue): void {
  const pending: JsonValue[] = [root];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (Array.isArray(value)) {
      for (const item of value) {
        if (typeof item === 'object' && item !== null) {
          pending.push(item);
        }
      }
    } else if (typeof value === 'object' && value !== null) {
      const object = value as JsonObject;
      Object.setPrototypeOf(object, null);
      for (const key in object) {
        const member = object[key];
        if (typeof member === 'object' && member !== null) {
          pending.push(member);
        }
      }
    }
  }
}

/** The value of strict JSON, `undefined` when the text is not strict. */
function tryParseStrict(text: string): JsonValue | undefined {
  let value: JsonValue;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
  removePrototypes(value);
  return value;
}

/**
 * Reads JSON text, strict or as fastjson writes it.
 *
 * Objects have no prototype, and `__proto__` is a key like any other. An object
 * that has at least one object or array as a key is a `Map`; number keys
 * without quotes become text keys (`{0:"a"}` reads as `{"0":"a"}`). Whole
 * numbers beyond 2^53 are `bigint`s, so 64-bit values lose nothing.
 *
 * @throws MalformedDataError when the text is too long, too deep or not JSON
 */
export function parseJson(source: string | Uint8Array, options: ParseJsonOptions = {}): JsonValue {
  const { maxDepth = DEFAULT_MAX_DEPTH, maxBytes = DEFAULT_MAX_BYTES, keepNumberKeys = false } = options;
  if (source.length > maxBytes) {
    throw new MalformedDataError(`JSON: ${source.length} bytes are more than the allowed ${maxBytes}`);
  }
  const text =
    typeof source === 'string'
      ? source
      : Buffer.from(source.buffer, source.byteOffset, source.byteLength).toString('utf8');
  const scan = scanJson(text, maxDepth);
  if (scan.depth > maxDepth) {
    throw new MalformedDataError(`JSON: nested deeper than ${maxDepth} levels`);
  }
  const budget = new JsonBudget(options);
  budget.takeContainers(scan.containers);
  budget.takeValues(scan.commas + scan.containers);
  const strict = scan.bigNumbers ? undefined : tryParseStrict(text);
  // What the first look took for text need not be text to the lenient parser: it counts for itself.
  return strict ?? new LenientParser(text, { maxDepth, keepNumberKeys, budget: new JsonBudget(options) }).parse();
}

/** A double, to be written the way Java writes it: `1` as `1.0`. */
export class JavaDouble {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }

  toString(): string {
    return formatJavaDouble(this.value);
  }
}

/** JSON text that was written before and is put in as it is. */
export class WrittenJson {
  constructor(readonly text: string) {}
}

/** The text that Java's `Double.toString` gives, e.g. `8000.0`, `1.0E10`. */
export function formatJavaDouble(value: number): string {
  if (!Number.isFinite(value)) {
    return String(value);
  }
  const magnitude = Math.abs(value);
  if (magnitude === 0) {
    return Object.is(value, -0) ? '-0.0' : '0.0';
  }
  if (magnitude >= 1e-3 && magnitude < 1e7) {
    const text = String(value);
    return text.includes('.') ? text : `${text}.0`;
  }
  const [digits = '', exponent = ''] = value.toExponential().split('e');
  return `${digits.includes('.') ? digits : `${digits}.0`}E${exponent.replace('+', '')}`;
}

/** What can be written. Members that are `undefined` are left out. */
export type WritableJson =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | JavaDouble
  | WrittenJson
  | readonly WritableJson[]
  | ReadonlyMap<WritableJson, WritableJson>
  | { readonly [key: string]: WritableJson };

export interface WriteJsonOptions {
  /**
   * `fastjson` leaves number and boolean keys of a `Map` unquoted and writes its
   * object keys as objects. `strict` quotes the former and writes an object key as
   * text that holds its JSON: any JSON parser reads that, but Java clients do not
   * take such text for a MessageQueue, so bodies keyed by objects that are meant
   * for them need `fastjson`. Default: `fastjson`.
   */
  readonly style?: 'fastjson' | 'strict';
  /** Members of objects by name, as fastjson orders those of beans; maps keep their order. Default: false. */
  readonly sortKeys?: boolean;
  /** One member per line, indented with tabs, as the reference's files are. Default: false. */
  readonly pretty?: boolean;
  /** What lines behind the first begin with when pretty: the tabs of the place that the text is for. Default: nothing. */
  readonly indent?: string;
}

class JsonWriter {
  readonly #strict: boolean;
  readonly #sortKeys: boolean;
  readonly #pretty: boolean;

  constructor(options: WriteJsonOptions) {
    this.#strict = options.style === 'strict';
    this.#sortKeys = options.sortKeys ?? false;
    this.#pretty = options.pretty ?? false;
  }

  value(value: WritableJson, indent: string): string {
    if (value === null || value === undefined) {
      return 'null';
    }
    switch (typeof value) {
      case 'string':
        return JSON.stringify(value);
      case 'number':
        return Number.isFinite(value) ? String(value) : 'null';
      case 'bigint':
      case 'boolean':
        return String(value);
      default:
        return this.#compound(value, indent);
    }
  }

  #compound(
    value: Exclude<WritableJson, string | number | bigint | boolean | null | undefined>,
    indent: string,
  ): string {
    if (value instanceof JavaDouble) {
      return Number.isFinite(value.value) ? value.toString() : 'null';
    }
    if (value instanceof WrittenJson) {
      return value.text;
    }
    const inner = `${indent}\t`;
    if (Array.isArray(value)) {
      return this.#block(
        '[',
        ']',
        indent,
        value.map((item) => this.value(item, inner)),
      );
    }
    const members: string[] = [];
    if (value instanceof Map) {
      for (const [key, member] of value) {
        this.#member(members, this.#key(key, inner), member, inner);
      }
    } else {
      const object = value as { readonly [key: string]: WritableJson };
      const keys = Object.keys(object);
      for (const key of this.#sortKeys ? keys.sort() : keys) {
        this.#member(members, JSON.stringify(key), object[key], inner);
      }
    }
    return this.#block('{', '}', indent, members);
  }

  #member(members: string[], key: string, member: WritableJson, indent: string): void {
    if (member !== undefined) {
      members.push(`${key}:${this.value(member, indent)}`);
    }
  }

  #key(key: WritableJson, indent: string): string {
    if (typeof key === 'string') {
      return JSON.stringify(key);
    }
    if (this.#strict) {
      return JSON.stringify(new JsonWriter({ style: 'strict', sortKeys: this.#sortKeys }).value(key, ''));
    }
    return this.value(key, indent);
  }

  #block(open: string, close: string, indent: string, items: readonly string[]): string {
    if (items.length === 0 || !this.#pretty) {
      return open + items.join(',') + close;
    }
    return `${open}\n${indent}\t${items.join(`,\n${indent}\t`)}\n${indent}${close}`;
  }
}

/**
 * Writes JSON as the reference does. Give maps with number or object keys as a
 * `Map`, and Java doubles as `JavaDouble`; not-a-number becomes null.
 */
export function writeJson(value: WritableJson, options: WriteJsonOptions = {}): string {
  return new JsonWriter(options).value(value, options.indent ?? '');
}
