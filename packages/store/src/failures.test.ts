import { FaultyFiles, forEachSeed, MemoryFiles, VirtualClock } from '@rocketmq-ts/testkit';
import { describe, expect, test } from 'vitest';
import type { MessageStore } from './message-store.js';
import { Answers, openTestStore, putAndWait, readQueue, testMessage } from './test-store.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Puts five messages of which a full disk takes the first ones, so that all are refused. */
async function failWrite(store: MessageStore, files: FaultyFiles, how: { truncate: 'works' | 'fails' }): Promise<void> {
  files.limitBytes(4000);
  if (how.truncate === 'fails') files.fail({ operation: 'truncate', code: 'ENOSPC', path: /commitlog/ });
  const answers = new Answers();
  for (let i = 0; i < 5; i++) store.put(testMessage({ body: Buffer.alloc(1000, 'x') }), answers);
  await turn();
  await turn();
  expect(answers.all.map(({ status }) => status)).toEqual(Array(5).fill('SERVICE_NOT_AVAILABLE'));
}

describe('a disk that is full', () => {
  test('refuses what cannot be written, keeps what was, and goes on by itself when there is space', async () => {
    const memory = new MemoryFiles();
    const files = new FaultyFiles(memory);
    const clock = new VirtualClock();
    const store = await openTestStore('/store', { files, clock });
    await putAndWait(store, testMessage({ body: Buffer.from('kept') }));
    files.limitBytes(100);
    const answers = new Answers();
    for (let i = 0; i < 5; i++) store.put(testMessage({ body: Buffer.alloc(1000, 'x') }), answers);
    await turn();
    await turn();
    expect(answers.all.map(({ status }) => status)).toEqual(Array(5).fill('SERVICE_NOT_AVAILABLE'));
    expect(store.flags).toMatchObject({ writable: false, diskFull: true, failed: false });
    expect((await putAndWait(store, testMessage())).status).toBe('SERVICE_NOT_AVAILABLE');
    expect(await readQueue(store, 'TopicTest', 0)).toHaveLength(1);
    files.heal();
    await clock.advance(2000);
    expect(store.flags.writable).toBe(true);
    const { status, result } = await putAndWait(store, testMessage({ body: Buffer.from('after') }));
    expect([status, result?.queueOffset]).toEqual(['PUT_OK', 1]);
    await store.close();
    const again = await openTestStore('/store', { files: memory, clock });
    expect((await readQueue(again, 'TopicTest', 0)).map((message) => message.body)).toEqual(['kept', 'after']);
    await again.close();
  });

  test('what was refused does not come back, though it could not be cleared at first', async () => {
    const memory = new MemoryFiles();
    const files = new FaultyFiles(memory);
    const clock = new VirtualClock();
    const store = await openTestStore('/store', { files, clock });
    await putAndWait(store, testMessage({ body: Buffer.from('kept') }));
    await failWrite(store, files, { truncate: 'fails' });
    files.heal();
    await clock.advance(2000);
    expect((await putAndWait(store, testMessage({ body: Buffer.from('after') }))).status).toBe('PUT_OK');
    memory.crashProcess();
    const again = await openTestStore('/store', { files: memory, clock });
    expect((await readQueue(again, 'TopicTest', 0)).map((message) => message.body)).toEqual(['kept', 'after']);
    expect(memory.readdirSync('/store/damaged')).toEqual([]);
    await again.close();
  });

  test('nothing is written over what was refused as long as that cannot be cleared', async () => {
    const files = new FaultyFiles(new MemoryFiles());
    const clock = new VirtualClock();
    const store = await openTestStore('/store', { files, clock });
    await putAndWait(store, testMessage({ body: Buffer.from('kept') }));
    await failWrite(store, files, { truncate: 'fails' });
    files.heal();
    files.fail({ operation: 'truncate', code: 'ENOSPC', path: /commitlog/ });
    await clock.advance(2000);
    expect(store.flags.writable).toBe(true);
    expect((await putAndWait(store, testMessage())).status).toBe('SERVICE_NOT_AVAILABLE');
    await clock.advance(2000);
    expect((await putAndWait(store, testMessage())).status).toBe('PUT_OK');
    expect(await readQueue(store, 'TopicTest', 0)).toHaveLength(2);
    await store.close();
  });

  test('a power cut after a failed write leaves no refused message behind a hole', async () => {
    await forEachSeed({ count: 60 }, async (random) => {
      const memory = new MemoryFiles();
      const files = new FaultyFiles(memory);
      const clock = new VirtualClock();
      const store = await openTestStore('/store', { files, clock });
      await putAndWait(store, testMessage({ body: Buffer.from('kept') }));
      await store.flush();
      await failWrite(store, files, { truncate: 'works' });
      files.heal();
      await clock.advance(2000);
      await putAndWait(store, testMessage({ body: Buffer.alloc(700, 'a') }));
      memory.crash(random.nextInt(2 ** 31));
      const again = await openTestStore('/store', { files: memory, clock });
      const found = await readQueue(again, 'TopicTest', 0);
      expect(found.map(({ queueOffset }) => queueOffset)).toEqual(found.map((_, i) => i));
      expect(found.filter(({ body }) => body.startsWith('x'))).toEqual([]);
      expect(found[0]?.body).toBe('kept');
    });
  });

  test('a queue that cannot be written loses nothing: its entries come again from the log', async () => {
    const memory = new MemoryFiles();
    const files = new FaultyFiles(memory);
    const clock = new VirtualClock();
    const store = await openTestStore('/store', { files, clock });
    for (let i = 0; i < 20; i++) await putAndWait(store, testMessage({ queueId: i % 2 }));
    files.fail({ operation: 'write', code: 'ENOSPC', path: /consumequeue/, times: 1000 });
    await clock.advance(61_000);
    files.heal();
    memory.crashProcess();
    const again = await openTestStore('/store', { files: memory, clock });
    expect(await readQueue(again, 'TopicTest', 0)).toHaveLength(10);
    expect(await readQueue(again, 'TopicTest', 1)).toHaveLength(10);
    await again.close();
  });
});

describe('a disk that fails', () => {
  test('a write error stops the store for good, and nothing of that turn is acknowledged', async () => {
    const files = new FaultyFiles(new MemoryFiles());
    const clock = new VirtualClock();
    const store = await openTestStore('/store', { files, clock });
    files.fail({ operation: 'write', code: 'EIO', path: /commitlog/ });
    expect((await putAndWait(store, testMessage())).status).toBe('SERVICE_NOT_AVAILABLE');
    await clock.advance(5000);
    expect(store.flags).toMatchObject({ writable: false, failed: true });
    expect((await putAndWait(store, testMessage())).status).toBe('SERVICE_NOT_AVAILABLE');
    expect(store.maxOffsetInQueue('TopicTest', 0)).toBe(0);
    await store.close();
  });

  test('after a flush that failed nobody who waited for it is told that the message is safe', async () => {
    const files = new FaultyFiles(new MemoryFiles());
    const store = await openTestStore('/store', {
      files,
      clock: new VirtualClock(),
      config: { flushDiskType: 'SYNC_FLUSH' },
    });
    files.fail({ operation: 'datasync', code: 'EIO', path: /commitlog/ });
    expect((await putAndWait(store, testMessage())).status).toBe('UNKNOWN_ERROR');
    expect((await putAndWait(store, testMessage())).status).toBe('SERVICE_NOT_AVAILABLE');
    await store.close();
  });
});

describe('SYNC_FLUSH', () => {
  test('a flush that takes too long is answered with its own status, and the message appears when it ends', async () => {
    const files = new FaultyFiles(new MemoryFiles());
    const clock = new VirtualClock();
    const store = await openTestStore('/store', { files, clock, config: { flushDiskType: 'SYNC_FLUSH' } });
    files.slowDatasync(clock, 8000);
    const answers = new Answers();
    store.put(testMessage(), answers);
    await clock.advance(5001);
    expect(answers.all.map(({ status, result }) => [status, result?.queueOffset])).toEqual([['FLUSH_DISK_TIMEOUT', 0]]);
    expect(store.maxOffsetInQueue('TopicTest', 0)).toBe(0);
    await clock.advance(5000);
    expect(store.maxOffsetInQueue('TopicTest', 0)).toBe(1);
    expect(answers.all).toHaveLength(1);
    files.heal();
    await store.close();
  });

  test('a message with WAIT=false does not wait for the flush', async () => {
    const files = new FaultyFiles(new MemoryFiles());
    const clock = new VirtualClock();
    const store = await openTestStore('/store', { files, clock, config: { flushDiskType: 'SYNC_FLUSH' } });
    files.slowDatasync(clock, 8000);
    expect((await putAndWait(store, testMessage({ waitStoreMsgOk: false }))).status).toBe('PUT_OK');
    files.heal();
    await clock.advance(10_000);
    await store.close();
  });
});

test('no check point follows a flush of a queue that failed: a later one that succeeds proves nothing', async () => {
  const memory = new MemoryFiles();
  const files = new FaultyFiles(memory);
  const clock = new VirtualClock();
  const store = await openTestStore('/store', { files, clock });
  for (let i = 0; i < 3; i++) await putAndWait(store, testMessage());
  files.fail({ operation: 'datasync', code: 'EIO', path: /consumequeue\// });
  await clock.advance(200_000);
  expect(store.flags.failed).toBe(true);
  expect(memory.readFileSync('/store/consumequeue.manifest').toString()).not.toContain('TopicTest');
  await store.close();
  expect(memory.readFileSync('/store/consumequeue.manifest').toString()).not.toContain('TopicTest');
  const again = await openTestStore('/store', { files: memory, clock });
  expect(await readQueue(again, 'TopicTest', 0)).toHaveLength(3);
  await again.close();
});
