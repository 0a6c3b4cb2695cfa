import type { MessageFilter } from '@rocketmq-ts/filter';
import { MemoryFiles, VirtualClock } from '@rocketmq-ts/testkit';
import { describe, expect, test } from 'vitest';
import type { MessageStore } from './message-store.js';
import { ENTRY_SIZE_BYTES } from './queue-entry.js';
import { openTestStore, putAndWait, readQueue, testMessage } from './test-store.js';
import { TestStrokeWriter } from './test-stroke-writer.js';

const QUEUES = 5;
/** Time in which the writer does one step. */
const STEP_MS = 10;
const THOROUGH_MS = 60_000;

/** Entries; a queue keeps up to 4096 in memory. */
const MORE_THAN_FITS = 4200;
/** Entries of a queue that is written before the next check point. */
const LONG_QUEUE = 420;

/** Lets what was started come to rest. */
const rest = () => new Promise((resolve) => setImmediate(resolve));

async function bench(how: 'here' | 'elsewhere') {
  const clock = new VirtualClock();
  const files = new MemoryFiles({ clock });
  const writer = new TestStrokeWriter(clock, files, () => STEP_MS);
  const open = (strokeWriter?: TestStrokeWriter) => openTestStore('/store', { files, clock, strokeWriter });
  return { clock, files, writer, open, store: await open(how === 'elsewhere' ? writer : undefined) };
}

async function put(store: MessageStore, count: number, topic = 'TopicTest'): Promise<void> {
  for (let i = 0; i < count; i++) await putAndWait(store, testMessage({ topic, queueId: i % QUEUES }));
}

/** Moves time on until the check point has begun to give strokes away, and `steps` further steps. */
async function untilGiven({ clock, writer }: Awaited<ReturnType<typeof bench>>, steps: number): Promise<void> {
  while (writer.given === 0) {
    await clock.advance(1000);
    await rest();
  }
  await clock.advance(steps * STEP_MS);
  await rest();
}

const queueFile = (queueId: number, topic = 'TopicTest') => `/store/consumequeue/${topic}/${queueId}/${'0'.repeat(20)}`;

const BIT_MAP = Buffer.from([1, 2, 3]);

describe('queues that another thread writes', () => {
  test('are made durable by it when they were written before', async () => {
    const clock = new VirtualClock();
    const files = new MemoryFiles({ clock });
    const strokeWriter = new TestStrokeWriter(clock, files, () => STEP_MS);
    const config = { mappedFileSizeConsumeQueue: 2 * LONG_QUEUE * ENTRY_SIZE_BYTES };
    const store = await openTestStore('/store', { files, clock, config, strokeWriter });
    await put(store, LONG_QUEUE * QUEUES);
    await clock.advance(2000);
    await rest();
    expect(strokeWriter.given).toBe(QUEUES);
    await clock.advance(THOROUGH_MS + 10_000);
    await rest();
    expect(strokeWriter.given).toBe(2 * QUEUES);
    files.crash(1);
    const again = await openTestStore('/store', { files, clock, config });
    for (let i = 0; i < QUEUES; i++) expect(await readQueue(again, 'TopicTest', i)).toHaveLength(LONG_QUEUE);
    await again.close();
  });

  test('keep their extensions', async () => {
    const clock = new VirtualClock();
    const files = new MemoryFiles({ clock });
    const strokeWriter = new TestStrokeWriter(clock, files, () => STEP_MS);
    const config = { enableConsumeQueueExt: true };
    const open = () => {
      return openTestStore('/store', { files, clock, config, strokeWriter, filterBitMapOf: () => BIT_MAP });
    };
    const store = await open();
    for (const count of [20, 20]) {
      await put(store, count);
      await clock.advance(THOROUGH_MS + 10_000);
      await rest();
    }
    await store.close();
    const again = await open();
    const seen: (Uint8Array | undefined)[] = [];
    const filter: MessageFilter = {
      passesAll: false,
      isMatchedByConsumeQueue: (_tagsCode, unit) => seen.push(unit?.filterBitMap) > 0,
      isMatchedByCommitLog: () => true,
    };
    await again.get({ topic: 'TopicTest', queueId: 0, offset: 0, maxMessages: 32, filter });
    expect(seen).toEqual(Array.from({ length: 8 }, () => BIT_MAP));
    await again.close();
  });

  test('get the bytes that the store would have written itself', async () => {
    const contents: Buffer[][] = [];
    for (const how of ['here', 'elsewhere'] as const) {
      const { clock, files, store, writer } = await bench(how);
      await put(store, 42);
      await clock.advance(THOROUGH_MS + 10_000);
      await rest();
      await put(store, 7);
      await clock.advance(THOROUGH_MS + 10_000);
      await rest();
      expect(writer.given).toBe(how === 'here' ? 0 : 2 * QUEUES);
      contents.push(Array.from({ length: QUEUES }, (_, i) => files.readFileSync(queueFile(i))));
      await store.close();
    }
    expect(contents[1]).toEqual(contents[0]);
  });

  test('are durable when the check point says so', async () => {
    const parts = await bench('elsewhere');
    const { clock, files, store, open } = parts;
    await put(store, 40);
    await clock.advance(THOROUGH_MS + 10_000);
    await rest();
    files.crash(1);
    const again = await open();
    for (let i = 0; i < QUEUES; i++) expect(await readQueue(again, 'TopicTest', i)).toHaveLength(8);
    await again.close();
  });

  test.each([0, 2, 5, 7])('do not come back when their topic is deleted after %d steps', async (steps) => {
    const parts = await bench('elsewhere');
    const { clock, files, store, writer } = parts;
    await put(store, 20);
    await untilGiven(parts, steps);
    store.deleteTopics(['TopicTest']);
    expect(writer.endedEarly).toBe(QUEUES);
    await clock.advance(10_000);
    await rest();
    expect(files.statSync('/store/consumequeue/TopicTest')).toBeUndefined();
    await store.close();
  });

  test.each([0, 2, 5, 7])('belong to the new topic when one is made again after %d steps', async (steps) => {
    const parts = await bench('elsewhere');
    const { clock, store, open } = parts;
    await put(store, 20);
    await untilGiven(parts, steps);
    store.deleteTopics(['TopicTest']);
    await put(store, 5);
    await clock.advance(2 * THOROUGH_MS);
    await rest();
    await store.close();
    const again = await open();
    for (let i = 0; i < QUEUES; i++) expect(await readQueue(again, 'TopicTest', i)).toHaveLength(1);
    await again.close();
  });

  test.each([0, 2, 5, 7])('take more than fits into memory after %d steps', async (steps) => {
    const parts = await bench('elsewhere');
    const { files, store, open } = parts;
    await put(store, 20);
    await untilGiven(parts, steps);
    for (let i = 0; i < MORE_THAN_FITS; i++) await putAndWait(store, testMessage());
    expect(files.statSync(queueFile(0))).toBeDefined();
    files.crashProcess();
    const again = await open();
    expect(await readQueue(again, 'TopicTest', 0)).toHaveLength(4 + MORE_THAN_FITS);
    for (let i = 1; i < QUEUES; i++) expect(await readQueue(again, 'TopicTest', i)).toHaveLength(4);
    await again.close();
  });
});
