import { FaultyFiles, MemoryFiles, VirtualClock } from '@rocketmq-ts/testkit';
import { describe, expect, test } from 'vitest';
import type { MessageStore } from '../message-store.js';
import { verifyStore } from '../offline/verify.js';
import { putAndWait, readQueue, testMessage } from '../test-store.js';
import { compactingStore, keysAndBodies, putKey, TOPIC } from './test-compaction.js';

const INTERVAL_MS = 60_000;

/** Lets a compaction come and end. */
async function compact(clock: VirtualClock): Promise<void> {
  await clock.advance(INTERVAL_MS);
  for (let i = 0; i < 200; i++) await clock.advance(0);
}

async function open(files: MemoryFiles | FaultyFiles, clock = new VirtualClock()): Promise<MessageStore> {
  return compactingStore(files, clock, { compactionScheduleInternal: INTERVAL_MS });
}

describe('a compaction topic', () => {
  test('is read at once, and from any offset on', async () => {
    const store = await open(new MemoryFiles());
    for (let i = 0; i < 50; i++) await putKey(store, `k${i % 5}`, `value ${i}`);
    const messages = await readQueue(store, TOPIC, 0);
    expect(messages.map(({ body }) => body)).toEqual(Array.from({ length: 50 }, (_, i) => `value ${i}`));
    for (const offset of [0, 17, 49]) {
      const result = await store.get({ topic: TOPIC, queueId: 0, offset, maxMessages: 3 });
      expect(result.queueOffsets[0]).toBe(offset);
    }
    await store.close();
  });

  test('answers as other queues do at its end and where there is none', async () => {
    const store = await open(new MemoryFiles());
    const get = (offset: number, queueId = 0) => store.get({ topic: TOPIC, queueId, offset, maxMessages: 3 });
    expect(await get(0)).toMatchObject({ status: 'NO_MATCHED_LOGIC_QUEUE', nextBeginOffset: 0 });
    await putKey(store, 'k', 'v');
    expect(await get(1)).toMatchObject({ status: 'OFFSET_OVERFLOW_ONE', nextBeginOffset: 1, maxOffset: 1 });
    expect(await get(7)).toMatchObject({ status: 'OFFSET_OVERFLOW_BADLY', nextBeginOffset: 1 });
    await store.close();
  });

  test('keeps the newest message of each key under its offset, and those of the newest file', async () => {
    const clock = new VirtualClock();
    const store = await open(new MemoryFiles(), clock);
    for (let i = 0; i < 60; i++) await putKey(store, `k${i % 3}`, `value ${i}`);
    await compact(clock);
    const left = await readQueue(store, TOPIC, 0);
    expect(left.length).toBeLessThan(60);
    expect(left.at(-1)).toMatchObject({ queueOffset: 59, body: 'value 59' });
    for (const { queueOffset, body } of left) expect(body).toBe(`value ${queueOffset}`);
    expect(keysAndBodies(left)).toEqual(
      new Map([
        ['k0', 'value 57'],
        ['k1', 'value 58'],
        ['k2', 'value 59'],
      ]),
    );
    const fromZero = await store.get({ topic: TOPIC, queueId: 0, offset: 0, maxMessages: 1 });
    expect(fromZero).toMatchObject({
      status: 'FOUND',
      queueOffsets: [left[0]!.queueOffset],
      minOffset: left[0]!.queueOffset,
    });
    await store.close();
  });

  test('drops keys whose newest message has no body', async () => {
    const clock = new VirtualClock();
    const store = await open(new MemoryFiles(), clock);
    await putKey(store, 'gone', 'value');
    await putKey(store, 'stays', 'value');
    await putKey(store, 'gone', '');
    for (let i = 0; i < 40; i++) await putKey(store, 'filler', `${i}`);
    await compact(clock);
    expect([...keysAndBodies(await readQueue(store, TOPIC, 0)).keys()]).toEqual(['stays', 'filler']);
    await store.close();
  });

  test('does without what has no key', async () => {
    const store = await open(new MemoryFiles());
    await putKey(store, 'k', 'first');
    await putAndWait(store, testMessage({ topic: TOPIC, body: Buffer.from('without key') }));
    expect((await readQueue(store, TOPIC, 0)).map(({ body }) => body)).toEqual(['first']);
    await putKey(store, 'k', 'second');
    expect((await readQueue(store, TOPIC, 0)).map(({ body }) => body)).toEqual(['first', 'second']);
    await store.close();
  });

  test('is compacted in several rounds when its keys do not fit the memory at once', async () => {
    const clock = new VirtualClock();
    const config = { compactionScheduleInternal: INTERVAL_MS, maxOffsetMapSize: 0 };
    const store = await compactingStore(new MemoryFiles(), clock, config);
    for (let i = 0; i < 600; i++) await putKey(store, `k${i % 250}`, `value ${i}`);
    await compact(clock);
    await compact(clock);
    const left = await readQueue(store, TOPIC, 0);
    expect(left.length).toBeLessThan(300);
    const newest = new Map(Array.from({ length: 600 }, (_, i) => [`k${i % 250}`, `value ${i}`]));
    expect(keysAndBodies(left)).toEqual(newest);
    await store.close();
  });

  test('is the same after a restart, and goes on', async () => {
    const files = new MemoryFiles();
    const clock = new VirtualClock();
    const store = await open(files, clock);
    for (let i = 0; i < 60; i++) await putKey(store, `k${i % 3}`, `value ${i}`);
    await compact(clock);
    const before = await readQueue(store, TOPIC, 0);
    await store.close();
    const again = await open(files, clock);
    expect(await readQueue(again, TOPIC, 0)).toEqual(before);
    await putKey(again, 'k0', 'more');
    expect((await readQueue(again, TOPIC, 0)).at(-1)).toMatchObject({ queueOffset: 60, body: 'more' });
    await again.close();
  });

  test('gets what was put while compaction was off', async () => {
    const files = new MemoryFiles();
    const off = await compactingStore(files, new VirtualClock(), { enableCompaction: false });
    for (let i = 0; i < 20; i++) await putKey(off, `k${i}`, `value ${i}`);
    await off.close();
    const on = await open(files);
    await putKey(on, 'k', 'on');
    expect((await readQueue(on, TOPIC, 0)).map(({ queueOffset }) => queueOffset)).toEqual(
      Array.from({ length: 21 }, (_, i) => i),
    );
    await on.close();
  });

  test('starts anew when the topic is deleted and made again', async () => {
    const files = new MemoryFiles();
    const store = await open(files);
    for (let i = 0; i < 30; i++) await putKey(store, `k${i}`, 'old');
    store.deleteTopics([TOPIC]);
    await putKey(store, 'k', 'new');
    expect(await readQueue(store, TOPIC, 0)).toMatchObject([{ queueOffset: 0, body: 'new' }]);
    await store.close();
  });

  test('stays as it was when the disk is too full to compact it', async () => {
    const files = new FaultyFiles(new MemoryFiles());
    const clock = new VirtualClock();
    const store = await open(files, clock);
    for (let i = 0; i < 60; i++) await putKey(store, `k${i % 3}`, `value ${i}`);
    files.fail({ operation: 'write', code: 'ENOSPC', path: /compacting/ });
    await compact(clock);
    expect((await readQueue(store, TOPIC, 0)).length).toBe(60);
    await compact(clock);
    const left = await readQueue(store, TOPIC, 0);
    expect(left.length).toBeLessThan(60);
    for (const { queueOffset, body } of left) expect(body).toBe(`value ${queueOffset}`);
    // The newest of each key that the closed segments had are there, too: they go to files of their own, not to those of the failed attempt.
    expect(left.map(({ queueOffset }) => queueOffset).slice(0, 3)).toEqual([54, 55, 56]);
    await store.close();
  });

  test('does not serve what is damaged, and loses nothing else', async () => {
    const files = new MemoryFiles();
    const store = await open(files);
    for (let i = 0; i < 10; i++) await putKey(store, `k${i}`, `value ${i}`);
    await readQueue(store, TOPIC, 0);
    const log = files.openSync(`/store/compaction/compactionLog/${TOPIC}/0/00000000000000000000`, 'readWrite');
    const at = files.readFileSync(log.path).indexOf('value 4');
    log.writeSync(Buffer.from('V'), 0, 1, at);
    const bodies = (await readQueue(store, TOPIC, 0)).map(({ body }) => body);
    expect(bodies).toEqual([0, 1, 2, 3, 5, 6, 7, 8, 9].map((i) => `value ${i}`));
    await store.close();
  });

  test('is not compacted as long as the commit log cannot be made durable', async () => {
    const files = new FaultyFiles(new MemoryFiles());
    const clock = new VirtualClock();
    const store = await open(files, clock);
    for (let i = 0; i < 60; i++) await putKey(store, `k${i % 3}`, `value ${i}`);
    files.fail({ operation: 'datasync', code: 'EIO', path: /commitlog/, times: 1000 });
    await compact(clock);
    expect((await readQueue(store, TOPIC, 0)).length).toBe(60);
    await store.close();
  });
});

describe('a compaction topic after a loss of power', () => {
  const log = `/store/compaction/compactionLog/${TOPIC}/0/00000000000000000000`;

  /** Messages that are written to all files. */
  async function written(count = 10): Promise<MemoryFiles> {
    const files = new MemoryFiles();
    const store = await open(files);
    for (let i = 0; i < count; i++) await putKey(store, `k${i}`, `value ${i}`);
    await readQueue(store, TOPIC, 0);
    files.crashProcess();
    return files;
  }

  /** Turns bytes into zeros from where `text` stands in the file on. */
  function lose(files: MemoryFiles, path: string, text: string, before: number, length: number): void {
    const at = files.readFileSync(path).indexOf(text) - before;
    const handle = files.openSync(path, 'readWrite');
    handle.writeSync(new Uint8Array(length), 0, length, at);
    handle.closeSync();
  }

  test('has again what was lost in the middle of its files', async () => {
    const files = await written();
    lose(files, log, 'value 4', 0, 7);
    const store = await open(files);
    expect((await readQueue(store, TOPIC, 0)).map(({ body }) => body)).toEqual(
      Array.from({ length: 10 }, (_, i) => `value ${i}`),
    );
    await store.close();
  });

  test('forgets what the commit log has lost, and takes what comes in its place', async () => {
    const files = await written();
    lose(files, '/store/commitlog/00000000000000000000', 'value 9', 88, 400);
    const store = await open(files);
    expect((await readQueue(store, TOPIC, 0)).at(-1)).toMatchObject({ queueOffset: 8, body: 'value 8' });
    await putKey(store, 'k', 'in its place');
    expect((await readQueue(store, TOPIC, 0)).at(-1)).toMatchObject({ queueOffset: 9, body: 'in its place' });
    await store.close();
  });

  test('leaves no records without entries, which the power cut has taken', async () => {
    const files = await written(25);
    const entries = `/store/compaction/compactionCq/${TOPIC}/0`;
    for (const name of files.readdirSync(entries)) {
      const handle = files.openSync(`${entries}/${name}`, 'readWrite');
      handle.writeSync(new Uint8Array(920), 0, 920, 0);
      handle.closeSync();
    }
    const store = await open(files);
    expect(await readQueue(store, TOPIC, 0)).toHaveLength(25);
    await store.close();
    expect((await verifyStore({ files, root: '/store', thorough: true })).problems).toEqual([]);
  });
});
