import { readFileSync } from 'node:fs';
import { MemoryFiles } from '@rocketmq-ts/testkit';
import { describe, expect, test } from 'vitest';
import { openTestStore, readQueue } from './test-store.js';
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

function unpacked(): MemoryFiles {
  const files = new MemoryFiles();
  unpack(new URL('d.tar.gz', directory), files, '/store');
  return files;
}

/** The contents of all files of queues, by path. */
function queueFiles(files: MemoryFiles): Map<string, string> {
  const contents = new Map<string, string>();
  for (const kind of ['consumequeue', 'batchconsumequeue']) {
    for (const topic of files.readdirSync(`/store/${kind}`)) {
      const path = `/store/${kind}/${topic}/0`;
      for (const name of files.readdirSync(path)) {
        contents.set(`${path}/${name}`, files.readFileSync(`${path}/${name}`).toString('base64'));
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
