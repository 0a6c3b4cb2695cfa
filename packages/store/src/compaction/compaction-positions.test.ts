import { MemoryFiles, VirtualClock } from '@rocketmq-ts/testkit';
import { expect, test } from 'vitest';
import { readQueue } from '../test-store.js';
import { compactingStore, keysAndBodies, putKey, TOPIC } from './test-compaction.js';

const INTERVAL_MS = 60_000;
const PATH = '/store/compaction/position-checkpoint';

test('A store starts without its positions when they and their copy are damaged, and compares all keys again', async () => {
  const files = new MemoryFiles();
  const clock = new VirtualClock();
  const has = (path: string): boolean => files.statSync(path) !== undefined;
  const open = () => compactingStore(files, clock, { compactionScheduleInternal: INTERVAL_MS });
  const compact = async (): Promise<void> => {
    await clock.advance(INTERVAL_MS);
    for (let i = 0; i < 200; i++) await clock.advance(0);
  };
  const before = await open();
  for (let i = 0; i < 60; i++) await putKey(before, `k${i % 3}`, `value ${i}`);
  await compact();
  const compacted = await readQueue(before, TOPIC, 0);
  await before.close();
  expect(compacted.length).toBeLessThan(60);
  for (const path of [PATH, `${PATH}.bak`]) {
    expect(has(path)).toBe(true);
    const handle = files.openSync(path, 'create');
    handle.truncateSync(9);
    handle.closeSync();
  }

  const store = await open();
  expect([PATH, `${PATH}.bak`].map((path) => has(`${path}.damaged`))).toEqual([true, true]);
  expect((await readQueue(store, TOPIC, 0)).map(({ body }) => body)).toEqual(compacted.map(({ body }) => body));
  for (let i = 60; i < 120; i++) await putKey(store, `k${i % 3}`, `value ${i}`);
  await compact();
  const left = await readQueue(store, TOPIC, 0);
  expect(left.length).toBeLessThan(compacted.length + 60);
  expect([...keysAndBodies(left).values()]).toEqual(['value 117', 'value 118', 'value 119']);
  expect(has(PATH)).toBe(true);
  await store.close();
});
