import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RemotingDecodeError } from '../errors.js';
import { codecOf } from '../protocol/codecs.js';
import { HEADERS } from '../protocol/commands/index.js';
import { PullMessageRequestHeader } from '../protocol/commands/pull.js';
import { SendMessageRequestHeaderV2 } from '../protocol/commands/send.js';
import { HeaderScanner } from '../protocol/header-scanner.js';
import { FieldSlots } from '../protocol/scanned-fields.js';
import { SerializeType } from '../remoting-command.js';
import { decodeCommand, decodeHeader } from './header-codec.js';
import type { CommandHead } from './header-encoder.js';
import { headerBytes } from './test-headers.js';

/** The content of a frame: what follows the total length. */
function content(serializeType: number, header: Uint8Array, body = ''): Buffer {
  const prefix = Buffer.from([serializeType, header.length >>> 16, header.length >>> 8, header.length]);
  return Buffer.concat([prefix, header, Buffer.from(body)]);
}

const head: CommandHead = { code: 310, opaque: 7, flag: 2, language: 'JAVA', version: 513, remark: undefined };

const sendV2 = {
  a: 'PG',
  b: 'Topic',
  c: 'TBW102',
  d: '4',
  e: '-1',
  f: '0',
  g: '1795245902741',
  h: '0',
  i: 'KEYS\u0001k\u0002',
  j: '0',
  k: 'false',
  m: 'true',
};

const extFields = fc.dictionary(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter((key) => key !== '__proto__'),
  fc.string({ unit: 'grapheme', minLength: 1 }),
  { maxKeys: 20 },
);

describe('header codec', () => {
  test('what is written in JSON is read back, whatever the text', () => {
    fc.assert(
      fc.property(extFields, fc.option(fc.string({ unit: 'grapheme' }), { nil: undefined }), (ext, remark) => {
        const text = headerBytes(SerializeType.JSON, { ...head, remark }, { ext: ext }).toString();
        const bytes = content(SerializeType.JSON, Buffer.from(text), 'body');
        const command = decodeCommand(bytes, 0, bytes.length);
        expect({ ...command.ext }).toEqual({ ...ext });
        expect(command.remark).toBe(remark);
        expect([command.code, command.opaque, command.flag, command.language, command.version]).toEqual([
          310,
          7,
          2,
          'JAVA',
          513,
        ]);
        expect(command.body?.toString()).toBe('body');
      }),
    );
  });

  test('what is written in binary is read back', () => {
    fc.assert(
      fc.property(extFields, (ext) => {
        const bytes = content(
          SerializeType.ROCKETMQ,
          headerBytes(SerializeType.ROCKETMQ, { ...head, remark: 'why' }, { ext }),
        );
        const command = decodeCommand(bytes, 0, bytes.length);
        expect({ ...command.ext }).toEqual({ ...ext });
        expect([command.code, command.remark, command.body]).toEqual([310, 'why', undefined]);
      }),
    );
  });

  test('a scanned header gives the same values as a parsed one', () => {
    const codec = codecOf(SendMessageRequestHeaderV2);
    for (const properties of [
      'KEYS\u0001k\u0002',
      'plain',
      'quote " backslash \\ tab \t',
      'ключ\u0001значение\u0002',
    ]) {
      const text = headerBytes(SerializeType.JSON, head, { ext: { ...sendV2, i: properties } }).toString();
      const bytes = content(SerializeType.JSON, Buffer.from(text));
      const command = decodeCommand(bytes, 0, bytes.length);
      const scanned = decodeHeader(codec, command);
      expect({ ...scanned, properties: String(scanned.properties) }).toEqual(codec.decode(JSON.parse(text).extFields));
      expect(String(scanned.properties)).toBe(properties);
    }
  });

  test('a text of any characters at any place is read as JSON.parse does', () => {
    const units = fc.constantFrom(
      'a',
      '~',
      ' ',
      '0',
      '\u0001',
      '\u0002',
      '\u0003',
      '\u007f',
      '"',
      '\\',
      '\n',
      'é',
      '値',
    );
    const texts = fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant('abcde') }, units), { maxLength: 12 });
    const codec = codecOf(SendMessageRequestHeaderV2);
    fc.assert(
      fc.property(texts, fc.string({ maxLength: 5, unit: fc.constantFrom('p', 'q') }), (parts, group) => {
        const ext = { ...sendV2, a: group, i: parts.join('') };
        const bytes = content(SerializeType.JSON, headerBytes(SerializeType.JSON, head, { ext }));
        const { producerGroup, properties } = decodeHeader(codec, decodeCommand(bytes, 0, bytes.length));
        expect([producerGroup, String(properties)]).toEqual([ext.a, ext.i]);
      }),
      { numRuns: 1000 },
    );
  });

  test('a command keeps its fields when another one was read after it', () => {
    const codec = codecOf(SendMessageRequestHeaderV2);
    const first = content(SerializeType.JSON, headerBytes(SerializeType.JSON, head, { ext: sendV2 }));
    const second = content(
      SerializeType.JSON,
      headerBytes(SerializeType.JSON, head, { ext: { ...sendV2, b: 'Other' } }),
    );
    const command = decodeCommand(first, 0, first.length);
    decodeCommand(second, 0, second.length);
    expect(decodeHeader(codec, command).topic).toBe('Topic');
  });

  test('a missing field is an error that names it, on both ways of reading', () => {
    const { b: _topic, ...withoutTopic } = sendV2;
    for (const more of ['', 'ä']) {
      const text = headerBytes(SerializeType.JSON, head, { ext: { ...withoutTopic, i: more } }).toString();
      const bytes = content(SerializeType.JSON, Buffer.from(text));
      expect(() => decodeHeader(codecOf(SendMessageRequestHeaderV2), decodeCommand(bytes, 0, bytes.length))).toThrow(
        'the custom field <b> is null',
      );
    }
  });

  test('every hot header has a scan function and nothing else has one', () => {
    for (const schema of HEADERS) expect(codecOf(schema).scan !== undefined).toBe(schema.hot);
  });

  test('the scanner and JSON.parse agree on every byte string that the scanner takes', () => {
    const text = headerBytes(SerializeType.JSON, { ...head, remark: 'a\nb' }, { ext: sendV2 }).toString();
    const scanner = new HeaderScanner(new FieldSlots());
    let taken = 0;
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.integer({ min: 0, max: 255 }), fc.nat(3), (at, byte, kind) => {
        const bytes = Buffer.from(text);
        const mutated =
          kind === 0
            ? Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)])
            : kind === 1
              ? Buffer.concat([bytes.subarray(0, at), Buffer.from([byte]), bytes.subarray(at)])
              : kind === 2
                ? bytes.subarray(0, at)
                : Buffer.concat([bytes.subarray(0, at), Buffer.from([byte]), bytes.subarray(at + 1)]);
        const view = new DataView(mutated.buffer, mutated.byteOffset, mutated.length);
        if (!scanner.read(mutated, view, 0, mutated.length)) return;
        taken++;
        const parsed = JSON.parse(mutated.toString());
        expect([scanner.code, scanner.opaque]).toEqual([parsed.code, parsed.opaque]);
        for (let index = 0; index < scanner.fields.count; index++) scanner.fields.value(index);
      }),
      { numRuns: 5000 },
    );
    expect(taken).toBeGreaterThan(100);
  });

  test('random bytes and mutated frames give a command or RemotingDecodeError', () => {
    const samples = [
      content(SerializeType.JSON, headerBytes(SerializeType.JSON, head, { ext: sendV2 }), 'x'),
      content(
        SerializeType.ROCKETMQ,
        headerBytes(SerializeType.ROCKETMQ, { ...head, remark: 'r' }, { ext: sendV2 }),
        'x',
      ),
    ];
    const input = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 200 }),
      fc
        .tuple(fc.constantFrom(...samples), fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 6 }))
        .map(([sample, edits]) => {
          const bytes = Buffer.from(sample);
          for (const [at, value] of edits) bytes[at % bytes.length] = value;
          return bytes;
        }),
    );
    fc.assert(
      fc.property(input, (bytes) => {
        const buffer = Buffer.from(bytes);
        try {
          const command = decodeCommand(buffer, 0, buffer.length);
          for (const key in command.ext) expect(typeof command.ext[key]).toBe('string');
        } catch (error) {
          expect(error).toBeInstanceOf(RemotingDecodeError);
        }
      }),
      { numRuns: 5000 },
    );
  });

  test('numbers and booleans among the ext fields become text, anything deeper is refused', () => {
    const parse = (ext: string) => {
      const bytes = content(SerializeType.JSON, Buffer.from(`{"code":1,"opaque":2,"extFields":${ext}}`));
      return decodeCommand(bytes, 0, bytes.length).ext;
    };
    expect({ ...parse('{"queueId":3,"lo":true,"ns":null}') }).toEqual({ queueId: '3', lo: 'true' });
    for (const ext of ['{"a":{}}', '{"a":[1]}', '[]', '"x"']) expect(() => parse(ext)).toThrow(RemotingDecodeError);
    expect(Object.getPrototypeOf(decodeHeader(codecOf(PullMessageRequestHeader), pullWithProto()))).toBe(
      Object.prototype,
    );
  });

  test('a nesting of a million brackets is refused, not followed', () => {
    const bytes = content(SerializeType.JSON, Buffer.from(`{"code":1,"opaque":2,"extFields":${'['.repeat(1_000_000)}`));
    expect(() => decodeCommand(bytes, 0, bytes.length)).toThrow(RemotingDecodeError);
  });

  test('a header of thousands of fields is refused in both serializations', () => {
    const json = (count: number) => {
      const fields = Array.from({ length: count }, (_, i) => `"f${i}":"v"`).join(',');
      return content(SerializeType.JSON, Buffer.from(`{"code":1,"opaque":2,"extFields":{${fields}}}`));
    };
    const binary = (count: number) => {
      const field = Buffer.from([0, 1, 0x66, 0, 0, 0, 1, 0x76]);
      const head = Buffer.alloc(21);
      head.writeInt32BE(count * field.length, 17);
      return content(SerializeType.ROCKETMQ, Buffer.concat([head, ...Array.from({ length: count }, () => field)]));
    };
    for (const bytes of [json(1000), binary(1000)]) decodeCommand(bytes, 0, bytes.length);
    for (const bytes of [json(3000), binary(3000)]) {
      expect(() => decodeCommand(bytes, 0, bytes.length)).toThrow('header has more than 2000 fields');
    }
  });

  test('members that nobody asks for may be 31 levels deep, not deeper', () => {
    const parse = (depth: number) => {
      const value = `${'['.repeat(depth)}${']'.repeat(depth)}`;
      const bytes = content(SerializeType.JSON, Buffer.from(`{"x":${value},"code":1,"opaque":2}`));
      return decodeCommand(bytes, 0, bytes.length);
    };
    expect(parse(31).opaque).toBe(2);
    expect(() => parse(32)).toThrow('header is nested deeper than 32 levels');
  });
});

/** A pull whose ext fields try to replace the prototype. */
function pullWithProto() {
  const fields =
    '"consumerGroup":"g","topic":"t","queueId":0,"queueOffset":0,"maxMsgNums":1,"sysFlag":0,"commitOffset":0,"suspendTimeoutMillis":0,"subVersion":0';
  const bytes = content(
    SerializeType.JSON,
    Buffer.from(`{"code":11,"opaque":2,"extFields":{${fields},"__proto__":"x"}}`),
  );
  return decodeCommand(bytes, 0, bytes.length);
}
