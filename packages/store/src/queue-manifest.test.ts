import { FaultyFiles, MemoryFiles } from '@rocketmq-ts/testkit';
import { describe, expect, test } from 'vitest';
import { readManifest, readWithdrawn, strikeFromManifest, withdrawManifest, writeManifest } from './queue-manifest.js';

const QUEUES = [
  { topic: 'Kept', queueId: 0, maxOffset: 3 },
  { topic: 'Gone', queueId: 0, maxOffset: 7 },
  { topic: 'Kept', queueId: 1, maxOffset: 5 },
];

function manifestFiles(): FaultyFiles {
  const files = new FaultyFiles(new MemoryFiles());
  files.mkdirSync('/store');
  writeManifest(files, '/store', 100, QUEUES);
  return files;
}

describe('a queue that was deleted', () => {
  const isKept = ({ topic }: { topic: string }) => topic === 'Kept';

  test('is struck from the manifest, which stays that of its check point', () => {
    const files = manifestFiles();
    // The check point itself may not be finished yet.
    strikeFromManifest(files, '/store', 90, isKept);
    expect([...readManifest(files, '/store', 100)!.entries()]).toEqual([QUEUES[0], QUEUES[2]]);
    expect(readManifest(files, '/store', 101)).toBeUndefined();
  });

  test('leaves the file alone when the manifest does not know it, or is not of the check point', () => {
    const files = manifestFiles();
    const before = files.operations;
    strikeFromManifest(files, '/store', 100, () => true);
    strikeFromManifest(files, '/store', 101, isKept);
    expect(files.operations - before).toBe(2);
    expect([...readManifest(files, '/store', 100)!.of('Kept')]).toEqual([QUEUES[0], QUEUES[2]]);
  });

  test('takes the manifest with it when that cannot be written', () => {
    const files = manifestFiles();
    files.limitBytes(10);
    strikeFromManifest(files, '/store', 100, isKept);
    expect(readManifest(files, '/store', 100)).toBeUndefined();
  });
});

describe('a manifest that is withdrawn', () => {
  test('is no manifest, and still known up to the next one', () => {
    const files = manifestFiles();
    withdrawManifest(files, '/store', 100);
    expect(readManifest(files, '/store', 100)).toBeUndefined();
    expect([...readWithdrawn(files, '/store', 0)!.entries()]).toHaveLength(3);
    // A start that was cut short has withdrawn it already.
    withdrawManifest(files, '/store', 0);
    expect([...readWithdrawn(files, '/store', 0)!.entries()]).toHaveLength(3);
    writeManifest(files, '/store', 200, QUEUES);
    expect(readWithdrawn(files, '/store', 0)).toBeUndefined();
  });

  test('does not keep queues that are deleted', () => {
    const files = manifestFiles();
    withdrawManifest(files, '/store', 100);
    strikeFromManifest(files, '/store', 0, ({ topic }) => topic === 'Kept');
    expect([...readWithdrawn(files, '/store', 0)!.entries()]).toEqual([QUEUES[0], QUEUES[2]]);
  });

  test('is deleted when it is older than the check point', () => {
    const files = manifestFiles();
    withdrawManifest(files, '/store', 101);
    expect(files.readdirSync('/store')).toEqual([]);
  });
});
