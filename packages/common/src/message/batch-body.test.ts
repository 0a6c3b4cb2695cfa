import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countBatchItems, decodeBatchBody, encodeBatchBody } from './batch-body.js';
import { MessageFormatError } from './message-record.js';
import { decodeProperties } from './property.js';

interface GoldenBatch {
  readonly messages: readonly { readonly flag: number; readonly body: string; readonly propertiesString: string }[];
  readonly encoded: string;
  readonly decoded: readonly {
    readonly flag: number;
    readonly body: string;
    readonly properties: Record<string, string>;
  }[];
}

const golden: { readonly clientBatch: readonly GoldenBatch[] } = JSON.parse(
  readFileSync(new URL('testdata/messages.json', import.meta.url), 'utf8'),
);

describe('batch bodies', () => {
  test('are written and read as by the reference', () => {
    for (const { messages, encoded, decoded } of golden.clientBatch) {
      const items = messages.map(({ flag, body, propertiesString }) => ({
        flag,
        body: Buffer.from(body, 'hex'),
        propertiesText: propertiesString,
      }));
      const bytes = encodeBatchBody(items);
      expect(bytes.toString('hex')).toBe(encoded);
      expect(countBatchItems(bytes)).toBe(messages.length);
      const read = decodeBatchBody(bytes).map(({ flag, body, propertiesText }) => ({
        flag,
        body: Buffer.from(body).toString('hex'),
        properties: Object.fromEntries(decodeProperties(propertiesText)),
      }));
      expect(read).toEqual(decoded);
    }
  });

  const bytes = Buffer.from(golden.clientBatch[2]!.encoded, 'hex');

  test('that are cut anywhere but between messages are an error', () => {
    const size = bytes.readInt32BE(0);
    for (let end = 1; end < bytes.length; end++) {
      const part = bytes.subarray(0, end);
      if (end % size === 0) expect(decodeBatchBody(part)).toHaveLength(end / size);
      else expect(() => decodeBatchBody(part)).toThrow(MessageFormatError);
    }
  });

  test('with changed bytes are read or an error', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (changes) => {
          const changed = Buffer.from(bytes);
          for (const [at, value] of changes) changed[at] = value;
          try {
            expect(decodeBatchBody(changed).length).toBeLessThanOrEqual(bytes.length / 22);
          } catch (error) {
            expect(error).toBeInstanceOf(MessageFormatError);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('of too many messages are refused', () => {
    expect(() => decodeBatchBody(bytes, 2)).toThrow('a batch holds more than 2 messages');
  });

  test('with properties that are too long cannot be written', () => {
    const item = { flag: 0, body: Buffer.alloc(0), propertiesText: 'x'.repeat(32768) };
    expect(() => encodeBatchBody([item])).toThrow('properties of 32768 bytes');
  });
});
