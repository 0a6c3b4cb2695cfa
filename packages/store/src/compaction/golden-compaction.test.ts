import { MemoryFiles, VirtualClock } from '@rocketmq-ts/testkit';
import { expect, test } from 'vitest';
import { openTestStore, putAndWait, readQueue, testMessage } from '../test-store.js';
import { unpack } from '../test-tar.js';

const archive = new URL('../testdata/golden/d.tar.gz', import.meta.url);
const TOPIC = 'DCompact';
const INTERVAL_MS = 60_000;

async function open(files: MemoryFiles, clock = new VirtualClock()) {
  const config = {
    compactionCqMappedFileSize: 2000,
    compactionMappedFileSize: 10_000,
    compactionScheduleInternal: INTERVAL_MS,
  };
  const attributesOf = (topic: string) => new Map(topic === TOPIC ? [['cleanup.policy', 'COMPACTION']] : []);
  return openTestStore('/store', { files, clock, config, attributesOf });
}

test('what the reference has left after its compaction is found, under the offsets that it kept', async () => {
  const files = new MemoryFiles();
  unpack(archive, files, '/store');
  const store = await open(files);
  const messages = await readQueue(store, TOPIC, 0);
  expect(messages.map(({ queueOffset }) => queueOffset)).toEqual(Array.from({ length: 37 }, (_, i) => 29 + i));
  expect(messages.at(-1)!.body).toContain('after compaction 4');
  await store.close();
});

test('a compaction goes on where the reference has stopped', async () => {
  const files = new MemoryFiles();
  const clock = new VirtualClock();
  unpack(archive, files, '/store');
  const store = await open(files, clock);
  for (let i = 0; i < 40; i++) {
    const properties = `KEYS\u0001ck${i % 7}\u0002`;
    const body = Buffer.from(`more ${i} ${'.'.repeat(100)}`);
    await putAndWait(store, testMessage({ topic: TOPIC, keys: `ck${i % 7}`, properties, body }));
  }
  await clock.advance(INTERVAL_MS);
  for (let i = 0; i < 100; i++) await clock.advance(0);
  const messages = await readQueue(store, TOPIC, 0);
  expect(messages.length).toBeLessThan(50);
  expect(messages.at(-1)).toMatchObject({ queueOffset: 105 });
  await store.close();
  expect(files.readFileSync('/store/compaction/position-checkpoint').toString()).toMatch(
    /^\{\n\t"empty":false,\n\t"queueOffsetMap":\{\n\t\t"DCompact_0":\d+\n\t\}\n\}$/,
  );
});
