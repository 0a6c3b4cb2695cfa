import { MemoryFiles } from '@rocketmq-ts/testkit';
import { expect, test } from 'vitest';
import type { MessageStore } from './message-store.js';
import { openTestStore, putAndWait, readQueue, testMessage } from './test-store.js';

async function bodies(store: MessageStore, topic: string, queueId = 0): Promise<string[]> {
  return (await readQueue(store, topic, queueId)).map(({ body }) => body);
}

test('a put that carries the place of its topic goes where one without it goes', async () => {
  const store = await openTestStore('/store', { files: new MemoryFiles() });
  const place = store.placeOf('T');
  expect(store.topics()).toEqual([]);
  for (const queueId of [0, 1, 300]) {
    await putAndWait(store, testMessage({ topic: 'T', place, queueId, body: Buffer.from('with') }));
    await putAndWait(store, testMessage({ topic: 'T', queueId, body: Buffer.from('without') }));
    expect(await bodies(store, 'T', queueId)).toEqual(['with', 'without']);
  }
  await store.close();
});

test('the place of another topic, or of one of another name, is not minded', async () => {
  const store = await openTestStore('/store', { files: new MemoryFiles() });
  await putAndWait(store, testMessage({ topic: 'A', place: store.placeOf('B'), body: Buffer.from('a') }));
  expect(await bodies(store, 'A')).toEqual(['a']);
  expect(store.topics()).toEqual(['A']);
  expect([store.placeOf('../A'), store.placeOf(''), store.placeOf('x'.repeat(128))]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  await store.close();
});

test('the place of a topic that was deleted leads to the one that is made again', async () => {
  const files = new MemoryFiles();
  const store = await openTestStore('/store', { files });
  const place = store.placeOf('T');
  for (const body of ['old', 'older']) {
    await putAndWait(store, testMessage({ topic: 'T', place, body: Buffer.from(body) }));
  }
  store.deleteTopics(['T']);
  const { result } = await putAndWait(store, testMessage({ topic: 'T', place, body: Buffer.from('new') }));
  expect(result?.queueOffset).toBe(0);
  await putAndWait(store, testMessage({ topic: 'T', body: Buffer.from('newer') }));
  expect(await bodies(store, 'T')).toEqual(['new', 'newer']);
  await store.close();
  const again = await openTestStore('/store', { files });
  expect(await bodies(again, 'T')).toEqual(['new', 'newer']);
  await again.close();
});

test('a topic that is made after its first messages is compacted from then on', async () => {
  const files = new MemoryFiles();
  const hasLog = () => files.statSync('/store/compaction/compactionLog/T') !== undefined;
  let attributes = new Map<string, string>();
  const store = await openTestStore('/store', { files, attributesOf: () => attributes });
  const before = store.placeOf('T');
  await putAndWait(store, testMessage({ topic: 'T', place: before, properties: 'KEYS\u0001k\u0002', keys: 'k' }));
  expect(hasLog()).toBe(false);
  attributes = new Map([['cleanup.policy', 'COMPACTION']]);
  const place = store.placeOf('T');
  expect(place).not.toBe(before);
  expect(store.placeOf('T')).toBe(place);
  // The old place is forgotten: it leads to the new one.
  await putAndWait(store, testMessage({ topic: 'T', place: before, properties: 'KEYS\u0001k\u0002', keys: 'k' }));
  for (let turn = 0; turn < 100 && !hasLog(); turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(hasLog()).toBe(true);
  await store.close();
});
