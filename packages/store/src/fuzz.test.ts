import { MessageSysFlag } from '@rocketmq-ts/common';
import { forEachSeed, MemoryFiles, type SeededRandom, VirtualClock } from '@rocketmq-ts/testkit';
import { describe, expect, test } from 'vitest';
import { ClientBatch } from './client-batch.js';
import type { MessageStore } from './message-store.js';
import { PropertyPicks } from './property-picks.js';
import { RecordBytes } from './record-bytes.js';
import { checkRecord, readDispatchRequest } from './record-reader.js';
import {
  batchAttributes,
  batchBody,
  openTestStore,
  putAndWait,
  type ReadMessage,
  readQueue,
  testMessage,
} from './test-store.js';

const CLOCK = new VirtualClock();

async function storeFiles(): Promise<MemoryFiles> {
  const files = new MemoryFiles();
  const store = await openTestStore('/store', { files, clock: CLOCK });
  for (let i = 0; i < 12; i++) {
    const properties = `UNIQ_KEY\u0001U${i}\u0002KEYS\u0001k${i}\u0002TAGS\u0001T\u0002`;
    await putAndWait(
      store,
      testMessage({ body: Buffer.from(`message ${i}`), properties, keys: `k${i}`, uniqKey: `U${i}` }),
    );
  }
  await store.close();
  return files;
}

/** At most so many bytes does `mutate` change, but for chances that do not come up. */
const MUTATED_BYTES = 8;

function openAllKinds(files: MemoryFiles): Promise<MessageStore> {
  const config = {
    enableLmq: true,
    enableMultiDispatch: true,
    enableConsumeQueueExt: true,
    mappedFileSizeConsumeQueueExt: 1000,
  };
  return openTestStore('/store', { files, clock: CLOCK, config, attributesOf: batchAttributes });
}

/** A store with a queue of batches, one with an extension, and a light one. */
async function filesOfAllKinds(): Promise<MemoryFiles> {
  const files = new MemoryFiles();
  const store = await openAllKinds(files);
  for (let i = 0; i < 130; i++) {
    const count = 1 + (i % 3);
    const sysFlag = MessageSysFlag.INNER_BATCH | MessageSysFlag.NEED_UNWRAP;
    const body = batchBody(Array.from({ length: count }, (_, j) => `batch ${i}-${j}`));
    const properties = `INNER_NUM\u0001${count}\u0002`;
    await putAndWait(store, testMessage({ topic: 'BatchTopic', sysFlag, body, properties }));
  }
  for (let i = 0; i < 40; i++) {
    const properties = i % 2 === 0 ? 'INNER_MULTI_DISPATCH\u0001%LMQ%a\u0002' : '';
    await putAndWait(store, testMessage({ body: Buffer.from(`message ${i}`), properties }));
  }
  await store.close();
  return files;
}

/** The same files once more. */
function copyOf(files: MemoryFiles, copy = new MemoryFiles(), path = '/store'): MemoryFiles {
  copy.mkdirSync(path);
  for (const name of files.readdirSync(path)) {
    const child = `${path}/${name}`;
    if (files.statSync(child)?.isDirectory) copyOf(files, copy, child);
    else {
      const content = files.readFileSync(child);
      const handle = copy.openSync(child, 'create');
      handle.writeSync(content, 0, content.length, 0);
      handle.closeSync();
    }
  }
  return copy;
}

const identityOf = (message: ReadMessage) => `${message.physicalOffset} ${message.body}`;

/** Some bytes changed, at places and to values that hurt. */
function mutate(random: SeededRandom, bytes: Buffer, limit: number): void {
  for (let i = 0; i <= random.nextInt(4); i++) {
    const at = random.nextInt(limit);
    const extremes = [0, 0xff, 0x7f, 0x80, random.nextInt(256)];
    bytes[at] = extremes[random.nextInt(extremes.length)]!;
  }
}

function rewrite(files: MemoryFiles, path: string, change: (content: Buffer) => Buffer): void {
  const content = change(Buffer.from(files.readFileSync(path)));
  const handle = files.openSync(path, 'readWrite');
  handle.writeSync(content, 0, content.length, 0);
  handle.truncateSync(content.length);
  handle.closeSync();
}

describe('bytes that may be anything', () => {
  test('a record is whole or not, and never read beyond its bytes', async () => {
    const log = (await storeFiles()).readFileSync('/store/commitlog/00000000000000000000').subarray(0, 1500);
    await forEachSeed({ count: 3000 }, (random) => {
      const bytes = Buffer.from(log);
      mutate(random, bytes, 200);
      const data = new RecordBytes(bytes);
      const at = random.nextInt(3) === 0 ? random.nextInt(1400) : 0;
      const available = random.nextInt(bytes.length - at);
      const bodyCrc = random.nextInt(2) === 0;
      if (checkRecord(data, at, available, { bodyCrc, physicalOffset: undefined }) !== 'whole') return;
      expect(data.view.getInt32(at)).toBeLessThanOrEqual(available);
      readDispatchRequest(data, at, () => 0);
    });
  });

  test('a batch of a client is cut into parts that lie within it, or refused', async () => {
    const original = batchBody(['one', 'two', 'three'], 'KEYS\u0001k\u0002');
    const batch = new ClientBatch();
    expect(batch.open(original) && batch.count).toBe(3);
    await forEachSeed({ count: 3000 }, (random) => {
      const bytes = Buffer.from(original).subarray(0, original.length - random.nextInt(3));
      mutate(random, bytes, bytes.length);
      if (!batch.open(bytes)) return;
      let total = 0;
      let count = 0;
      while (batch.next()) {
        expect(batch.propertiesAt).toBe(batch.bodyAt + batch.bodyBytes + 2);
        total += 22 + batch.bodyBytes + batch.propertiesEnd - batch.propertiesAt;
        count++;
      }
      expect(count).toBe(batch.count);
      expect(total).toBe(bytes.length);
    });
  });

  test('properties of any bytes are searched without end or error', async () => {
    await forEachSeed({ count: 2000 }, (random) => {
      const bytes = Buffer.from(
        Array.from({ length: random.nextInt(60) }, () => [1, 2, 75, 0x80, 84][random.nextInt(5)]!),
      );
      new PropertyPicks().read(new RecordBytes(bytes), 0, bytes.length);
    });
  });

  test('a store with damage anywhere starts, and serves only what was put', async () => {
    const put = new Set(Array.from({ length: 12 }, (_, i) => `message ${i}`));
    const pristine = await storeFiles();
    const index = pristine.readdirSync('/store/index')[0]!;
    const paths: [string, number][] = [
      ['/store/commitlog/00000000000000000000', 2500],
      ['/store/consumequeue/TopicTest/0/00000000000000000000', 260],
      ['/store/checkpoint', 48],
      [`/store/index/${index}`, 1200],
    ];
    await forEachSeed({ count: 150 }, async (random) => {
      const files = await storeFiles();
      const name = files.readdirSync('/store/index')[0]!;
      const [path, limit] = paths[random.nextInt(paths.length)]!;
      const target = path.includes('/index/') ? `/store/index/${name}` : path;
      rewrite(files, target, (content) => {
        mutate(random, content, limit);
        return random.nextInt(5) === 0 ? content.subarray(0, random.nextInt(content.length)) : content;
      });
      if (random.nextInt(2) === 0) files.openSync('/store/abort', 'create').closeSync();
      const store = await openTestStore('/store', { files, clock: CLOCK });
      for (const message of await readQueue(store, 'TopicTest', 0)) expect(put).toContain(message.body);
      const request = { topic: 'TopicTest', key: `k${random.nextInt(12)}`, maxCount: 32, beginTimestamp: 0 };
      await store.query({ ...request, endTimestamp: Number.MAX_SAFE_INTEGER });
      expect((await putAndWait(store, testMessage())).status).toBe('PUT_OK');
      await store.close();
    });
  }, 60_000);

  test('damaged queues of any kind serve only what was put, each message at most once', async () => {
    const topics = ['BatchTopic', 'TopicTest', '%LMQ%a'];
    const pristine = await filesOfAllKinds();
    const put = new Map<string, Set<string>>();
    const store = await openAllKinds(copyOf(pristine));
    for (const topic of topics) put.set(topic, new Set((await readQueue(store, topic, 0)).map(identityOf)));
    await store.close();
    const paths = [
      '/store/batchconsumequeue/BatchTopic/0/00000000000000000000',
      '/store/batchconsumequeue/BatchTopic/0/00000000000000004600',
      '/store/consumequeue_ext/TopicTest/0/00000000000000000000',
      '/store/consumequeue/%LMQ%a/0/00000000000000000000',
    ];
    await forEachSeed({ count: 40 }, async (random) => {
      const files = copyOf(pristine);
      const path = paths[random.nextInt(paths.length)]!;
      rewrite(files, path, (content) => {
        mutate(random, content, content.length);
        return content;
      });
      const damaged = await openAllKinds(files);
      for (const topic of topics) {
        const found = (await readQueue(damaged, topic, 0)).map(identityOf);
        for (const identity of found) expect(put.get(topic)).toContain(identity);
        expect(new Set(found).size).toBe(found.length);
        // A few damaged bytes hide the messages of the entries that they are in, and no others.
        expect(found.length).toBeGreaterThanOrEqual(put.get(topic)!.size - MUTATED_BYTES);
      }
      await damaged.close();
    });
  }, 60_000);
});
