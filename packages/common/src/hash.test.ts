import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { crc32, indexKeyHash, javaHashCode, javaLongHashCode, selectQueueByHash, tagsCode } from './hash.js';
import { compareMessageQueues, formatMessageQueue, messageQueueHashCode } from './message/message.js';

interface Golden {
  readonly crc32: readonly { readonly bytes: string; readonly crc32: number }[];
  readonly strings: readonly { readonly string: string; readonly [column: string]: string | number }[];
  readonly selectMessageQueueByHash: readonly {
    readonly queues: number;
    readonly arg: string | number;
    readonly argType: 'String' | 'Integer' | 'Long';
    readonly queueId: number;
  }[];
  readonly messageQueue: readonly {
    readonly topic: string;
    readonly brokerName: string;
    readonly queueId: number;
    readonly hashCode: number;
    readonly toString: string;
  }[];
}

const golden: Golden = JSON.parse(readFileSync(new URL('testdata/hashes.json', import.meta.url), 'utf8'));
const tags: { readonly tagMatch: readonly { readonly tag: string | null; readonly tagsCode: number }[] } = JSON.parse(
  readFileSync(new URL('testdata/tags.json', import.meta.url), 'utf8'),
);

describe('hashes against the reference', () => {
  test('CRC-32 of whole buffers and of parts', () => {
    for (const { bytes, crc32: expected } of golden.crc32) {
      const data = Buffer.from(bytes, 'hex');
      expect(crc32(data)).toBe(expected);
      expect(crc32(Buffer.concat([Buffer.from('xx'), data, Buffer.from('y')]), 2, 2 + data.length)).toBe(expected);
    }
  });

  test('CRC-32 is the same on both sides of the size where the way of computing changes', () => {
    const bitwise = (data: Uint8Array) => {
      let crc = -1;
      for (const byte of data) {
        crc ^= byte;
        for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb8_8320 : crc >>> 1;
      }
      return ~crc & 0x7fff_ffff;
    };
    const data = Buffer.from(Array.from({ length: 100 }, (_, i) => (i * 31) & 0xff));
    for (let end = 0; end <= 100; end++) expect(crc32(data, 0, end)).toBe(bitwise(data.subarray(0, end)));
  });

  test('texts, tags and index keys', () => {
    for (const row of golden.strings) {
      expect(javaHashCode(row.string)).toBe(row.hashCode);
      expect(tagsCode(row.string)).toBe(row.tagsCode);
      expect(indexKeyHash(row.string)).toBe(row.indexKeyHash);
      expect(indexKeyHash(row.string) % 1000).toBe(row['indexSlot(hashSlotNum=1000)']);
    }
    expect(tagsCode(undefined)).toBe(0);
    for (const row of tags.tagMatch) expect(tagsCode(row.tag ?? undefined)).toBe(row.tagsCode);
  });

  test('the queue that a message group goes to', () => {
    for (const { queues, arg, argType, queueId } of golden.selectMessageQueueByHash) {
      const hash =
        argType === 'String'
          ? javaHashCode(String(arg))
          : argType === 'Long'
            ? javaLongHashCode(Number(arg))
            : Number(arg);
      expect(selectQueueByHash(hash, queues)).toBe(queueId);
    }
  });

  test('message queues', () => {
    for (const row of golden.messageQueue) {
      expect(messageQueueHashCode(row)).toBe(row.hashCode);
      expect(formatMessageQueue(row)).toBe(row.toString);
    }
    const sorted = [...golden.messageQueue].sort(compareMessageQueues).map(({ topic }) => topic);
    expect(sorted).toEqual(['%RETRY%g', 'T', 'TopicTest']);
  });
});
