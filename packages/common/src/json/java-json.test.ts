import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MalformedDataError } from '../errors.js';
import { formatJavaDouble, JavaDouble, parseJson, type WritableJson, writeJson } from './java-json.js';
import { isJsonObject, type JsonObject, type JsonValue, jsonEntries } from './json-value.js';

interface Body {
  readonly name: string;
  readonly direction: string;
  readonly text: string;
}

function testdata(name: string): string {
  return readFileSync(new URL(`testdata/${name}`, import.meta.url), 'utf8');
}

function parseObject(text: string): JsonObject {
  const value = parseJson(text);
  if (!isJsonObject(value)) {
    throw new Error('not an object');
  }
  return value;
}

/** A double of Java keeps its `.0`, which a number of ours cannot know. */
function withoutDoubleZeros(text: string): string {
  return text.replace(/(:-?\d+)\.0(?=[,}\]])/g, '$1');
}

test('more objects and lists than allowed are refused before anything is built', () => {
  expect(parseJson('[{},{}]', { maxContainers: 3 })).toHaveLength(2);
  expect(() => parseJson('[{},{},[]]', { maxContainers: 3 })).toThrow('JSON: more than 3 objects and lists');
  expect(parseJson('["{{{{"]', { maxContainers: 1 })).toEqual(['{{{{']);
});

test('more values than allowed are refused before anything is built', () => {
  expect(parseJson('{"a":1,"b":[2,3]}', { maxValues: 4 })).toEqual({ a: 1, b: [2, 3] });
  expect(() => parseJson('{"a":1,"b":[2,3,4,5]}', { maxValues: 4 })).toThrow('JSON: more than 4 values');
});

test('what hides behind single quotes is counted when it is read', () => {
  const hidden = (items: string) => `['"',${items}'"']`;
  expect(parseJson(hidden('{},{},'), { maxContainers: 3, maxValues: 5 })).toEqual(['"', {}, {}, '"']);
  expect(() => parseJson(hidden('{},{},{},'), { maxContainers: 3 })).toThrow('JSON: more than 3 objects and lists');
  expect(() => parseJson(hidden('1,2,3,'), { maxValues: 5 })).toThrow('JSON: more than 5 values');
});

test('a string with escapes is read the same in strict and in lenient text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(parseJson(`{a:${JSON.stringify(text)},}`)).toEqual({ a: text });
    }),
  );
  expect(parseJson(`{a:"\\'\\n"}`)).toEqual({ a: "'\n" });
});

describe('recorded bodies', () => {
  const bodies: Body[] = JSON.parse(testdata('bodies.json'));

  test.each(bodies)('$name $direction is read and written again as the same text', ({ text }) => {
    const value = parseJson(text, { keepNumberKeys: true });
    expect(withoutDoubleZeros(writeJson(value as WritableJson))).toBe(withoutDoubleZeros(text));
  });

  test.each(bodies)('$name $direction keeps its content when it is written as strict JSON', ({ text }) => {
    const value = parseJson(text, { keepNumberKeys: true });
    const strict = writeJson(value as WritableJson, { style: 'strict' });
    expect(writeJson(parseJson(JSON.stringify(JSON.parse(strict))) as WritableJson, { style: 'strict' })).toBe(strict);
  });
});

test('a recorded config file is read and written again as the same text', () => {
  const text = testdata('consumerOffset.json');
  expect(writeJson(parseJson(text, { keepNumberKeys: true }) as WritableJson, { pretty: true })).toBe(text);
});

describe('parseJson', () => {
  test('gives number keys without quotes as text', () => {
    expect(writeJson(parseJson('{0:"a",-1:"b"}') as WritableJson)).toBe('{"0":"a","-1":"b"}');
  });

  test('gives a map for an object with objects as keys', () => {
    const entries = [...jsonEntries(parseJson('{{"topic":"T","queueId":1}:7}'))];
    expect(entries).toEqual([[{ topic: 'T', queueId: 1 }, 7]]);
  });

  test('keeps 64-bit numbers exactly', () => {
    expect(parseObject('{"a":9223372036854775807,"b":9007199254740991,"c":-9007199254740993}')).toEqual({
      a: 9223372036854775807n,
      b: 9007199254740991,
      c: -9007199254740993n,
    });
  });

  test('takes digits inside of text for no number', () => {
    expect(parseObject('{"a":"12345678901234567890\\"}"}').a).toBe('12345678901234567890"}');
  });

  test('reads single quotes, bare names and trailing commas', () => {
    expect(parseJson(`{a:'it\\'s',b:[1,2,],}`)).toEqual({ a: "it's", b: [1, 2] });
  });

  test('gives objects without prototype, in which __proto__ is a key like any other', () => {
    for (const text of ['{"__proto__":{"x":1},"y":[{}]}', '{"__proto__":{"x":1},"y":[{}],}']) {
      const value = parseObject(text);
      expect(Object.getPrototypeOf(value)).toBeNull();
      expect(Object.keys(value)).toEqual(['__proto__', 'y']);
      expect(value.x).toBeUndefined();
      expect(value.constructor).toBeUndefined();
      expect(Object.getPrototypeOf((value.y as JsonValue[])[0])).toBeNull();
    }
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  test('refuses text that is deeper than allowed, strict or not', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(() => parseJson(nested(64))).not.toThrow();
    expect(() => parseJson(nested(65))).toThrow('nested deeper than 64 levels');
    expect(() => parseJson('['.repeat(1_000_000))).toThrow('nested deeper than 64 levels');
    expect(() => parseJson(`{'"':${nested(64)}}`)).toThrow(MalformedDataError);
  });

  test('refuses text that is longer than allowed', () => {
    expect(() => parseJson('[1,2]', { maxBytes: 4 })).toThrow('5 bytes are more than the allowed 4');
  });

  test.each(['', '{', '{"a"}', '[1 2]', '{"a":1}}', 'nul', '"\\u12"', '"a', '01', '\0\0\0', '{,}', '{:1}'])(
    'refuses %j and says where it is wrong',
    (text) => {
      expect(() => parseJson(text)).toThrow(/^JSON: expected .+ at position \d+, found/);
    },
  );

  test('survives any text: a value or MalformedDataError', () => {
    const token = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ':',
      ',',
      '"',
      "'",
      '\\',
      'u',
      '0',
      '12',
      '-',
      '.5',
      'e',
      'true',
      ' ',
      'é',
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(token, { maxLength: 60 }).map((tokens) => tokens.join('')),
    );
    fc.assert(
      fc.property(text, (source) => {
        try {
          writeJson(parseJson(source) as WritableJson);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedDataError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('gives what JSON.parse gives for every strict text', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), fc.boolean(), (text, lenient) => {
        const padded = lenient && text.startsWith('{') && text !== '{}' ? `${text.slice(0, -1)},}` : text;
        expect(JSON.stringify(JSON.parse(writeJson(parseJson(padded) as WritableJson)))).toBe(
          JSON.stringify(JSON.parse(text)),
        );
      }),
      { numRuns: 500 },
    );
  });
});

describe('writeJson', () => {
  const value = new Map<WritableJson, WritableJson>([
    [0, 'a'],
    [{ topic: 'T' }, new JavaDouble(1)],
  ]);

  test('writes number and object keys as fastjson does', () => {
    expect(writeJson(value)).toBe('{0:"a",{"topic":"T"}:1.0}');
  });

  test('quotes every key in the strict style', () => {
    expect(writeJson(value, { style: 'strict' })).toBe('{"0":"a","{\\"topic\\":\\"T\\"}":1.0}');
  });

  test('sorts the members of objects but not of maps', () => {
    const table = new Map([
      ['z', { b: 1, a: 2 }],
      ['y', { b: 3, a: 4 }],
    ]);
    expect(writeJson({ table, name: 'n', missing: undefined }, { sortKeys: true })).toBe(
      '{"name":"n","table":{"z":{"a":2,"b":1},"y":{"a":4,"b":3}}}',
    );
  });

  test.each([
    [0, '0.0'],
    [8000, '8000.0'],
    [0.8, '0.8'],
    [1e7, '1.0E7'],
    [12345678.5, '1.23456785E7'],
    [0.0001, '1.0E-4'],
    [-2.5, '-2.5'],
  ])('writes the double %d as Java does', (number, text) => {
    expect(formatJavaDouble(number)).toBe(text);
  });
});
