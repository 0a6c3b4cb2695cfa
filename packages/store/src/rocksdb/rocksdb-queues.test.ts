import { forEachSeed, MemoryFiles, type SeededRandom, VirtualClock } from '@rocketmq-ts/testkit';
import { describe, expect, test } from 'vitest';
import type { MessageStoreConfig } from '../config.js';
import type { MessageStore } from '../message-store.js';
import { openTestStore, putAndWait, readQueue, testMessage } from '../test-store.js';
import { MemoryKeyValueDisk } from './test-storage.js';

const TOPIC = 'TopicTest';

interface Disks {
  readonly files: MemoryFiles;
  readonly keyValues: MemoryKeyValueDisk;
}

const newDisks = (): Disks => ({ files: new MemoryFiles(), keyValues: new MemoryKeyValueDisk() });

function open(
  disks: Disks,
  clock = new VirtualClock(),
  config: Partial<MessageStoreConfig> = {},
): Promise<MessageStore> {
  return openTestStore('/store', {
    files: disks.files,
    clock,
    config: { storeType: 'defaultRocksDB', ...config },
    openKeyValueStorage: async () => disks.keyValues.open(),
  });
}

async function put(store: MessageStore, count: number, queueId = 0): Promise<void> {
  for (let i = 0; i < count; i++) {
    const body = Buffer.from(`${queueId}/${store.maxOffsetInQueue(TOPIC, queueId)}`);
    expect((await putAndWait(store, testMessage({ queueId, body }))).status).toBe('PUT_OK');
  }
}

/** Each message has its own offset, and there is no gap. */
async function check(store: MessageStore, queueId: number, count: number): Promise<void> {
  const messages = await readQueue(store, TOPIC, queueId);
  expect(messages.map(({ body }) => body)).toEqual(Array.from({ length: count }, (_, i) => `${queueId}/${i}`));
}

describe('consume queues in RocksDB', () => {
  test('are read from memory and from the tables, also after a restart', async () => {
    const disks = newDisks();
    const clock = new VirtualClock();
    const store = await open(disks, clock);
    await put(store, 50);
    await check(store, 0, 50);
    await clock.advance(61_000);
    await put(store, 20);
    await store.close();
    const again = await open(disks);
    await check(again, 0, 70);
    await put(again, 5);
    await check(again, 0, 75);
    await again.close();
  });

  test('give their memory back when there is much in them', async () => {
    const disks = newDisks();
    const store = await open(disks);
    const answers = Array.from({ length: 9000 }, (_, i) =>
      putAndWait(store, testMessage({ body: Buffer.from(`0/${i}`) })),
    );
    await Promise.all(answers);
    await check(store, 0, 9000);
    expect(disks.keyValues.unflushed).toBeGreaterThan(0);
    await store.close();
  });

  test('are made again from the log when they are gone', async () => {
    const disks = newDisks();
    const store = await open(disks);
    await put(store, 30);
    await store.close();
    const again = await open({ ...disks, keyValues: new MemoryKeyValueDisk() });
    await check(again, 0, 30);
    await again.close();
  });

  test('go with their topic', async () => {
    const disks = newDisks();
    const store = await open(disks);
    await put(store, 30);
    await store.flush();
    store.deleteTopics([TOPIC]);
    await put(store, 3);
    await check(store, 0, 3);
    await store.close();
    const again = await open(disks);
    await check(again, 0, 3);
    await again.close();
  });

  test('forget what the log has deleted', async () => {
    const disks: Disks = { files: new MemoryFiles(), keyValues: new MemoryKeyValueDisk() };
    const clock = new VirtualClock();
    const store = await open(disks, clock);
    for (let i = 0; i < 12; i++) await putAndWait(store, testMessage({ body: Buffer.alloc(60_000, 97) }));
    await clock.advance(61_000);
    await store.close();
    disks.files.unlinkSync('/store/commitlog/00000000000000000000');
    const again = await open(disks, clock);
    for (let i = 0; i < 50; i++) await clock.advance(0);
    expect(again.minOffsetInQueue(TOPIC, 0)).toBe(4);
    const left = await readQueue(again, TOPIC, 0);
    expect(left.map(({ queueOffset }) => queueOffset)).toEqual([4, 5, 6, 7, 8, 9, 10, 11]);
    await again.close();
  });

  test('in the other directory are not overlooked', async () => {
    const disks = newDisks();
    disks.files.mkdirSync('/store/consumequeue');
    disks.files.openSync('/store/consumequeue/CURRENT', 'create').closeSync();
    await expect(open(disks, new VirtualClock(), { useSeparateStorePathForRocksdbCQ: true })).rejects.toThrow(
      'useSeparateStorePathForRocksdbCQ=true',
    );
  });

  test('that cannot be read are set aside and made again', async () => {
    const disks = newDisks();
    const store = await open(disks);
    await put(store, 10);
    await store.close();
    const broken = disks.keyValues;
    const fresh = new MemoryKeyValueDisk();
    const again = await openTestStore('/store', {
      files: disks.files,
      clock: new VirtualClock(),
      config: { storeType: 'defaultRocksDB' },
      openKeyValueStorage: async () => {
        if (disks.files.statSync('/store/damaged') !== undefined) return fresh.open();
        const storage = broken.open();
        return { ...storage, get: () => Promise.reject(new Error('LZ4 not supported or corrupted')) };
      },
    });
    await check(again, 0, 10);
    await again.close();
  });

  test('lose nothing that the log has, whatever a loss of power takes of them', async () => {
    await forEachSeed({ count: 30 }, async (random) => {
      const disks = newDisks();
      const counts = [0, 0];
      for (let run = 0; run < 3; run++) await runAndCrash(disks, counts, random, 'SYNC_FLUSH');
      const store = await open(disks);
      for (const [queueId, count] of counts.entries()) await check(store, queueId, count);
      await store.close();
    });
  }, 30_000);

  test('know nothing that the log has lost', async () => {
    await forEachSeed({ count: 30 }, async (random) => {
      const disks = newDisks();
      for (let run = 0; run < 3; run++) await runAndCrash(disks, [0, 0], random, 'ASYNC_FLUSH');
      const store = await open(disks);
      for (const queueId of [0, 1]) await check(store, queueId, store.maxOffsetInQueue(TOPIC, queueId));
      await store.close();
    });
  }, 30_000);
});

async function runAndCrash(
  disks: Disks,
  counts: number[],
  random: SeededRandom,
  flushDiskType: 'SYNC_FLUSH' | 'ASYNC_FLUSH',
): Promise<void> {
  const clock = new VirtualClock();
  const store = await open(disks, clock, { flushDiskType });
  for (let round = 0; round < 4; round++) {
    for (let i = 0; i < random.nextInt(12); i++) {
      const queueId = random.nextInt(2);
      await put(store, 1, queueId);
      counts[queueId]!++;
    }
    if (random.nextInt(2) === 0) await clock.advance(61_000);
  }
  disks.files.crash(random.nextInt(1_000_000));
  disks.keyValues.crash(random.nextInt(disks.keyValues.unflushed + 1));
}
