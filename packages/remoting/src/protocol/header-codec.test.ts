import { AsciiText } from '@rocketmq-ts/common';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codecOf } from './codecs.js';
import {
  GetMaxOffsetRequestHeader,
  HEADERS,
  QueryMessageRequestHeader,
  SendMessageRequestHeaderV2,
  SendMessageResponseHeader,
} from './commands/index.js';
import { BinaryFieldWriter, JsonFieldWriter } from './field-writer.js';
import { HeaderBytes } from './header-bytes.js';
import { parseBoolean, parseInt32, parseLong, RemotingCommandError } from './header-codec.js';
import type { Field, FieldKind, HeaderSchema } from './header-schema.js';

function arbitraryOf(kind: FieldKind): fc.Arbitrary<unknown> {
  switch (kind) {
    case 'string':
    case 'text':
      return fc.string({ unit: 'grapheme', minLength: 1, maxLength: 80 });
    case 'ascii':
      return fc.stringMatching(/^[0-9A-F,]{1,80}$/);
    case 'int':
      return fc.integer({ min: -2147483648, max: 2147483647 });
    case 'long':
      return fc.maxSafeInteger().map((value) => value + 0);
    case 'boolean':
      return fc.boolean();
    case 'double':
      return fc.double({ noNaN: true });
  }
}

function valueOfField(field: Field): fc.Arbitrary<unknown> {
  const value = arbitraryOf(field.kind);
  return field.presence === 'optional' ? fc.option(value, { nil: undefined }) : value;
}

function valuesOf(schema: HeaderSchema): fc.Arbitrary<Record<string, unknown>> {
  return fc.record(
    Object.fromEntries(Object.entries(schema.fields).map(([name, field]) => [name, valueOfField(field)])),
  );
}

function readBinary(bytes: Buffer): Record<string, string> {
  const ext: Record<string, string> = {};
  for (let position = 0; position < bytes.length; ) {
    const keyEnd = position + 2 + bytes.readInt16BE(position);
    const valueEnd = keyEnd + 4 + bytes.readInt32BE(keyEnd);
    ext[bytes.toString('utf8', position + 2, keyEnd)] = bytes.toString('utf8', keyEnd + 4, valueEnd);
    position = valueEnd;
  }
  return ext;
}

describe('the codec of every header', () => {
  const out = new HeaderBytes();
  const jsonWriter = new JsonFieldWriter(out);
  const binaryWriter = new BinaryFieldWriter(out);

  test.each(HEADERS.map((schema) => [schema.name, schema] as const))(
    '%s reads back what it writes',
    (_name, schema) => {
      const codec = codecOf(schema);
      fc.assert(
        fc.property(valuesOf(schema), (values) => {
          const header = values as never;
          out.begin(Buffer.alloc(0), 0);
          jsonWriter.begin();
          codec.write(header, jsonWriter);
          const json = out.view().toString();
          expect(codec.decode(JSON.parse(`{${json}}`) as Record<string, string>)).toEqual(values);
          expect(codec.decode(codec.toExt(header))).toEqual(values);
          out.begin(Buffer.alloc(0), 0);
          codec.write(header, binaryWriter);
          expect(readBinary(out.view())).toEqual(JSON.parse(`{${json}}`));
        }),
        { numRuns: 20 },
      );
    },
  );

  test('writes plain text from its bytes as from the text', () => {
    const codec = codecOf(SendMessageResponseHeader);
    const written = (msgId: string | AsciiText, writer: JsonFieldWriter | BinaryFieldWriter): string => {
      out.begin(Buffer.alloc(0), 0);
      jsonWriter.begin();
      codec.write({ msgId, queueId: 1, queueOffset: 2 }, writer);
      return out.view().toString();
    };
    for (const text of ['7F00', '7F00000100002A9F0000000000000000,7F00000100002A9F00000000000000FF']) {
      for (const writer of [jsonWriter, binaryWriter]) {
        expect(written(AsciiText.of(text), writer)).toBe(written(text, writer));
      }
      expect(codec.toExt({ msgId: AsciiText.of(text), queueId: 1, queueOffset: 2 }).msgId).toBe(text);
    }
  });

  test.each(HEADERS.map((schema) => [schema.name, schema] as const))(
    '%s refuses foreign values with its own error only',
    (_name, schema) => {
      const codec = codecOf(schema);
      const names = Object.entries(schema.fields).map(([name, field]) => field.wire ?? name);
      const anything = fc.oneof(fc.string(), fc.constant('-'), fc.integer(), fc.constant(null), fc.object());
      fc.assert(
        fc.property(
          fc.record(Object.fromEntries(names.map((name) => [name, anything])), { requiredKeys: [] }),
          (ext) => {
            try {
              codec.decode(ext as never);
            } catch (error) {
              expect(error).toBeInstanceOf(RemotingCommandError);
            }
          },
        ),
        { numRuns: 20 },
      );
    },
  );
});

describe('decoding', () => {
  const sent = {
    a: 'PG',
    b: 'T',
    c: 'TBW102',
    d: '4',
    e: '-1',
    f: '0',
    g: '1795248532802',
    h: '0',
    k: 'TRUE',
    n: 'broker-a',
  };

  test('gives one-letter fields their names', () => {
    expect(codecOf(SendMessageRequestHeaderV2).decode(sent)).toMatchObject({
      producerGroup: 'PG',
      topic: 'T',
      queueId: -1,
      bornTimestamp: 1795248532802,
      properties: undefined,
      unitMode: true,
      brokerName: 'broker-a',
    });
  });

  test('names the missing field as the reference does', () => {
    const { b: _, ...rest } = sent;
    expect(() => codecOf(SendMessageRequestHeaderV2).decode(rest)).toThrow('the custom field <b> is null');
  });

  test('names the field and the value that is no number', () => {
    expect(() => codecOf(SendMessageRequestHeaderV2).decode({ ...sent, e: '1x' })).toThrow(
      "the custom field <e> is not a valid int: '1x'",
    );
  });

  test('takes the default of a field that is missing', () => {
    const codec = codecOf(GetMaxOffsetRequestHeader);
    expect(codec.decode({ topic: 'T', queueId: '0' }).committed).toBe(true);
    expect(codec.toExt({ topic: 'T', queueId: 0 })).toEqual({ topic: 'T', queueId: '0', committed: 'true' });
  });

  test('takes Long.MAX_VALUE, which clients send for "no limit", as the largest number', () => {
    const ext = { topic: 'T', key: 'k', maxNum: '32', beginTimestamp: '0', endTimestamp: '9223372036854775807' };
    expect(codecOf(QueryMessageRequestHeader).decode(ext).endTimestamp).toBe(Number.MAX_SAFE_INTEGER);
  });

  test('is not misled by names of Object.prototype', () => {
    const ext = JSON.parse('{"__proto__":{"topic":"T"},"queueId":"0"}') as Record<string, string>;
    expect(() => codecOf(GetMaxOffsetRequestHeader).decode(ext)).toThrow(RemotingCommandError);
    expect(({} as Record<string, unknown>).topic).toBeUndefined();
  });
});

describe('numbers', () => {
  test.each(['0', '+7', '-7', '007', '2147483647', '-2147483648', '-0'])('%s is an int', (value) => {
    expect(parseInt32(value, 'f')).toBe(Number(value) + 0);
  });

  test.each([
    '',
    '+',
    '-',
    ' 1',
    '1 ',
    '1.0',
    '1e3',
    '0x1',
    '2147483648',
    '-2147483649',
    '99999999999999999999999',
    'NaN',
  ])('%j is no int', (value) => {
    expect(() => parseInt32(value, 'f')).toThrow(RemotingCommandError);
  });

  test.each(['9007199254740991', '-9007199254740991', '00000000000000000000000000001'])('%s is a long', (value) => {
    expect(parseLong(value, 'f')).toBe(Number(value));
  });

  test.each([
    ['9007199254740992', Number.MAX_SAFE_INTEGER],
    ['009223372036854775807', Number.MAX_SAFE_INTEGER],
    ['-9223372036854775808', -Number.MAX_SAFE_INTEGER],
  ])('%s becomes the largest safe integer of its sign', (value, expected) => {
    expect(parseLong(value, 'f')).toBe(expected);
  });

  test.each(['', '-', '9223372036854775808', '-9223372036854775809', '1L', '9'.repeat(400)])(
    '%j is no long',
    (value) => {
      expect(() => parseLong(value, 'f')).toThrow(RemotingCommandError);
    },
  );

  test('only "true" is true, in any case', () => {
    expect(['true', 'TRUE', 'True', 'yes', '1', ''].map(parseBoolean)).toEqual([true, true, true, false, false, false]);
  });
});
