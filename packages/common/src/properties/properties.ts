/** Java's `.properties` format: reading by its exact rules, writing escaped, and the plain form of the reference's config answers. */

import { MalformedDataError } from '../errors.js';

const ESCAPES = new Map([
  ['t', '\t'],
  ['n', '\n'],
  ['r', '\r'],
  ['f', '\f'],
]);
const LINE_END = /\r\n|\r|\n/;
const LAST_LINE_END = /(?<!\r)\n$|\r$/;
const LEADING_SPACE = /^[ \t\f]+/;
const HEX4 = /^[0-9a-fA-F]{4}$/;

/** True when an odd number of backslashes ends the line, so that it goes on in the next. */
function isContinued(line: string): boolean {
  let backslashes = 0;
  while (line[line.length - 1 - backslashes] === '\\') {
    backslashes++;
  }
  return backslashes % 2 === 1;
}

/** Lines with their continuations joined; comments and empty lines are gone. */
function* logicalLines(text: string): Generator<string> {
  // Nothing but a backslash so far begins no line: comments may still follow.
  let open = '';
  let continued = false;
  for (const natural of text.replace(LAST_LINE_END, '').split(LINE_END)) {
    continued = false;
    const line = natural.replace(LEADING_SPACE, '');
    if (open === '' && (line === '' || line[0] === '#' || line[0] === '!')) {
      continue;
    }
    const joined = open + line;
    continued = isContinued(line);
    if (continued) {
      open = joined.slice(0, -1);
      continue;
    }
    open = '';
    yield joined;
  }
  if (continued || open !== '') {
    yield open;
  }
}

/** Where the key ends: the first separator that no backslash protects. */
function keyLength(line: string): number {
  for (let i = 0; i < line.length; i++) {
    const char = line[i];
    if (char === '\\') {
      i++;
    } else if (char === '=' || char === ':' || char === ' ' || char === '\t' || char === '\f') {
      return i;
    }
  }
  return line.length;
}

/** @throws MalformedDataError for a `\u` without four hexadecimal digits */
function unescapeText(text: string): string {
  if (!text.includes('\\')) {
    return text;
  }
  let result = '';
  for (let i = 0; i < text.length; i++) {
    const char = text[i] as string;
    if (char !== '\\') {
      result += char;
      continue;
    }
    const escaped = text[++i] ?? '';
    if (escaped === 'u') {
      const hex = text.slice(i + 1, i + 5);
      if (!HEX4.test(hex)) {
        throw new MalformedDataError(`properties: '\\u${hex}' is not an escape of four hexadecimal digits`);
      }
      result += String.fromCharCode(Number.parseInt(hex, 16));
      i += 4;
    } else {
      result += ESCAPES.get(escaped) ?? escaped;
    }
  }
  return result;
}

/**
 * Reads properties. Bytes are ISO-8859-1, as `Properties#load(InputStream)`
 * takes them. A key that stands twice has its last value.
 * @throws MalformedDataError for a bad `\u` escape
 */
export function readProperties(source: string | Uint8Array): Map<string, string> {
  const text =
    typeof source === 'string'
      ? source
      : Buffer.from(source.buffer, source.byteOffset, source.byteLength).toString('latin1');
  const properties = new Map<string, string>();
  for (const line of logicalLines(text)) {
    const end = keyLength(line);
    const value = line.slice(end).replace(/^[ \t\f]*[=:]?[ \t\f]*/, '');
    properties.set(unescapeText(line.slice(0, end)), unescapeText(value));
  }
  return properties;
}

function escapeChar(char: string): string {
  switch (char) {
    case '\t':
      return '\\t';
    case '\n':
      return '\\n';
    case '\r':
      return '\\r';
    case '\f':
      return '\\f';
    case '\\':
    case '=':
    case ':':
    case '#':
    case '!':
      return `\\${char}`;
    default:
      return `\\u${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
  }
}

const MUST_ESCAPE = /[\\\t\n\r\f=:#!]|[^\u0020-\u007e]/g;

/** Writes properties so that `readProperties` and Java read the same keys and values back. One line each, in the order given. */
export function writeProperties(properties: Iterable<readonly [string, string]>): string {
  let text = '';
  for (const [key, value] of properties) {
    const escapedKey = key.replace(MUST_ESCAPE, escapeChar).replaceAll(' ', '\\ ');
    text += `${escapedKey}=${value.replace(MUST_ESCAPE, escapeChar).replace(/^ /, '\\ ')}\n`;
  }
  return text;
}

/**
 * The body of the GET_*_CONFIG answers: `key=value` lines sorted by key, nothing
 * escaped. Source: MixAll#properties2String.
 */
export function properties2String(properties: Iterable<readonly [string, string]>): string {
  const sorted = [...properties].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return sorted.map(([key, value]) => `${key}=${value}\n`).join('');
}
