import { MessageSysFlag } from '@rocketmq-ts/common';
import { MemoryFiles, VirtualClock } from '@rocketmq-ts/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PutMessage } from './api.js';
import { BATCH_ENTRY_FORMAT, BATCH_ENTRY_SIZE_BYTES, writeBatchEntry } from './batch-entry.js';
import type { MessageStore } from './message-store.js';
import {
  batchAttributes,
  batchBody,
  openTestStore,
  putAndWait,
  putBatchAndWait,
  readQueue,
  testMessage,
} from './test-store.js';

const topic = 'BatchTopic';

/** An inner batch, as the broker makes it from a client's batch. */
function innerBatch(count: number, part: Partial<PutMessage> = {}): PutMessage {
  return testMessage({
    topic,
    sysFlag: MessageSysFlag.INNER_BATCH | MessageSysFlag.NEED_UNWRAP,
    body: batchBody(Array.from({ length: count }, (_, i) => `m${i}`)),
    properties: `UNIQ_KEY\u0001U\u0002INNER_NUM\u0001${count}\u0002`,
    ...part,
  });
}

function open(files: MemoryFiles, clock?: VirtualClock): Promise<MessageStore> {
  return openTestStore('/store', { files, attributesOf: batchAttributes, ...(clock === undefined ? {} : { clock }) });
}

const basesOf = async (store: MessageStore, from = 0) =>
  (await readQueue(store, topic, 0, from)).map(({ queueOffset }) => queueOffset);

describe('a topic of batches', () => {
  test('gives each message of an inner batch its offset, and the batch as one record', async () => {
    const store = await open(new MemoryFiles());
    const { status, result } = await putAndWait(store, innerBatch(3));
    expect({ status, offset: result?.queueOffset, count: result?.messageCount }).toEqual({
      status: 'PUT_OK',
      offset: 0,
      count: 3,
    });
    expect((await putAndWait(store, innerBatch(2))).result?.queueOffset).toBe(3);
    expect((await putAndWait(store, testMessage({ topic }))).result?.queueOffset).toBe(5);
    expect(store.maxOffsetInQueue(topic, 0)).toBe(6);
    const [first, second] = await readQueue(store, topic, 0);
    expect(first!.bytes.toString()).toContain('INNER_BASE\u00010\u0002');
    expect(second!.bytes.toString()).toContain('INNER_BASE\u00013\u0002');
    await store.close();
  });

  test('begins at -1 as long as it never held a message', async () => {
    const store = await open(new MemoryFiles());
    expect(store.minOffsetInQueue(topic, 0)).toBe(-1);
    expect(await store.get({ topic, queueId: 0, offset: 0, maxMessages: 1 })).toMatchObject({
      status: 'NO_MESSAGE_IN_QUEUE',
      minOffset: -1,
      nextBeginOffset: 0,
    });
    expect(store.minOffsetInQueue('PlainTopic', 0)).toBe(0);
    await putAndWait(store, innerBatch(2));
    expect(store.minOffsetInQueue(topic, 0)).toBe(0);
    await store.close();
  });

  test('takes batches of old clients apart, one entry for each message', async () => {
    const store = await open(new MemoryFiles());
    await putAndWait(store, innerBatch(2));
    const { result } = await putBatchAndWait(store, testMessage({ topic, body: batchBody(['a', 'b', 'c']) }));
    expect([result?.queueOffset, result?.messageCount]).toEqual([2, 3]);
    expect(await basesOf(store)).toEqual([0, 2, 3, 4]);
    await store.close();
  });

  test('answers the record that holds the offset asked for, and goes on behind it', async () => {
    const store = await open(new MemoryFiles());
    for (const count of [3, 2, 4]) await putAndWait(store, innerBatch(count));
    const result = await store.get({ topic, queueId: 0, offset: 4, maxMessages: 2 });
    expect([result.status, result.messageCount, result.nextBeginOffset]).toEqual(['FOUND', 2, 5]);
    const more = await store.get({ topic, queueId: 0, offset: 0, maxMessages: 5 });
    expect([more.messageCount, more.nextBeginOffset]).toEqual([5, 5]);
    expect((await store.get({ topic, queueId: 0, offset: 9, maxMessages: 1 })).status).toBe('OFFSET_OVERFLOW_ONE');
    expect(await store.queueEntries(topic, 0, 4, 8)).toMatchObject([
      { queueOffset: 3, messageCount: 2 },
      { queueOffset: 5, messageCount: 4 },
    ]);
    await store.close();
  });

  test('finds offsets by time at the beginnings of records', async () => {
    const clock = new VirtualClock({ startMs: 1_000 });
    const store = await open(new MemoryFiles(), clock);
    for (const count of [3, 2, 4]) {
      await putAndWait(store, innerBatch(count));
      clock.stepWallClock(1_000);
    }
    const find = (timestamp: number, boundary: 'LOWER' | 'UPPER') =>
      store.offsetByTimestamp(topic, 0, timestamp, boundary);
    expect(await Promise.all([0, 1_000, 1_500, 2_000, 3_000, 9_000].map((time) => find(time, 'LOWER')))).toEqual([
      0, 0, 3, 3, 5, 5,
    ]);
    expect(await Promise.all([0, 1_000, 2_500, 9_000].map((time) => find(time, 'UPPER')))).toEqual([0, 0, 3, 5]);
    expect(await store.storeTimestampOf(topic, 0, 4)).toBe(2_000);
    await store.close();
  });

  test('is the same after a restart and after its queue was lost, over many files', async () => {
    const files = new MemoryFiles();
    let store = await open(files);
    const bases: number[] = [];
    for (let i = 0; i < 350; i++) {
      const { result } = await putAndWait(store, innerBatch(1 + (i % 4)));
      bases.push(result!.queueOffset);
    }
    await store.close();
    expect(files.readdirSync(`/store/batchconsumequeue/${topic}/0`).length).toBe(4);
    for (const lost of [false, true]) {
      if (lost) files.removeSync('/store/batchconsumequeue');
      store = await open(files);
      expect(await basesOf(store)).toEqual(bases);
      expect(await basesOf(store, bases[333])).toEqual(bases.slice(333));
      expect(store.maxOffsetInQueue(topic, 0)).toBe(bases.at(-1)! + 2);
      await store.close();
    }
  });

  test('refuses what states another number of messages than it has, and inner batches of other topics', async () => {
    const store = await open(new MemoryFiles());
    const wrong = innerBatch(2, { properties: 'INNER_NUM\u0001200\u0002' });
    expect((await putAndWait(store, wrong)).status).toBe('MESSAGE_ILLEGAL');
    expect((await putAndWait(store, innerBatch(2, { body: Buffer.from('no batch') }))).status).toBe('MESSAGE_ILLEGAL');
    expect((await putAndWait(store, innerBatch(2, { topic: 'Other' }))).status).toBe('MESSAGE_ILLEGAL');
    expect(store.maxOffsetInQueue(topic, 0)).toBe(0);
    await store.close();
  });

  test('keeps the kind that its queue was made with, whatever the topic says later', async () => {
    const files = new MemoryFiles();
    let store = await open(files);
    await putAndWait(store, innerBatch(2));
    await store.close();
    store = await openTestStore('/store', { files });
    expect(await basesOf(store)).toEqual([0]);
    await putAndWait(store, testMessage({ topic }));
    expect(await basesOf(store)).toEqual([0, 2]);
    await store.close();
  });

  test('forgets a deleted topic on disk too', async () => {
    const files = new MemoryFiles();
    const store = await open(files);
    await putAndWait(store, innerBatch(2));
    await store.flush();
    expect(store.deleteTopics([topic])).toBe(1);
    expect(files.readdirSync('/store/batchconsumequeue')).toEqual([]);
    await store.close();
  });

  test('lets old records go with the files of the log', async () => {
    const clock = new VirtualClock();
    const files = new MemoryFiles({ clock });
    const config = { mappedFileSizeCommitLog: 16_384, fileReservedTime: 1 };
    const store = await openTestStore('/store', { files, clock, config, attributesOf: batchAttributes });
    for (let i = 0; i < 300; i++) await putAndWait(store, innerBatch(2));
    await clock.advance(61 * 60_000);
    store.deleteExpiredFiles();
    await clock.advance(5000);
    const min = store.minOffsetInQueue(topic, 0);
    expect(min).toBeGreaterThan(0);
    expect((await basesOf(store, 0))[0]).toBe(min);
    expect((await store.get({ topic, queueId: 0, offset: 0, maxMessages: 1 })).status).toBe('OFFSET_TOO_SMALL');
    await store.close();
  });
});

describe('the entry of a batch consume queue', () => {
  test('is read as it was written', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.nat(), fc.integer({ min: 1, max: 32_767 }), (physical, size, base, count) => {
        const entry = {
          physicalOffset: physical * 1000,
          sizeBytes: size,
          tagsCode: 0 - size,
          storeTimestamp: base * 777,
          queueOffset: base * 1000,
          messageCount: count,
        };
        const bytes = Buffer.alloc(BATCH_ENTRY_SIZE_BYTES);
        writeBatchEntry(bytes, 0, entry);
        expect(BATCH_ENTRY_FORMAT.read(bytes, 0)).toEqual(entry);
        expect(bytes.readInt32BE(38)).toBe(-1);
      }),
    );
  });

  test('of any bytes is plausible only when it can be one', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: BATCH_ENTRY_SIZE_BYTES, maxLength: BATCH_ENTRY_SIZE_BYTES }), (bytes) => {
        const entry = BATCH_ENTRY_FORMAT.read(bytes, 0);
        if (!BATCH_ENTRY_FORMAT.isPlausible(entry, 1_000_000)) return;
        expect(entry.messageCount).toBeGreaterThan(0);
        expect(entry.physicalOffset + entry.sizeBytes).toBeLessThanOrEqual(1_000_000);
      }),
    );
  });
});

test('a queue of which all messages were deleted begins anew where the next one is, also when entries were lost', async () => {
  const files = new MemoryFiles();
  const store = await open(files);
  for (let i = 0; i < 3; i++) await putAndWait(store, innerBatch(4));
  const { result } = await putAndWait(store, innerBatch(2));
  await store.close();
  const entries = files.openSync(`/store/batchconsumequeue/${topic}/0/00000000000000000000`, 'readWrite');
  // The first entry points to before the log, the next two never reached the disk; nor did the check point.
  const bytes = Buffer.alloc(BATCH_ENTRY_SIZE_BYTES);
  entries.readSync(bytes, 0, bytes.length, 0);
  entries.truncateSync(BATCH_ENTRY_SIZE_BYTES);
  entries.truncateSync(4600);
  entries.closeSync();
  files.unlinkSync('/store/checkpoint');
  files.unlinkSync('/store/consumequeue.manifest');
  const log = files.openSync('/store/commitlog/00000000000000000000', 'readWrite');
  const record = Buffer.alloc(result!.sizeBytes);
  log.readSync(record, 0, record.length, result!.physicalOffset);
  record.writeBigInt64BE(262_144n, 28);
  log.closeSync();
  const moved = files.openSync('/store/commitlog/00000000000000262144', 'create');
  moved.truncateSync(262_144);
  moved.writeSync(record, 0, record.length, 0);
  moved.closeSync();
  files.unlinkSync('/store/commitlog/00000000000000000000');
  const again = await open(files);
  expect([again.minOffsetInQueue(topic, 0), again.maxOffsetInQueue(topic, 0)]).toEqual([12, 14]);
  expect(await basesOf(again)).toEqual([12]);
  await again.close();
});

describe('a power cut that takes older entries and leaves newer ones', () => {
  const first = `/store/batchconsumequeue/${topic}/0/00000000000000000000`;
  const third = `/store/batchconsumequeue/${topic}/0/00000000000000009200`;
  const written = ['/store/checkpoint', '/store/consumequeue.manifest'];

  /** Puts the check point back to where it was, and takes entries of a file that came later. */
  function cutPower(files: MemoryFiles, checkpoint: readonly Buffer[], file: string, from: number, end: number): void {
    for (const [i, path] of written.entries()) {
      const handle = files.openSync(path, 'create');
      handle.truncateSync(0);
      handle.writeSync(checkpoint[i]!, 0, checkpoint[i]!.length, 0);
      handle.closeSync();
    }
    files.openSync('/store/abort', 'create').closeSync();
    const entries = files.openSync(file, 'readWrite');
    const length = (end - from) * BATCH_ENTRY_SIZE_BYTES;
    entries.writeSync(Buffer.alloc(length), 0, length, from * BATCH_ENTRY_SIZE_BYTES);
    entries.closeSync();
  }

  test.each(['the store has a manifest', 'the store has none, as when the reference has written it'])(
    'loses nothing when %s',
    async (how) => {
      const files = new MemoryFiles();
      let store = await open(files);
      for (let i = 0; i < 10; i++) await putAndWait(store, innerBatch(2));
      await store.close();
      const checkpoint = written.map((path) => files.readFileSync(path));
      store = await open(files);
      for (let i = 0; i < 40; i++) await putAndWait(store, innerBatch(3));
      const bases = await basesOf(store);
      await store.close();
      cutPower(files, checkpoint, first, 10, 20);
      if (how.includes('none')) files.unlinkSync('/store/consumequeue.manifest');
      store = await open(files);
      expect(await basesOf(store)).toEqual(bases);
      expect(store.maxOffsetInQueue(topic, 0)).toBe(140);
      await store.close();
    },
  );

  test('loses nothing in a queue whose first file was deleted', async () => {
    const clock = new VirtualClock();
    const files = new MemoryFiles({ clock });
    const config = { mappedFileSizeCommitLog: 16_384, fileReservedTime: 1 };
    const reopen = () => openTestStore('/store', { files, clock, config, attributesOf: batchAttributes });
    let store = await reopen();
    for (let i = 0; i < 230; i++) await putAndWait(store, innerBatch(2));
    await clock.advance(61 * 60_000);
    store.deleteExpiredFiles();
    await clock.advance(5000);
    await store.close();
    expect(files.statSync(first)).toBeUndefined();
    const checkpoint = written.map((path) => files.readFileSync(path));
    store = await reopen();
    for (let i = 0; i < 40; i++) await putAndWait(store, innerBatch(3));
    const bases = await basesOf(store);
    expect(bases[0]).toBeGreaterThan(200);
    await store.close();
    cutPower(files, checkpoint, third, 30, 40);
    store = await reopen();
    expect(await basesOf(store)).toEqual(bases);
    expect(store.maxOffsetInQueue(topic, 0)).toBe(580);
    await store.close();
  });
});
