// Every request of the protocol with fields that are missing, extreme, of the wrong type, too long, or names like paths.
import { readFileSync } from 'node:fs';
import { encodeRequest } from '../frame.js';
import type { SeededRandom } from '../random.js';
import { type HostileCase, type HostileGroup, type Link, type Owed, shown } from './hostile-case.js';

type Field = readonly [name: string, type: string, required: 0 | 1];
export interface RequestCode {
  readonly code: number;
  readonly name: string;
  readonly link: Link;
  readonly fields: readonly Field[];
}

/** Every request of the protocol. */
export const ALL_CODES: readonly RequestCode[] = JSON.parse(
  readFileSync(new URL('../testdata/request-codes.json', import.meta.url), 'utf8'),
);

const NUMBERS = [
  '-1',
  '0',
  '1',
  '2147483647',
  '2147483648',
  '-2147483648',
  '-2147483649',
  '9007199254740993',
  '9223372036854775807',
  '9223372036854775808',
  '-9223372036854775808',
  '1e10',
  'NaN',
  'Infinity',
  '',
  'abc',
  '0x10',
  ' 1',
  '1.5',
  '1'.repeat(1000),
  '-0',
  '+5',
  '٣',
];
const PATHS = [
  '../../escaped',
  '/tmp/escaped',
  '..',
  '.',
  'a/b',
  '..\\..\\escaped',
  'C:\\escaped',
  '%RETRY%../../escaped',
  '%LMQ%../escaped',
  'a\u0000b',
];
const STRINGS = [
  '',
  ' ',
  'A'.repeat(65_536),
  'x'.repeat(128),
  'x'.repeat(256),
  'x'.repeat(32_768),
  'é漢😀',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  '%RETRY%',
  '%DLQ%',
  '\u0001\u0002',
  '{"a":1}',
  '[',
  'null',
  'undefined',
  '$'.concat('{jndi:ldap://127.0.0.1/x}'),
  'TBW102',
  'SCHEDULE_TOPIC_XXXX',
  'RMQ_SYS_TRANS_HALF_TOPIC',
  'a\nb=c',
  '\ud800',
];
const BOOLEANS = ['true', 'false', 'TRUE', 'maybe', '', '1', 'null'];
const OF_EVERY_REQUEST = new Set(['ns', 'nsd', 'bname', 'oway', 'lo']);
const PULLS = new Set([11, 361]);
/** They wait for messages, or ask a client that may be one of our own connections. */
const SLOW_CODES = new Set([200050, 200054, 200070, 220, 221, 222, 223, 307, 309, 324, 325]);

/** What may be expected of a request with these fields. */
export function owedBy(code: number, ext: Readonly<Record<string, unknown>>): Owed {
  if (SLOW_CODES.has(code)) return 'any';
  const mayWait = PULLS.has(code) && (Number(ext.sysFlag) & 2) !== 0;
  return mayWait ? 'any' : 'answer';
}

/** All codes, unknown ones among them, without any field, on both ports and in both serializations. */
export function emptyRequests(): HostileGroup {
  const cases: HostileCase[] = [];
  const unknown = [-1, 0, 1, 7777, 32_767, 32_768, 65_535, 65_536, 99_999, 200_057, 2 ** 31 - 1, -(2 ** 31)];
  for (const code of [...unknown, ...ALL_CODES.map((one) => one.code)]) {
    for (const link of ['broker', 'namesrv'] as const) {
      cases.push(fieldCase({ code, link, ext: {}, binary: false, what: 'empty' }));
      if (code >= 0 && code <= 32_767) cases.push(fieldCase({ code, link, ext: {}, binary: true, what: 'empty' }));
    }
  }
  return { cases };
}

/** Each field of each request in turn, the others as an ordinary client would fill them. */
export function badFields(random: SeededRandom, valuesOfAField: number): HostileGroup {
  const cases: HostileCase[] = [];
  for (const { code, link, fields } of ALL_CODES) {
    for (const [name, type, required] of fields) {
      const ext = Object.fromEntries(
        fields.filter(([, , needed]) => needed).map(([key, kind]) => [key, ordinary(key, kind)]),
      );
      if (required) {
        const { [name]: _, ...rest } = ext;
        cases.push(fieldCase({ code, link, ext: rest, binary: false, what: `without ${name}` }));
      }
      for (const value of valuesOf(random, type, OF_EVERY_REQUEST.has(name) ? 2 : valuesOfAField)) {
        const binary = code <= 32_767 && value.length < 60_000 && random.below(2) === 0;
        cases.push(fieldCase({ code, link, ext: { ...ext, [name]: value }, binary, what: `${name}=${shown(value)}` }));
      }
    }
  }
  return { cases };
}

interface FieldCase {
  readonly code: number;
  readonly link: Link;
  readonly ext: Readonly<Record<string, string>>;
  readonly binary: boolean;
  readonly what: string;
}

function fieldCase({ code, link, ext, binary, what }: FieldCase): HostileCase {
  const body = code === 310 || code === 10 ? 'hostile' : undefined;
  const request = { code, ext, binary, ...(body === undefined ? {} : { body }) };
  return {
    name: `${code} ${what}${binary ? ' (binary)' : ''}`,
    link,
    owed: owedBy(code, ext),
    bytes: (opaque) => encodeRequest(request, opaque),
  };
}

function valuesOf(random: SeededRandom, type: string, count: number): string[] {
  const all = /^(int|long|integer)$/i.test(type) ? NUMBERS : /^boolean$/i.test(type) ? BOOLEANS : undefined;
  if (all !== undefined) return some(random, all, count);
  const half = Math.ceil(count / 2);
  return [...some(random, PATHS, half), ...some(random, STRINGS, count - half)];
}

function some(random: SeededRandom, values: readonly string[], count: number): string[] {
  if (count >= values.length) return [...values];
  const start = random.below(values.length);
  return Array.from({ length: count }, (_, index) => values[(start + index) % values.length]!);
}

/** What an ordinary client fills a field with. */
export function ordinary(name: string, type: string): string {
  if (/^boolean$/i.test(type)) return 'false';
  if (/^(int|long|integer)$/i.test(type)) return /perm/i.test(name) ? '6' : /queueNums|^d$/i.test(name) ? '1' : '0';
  if (name === 'topicFilterType') return 'SINGLE_TAG';
  if (/^(defaultTopic|c)$/.test(name)) return 'TBW102';
  return /^(topic|b)$/.test(name) ? 'hostile-topic' : `hostile-${name}`;
}
