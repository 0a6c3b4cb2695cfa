// JSON headers that parse, or nearly: depths, prototype names, numbers and types out of place.
import { frameOf } from '../frame.js';
import type { SeededRandom } from '../random.js';
import type { HostileCase, HostileGroup } from './hostile-case.js';

const VALUES = [
  '1',
  '-1',
  '0',
  '"1"',
  '"x"',
  'null',
  'true',
  '[]',
  '{}',
  '1e999',
  '-0',
  '1.5',
  '9223372036854775808',
  '""',
  '[[1]]',
  '{"a":{"b":1}}',
  '01',
  '+1',
  '.5',
  'NaN',
  'undefined',
];
const KEYS = [
  'code',
  'language',
  'version',
  'flag',
  'remark',
  'extFields',
  'serializeTypeCurrentRPC',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '@type',
  '$ref',
  '',
];
const EXT_KEYS = [
  'topic',
  '__proto__',
  'constructor',
  'prototype',
  'valueOf',
  '@type',
  'ns',
  'bname',
  'lo',
  '\u0000',
  'é',
];
const NAMES_IN_CODE = 0x7fffffff;

/** Headers with one or two members out of place; the opaque is readable. */
export function oddJsonHeaders(random: SeededRandom, count: number): HostileGroup {
  const cases = Array.from({ length: count }, (_, index): HostileCase => {
    const link = index % 3 === 0 ? 'namesrv' : 'broker';
    const code = random.pick([105, 310, 11, 34, 7777, NAMES_IN_CODE, 17]);
    const odd =
      index % 2 === 0
        ? oddMember(random)
        : `"extFields":{${oddMember(random, EXT_KEYS)},${oddMember(random, EXT_KEYS)}}`;
    const text = (opaque: number) =>
      `{"code":${code},"opaque":${opaque},"flag":0,"language":"JAVA","version":513,${odd}}`;
    return {
      name: `header ${text(1)}`,
      link,
      // Another flag may make a response or a one-way request of it.
      owed: /"flag":(?!0$)/.test(odd) ? 'any' : 'answer-or-close',
      bytes: (opaque) => frameOf(Buffer.from(text(opaque))),
    };
  });
  return { cases };
}

function oddMember(random: SeededRandom, keys: readonly string[] = KEYS): string {
  return `${JSON.stringify(random.pick(keys))}:${random.pick(VALUES)}`;
}

const DEPTHS = [10, 33, 100, 1000, 10_000, 100_000, 1_000_000, 5_000_000];

/** Brackets in headers and in the bodies of heartbeats and other JSON bodies. */
export function deepJson(codesWithBody: readonly number[]): HostileGroup {
  const cases: HostileCase[] = [];
  for (const depth of DEPTHS) {
    for (const open of ['[', '{"a":']) {
      if (open.length * depth > 15_000_000) continue;
      for (const closed of [true, false]) {
        const value = nested(open, depth, closed);
        const suffix = `${open} × ${depth}${closed ? '' : ', not closed'}`;
        for (const member of ['x', 'extFields']) {
          const bytes = (opaque: number) =>
            frameOf(Buffer.from(`{"code":105,"opaque":${opaque},"${member}":${value}}`));
          cases.push({ name: `header ${member} ${suffix}`, link: 'broker', owed: 'answer-or-close', bytes });
        }
        for (const code of codesWithBody) {
          const header = (opaque: number) => Buffer.from(`{"code":${code},"opaque":${opaque},"flag":0,"version":513}`);
          const bytes = (opaque: number) => frameOf(header(opaque), Buffer.from(value));
          cases.push({
            name: `body of ${code} ${suffix}`,
            link: code === 103 ? 'namesrv' : 'broker',
            owed: 'answer',
            bytes,
          });
        }
      }
    }
  }
  return {
    cases: cases.filter(({ name }) => !/5000000/.test(name) || !/not closed/.test(name)),
    lanes: 2,
  };
}

function nested(open: string, depth: number, closed: boolean): string {
  return open.repeat(depth) + (closed ? `${open === '[' ? '' : '1'}${(open === '[' ? ']' : '}').repeat(depth)}` : '');
}
