import { silentLogger } from '@rocketmq-ts/common';
import { MemoryFiles, VirtualClock } from '@rocketmq-ts/testkit';
import { expect, test } from 'vitest';
import { ConsumerOffsetManager } from './consumer-offset-manager.js';

function manager(files = new MemoryFiles(), enableLmq = false) {
  return new ConsumerOffsetManager({
    config: { consumerOffsetUpdateVersionStep: 2, useServerSideResetOffset: true },
    storeConfig: { enableLmq },
    store: { minOffsetInQueue: () => 0 },
    directory: '/store/config',
    files,
    logger: silentLogger,
    clock: new VirtualClock(),
  });
}

function commit(offsets: ConsumerOffsetManager, group: string, queueId: number, offset: number): void {
  offsets.commit({ clientHost: 'x', group, topic: 'T', queueId, offset });
}

test('committed offsets are in the file after a flush, with bare numbers as keys, and read again', async () => {
  const files = new MemoryFiles();
  const offsets = manager(files);
  commit(offsets, 'G', 0, 5);
  commit(offsets, 'G', 1, 7);
  await offsets.flush();
  expect(files.readFileSync('/store/config/consumerOffset.json').toString()).toMatch(/0:5,\s*1:7/);
  const again = manager(files);
  again.load();
  expect([again.query('G', 'T', 0), again.query('G', 'T', 1), again.query('G', 'T', 2)]).toEqual([5, 7, -1]);
});

test('the version of the table moves with every so many changes', () => {
  const offsets = manager();
  for (let offset = 1; offset <= 4; offset++) commit(offsets, 'G', 0, offset);
  expect(offsets.dataVersion.counter).toBe(2);
});

test('a reset is told once, and holds until then', () => {
  const offsets = manager();
  commit(offsets, 'G', 0, 5);
  offsets.assignReset('T', 'G', 0, 2);
  expect([offsets.hasReset('T', 'G', 0), offsets.query('G', 'T', 0)]).toEqual([true, 2]);
  expect([offsets.takeReset('G', 'T', 0), offsets.takeReset('G', 'T', 0)]).toEqual([2, undefined]);
});

test('a deleted topic or group takes its offsets along', () => {
  const offsets = manager();
  commit(offsets, 'G', 0, 5);
  commit(offsets, 'H', 0, 6);
  offsets.removeGroup('G');
  expect([...offsets.groupsOf('T')]).toEqual(['H']);
  offsets.removeTopic('T');
  expect([...offsets.topicsOf('H')]).toEqual([]);
});

test('the lowest offset of all groups leaves out those that are excluded', () => {
  const offsets = manager();
  commit(offsets, 'G', 0, 5);
  commit(offsets, 'H', 0, 6);
  expect(offsets.minOffsetsInAllGroups('T', new Set(['G']))).toEqual(new Map([[0, 6]]));
});

test('groups of light topics have one offset, in a table of their own in the file', async () => {
  const files = new MemoryFiles();
  const offsets = manager(files, true);
  offsets.commit({ clientHost: 'x', group: '%LMQ%g', topic: '%LMQ%q', queueId: 3, offset: 8 });
  commit(offsets, 'G', 1, 7);
  expect(offsets.query('%LMQ%g', '%LMQ%q', 0)).toBe(8);
  await offsets.flush();
  const text = files.readFileSync('/store/config/lmqConsumerOffset.json').toString();
  expect(text.replaceAll(/\s/g, '')).toContain('"offsetTable":{"T@G":{1:7}}');
  expect(text.replaceAll(/\s/g, '')).toContain('"lmqOffsetTable":{"%LMQ%q@%LMQ%g":8}');
  const again = manager(files, true);
  again.load();
  expect([again.query('%LMQ%g', '%LMQ%q', 5), again.query('G', 'T', 1)]).toEqual([8, 7]);
  again.removeGroup('%LMQ%g');
  expect(again.query('%LMQ%g', '%LMQ%q', 0)).toBe(-1);
});

test('offsets from before light topics were enabled are taken over', async () => {
  const files = new MemoryFiles();
  const before = manager(files);
  commit(before, 'G', 0, 5);
  await before.flush();
  const offsets = manager(files, true);
  offsets.load();
  expect(offsets.query('G', 'T', 0)).toBe(5);
  await offsets.flush();
  expect(files.statSync('/store/config/lmqConsumerOffset.json')).toBeDefined();
});
