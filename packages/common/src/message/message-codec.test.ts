import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc32 } from '../hash.js';
import { HostAddress } from './host.js';
import type { MessageExt } from './message.js';
import { decodeMessage, decodeMessages, encodeMessage, viewOf } from './message-codec.js';
import {
  BLANK_MAGIC,
  encodeInto,
  MESSAGE_MAGIC_V2,
  MessageFormatError,
  MessageRecord,
  measureRecord,
  patchPhysicalOffset,
  patchQueueOffset,
  patchStoreTimestamp,
  readMagic,
  readRecord,
  readStoreTimestamp,
} from './message-record.js';

interface GoldenMessage {
  readonly topic: string;
  readonly flag: number;
  readonly queueId: number;
  readonly queueOffset: number;
  readonly commitLogOffset: number;
  readonly sysFlag: number;
  readonly bornTimestamp: number;
  readonly bornHost: string;
  readonly storeTimestamp: number;
  readonly storeHost: string;
  readonly reconsumeTimes: number;
  readonly preparedTransactionOffset: number;
  readonly bodyCRC: number;
  readonly storeSize: number;
  readonly msgId: string | null;
  readonly properties: Record<string, string> | null;
  readonly body: string | null;
}

interface GoldenCase {
  readonly input: GoldenMessage;
  readonly encoded: string | { readonly error: string };
  readonly decoded: GoldenMessage;
  readonly compressed?: string;
}

const golden = JSON.parse(readFileSync(new URL('testdata/messages.json', import.meta.url), 'utf8')) as {
  readonly encode: GoldenCase[];
};

function fromGolden(input: GoldenMessage): MessageExt {
  return {
    ...input,
    properties: new Map(Object.entries(input.properties ?? {})),
    body: Buffer.from(input.body ?? '', 'hex'),
    bornHost: HostAddress.parse(input.bornHost),
    storeHost: HostAddress.parse(input.storeHost),
    msgId: input.msgId ?? '',
    brokerName: undefined,
    transactionId: undefined,
  };
}

function toGolden(message: MessageExt): GoldenMessage {
  return {
    topic: message.topic,
    flag: message.flag,
    queueId: message.queueId,
    queueOffset: message.queueOffset,
    commitLogOffset: message.commitLogOffset,
    sysFlag: message.sysFlag,
    bornTimestamp: message.bornTimestamp,
    bornHost: `/${message.bornHost}`,
    storeTimestamp: message.storeTimestamp,
    storeHost: `/${message.storeHost}`,
    reconsumeTimes: message.reconsumeTimes,
    preparedTransactionOffset: message.preparedTransactionOffset,
    bodyCRC: message.bodyCRC,
    storeSize: message.storeSize,
    msgId: message.msgId,
    properties: Object.fromEntries(message.properties),
    body: message.body.length === 0 ? null : message.body.toString('hex'),
  };
}

const plain = golden.encode.filter((entry) => typeof entry.encoded === 'string' && entry.compressed === undefined);
const sample = fromGolden(golden.encode[1]!.input);

describe('the store format against the reference', () => {
  test.each(plain.map((entry, i) => [i, entry] as const))('message %i is written to the same bytes', (_, entry) => {
    expect(encodeMessage(fromGolden(entry.input)).toString('hex')).toBe(entry.encoded);
  });

  test.each(plain.map((entry, i) => [i, entry] as const))('message %i is read to the same fields', (_, entry) => {
    expect(toGolden(decodeMessage(Buffer.from(entry.encoded as string, 'hex')))).toEqual(entry.decoded);
  });

  test('all messages behind each other are read in order', () => {
    const all = Buffer.concat(plain.map((entry) => Buffer.from(entry.encoded as string, 'hex')));
    const { messages, error } = decodeMessages(all);
    expect(error).toBeUndefined();
    expect(messages.map(toGolden)).toEqual(plain.map((entry) => entry.decoded));
  });

  test('topics too long for a V1 record, which the reference cannot encode here, make V2 records that read back', () => {
    const long = golden.encode.filter((entry) => typeof entry.encoded !== 'string');
    expect(long.length).toBeGreaterThan(0);
    for (const entry of long) {
      const bytes = encodeMessage(fromGolden(entry.input));
      expect(readMagic(viewOf(bytes), 0)).toBe(MESSAGE_MAGIC_V2);
      expect(decodeMessage(bytes)).toMatchObject({ topic: entry.input.topic, flag: entry.input.flag });
    }
  });
});

describe('options of decoding', () => {
  const bytes = encodeMessage({ ...sample, body: Buffer.from('hello'), bodyCRC: crc32(Buffer.from('hello')) });

  test('a body is a view unless a copy is asked for', () => {
    const source = Buffer.from(bytes);
    const view = decodeMessage(source).body;
    const copy = decodeMessage(source, 0, { copyBody: true }).body;
    source.fill(0x2a);
    expect(view.toString()).toBe('*****');
    expect(copy.toString()).toBe('hello');
  });

  test('bodies can be left out', () => {
    expect(decodeMessage(bytes, 0, { readBody: false }).body).toHaveLength(0);
  });

  test('a changed body is reported when its CRC is checked', () => {
    const damaged = Buffer.from(bytes);
    damaged[bytes.indexOf('hello')] = 0x48;
    expect(() => decodeMessage(damaged, 0, { checkCrc: true })).toThrow(/its body has CRC \d+, the record says \d+/);
    expect(decodeMessage(damaged).body.toString()).toBe('Hello');
  });

  test('messages before a damaged one are given, with the error', () => {
    const { messages, error } = decodeMessages(Buffer.concat([bytes, bytes.subarray(0, bytes.length - 1)]));
    expect(messages).toHaveLength(1);
    expect(error).toBeInstanceOf(MessageFormatError);
  });
});

describe('records in a log buffer', () => {
  test('offsets and the store timestamp can be patched, with both kinds of born hosts', () => {
    for (const host of ['10.0.0.1:1', '[fe80::1]:65535']) {
      const target = encodeMessage({ ...sample, sysFlag: 0, bornHost: HostAddress.parse(host) });
      const view = viewOf(target);
      patchQueueOffset(view, 0, 2 ** 40 + 7);
      patchPhysicalOffset(view, 0, 2 ** 50 + 9);
      patchStoreTimestamp(view, 0, 1_700_000_000_123);
      expect(readStoreTimestamp(view, 0)).toBe(1_700_000_000_123);
      expect(decodeMessage(target)).toMatchObject({
        queueOffset: 2 ** 40 + 7,
        commitLogOffset: 2 ** 50 + 9,
        storeTimestamp: 1_700_000_000_123,
        bornHost: HostAddress.parse(host),
      });
    }
  });

  test('writing stays inside the measured size at any offset', () => {
    const record = new MessageRecord();
    record.topic = 'TopicTest';
    record.propertiesText = 'KEYS\u0001k\u0002名\u0001値\u0002';
    record.body = Buffer.from('abc');
    const size = measureRecord(record);
    const target = Buffer.alloc(size + 20, 0xee);
    expect(encodeInto(target, viewOf(target), 10, record)).toBe(size);
    expect(target.subarray(0, 10).every((byte) => byte === 0xee)).toBe(true);
    expect(target.subarray(10 + size).every((byte) => byte === 0xee)).toBe(true);
    expect(decodeMessage(target, 10)).toMatchObject({ topic: 'TopicTest', storeSize: size });
  });

  test('a topic or properties that fit into no record are refused', () => {
    const record = new MessageRecord();
    record.propertiesText = 'x'.repeat(32768);
    expect(() => measureRecord(record)).toThrow('properties of 32768 bytes are over the limit of 32767');
    record.propertiesText = '';
    record.topic = 'x'.repeat(32768);
    expect(() => measureRecord(record)).toThrow('a topic of 32768 bytes');
  });

  test('offsets that no log has are refused', () => {
    const target = encodeMessage(sample);
    viewOf(target).setInt32(28, -1);
    expect(() => decodeMessage(target)).toThrow('physical offset -');
  });

  test('a blank filler is not a message', () => {
    const target = encodeMessage(sample);
    viewOf(target).setInt32(4, BLANK_MAGIC);
    expect(() => decodeMessage(target)).toThrow('Invalid magicCode -875286124');
  });
});

describe('hostile bytes', () => {
  test('a message cut at any place is an error, never a read behind the end', () => {
    const bytes = encodeMessage(sample);
    for (let end = 0; end < bytes.length; end++) {
      expect(() => decodeMessage(Buffer.from(bytes.subarray(0, end)))).toThrow(MessageFormatError);
      const record = new MessageRecord();
      expect(() => readRecord(bytes, viewOf(bytes), 0, end, record)).toThrow(MessageFormatError);
    }
  });

  test('any change of any byte gives a message or a MessageFormatError', () => {
    const seeds = plain.slice(0, 12).map((entry) => Buffer.from(entry.encoded as string, 'hex'));
    fc.assert(
      fc.property(
        fc.constantFrom(...seeds),
        fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (seed, changes) => {
          const bytes = Buffer.from(seed);
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          const { messages, error } = decodeMessages(bytes, { checkCrc: true });
          expect(messages.length + (error === undefined ? 0 : 1)).toBeGreaterThan(0);
          for (const message of messages) expect(message.body.length).toBeLessThanOrEqual(bytes.length);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('any message reads back as it was written', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 200 }),
        fc.uint8Array({ maxLength: 300 }),
        fc.maxSafeNat(),
        fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
        fc.maxSafeInteger(),
        (topic, body, offset, int, timestamp) => {
          const message = {
            ...sample,
            sysFlag: int & ~0x31,
            topic,
            body: Buffer.from(body),
            queueId: int,
            commitLogOffset: offset,
            bornTimestamp: timestamp,
            bornHost: HostAddress.of('1.2.3.4', 5),
          };
          const decoded = decodeMessage(encodeMessage(message));
          expect(decoded).toMatchObject({ topic, queueId: int, commitLogOffset: offset, bornTimestamp: timestamp });
          expect(decoded.body.equals(message.body)).toBe(true);
        },
      ),
    );
  });
});
