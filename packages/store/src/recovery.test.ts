import type { Logger } from '@rocketmq-ts/common';
import { MemoryFiles, VirtualClock } from '@rocketmq-ts/testkit';
import { describe, expect, test } from 'vitest';
import { openTestStore, putAndWait, readQueue, testMessage } from './test-store.js';

const LOG = '/store/commitlog/00000000000000000000';
const clock = new VirtualClock();

/** 30 messages in two queues; closed, or killed. */
async function filled(end: 'closed' | 'killed'): Promise<{ files: MemoryFiles; places: number[] }> {
  const files = new MemoryFiles();
  const store = await openTestStore('/store', { files, clock });
  const places: number[] = [];
  for (let i = 0; i < 30; i++) {
    const message = testMessage({
      queueId: i % 2,
      body: Buffer.from(`message ${i} ${'x'.repeat(600)}`),
      keys: `k${i}`,
    });
    places.push((await putAndWait(store, { ...message, properties: `KEYS\u0001k${i}\u0002` })).result!.physicalOffset);
  }
  if (end === 'closed') await store.close();
  else files.crashProcess();
  return { files, places };
}

function flip(files: MemoryFiles, path: string, offset: number): void {
  const handle = files.openSync(path, 'readWrite');
  const byte = Buffer.alloc(1);
  handle.readSync(byte, 0, 1, offset);
  byte[0]! ^= 1;
  handle.writeSync(byte, 0, 1, offset);
  handle.closeSync();
}

class Lines {
  readonly all: string[] = [];
  readonly logger: Logger = {
    debug: () => {},
    info: (message) => void this.all.push(message),
    warn: (message) => void this.all.push(message),
    error: (message) => void this.all.push(message),
    child: () => this.logger,
  };
}

async function bodies(files: MemoryFiles, queueId: number): Promise<[number, string][]> {
  const store = await openTestStore('/store', { files, clock });
  const messages = await readQueue(store, 'TopicTest', queueId);
  await store.close();
  return messages.map((message) => [message.queueOffset, message.body.split(' x')[0]!]);
}

describe('one damaged message', () => {
  test.each(['closed', 'killed'] as const)('of a store that was %s costs only itself', async (end) => {
    const { files, places } = await filled(end);
    flip(files, LOG, places[10]! + 300);
    const expected = Array.from({ length: 15 }, (_, i) => [i, `message ${i * 2}`] as [number, string]);
    expect(await bodies(files, 0)).toEqual(expected.filter(([offset]) => offset !== 5));
    expect(await bodies(files, 1)).toHaveLength(15);
  });

  test('of which the size is damaged costs only itself too', async () => {
    const { files, places } = await filled('killed');
    flip(files, LOG, places[10]! + 1);
    expect((await bodies(files, 0)).map(([offset]) => offset)).toEqual([0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
  });

  test('leaves a hole, and the messages behind keep their offsets when their queue is made again', async () => {
    const { files, places } = await filled('closed');
    flip(files, LOG, places[10]! + 300);
    files.removeSync('/store/consumequeue');
    const found = await bodies(files, 0);
    expect(found.map(([offset]) => offset)).toEqual([0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
    expect(found[5]).toEqual([6, 'message 12']);
  });
});

describe('caches that are gone', () => {
  test.each([
    ['all queues', ['/store/consumequeue']],
    ['one queue', ['/store/consumequeue/TopicTest/1']],
    ['a file of a queue', ['/store/consumequeue/TopicTest/0/00000000000000000000']],
    ['the index', ['/store/index']],
    ['the check point', ['/store/checkpoint']],
    ['queues, index and check point', ['/store/consumequeue', '/store/index', '/store/checkpoint']],
  ])('%s, after a clean stop, come back', async (_, paths) => {
    const { files } = await filled('closed');
    for (const path of paths) {
      if (files.statSync(path)?.isDirectory) files.removeSync(path);
      else files.unlinkSync(path);
    }
    const store = await openTestStore('/store', { files, clock });
    expect(store.queues().map(({ maxOffset }) => maxOffset)).toEqual([15, 15]);
    const request = { topic: 'TopicTest', key: 'k7', maxCount: 32, beginTimestamp: 0 };
    const { records } = await store.query({ ...request, endTimestamp: Number.MAX_SAFE_INTEGER });
    expect(records).toHaveLength(1);
    await store.close();
    expect(await bodies(files, 0)).toHaveLength(15);
    expect(await bodies(files, 1)).toHaveLength(15);
  });

  test('a damaged entry of a queue is not served, the others are', async () => {
    const { files } = await filled('closed');
    flip(files, '/store/consumequeue/TopicTest/0/00000000000000000000', 3 * 20 + 7);
    expect((await bodies(files, 0)).map(([offset]) => offset)).toEqual([0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
  });
});

describe('the end of the log', () => {
  test('garbage behind it is set aside, and one line says so', async () => {
    const { files } = await filled('killed');
    const lines = new Lines();
    const handle = files.openSync(LOG, 'readWrite');
    const end = (await lastEnd(files)) as number;
    handle.writeSync(Buffer.from('garbage that is no message'), 0, 26, end);
    handle.closeSync();
    files.openSync('/store/abort', 'create').closeSync();
    const store = await openTestStore('/store', { files, clock, logger: lines.logger });
    expect(lines.all.filter((line) => line.includes(`commit log truncated at ${end}, 26 bytes dropped`))).toHaveLength(
      1,
    );
    expect(files.readdirSync('/store/damaged')).toHaveLength(1);
    await store.close();
  });

  test('a file that was cut short, and an empty file behind it, do not stop the start', async () => {
    const { files } = await filled('killed');
    const handle = files.openSync(LOG, 'readWrite');
    handle.truncateSync(5000);
    handle.closeSync();
    files.openSync('/store/commitlog/00000000000000262144', 'create').closeSync();
    const found = await bodies(files, 0);
    expect(found.length).toBeGreaterThan(2);
    expect(files.statSync(LOG)?.sizeBytes).toBe(262_144);
  });
});

async function lastEnd(files: MemoryFiles): Promise<number> {
  const store = await openTestStore('/store', { files, clock });
  const end = store.maxPhysicalOffset;
  await store.close();
  return end;
}
