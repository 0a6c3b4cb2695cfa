import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MessageConst, RESERVED_PROPERTIES } from './message-const.js';
import {
  appendProperty,
  checkProperty,
  decodeProperties,
  encodeProperties,
  findProperty,
  PropertyScanner,
  removeProperty,
  setProperty,
} from './property.js';

const golden: {
  readonly properties2map: readonly { readonly string: string; readonly map: Record<string, string> }[];
  readonly map2properties: readonly { readonly string: string; readonly map: Record<string, string | null> }[];
} = JSON.parse(readFileSync(new URL('testdata/messages.json', import.meta.url), 'utf8'));
const constants = JSON.parse(readFileSync(new URL('../testdata/constants.json', import.meta.url), 'utf8'));

/** Texts that are nearly property texts: few letters, many separators. */
const crookedText = fc.string({ unit: fc.constantFrom('a', 'b', 'ab', '\u0001', '\u0002', '値'), maxLength: 24 });

describe('property texts', () => {
  test('are read as the reference reads them', () => {
    for (const { string, map } of golden.properties2map) {
      expect(Object.fromEntries(decodeProperties(string))).toEqual(map);
    }
  });

  test('are written as the reference writes them, where a missing value is left out', () => {
    for (const { string, map } of golden.map2properties) {
      const present = Object.entries(map).filter((entry): entry is [string, string] => entry[1] !== null);
      expect(encodeProperties(present)).toBe(string);
    }
  });

  test('give single properties as the map would, however crooked they are', () => {
    fc.assert(
      fc.property(crookedText, fc.constantFrom('a', 'b', 'ab', 'aa', '値'), (text, key) => {
        expect(findProperty(text, key)).toBe(decodeProperties(text).get(key));
      }),
      { numRuns: 3000 },
    );
  });

  test('give several properties in one scan as the map would, and forget the text before', () => {
    const keys = ['a', 'b', 'ab', 'aa', '値', 'abab'];
    const scanner = new PropertyScanner(keys);
    fc.assert(
      fc.property(crookedText, (text) => {
        scanner.scan(text);
        const map = decodeProperties(text);
        expect(keys.map((_, slot) => scanner.value(slot))).toEqual(keys.map((key) => map.get(key)));
        expect(keys.map((_, slot) => scanner.has(slot))).toEqual(keys.map((key) => map.has(key)));
      }),
      { numRuns: 3000 },
    );
    expect(scanner.value(99)).toBeUndefined();
  });

  test('are read in one pass, also when a million properties have no value', () => {
    const text = `${'\u0002'.repeat(1_000_000)}KEYS\u0001k`;
    const scanner = new PropertyScanner(['KEYS']);
    scanner.scan(text);
    expect(scanner.value(0)).toBe('k');
    expect([...decodeProperties(text)]).toEqual([['KEYS', 'k']]);
  });

  test('lose a property and keep the others', () => {
    fc.assert(
      fc.property(crookedText, fc.constantFrom('a', 'b', 'ab', '値'), (text, key) => {
        const map = decodeProperties(text);
        map.delete(key);
        const removed = removeProperty(text, key);
        expect(decodeProperties(removed)).toEqual(map);
        expect(decodeProperties(setProperty(text, key, 'v'))).toEqual(map.set(key, 'v'));
      }),
      { numRuns: 3000 },
    );
  });

  test('gain a property behind one that was not closed', () => {
    expect(appendProperty('a\u00011', 'b', '2')).toBe('a\u00011\u0002b\u00012\u0002');
    expect(appendProperty('', 'b', '2')).toBe('b\u00012\u0002');
    expect(removeProperty('a\u00011\u0002b\u00012', 'b')).toBe('a\u00011\u0002');
    expect(removeProperty('xa\u00011\u0002', 'a')).toBe('xa\u00011\u0002');
  });

  test('cannot take separators in keys or values', () => {
    expect(checkProperty('a', 'b')).toBeUndefined();
    expect(checkProperty('', 'b')).toBe('a property has an empty name');
    expect(checkProperty('a\u0001', 'b')).toContain('separator');
    expect(checkProperty('a', 'b\u0002')).toContain("value of property 'a'");
  });
});

describe('names of properties', () => {
  test('are those of the reference', () => {
    const theirs = Object.entries(constants['org.apache.rocketmq.common.message.MessageConst']).filter(
      ([name, value]) =>
        typeof value === 'string' &&
        !/KEY_SEPARATOR|INDEX_.*_TYPE|TIMER_ENGINE_ROCKSDB|TIMER_ENGINE_FILE|TRANSIENT_PREFIX/.test(name),
    );
    expect(theirs.length).toBeGreaterThan(60);
    expect(MessageConst).toEqual(Object.fromEntries(theirs));
  });

  test('are reserved or free as in the reference', () => {
    const free = Object.values(MessageConst).filter((name) => !RESERVED_PROPERTIES.has(name));
    expect(free.sort()).toEqual(
      [
        'CHECK_IMMUNITY_TIME_IN_SECONDS',
        'E_T',
        'INNER_BASE',
        'INNER_MULTI_DISPATCH',
        'INNER_NUM',
        'PROPERTY_FORWARD_QUEUE_ID',
        'REDIRECT',
        'TIMER_ROLL_LABEL',
        'TRACE_CONTEXT',
        'TRANSACTION_CHECK_TIMES',
        'TRANS_OFFSET',
        '__RMQ.TRANSIENT.GROUP_SYS_FLAG',
        '__RMQ.TRANSIENT.TOPIC_SYS_FLAG',
        '__SHARDINGKEY',
        '__transactionId__',
      ].sort(),
    );
  });
});
