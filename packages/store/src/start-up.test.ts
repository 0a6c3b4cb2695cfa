import { type FileHandle, type OpenMode, silentLogger } from '@rocketmq-ts/common';
import { MemoryFiles, VirtualClock } from '@rocketmq-ts/testkit';
import { describe, expect, test } from 'vitest';
import type { MessageStore } from './message-store.js';
import { Answers, openTestStore, putAndWait, readQueue, testMessage } from './test-store.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Tells which files were opened and made durable. */
class WatchedFiles extends MemoryFiles {
  opened: string[] = [];
  synced: string[] = [];
  listed: string[] = [];

  override readdirSync(path: string): string[] {
    this.listed.push(path);
    return super.readdirSync(path);
  }

  override openSync(path: string, mode: OpenMode): FileHandle {
    this.opened.push(path);
    const handle = super.openSync(path, mode);
    const datasync = handle.datasync.bind(handle);
    handle.datasync = () => {
      this.synced.push(path);
      return datasync();
    };
    return handle;
  }
}

async function putToQueues(store: MessageStore, queues: number): Promise<void> {
  const answers = new Answers();
  for (let queueId = 0; queueId < queues; queueId++) {
    store.put(testMessage({ topic: `T${queueId % 10}`, queueId, keys: `k${queueId}` }), answers);
  }
  await turn();
  await turn();
  expect(new Set(answers.all.map(({ status }) => status))).toEqual(new Set(['PUT_OK']));
}

const keyed = (key: string, bodySize = 0) =>
  testMessage({ keys: key, properties: `KEYS\u0001${key}\u0002`, body: Buffer.alloc(bodySize) });

/** Turns entries of a queue's first file into zeros. */
function zero(files: MemoryFiles, directory: string, from: number, count: number): void {
  const handle = files.openSync(`${directory}/00000000000000000000`, 'readWrite');
  handle.writeSync(Buffer.alloc(count * 20), 0, count * 20, from * 20);
  handle.closeSync();
}

async function hitsOf(store: MessageStore, key: string): Promise<number> {
  const query = { topic: 'TopicTest', key, maxCount: 10, beginTimestamp: 0, endTimestamp: Number.MAX_SAFE_INTEGER };
  return (await store.query(query)).records.length;
}

describe('opening a store', () => {
  test('does not look into the queues, which are opened when they are used', async () => {
    const clock = new VirtualClock();
    const files = new WatchedFiles({ clock });
    const store = await openTestStore('/store', { files, clock });
    await putToQueues(store, 300);
    await clock.advance(61_000);
    await store.close();
    files.opened = [];
    const again = await openTestStore('/store', { files, clock });
    // The queue of the message at the check point, which is dispatched again.
    expect(files.opened.filter((path) => path.includes('/consumequeue/'))).toHaveLength(1);
    expect(again.maxOffsetInQueue('T7', 137)).toBe(1);
    expect(files.opened.filter((path) => path.includes('/consumequeue/'))).toHaveLength(2);
    expect(await readQueue(again, 'T7', 137)).toHaveLength(1);
    await again.close();
  });

  test('reads the directory of a topic when the topic is first used, and makes a queue again that is missing there', async () => {
    const clock = new VirtualClock();
    const files = new WatchedFiles({ clock });
    const store = await openTestStore('/store', { files, clock });
    const answers = new Answers();
    for (let i = 0; i < 1200; i++)
      store.put(testMessage({ topic: `T${i % 100}`, queueId: Math.floor(i / 100) % 6 }), answers);
    await turn();
    await store.close();
    files.removeSync('/store/consumequeue/T98/3');
    files.listed = [];
    const again = await openTestStore('/store', { files, clock });
    const ofTopics = files.listed.filter((path) => /store\/(batch)?consumequeue\/T\d+$/.test(path));
    expect(ofTopics.length).toBeLessThan(50);
    expect(files.listed).not.toContain('/store/consumequeue/T98');
    expect(again.maxOffsetInQueue('T98', 3)).toBe(2);
    expect(files.listed).toContain('/store/consumequeue/T98');
    expect(await readQueue(again, 'T98', 3)).toHaveLength(2);
    expect(again.topics()).toHaveLength(100);
    await again.close();
    const third = await openTestStore('/store', { files, clock });
    expect(third.queues().reduce((sum, { maxOffset }) => sum + maxOffset, 0)).toBe(1200);
    await third.close();
  });

  test('sees at once that the queues of a topic are missing, of many topics', async () => {
    const clock = new VirtualClock();
    const files = new MemoryFiles({ clock });
    const store = await openTestStore('/store', { files, clock });
    const answers = new Answers();
    for (let i = 0; i < 600; i++) store.put(testMessage({ topic: `T${i % 300}`, queueId: 0 }), answers);
    await turn();
    await store.close();
    files.removeSync('/store/consumequeue/T299');
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (message: string) => warnings.push(message) };
    const again = await openTestStore('/store', { files, clock, logger });
    expect(warnings).toContain('a consume queue is missing or short and is made again from the log');
    for (let topic = 0; topic < 300; topic++) expect(again.maxOffsetInQueue(`T${topic}`, 0)).toBe(2);
    await again.close();
  });

  test('does not read again what a start before has read after a kill, though nothing came since', async () => {
    const clock = new VirtualClock();
    const files = new WatchedFiles({ clock });
    await putToQueues(await openTestStore('/store', { files, clock }), 300);
    files.crashProcess();
    await (await openTestStore('/store', { files, clock })).close();
    files.opened = [];
    const again = await openTestStore('/store', { files, clock });
    expect(files.opened.filter((path) => path.includes('/consumequeue/'))).toHaveLength(1);
    await again.close();
  });

  test('does not write the manifest again when nothing came', async () => {
    const clock = new VirtualClock();
    const files = new WatchedFiles({ clock });
    const store = await openTestStore('/store', { files, clock });
    await putToQueues(store, 300);
    await store.close();
    const again = await openTestStore('/store', { files, clock });
    files.opened = [];
    await again.close();
    expect(files.opened.filter((path) => path.includes('manifest'))).toEqual([]);
  });

  test('does not believe a queue that has lost the end it had, and makes up for it from the log', async () => {
    const clock = new VirtualClock();
    const files = new MemoryFiles({ clock });
    const store = await openTestStore('/store', { files, clock });
    for (let i = 0; i < 60; i++) await putAndWait(store, testMessage({ queueId: i % 2, body: Buffer.from(`m${i}`) }));
    await store.close();
    zero(files, '/store/consumequeue/TopicTest/0', 20, 10);
    const again = await openTestStore('/store', { files, clock });
    expect(again.maxOffsetInQueue('TopicTest', 0)).toBe(30);
    const { result } = await putAndWait(again, testMessage({ queueId: 0, body: Buffer.from('m60') }));
    expect(result!.queueOffset).toBe(30);
    expect((await readQueue(again, 'TopicTest', 0)).map(({ body }) => body)).toEqual(
      Array.from({ length: 31 }, (_, i) => `m${i * 2}`),
    );
    expect(again.maxOffsetInQueue('TopicTest', 1)).toBe(30);
    await again.close();
  });
});

describe('damaged queues', () => {
  test('that are many are made again in one go when the first few were found', async () => {
    const clock = new VirtualClock();
    const files = new MemoryFiles({ clock });
    const store = await openTestStore('/store', { files, clock });
    for (let i = 0; i < 20; i++) await putAndWait(store, testMessage({ queueId: i % 10, body: Buffer.from(`m${i}`) }));
    await store.close();
    for (let queueId = 0; queueId < 10; queueId++) zero(files, `/store/consumequeue/TopicTest/${queueId}`, 0, 2);
    const again = await openTestStore('/store', { files, clock });
    for (let queueId = 9; queueId >= 0; queueId--) {
      expect((await readQueue(again, 'TopicTest', queueId)).map(({ body }) => body)).toEqual([
        `m${queueId}`,
        `m${queueId + 10}`,
      ]);
    }
    await again.close();
  });

  test('of which the log has deleted the messages do not give their offsets to others', async () => {
    const clock = new VirtualClock();
    const files = new MemoryFiles({ clock });
    const config = { fileReservedTime: 1, deleteWhen: '99' };
    const store = await openTestStore('/store', { files, clock, config });
    for (let i = 0; i < 5; i++) await putAndWait(store, testMessage({ queueId: 3 }));
    for (let i = 0; i < 20; i++) await putAndWait(store, testMessage({ body: Buffer.alloc(30_000) }));
    await clock.advance(2 * 3_600_000);
    store.deleteExpiredFiles();
    await clock.advance(5000);
    await store.close();
    zero(files, '/store/consumequeue/TopicTest/3', 0, 5);
    const again = await openTestStore('/store', { files, clock, config });
    expect((await putAndWait(again, testMessage({ queueId: 3 }))).result!.queueOffset).toBe(5);
    expect((await readQueue(again, 'TopicTest', 3)).map(({ queueOffset }) => queueOffset)).toEqual([5]);
    await again.close();
  });
});

describe('an index that is gone', () => {
  async function withoutIndex() {
    const clock = new VirtualClock();
    const files = new MemoryFiles({ clock });
    const store = await openTestStore('/store', { files, clock });
    for (let i = 0; i < 60; i++) {
      await clock.advance(1);
      await putAndWait(store, keyed(`k${i}`, 12_000));
    }
    await store.close();
    files.removeSync('/store/index');
    return { clock, files };
  }

  test('is made again while the store is in use, and new messages follow in their order', async () => {
    const { clock, files } = await withoutIndex();
    const store = await openTestStore('/store', { files, clock, indexInlineBytes: 0 });
    expect(await hitsOf(store, 'k0')).toBe(0);
    await putAndWait(store, keyed('new'));
    expect(await hitsOf(store, 'new')).toBe(0);
    await clock.advance(4);
    expect(await hitsOf(store, 'k0')).toBe(1);
    expect(await hitsOf(store, 'k59')).toBe(0);
    await clock.advance(20);
    for (let i = 0; i < 60; i++) expect(await hitsOf(store, `k${i}`)).toBe(1);
    expect(await hitsOf(store, 'new')).toBe(1);
    await putAndWait(store, keyed('newer'));
    expect(await hitsOf(store, 'newer')).toBe(1);
    await store.close();
  });

  test('is gone on with after the store was closed in between', async () => {
    const { clock, files } = await withoutIndex();
    const store = await openTestStore('/store', { files, clock, indexInlineBytes: 0 });
    await clock.advance(4);
    await putAndWait(store, keyed('new'));
    await store.close();
    const again = await openTestStore('/store', { files, clock, indexInlineBytes: 0 });
    expect(await hitsOf(again, 'k0')).toBe(1);
    await clock.advance(20);
    for (const key of ['k0', 'k30', 'k59', 'new']) expect(await hitsOf(again, key)).toBe(1);
    await again.close();
    const third = await openTestStore('/store', { files, clock, indexInlineBytes: 0 });
    expect(await hitsOf(third, 'new')).toBe(1);
    await third.close();
  });
});

describe('a store with very many fresh queues', () => {
  test('makes them durable when it is closed', async () => {
    const clock = new VirtualClock();
    const files = new WatchedFiles({ clock });
    const store = await openTestStore('/store', { files, clock });
    await putToQueues(store, 600);
    await store.close();
    files.synced = [];
    const again = await openTestStore('/store', { files, clock });
    expect(files.synced.filter((path) => path.includes('/consumequeue/'))).toEqual([]);
    for (let queueId = 0; queueId < 600; queueId++) {
      expect(await readQueue(again, `T${queueId % 10}`, queueId)).toHaveLength(1);
    }
    await again.close();
  });

  test.each(['is killed', 'loses its power'])('has them again, without a flush for each, when it %s', async (end) => {
    const clock = new VirtualClock();
    const files = new WatchedFiles({ clock });
    const store = await openTestStore('/store', { files, clock, config: { flushConsumeQueueLeastPages: 0 } });
    await putToQueues(store, 600);
    await clock.advance(1500);
    expect(files.statSync('/store/consumequeue/T7/137/00000000000000000000')).toBeDefined();
    if (end === 'is killed') files.crashProcess();
    else files.crash(7);
    files.synced = [];
    const again = await openTestStore('/store', { files, clock });
    expect(files.synced.filter((path) => path.includes('/consumequeue/'))).toEqual([]);
    for (let queueId = 0; queueId < 600; queueId++) {
      expect(await readQueue(again, `T${queueId % 10}`, queueId)).toHaveLength(1);
    }
    await again.close();
  });
});
