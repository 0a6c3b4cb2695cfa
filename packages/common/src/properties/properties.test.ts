import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MalformedDataError } from '../errors.js';
import { properties2String, readProperties, writeProperties } from './properties.js';

function read(text: string): Record<string, string> {
  return Object.fromEntries(readProperties(text));
}

describe('readProperties', () => {
  test.each<[string, string, Record<string, string>]>([
    ['the three separators', 'a=1\nb:2\nc 3\nd = 4\ne\t:\t5', { a: '1', b: '2', c: '3', d: '4', e: '5' }],
    ['one separator only, the rest is value', 'a==1\nb = = 2\nc:=3', { a: '=1', b: '= 2', c: '=3' }],
    ['comments and empty lines', '# a=1\n  ! b=2\n\n \t\nc=3', { c: '3' }],
    ['keys without value', 'a\nb=\n=c', { a: '', b: '', '': 'c' }],
    ['continued lines', 'a=1,\\\n   2,\\\r\n\t3\nb\\\n =4', { a: '1,2,3', b: '4' }],
    ['no continuation after an escaped backslash', 'a=1\\\\\nb=2', { a: '1\\', b: '2' }],
    ['comments that cannot be continued', '# x\\\na=1', { a: '1' }],
    ['a hash sign inside of a continued value', 'a=1\\\n#2', { a: '1#2' }],
    ['an empty key for a backslash alone at the end, as Java does', 'a=1\n\\\n', { a: '1', '': '' }],
    ['a comment after a line of nothing but a backslash', '\\\n#x=1\na=2', { a: '2' }],
    ['escapes', 'a\\ b\\=c=x\\ty\\n\\q\\u00e9\\u4F60', { 'a b=c': 'x\ty\nqé你' }],
    ['space at the end of values', 'a=1 \nb=2', { a: '1 ', b: '2' }],
    ['the last of equal keys', 'a=1\na=2', { a: '2' }],
    ['every kind of line end', 'a=1\rb=2\r\nc=3', { a: '1', b: '2', c: '3' }],
    ['a backslash at the very end', 'a=1\\', { a: '1' }],
  ])('reads %s', (_, text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  test('takes bytes as ISO-8859-1', () => {
    expect(readProperties(Buffer.from([0x61, 0x3d, 0xe9])).get('a')).toBe('é');
  });

  test('refuses an escape without four hexadecimal digits', () => {
    expect(() => readProperties('a=\\u12')).toThrow(MalformedDataError);
  });

  test('survives any text', () => {
    const text = fc.array(fc.constantFrom('\\', 'u', '0', 'a', '=', ':', ' ', '\n', '\r', '#', '!', '\t', 'é'));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          text.map((chars) => chars.join('')),
        ),
        (source) => {
          try {
            readProperties(source);
          } catch (error) {
            expect(error).toBeInstanceOf(MalformedDataError);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

test('what is written is read back, whatever keys and values hold', () => {
  const properties = fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })));
  fc.assert(
    fc.property(properties, (entries) => {
      const map = new Map(entries);
      expect(readProperties(Buffer.from(writeProperties(map), 'latin1'))).toEqual(map);
    }),
  );
});

test('the text of config answers is sorted and not escaped', () => {
  expect(
    properties2String([
      ['b', 'x:y'],
      ['a', 'é'],
      ['B', ''],
    ]),
  ).toBe('B=\na=é\nb=x:y\n');
});
