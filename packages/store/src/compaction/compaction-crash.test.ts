import { FaultyFiles, forEachSeed, MemoryFiles, type SeededRandom, VirtualClock } from '@rocketmq-ts/testkit';
import { describe, expect, test } from 'vitest';
import type { MessageStore } from '../message-store.js';
import { type ReadMessage, readQueue } from '../test-store.js';
import { compactingStore, keysAndBodies, putKey, TOPIC } from './test-compaction.js';

const INTERVAL_MS = 300_000;
const KEYS = 6;

/** What producers were told, by queue offset. */
type Acknowledged = Map<number, { key: string; body: string }>;

const open = (files: MemoryFiles | FaultyFiles, clock: VirtualClock, sync: boolean) =>
  compactingStore(files, clock, {
    compactionScheduleInternal: INTERVAL_MS,
    flushDiskType: sync ? 'SYNC_FLUSH' : 'ASYNC_FLUSH',
  });

/** Puts and compacts in turn, until done or until the files crash. */
async function run(files: FaultyFiles, random: SeededRandom, acknowledged: Acknowledged, sync: boolean): Promise<void> {
  const clock = new VirtualClock();
  try {
    const store = await open(files, clock, sync);
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 25; i++) void put(store, random, acknowledged, `${round}-${i}`).catch(() => {});
      for (let i = 0; i < 50; i++) await clock.advance(0);
      // What is read is in the files, and not durable.
      if (random.nextInt(2) === 0) await readQueue(store, TOPIC, 0);
      await clock.advance(INTERVAL_MS);
      for (let i = 0; i < 60; i++) await clock.advance(0);
    }
    await store.close();
  } catch (error) {
    if (!files.crashed) throw error;
  }
}

async function put(store: MessageStore, random: SeededRandom, acknowledged: Acknowledged, body: string): Promise<void> {
  const key = `k${random.nextInt(KEYS)}`;
  const { status, result } = await putKey(store, key, body);
  if (status === 'PUT_OK') acknowledged.set(result!.queueOffset, { key, body });
}

/** Nothing is there twice, in another order, under another offset, or altered. */
async function readAll(files: MemoryFiles, acknowledged: Acknowledged): Promise<ReadMessage[]> {
  const store = await open(files, new VirtualClock(), false);
  const messages = await readQueue(store, TOPIC, 0);
  const offsets = messages.map(({ queueOffset }) => queueOffset);
  expect(offsets).toEqual([...new Set(offsets)].sort((a, b) => a - b));
  for (const { queueOffset, body } of messages) {
    const known = acknowledged.get(queueOffset);
    if (known !== undefined) expect(body).toBe(known.body);
  }
  await store.close();
  return messages;
}

/** What was acknowledged is there, but for what a newer message of its key has made superfluous. */
async function checkAll(files: MemoryFiles, acknowledged: Acknowledged): Promise<void> {
  const messages = await readAll(files, acknowledged);
  const newest = keysAndBodies(messages);
  for (const [offset, { key, body }] of acknowledged) {
    const newer = messages.some((message) => message.queueOffset > offset && keysAndBodies([message]).has(key));
    if (!newer) expect([offset, newest.get(key)]).toEqual([offset, body]);
  }
}

/** A crash somewhere in what one run does with its files, as it may be cut short. */
const OPERATIONS = 340;

describe('a compaction that is cut short', () => {
  test('by the death of the process at any operation loses nothing', async () => {
    await forEachSeed({ count: 15 }, async (random) => {
      const memory = new MemoryFiles();
      const files = new FaultyFiles(memory);
      const acknowledged: Acknowledged = new Map();
      files.crashAt(1 + random.nextInt(OPERATIONS), random);
      await run(files, random, acknowledged, random.nextInt(2) === 0);
      memory.crashProcess();
      await checkAll(memory, acknowledged);
    });
  }, 60_000);

  test('by a loss of power loses nothing that was acknowledged with SYNC_FLUSH', async () => {
    await forEachSeed({ count: 15 }, async (random) => {
      const memory = new MemoryFiles();
      const files = new FaultyFiles(memory);
      const acknowledged: Acknowledged = new Map();
      files.crashAt(1 + random.nextInt(OPERATIONS), random);
      await run(files, random, acknowledged, true);
      memory.crash(random.nextInt(1_000_000));
      await checkAll(memory, acknowledged);
    });
  }, 60_000);

  test('by a loss of power leaves whole messages under their own offsets, with ASYNC_FLUSH', async () => {
    await forEachSeed({ count: 15 }, async (random) => {
      const memory = new MemoryFiles();
      const files = new FaultyFiles(memory);
      files.crashAt(1 + random.nextInt(OPERATIONS), random);
      const acknowledged: Acknowledged = new Map();
      await run(files, random, acknowledged, false);
      memory.crash(random.nextInt(1_000_000));
      await readAll(memory, acknowledged);
    });
  }, 60_000);
});
