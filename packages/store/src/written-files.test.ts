// Small files of the store, written again from what they say: the same bytes as the reference's.
import { silentLogger } from '@rocketmq-ts/common';
import { MemoryFiles } from '@rocketmq-ts/testkit';
import { expect, test } from 'vitest';
import { CompactionPositions } from './compaction/compaction-positions.js';
import { StoreCheckpoint } from './store-checkpoint.js';
import { openTestStore } from './test-store.js';
import { unpack } from './test-tar.js';

function unpacked(archive: string): MemoryFiles {
  const files = new MemoryFiles();
  unpack(new URL(archive, import.meta.url), files, '/store');
  return files;
}

test.each(['a', 'b', 'e', 'f', 'f-slave'])('the check point of store %s', async (name) => {
  const files = unpacked(`./testdata/golden/${name}.tar.gz`);
  const written = StoreCheckpoint.open(files, '/written');
  Object.assign(written, StoreCheckpoint.read(files, '/store/checkpoint'));
  await written.flush();
  written.close();
  expect(files.readFileSync('/written').equals(files.readFileSync('/store/checkpoint'))).toBe(true);
});

test('the positions of compaction', async () => {
  const files = unpacked('./testdata/golden/d.tar.gz');
  const before = files.readFileSync('/store/compaction/position-checkpoint').toString();
  const positions = new CompactionPositions('/store/compaction', { files, logger: silentLogger });
  positions.load();
  await positions.persist();
  expect(files.readFileSync('/store/compaction/position-checkpoint').toString()).toBe(before);
});

test('the mark of a run stands while the store is open, empty', async () => {
  const files = new MemoryFiles();
  const store = await openTestStore('/store', { files });
  expect(files.statSync('/store/abort')?.sizeBytes).toBe(0);
  await store.close();
  expect(files.statSync('/store/abort')).toBeUndefined();
});
