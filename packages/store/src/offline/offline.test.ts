import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { silentLogger } from '@rocketmq-ts/common';
import { MemoryFiles, VirtualClock } from '@rocketmq-ts/testkit';
import { describe, expect, test } from 'vitest';
import { openTestStore } from '../test-store.js';
import { unpack } from '../test-tar.js';
import { dumpStore } from './dump.js';
import type { DumpKind } from './dump-options.js';
import { planRepair, repairStore } from './repair.js';
import type { StoreReport } from './report.js';
import { verifyStore } from './verify.js';

const golden = new URL('../testdata/golden/', import.meta.url);
const LOG = '/store/commitlog/00000000000000000000';
const clock = new VirtualClock();

interface Golden {
  readonly messages: readonly [number, number, string, number, number, string][];
  readonly consumeQueue: readonly { topic: string; queueId: number; entries: readonly number[][] }[];
}

const manifest = (name: string) => JSON.parse(readFileSync(new URL(`${name}.json`, golden), 'utf8')) as Golden;

function unpacked(name: string): MemoryFiles {
  const files = new MemoryFiles();
  unpack(new URL(`${name}.tar.gz`, golden), files, '/store');
  return files;
}

const verify = (files: MemoryFiles): Promise<StoreReport> => verifyStore({ files, root: '/store', thorough: true });
const repair = (files: MemoryFiles, dryRun: boolean) =>
  repairStore({ files, root: '/store', thorough: true, clock, logger: silentLogger }, dryRun);

/** A digest of every file below a directory. */
function digests(files: MemoryFiles, path: string, found = new Map<string, string>()): Map<string, string> {
  for (const name of files.readdirSync(path)) {
    const child = `${path}/${name}`;
    if (files.statSync(child)?.isDirectory) digests(files, child, found);
    else found.set(child, createHash('sha256').update(files.readFileSync(child)).digest('hex'));
  }
  return found;
}

function change(files: MemoryFiles, path: string, offset: number, edit: (bytes: Buffer) => void, length = 1): void {
  const handle = files.openSync(path, 'readWrite');
  const bytes = Buffer.alloc(length);
  handle.readSync(bytes, 0, length, offset);
  edit(bytes);
  handle.writeSync(bytes, 0, length, offset);
  handle.closeSync();
}

const flip = (files: MemoryFiles, path: string, offset: number) =>
  change(files, path, offset, (bytes) => {
    bytes[0]! ^= 1;
  });

const areas = (report: StoreReport) => [...new Set(report.problems.map(({ area }) => area))];
const queuePath = ({ topic, queueId }: { topic: string; queueId: number }) => `/store/consumequeue/${topic}/${queueId}`;

describe('the stores of the reference', () => {
  test.each(['a', 'b', 'd'])('%s: verify finds no problem, and changes no byte', async (name) => {
    const files = unpacked(name);
    const before = digests(files, '/store');
    const report = await verify(files);
    expect(report.problems).toEqual([]);
    expect(report.commitLog.messages).toBeGreaterThan(70);
    expect(digests(files, '/store')).toEqual(before);
  });

  test('are inspected without reading all of them', async () => {
    const report = await verifyStore({ files: unpacked('a'), root: '/store', thorough: false });
    expect(report.problemCount).toBe(0);
    const { consumeQueue } = manifest('a');
    const ranges = report.queues.map(({ topic, queueId, minOffset, maxOffset }) => [
      topic,
      queueId,
      minOffset,
      maxOffset,
    ]);
    const expected = consumeQueue.map(({ topic, queueId, entries }) => [
      topic,
      queueId,
      entries[0]![0],
      entries.length,
    ]);
    expect(ranges.sort()).toEqual(expected.sort());
  });

  test('are dumped message by message, entry by entry', async () => {
    const { messages, consumeQueue } = manifest('a');
    const dump = async (kind: DumpKind, filter = {}) => {
      const things = [];
      for await (const thing of dumpStore({ files: unpacked('a'), root: '/store', kind, filter })) things.push(thing);
      return things;
    };
    const all = (await dump('messages')).map((thing) =>
      thing.kind === 'message' ? thing.message.commitLogOffset : -1,
    );
    expect(all).toEqual(messages.map(([physicalOffset]) => physicalOffset));
    const { topic, queueId, entries } = consumeQueue.find((queue) => queue.entries.length > 100)!;
    const some = await dump('messages', { topic, queueId, fromOffset: 90, toOffset: 110 });
    expect(some.map((thing) => (thing.kind === 'message' ? thing.message.queueOffset : -1))).toEqual(
      Array.from({ length: 20 }, (_, i) => 90 + i),
    );
    const listed = (await dump('queue', { topic, queueId })).map((thing) =>
      thing.kind === 'queue' ? thing.fields : {},
    );
    expect(listed.map((fields) => [fields.queueOffset, fields.physicalOffset, fields.sizeBytes])).toEqual(
      entries.map((entry) => entry.slice(0, 3)),
    );
    expect(await dump('messages', { key: 'no such key' })).toEqual([]);
  });
});

describe('damage', () => {
  const queue = manifest('a').consumeQueue.find(({ entries }) => entries.length > 100)!;

  test.each<[string, string[], (files: MemoryFiles) => void]>([
    [
      'a bit of a queue entry',
      ['consumequeue'],
      (files) => flip(files, `${queuePath(queue)}/00000000000000000000`, 67),
    ],
    ['a missing queue', ['consumequeue'], (files) => files.removeSync(queuePath(queue))],
    [
      'a bit of the index',
      ['index'],
      (files) => flip(files, `/store/index/${files.readdirSync('/store/index')[0]}`, 501),
    ],
    [
      'a missing index file',
      ['index'],
      (files) => files.unlinkSync(`/store/index/${files.readdirSync('/store/index')[1]}`),
    ],
    [
      'a check point ahead of the log',
      ['checkpoint'],
      (files) => change(files, '/store/checkpoint', 40, (b) => b.writeBigInt64BE(900_000n), 8),
    ],
  ])('%s is found, and repair makes it again and touches nothing else', async (_, found, damage) => {
    const files = unpacked('a');
    const original = digests(files, '/store');
    damage(files);
    const damaged = digests(files, '/store');
    expect(areas(await verify(files))).toEqual(found);
    const plan = await repair(files, true);
    expect(plan.steps).toEqual(planRepair(plan.before, { hasManifest: false, useless: [] }));
    expect(digests(files, '/store')).toEqual(damaged);
    const { after } = await repair(files, false);
    expect(after?.problems).toEqual([]);
    for (const [path, digest] of digests(files, '/store')) {
      if (/\/(commitlog|consumequeue|config)\//.test(path)) expect([path, digest]).toEqual([path, original.get(path)]);
    }
  });

  test('a bit of a message is found, left as it is, and costs that message only', async () => {
    const files = unpacked('a');
    const [physicalOffset] = manifest('a').messages[20]!;
    flip(files, LOG, physicalOffset + 100);
    const before = digests(files, '/store/commitlog');
    const report = await verify(files);
    expect(report.commitLog.holes.map(({ start }) => start)).toEqual([physicalOffset]);
    await repair(files, false);
    expect(digests(files, '/store/commitlog')).toEqual(before);
    expect((await verify(files)).commitLog.messages).toBe(manifest('a').messages.length - 1);
  });

  test('garbage behind the log is found, set aside and cleared', async () => {
    const files = unpacked('a');
    const end = (await verify(files)).commitLog.endOffset;
    change(files, '/store/commitlog/00000000000000524288', end - 524_288, (bytes) => bytes.fill(0x5a), 100);
    expect((await verify(files)).commitLog.tailBytes).toBe(100);
    const { after } = await repair(files, false);
    expect(after?.problems).toEqual([]);
    expect(files.readdirSync('/store/damaged')).toHaveLength(1);
  });

  test('a store in use is looked at, and not repaired', async () => {
    const files = unpacked('a');
    const store = await openTestStore('/store', { files, clock });
    expect((await verify(files)).problems).toEqual([]);
    flip(files, `${queuePath(queue)}/00000000000000000000`, 67);
    await expect(repair(files, false)).rejects.toThrow('lock');
    await store.close();
  });

  test('a directory that holds no store is named', async () => {
    const files = new MemoryFiles();
    files.mkdirSync('/empty');
    await expect(verifyStore({ files, root: '/empty', thorough: true })).rejects.toThrow(
      "/empty: neither 'commitlog' nor",
    );
    await expect(verifyStore({ files, root: '/none', thorough: true })).rejects.toThrow(
      '/none: there is no such directory',
    );
  });
});
