import { forEachSeed, MemoryFiles } from '@rocketmq-ts/testkit';
import { describe, expect, test } from 'vitest';
import { FileQueue } from './file-queue.js';
import { HandleCache } from './handle-cache.js';
import { ENTRY_FORMAT, ENTRY_SIZE_BYTES, type QueueEntry, writeEntry } from './queue-entry.js';
import { QueueFiles } from './queue-files.js';

const ENTRIES_PER_FILE = 10;
const OLD = 100_000;
const NEW = 200_000;

function filesOn(memory: MemoryFiles): QueueFiles<QueueEntry> {
  const files = new FileQueue(memory, new HandleCache(memory, 8), '/queue', ENTRIES_PER_FILE * ENTRY_SIZE_BYTES);
  return new QueueFiles(files, ENTRY_FORMAT);
}

/** Writes `count` entries from the start of the queue, that name the log from `physicalOffset` on. */
function fill(files: QueueFiles<QueueEntry>, count: number, physicalOffset: number): void {
  const entries = Buffer.alloc(count * ENTRY_SIZE_BYTES);
  for (let i = 0; i < count; i++) writeEntry(entries, i * ENTRY_SIZE_BYTES, physicalOffset + i, 100, 0);
  for (let at = 0; at < count; ) at = files.write(at, count, entries, at * ENTRY_SIZE_BYTES);
}

describe('a queue that is made again', () => {
  test('is whole after a power cut or seen to be missing, and never has entries of the old one', async () => {
    const ends = new Set<number>();
    await forEachSeed({ count: 200 }, async (random) => {
      const memory = new MemoryFiles();
      const old = filesOn(memory);
      fill(old, 5 + random.nextInt(30), OLD);
      if (random.chance(0.5)) await old.datasync();
      if (random.chance(0.5)) memory.syncDirectorySync('/queue');
      memory.syncDirectorySync('/');
      old.cut(0);
      const count = 1 + random.nextInt(30);
      fill(old, count, NEW);
      await old.datasync();
      memory.crash(random.nextInt(2 ** 31));

      const files = filesOn(memory);
      const limits = { physicalLimit: 2 * NEW, expectedCount: count };
      // The log has lost what the old entries speak of: they cannot be compared with it.
      const end = files.loadExpected({ ...limits, fits: () => true });
      ends.add(end / count);
      for (let i = 0; i < end; i++) expect(files.entryAt(i)?.physicalOffset).toBe(NEW + i);
    });
    // Both have happened.
    expect([...ends]).toEqual(expect.arrayContaining([0, 1]));
  });

  test('after all of it was deleted is new after a power cut, or gone', async () => {
    await forEachSeed({ count: 60 }, async (random) => {
      const memory = new MemoryFiles();
      const old = filesOn(memory);
      fill(old, 5, OLD);
      await old.datasync();
      memory.syncDirectorySync('/queue');
      memory.syncDirectorySync('/');
      old.destroy();
      const files = filesOn(memory);
      fill(files, 3, NEW);
      await files.datasync();
      memory.crash(random.nextInt(2 ** 31));

      const again = filesOn(memory);
      const end = again.loadExpected({ physicalLimit: 2 * NEW, expectedCount: 3, fits: () => true });
      if (end > 0) expect([end, again.entryAt(0)?.physicalOffset]).toEqual([3, NEW]);
    });
  });
});

describe('a queue that lacks the last entry that is expected', () => {
  test('does not end at entries that stand behind it', () => {
    const files = filesOn(new MemoryFiles());
    fill(files, 35, NEW);
    const lost = Buffer.alloc(ENTRIES_PER_FILE * ENTRY_SIZE_BYTES);
    for (const at of [10, 20]) files.write(at, at + ENTRIES_PER_FILE, lost, 0);
    expect(files.loadExpected({ physicalLimit: 2 * NEW, expectedCount: 28, fits: () => true })).toBe(10);
  });
});
