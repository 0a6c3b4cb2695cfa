import { FaultyFiles, MemoryFiles } from '@rocketmq-ts/testkit';
import { describe, expect, test } from 'vitest';
import { QueueEnds } from './queue-ends.js';
import {
  type ManifestEntry,
  readManifest,
  readWithdrawn,
  strikeFromManifest,
  withdrawManifest,
  writeManifest,
} from './queue-manifest.js';

const QUEUES = [
  { topic: 'Kept', queueId: 0, maxOffset: 3 },
  { topic: 'Gone', queueId: 0, maxOffset: 7 },
  { topic: 'Kept', queueId: 1, maxOffset: 5 },
];

function endsOf(entries: readonly ManifestEntry[]): QueueEnds {
  const ends = new QueueEnds();
  ends.note(entries);
  return ends;
}

async function manifestFiles(): Promise<FaultyFiles> {
  const files = new FaultyFiles(new MemoryFiles());
  files.mkdirSync('/store');
  await writeManifest(files, '/store', 100, endsOf(QUEUES));
  return files;
}

describe('a queue that was deleted', () => {
  const isKept = ({ topic }: { topic: string }) => topic === 'Kept';

  test('is struck from the manifest, which stays that of its check point', async () => {
    const files = await manifestFiles();
    // The check point itself may not be finished yet.
    strikeFromManifest(files, '/store', 90, isKept);
    expect([...readManifest(files, '/store', 100)!.entries()]).toEqual([QUEUES[0], QUEUES[2]]);
    expect(readManifest(files, '/store', 101)).toBeUndefined();
  });

  test('leaves the file alone when the manifest does not know it, or is not of the check point', async () => {
    const files = await manifestFiles();
    const before = files.operations;
    strikeFromManifest(files, '/store', 100, () => true);
    strikeFromManifest(files, '/store', 101, isKept);
    expect(files.operations - before).toBe(2);
    expect([...readManifest(files, '/store', 100)!.of('Kept')]).toEqual([QUEUES[0], QUEUES[2]]);
  });

  test('takes the manifest with it when that cannot be written', async () => {
    const files = await manifestFiles();
    files.limitBytes(10);
    strikeFromManifest(files, '/store', 100, isKept);
    expect(readManifest(files, '/store', 100)).toBeUndefined();
  });
});

describe('a queue that is deleted while the manifest is written', () => {
  test('is in neither the old one nor the new', async () => {
    const files = await manifestFiles();
    const ends = endsOf(QUEUES.map((queue) => ({ ...queue, maxOffset: queue.maxOffset + 10 })));
    const written = writeManifest(files, '/store', 200, ends);
    ends.forget('Gone');
    strikeFromManifest(files, '/store', 100, ({ topic }) => topic === 'Kept');
    expect([...readManifest(files, '/store', 100)!.topics()]).toEqual(['Kept']);
    await written;
    expect([...readManifest(files, '/store', 200)!.entries()]).toEqual([
      { topic: 'Kept', queueId: 0, maxOffset: 13 },
      { topic: 'Kept', queueId: 1, maxOffset: 15 },
    ]);
    expect(files.readdirSync('/store')).toEqual(['consumequeue.manifest']);
  });

  test('again and again, does not keep it from being written', async () => {
    const files = new MemoryFiles();
    files.mkdirSync('/store');
    let deleted = 0;
    const ends = {
      entries: () => QUEUES,
      get changes() {
        return deleted++;
      },
    };
    await writeManifest(files, '/store', 200, ends);
    expect([...readManifest(files, '/store', 200)!.entries()]).toHaveLength(3);
  });
});

describe('a manifest that is withdrawn', () => {
  test('is no manifest, and still known up to the next one', async () => {
    const files = await manifestFiles();
    withdrawManifest(files, '/store', 100);
    expect(readManifest(files, '/store', 100)).toBeUndefined();
    expect([...readWithdrawn(files, '/store', 0)!.entries()]).toHaveLength(3);
    // A start that was cut short has withdrawn it already.
    withdrawManifest(files, '/store', 0);
    expect([...readWithdrawn(files, '/store', 0)!.entries()]).toHaveLength(3);
    await writeManifest(files, '/store', 200, endsOf(QUEUES));
    expect(readWithdrawn(files, '/store', 0)).toBeUndefined();
  });

  test('does not keep queues that are deleted', async () => {
    const files = await manifestFiles();
    withdrawManifest(files, '/store', 100);
    strikeFromManifest(files, '/store', 0, ({ topic }) => topic === 'Kept');
    expect([...readWithdrawn(files, '/store', 0)!.entries()]).toEqual([QUEUES[0], QUEUES[2]]);
  });

  test('is deleted when it is older than the check point', async () => {
    const files = await manifestFiles();
    withdrawManifest(files, '/store', 101);
    expect(files.readdirSync('/store')).toEqual([]);
  });
});
