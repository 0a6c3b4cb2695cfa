import { readFileSync } from 'node:fs';
import { tagsCode } from '@rocketmq-ts/common';
import {
  BitsArray,
  BloomFilter,
  consumerFilterDataFromJson,
  ExpressionCache,
  type PropertyLookup,
  parseSubscription,
  TagFilter,
} from '@rocketmq-ts/filter';
import { MemoryFiles, VirtualClock } from '@rocketmq-ts/testkit';
import { describe, expect, test } from 'vitest';
import { openTestStore, parseRecord, putAndWait, readQueue, recordsOf } from './test-store.js';
import { unpack } from './test-tar.js';

const directory = new URL('./testdata/golden/', import.meta.url);
/** The reference's store with a topic of batches and with light queues. */
const golden = JSON.parse(readFileSync(new URL('d.json', directory), 'utf8')) as {
  consumeQueue: { topic: string; queueId: number; entries: [number, number, number, number][] }[];
  batchConsumeQueue: [number, number, number, number, number, number, number, number][];
};

const config = { enableLmq: true, enableMultiDispatch: true };
const attributesOf = (topic: string) =>
  topic === 'DBatchCq' ? new Map([['queue.type', 'BatchCQ']]) : (undefined as ReadonlyMap<string, string> | undefined);

function unpacked(name = 'd'): MemoryFiles {
  const files = new MemoryFiles();
  unpack(new URL(`${name}.tar.gz`, directory), files, '/store');
  return files;
}

/** The contents of all files of queues, by path. */
function queueFiles(files: MemoryFiles): Map<string, string> {
  const contents = new Map<string, string>();
  for (const kind of ['consumequeue', 'batchconsumequeue', 'consumequeue_ext']) {
    for (const topic of files.readdirSync(`/store/${kind}`)) {
      for (const queueId of files.readdirSync(`/store/${kind}/${topic}`)) {
        const path = `/store/${kind}/${topic}/${queueId}`;
        for (const name of files.readdirSync(path)) {
          contents.set(`${path}/${name}`, files.readFileSync(`${path}/${name}`).toString('base64'));
        }
      }
    }
  }
  return contents;
}

describe('a store of the reference with batch consume queues and light queues', () => {
  test('has every message of every queue', async () => {
    const store = await openTestStore('/store', { files: unpacked(), config, attributesOf });
    for (const { topic, queueId, entries } of golden.consumeQueue) {
      const messages = await readQueue(store, topic, queueId);
      expect(
        messages.map(({ physicalOffset }) => physicalOffset),
        topic,
      ).toEqual(entries.map(([, physicalOffset]) => physicalOffset));
    }
    const batches = await readQueue(store, 'DBatchCq', 0);
    expect(batches.map(({ physicalOffset, queueOffset }) => [physicalOffset, queueOffset])).toEqual(
      golden.batchConsumeQueue.map(([physicalOffset, , , , base]) => [physicalOffset, base]),
    );
    expect([store.minOffsetInQueue('DBatchCq', 0), store.maxOffsetInQueue('DBatchCq', 0)]).toEqual([0, 14]);
    await store.close();
  });

  test('gets its queues back byte for byte when they were deleted', async () => {
    const files = unpacked();
    const original = queueFiles(files);
    files.removeSync('/store/consumequeue');
    files.removeSync('/store/batchconsumequeue');
    await (await openTestStore('/store', { files, config, attributesOf })).close();
    expect(queueFiles(files)).toEqual(original);
    expect([...original.keys()].some((path) => path.includes('%LMQ%q1'))).toBe(true);
    expect([...original.keys()].some((path) => path.includes('DBatchCq'))).toBe(true);
  });
});

/** 90 messages with tags and properties, of which three groups wanted some by SQL92 when the last 60 were sent. */
describe('a store of the reference with extension files', () => {
  const topic = 'GExt';
  const extension = { enableConsumeQueueExt: true, mappedFileSizeConsumeQueueExt: 1000 };
  const KNOWN_FROM = 30;

  /** Calculates what the reference has calculated, from its own record of the filters. */
  function bitMaps(files: MemoryFiles): (lookup: PropertyLookup) => Uint8Array {
    const json = JSON.parse(files.readFileSync('/store/config/consumerFilter.json').toString());
    const groups: Record<string, unknown> = json.filterDataByTopic[topic].groupFilterData;
    const filters = Object.values(groups).map((data) => consumerFilterDataFromJson(data, new ExpressionCache()));
    const bloomFilter = new BloomFilter({ errorRatePercent: 20, expectedCount: 32 });
    return (lookup) => {
      const bits = new BitsArray(bloomFilter.bitCount);
      for (const { compiledExpression, bloomFilterData } of filters) {
        if (compiledExpression.matches(lookup)) bloomFilter.hashTo(bloomFilterData!, bits);
      }
      return bits.bytes;
    };
  }

  test('finds messages by the tags in their units', async () => {
    const store = await openTestStore('/store', { files: unpacked('ext'), config: extension });
    const filter = new TagFilter(parseSubscription(topic, 'tag-1', 'TAG', 1));
    const bodies: string[] = [];
    for (const queueId of [0, 1]) {
      for (let offset = 0; offset < store.maxOffsetInQueue(topic, queueId); ) {
        const result = await store.get({ topic, queueId, offset, maxMessages: 64, filter });
        bodies.push(...recordsOf(result).map(({ body }) => body));
        offset = result.nextBeginOffset;
      }
    }
    expect(bodies).toHaveLength(30);
    expect(bodies.every((body) => Number(body.split('-')[1]) % 3 === 1)).toBe(true);
    await store.close();
  });

  test('is made again byte for byte from the same messages', async () => {
    const original = unpacked('ext');
    const mapOf = bitMaps(original);
    const log = original.readFileSync('/store/commitlog/00000000000000000000');
    const files = new MemoryFiles();
    const clock = new VirtualClock({ startMs: 1_795_000_000_000 });
    let put = 0;
    const store = await openTestStore('/store', {
      files,
      clock,
      config: extension,
      storeHost: log.subarray(64, 72),
      filterBitMapOf: (_topic, lookup) => (put < KNOWN_FROM ? undefined : mapOf(lookup)),
    });
    for (let at = 0; log.readInt32BE(at) > 0; at += log.readInt32BE(at)) {
      const { message, storeTimestamp } = parseRecord(log.subarray(at));
      clock.stepWallClock(storeTimestamp - clock.now());
      const tag = /TAGS\u0001([^\u0002]*)/.exec(message.properties)?.[1];
      await putAndWait(store, { ...message, tagsCode: tagsCode(tag) });
      put++;
    }
    expect(put).toBe(90);
    await store.close();
    expect(queueFiles(files)).toEqual(queueFiles(original));
  });
});
