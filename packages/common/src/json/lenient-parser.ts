/**
 * Reads the JSON that the reference writes and that is not strict: number keys
 * without quotes (`{0:"a"}`), objects as keys (`{{"topic":"T"}:1}`), and also
 * single quotes, bare names as keys and trailing commas. Its depth is bounded.
 */

import { MalformedDataError } from '../errors.js';
import type { JsonBudget } from './json-budget.js';
import type { JsonMap, JsonMapKey, JsonObject, JsonValue } from './json-value.js';
import { closingQuote } from './scan-json.js';

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const INTEGER = /^-?\d+$/;
const NAME = /[A-Za-z_$][\w$]*/y;
const SPACE = /[ \t\r\n]*/y;
const PLAIN_DOUBLE = /[^"\\\u0000-\u001f]*/y;
const PLAIN_SINGLE = /[^'\\\u0000-\u001f]*/y;
const HEX4 = /^[0-9a-fA-F]{4}$/;
const ESCAPES = new Map([
  ['"', '"'],
  ["'", "'"],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);
const LITERALS = new Map<string, JsonValue>([
  ['true', true],
  ['false', false],
  ['null', null],
]);

/** A whole number as a `number` where it is exact, else as a `bigint`; a longer text than any 64-bit number stays a double. */
function numberOf(text: string): number | bigint {
  const value = Number(text);
  return Number.isSafeInteger(value) || text.length > 20 || !INTEGER.test(text) ? value : BigInt(text);
}

export interface LenientParserOptions {
  readonly maxDepth: number;
  /** Objects with number keys become maps with number keys; else their keys become text. */
  readonly keepNumberKeys: boolean;
  readonly budget: JsonBudget;
}

/** One reading of one text. */
export class LenientParser {
  readonly #text: string;
  readonly #options: LenientParserOptions;
  #at = 0;
  #depth = 0;

  constructor(text: string, options: LenientParserOptions) {
    this.#text = text;
    this.#options = options;
  }

  /** @throws MalformedDataError with the position of what does not fit */
  parse(): JsonValue {
    const value = this.#value();
    this.#skipSpace();
    if (this.#at < this.#text.length) {
      throw this.#unexpected('the end of the text');
    }
    return value;
  }

  #unexpected(wanted: string): MalformedDataError {
    const found = this.#at < this.#text.length ? JSON.stringify(this.#text[this.#at]) : 'the end of the text';
    return new MalformedDataError(`JSON: expected ${wanted} at position ${this.#at}, found ${found}`);
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }

  #skipSpace(): void {
    this.#match(SPACE);
  }

  #take(char: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== char) {
      return false;
    }
    this.#at++;
    return true;
  }

  #value(): JsonValue {
    this.#options.budget.takeValues(1);
    this.#skipSpace();
    const char = this.#text[this.#at];
    if (char === '{' || char === '[') {
      return this.#nested();
    }
    if (char === '"' || char === "'") {
      return this.#string();
    }
    const number = this.#match(NUMBER);
    if (number !== '') {
      return numberOf(number);
    }
    const start = this.#at;
    const literal = LITERALS.get(this.#match(NAME));
    if (literal === undefined) {
      this.#at = start;
      throw this.#unexpected('a value');
    }
    return literal;
  }

  #nested(): JsonValue[] | JsonObject | JsonMap {
    if (++this.#depth > this.#options.maxDepth) {
      throw new MalformedDataError(`JSON: nested deeper than ${this.#options.maxDepth} levels`);
    }
    this.#options.budget.takeContainers(1);
    const value = this.#text[this.#at++] === '[' ? this.#array() : this.#object();
    this.#depth--;
    return value;
  }

  #array(): JsonValue[] {
    const items: JsonValue[] = [];
    while (!this.#take(']')) {
      items.push(this.#value());
      if (!this.#take(',') && this.#peek() !== ']') {
        throw this.#unexpected("',' or ']'");
      }
    }
    return items;
  }

  #object(): JsonObject | JsonMap {
    const entries: JsonMap = new Map();
    let textKeys = true;
    while (!this.#take('}')) {
      const key = this.#key();
      textKeys &&= typeof key === 'string';
      if (!this.#take(':')) {
        throw this.#unexpected("':'");
      }
      entries.set(key, this.#value());
      if (!this.#take(',') && this.#peek() !== '}') {
        throw this.#unexpected("',' or '}'");
      }
    }
    return textKeys
      ? (Object.assign(Object.create(null), Object.fromEntries(entries as Map<string, JsonValue>)) as JsonObject)
      : entries;
  }

  #peek(): string | undefined {
    this.#skipSpace();
    return this.#text[this.#at];
  }

  #key(): JsonMapKey {
    const char = this.#peek();
    if (char === '"' || char === "'") {
      return this.#string();
    }
    if (char === '{' || char === '[') {
      return this.#nested();
    }
    const number = this.#match(NUMBER);
    if (number !== '') {
      return this.#options.keepNumberKeys ? numberOf(number) : number;
    }
    const name = this.#match(NAME);
    if (name === '') {
      throw this.#unexpected('a key');
    }
    return name;
  }

  #string(): string {
    const quote = this.#text[this.#at++];
    const plain = quote === '"' ? PLAIN_DOUBLE : PLAIN_SINGLE;
    let value = this.#match(plain);
    if (quote === '"' && this.#text[this.#at] === '\\') {
      const strict = this.#strictString();
      if (strict !== undefined) return strict;
    }
    while (this.#text[this.#at] !== quote) {
      if (this.#text[this.#at] !== '\\') {
        throw this.#unexpected(`the closing ${quote}`);
      }
      this.#at++;
      value += this.#escape() + this.#match(plain);
    }
    this.#at++;
    return value;
  }

  /** The string that is being read, when the engine's parser takes it: it is much faster where there are many escapes. */
  #strictString(): string | undefined {
    const start = this.#text.lastIndexOf('"', this.#at);
    const end = closingQuote(this.#text, start + 1) + 1;
    try {
      const value = JSON.parse(this.#text.slice(start, end)) as string;
      this.#at = end;
      return value;
    } catch (error) {
      if (error instanceof SyntaxError) return undefined;
      throw error;
    }
  }

  #escape(): string {
    const letter = this.#text[this.#at] ?? '';
    const simple = ESCAPES.get(letter);
    if (simple !== undefined) {
      this.#at++;
      return simple;
    }
    const hex = this.#text.slice(this.#at + 1, this.#at + 5);
    if (letter !== 'u' || !HEX4.test(hex)) {
      throw this.#unexpected('an escape');
    }
    this.#at += 5;
    return String.fromCharCode(Number.parseInt(hex, 16));
  }
}
