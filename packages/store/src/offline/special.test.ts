// The off-line tools over what is made from messages besides plain queues and index: each kind of file is damaged, found and mended.
import { NodeClock, silentLogger } from '@rocketmq-ts/common';
import { forEachSeed, MemoryFiles, type SeededRandom, VirtualClock } from '@rocketmq-ts/testkit';
import { describe, expect, test } from 'vitest';
import { MemoryKeyValueDisk } from '../rocksdb/test-storage.js';
import { batchBody, openTestStore, putAndWait, putBatchAndWait, testMessage } from '../test-store.js';
import { unpack } from '../test-tar.js';
import { TimerBench } from '../timer/test-timer.js';
import { dumpStore } from './dump.js';
import { DUMP_KINDS, type DumpFilter, type DumpKind } from './dump-options.js';
import { repairStore } from './repair.js';
import type { StoreReport } from './report.js';
import { type VerifyOptions, verifyStore } from './verify.js';

const clock = new NodeClock();
const FIRST = '00000000000000000000';
type Extra = Partial<VerifyOptions>;

const verify = (files: MemoryFiles, extra: Extra = {}): Promise<StoreReport> =>
  verifyStore({ files, root: '/store', thorough: true, ...extra });

const repair = (files: MemoryFiles, extra: Extra = {}) =>
  repairStore({ files, root: '/store', thorough: true, clock, logger: silentLogger, ...extra }, false);

async function dump(files: MemoryFiles, kind: DumpKind, filter: DumpFilter = {}, extra: Extra = {}) {
  const found: Record<string, string | number>[] = [];
  for await (const thing of dumpStore({ files, root: '/store', kind, filter, ...extra }))
    if (thing.kind !== 'message') found.push(thing.fields);
  return found;
}

const areas = (report: StoreReport) => [...new Set(report.problems.map(({ area }) => area))];

function flip(files: MemoryFiles, path: string, offset: number): void {
  const handle = files.openSync(`/store/${path}`, 'readWrite');
  const bytes = Buffer.alloc(1);
  handle.readSync(bytes, 0, 1, offset);
  bytes[0]! ^= 1;
  handle.writeSync(bytes, 0, 1, offset);
  handle.closeSync();
}

function goldenD(): MemoryFiles {
  const files = new MemoryFiles();
  unpack(new URL('../testdata/golden/d.tar.gz', import.meta.url), files, '/store');
  return files;
}

type Damage = (files: MemoryFiles) => void;

describe("the reference's store of special topics", () => {
  test('is whole, and shown with all that is in it', async () => {
    const report = await verify(goldenD());
    expect(report.problems).toEqual([]);
    expect(report.batchQueues).toMatchObject([{ topic: 'DBatchCq', queueId: 0, entries: 4, maxOffset: 14 }]);
    expect(report.compaction).toMatchObject([{ topic: 'DCompact', minOffset: 29, maxOffset: 66, messages: 37 }]);
    expect(report.queues.filter(({ topic }) => topic.startsWith('%LMQ%'))).toHaveLength(2);
    const entries = await dump(goldenD(), 'compaction', { topic: 'DCompact', fromOffset: 60 });
    expect(entries.map(({ queueOffset }) => queueOffset)).toEqual([60, 61, 62, 63, 64, 65]);
    expect(await dump(goldenD(), 'batchqueue', { fromOffset: 3, toOffset: 4 })).toHaveLength(1);
  });

  test.each<[string, string[], Damage]>([
    ['a size in a batch queue', ['batchconsumequeue'], (f) => flip(f, `batchconsumequeue/DBatchCq/0/${FIRST}`, 11)],
    [
      'the base offset in a batch queue',
      ['batchconsumequeue'],
      (f) => flip(f, `batchconsumequeue/DBatchCq/0/${FIRST}`, 81),
    ],
    ['a missing batch queue', ['consumequeue'], (f) => f.removeSync('/store/batchconsumequeue/DBatchCq/0')],
    ['a light queue', ['consumequeue'], (f) => flip(f, `consumequeue/%LMQ%q1/0/${FIRST}`, 27)],
    [
      'the place in a compaction queue',
      ['compaction'],
      (f) => flip(f, `compaction/compactionCq/DCompact/0/${FIRST}`, 6),
    ],
    [
      'the offset in a compaction queue',
      ['compaction'],
      (f) => flip(f, `compaction/compactionCq/DCompact/0/${FIRST}`, 35),
    ],
    [
      'positions ahead of their log',
      ['compaction'],
      (files) => {
        const handle = files.openSync('/store/compaction/position-checkpoint', 'readWrite');
        const text = '{"empty":false,"queueOffsetMap":{"DCompact_0":99}}';
        handle.truncateSync(0);
        handle.writeSync(Buffer.from(text), 0, text.length, 0);
        handle.closeSync();
      },
    ],
  ])('%s is found, and mended', async (_, found, damage) => {
    const files = goldenD();
    damage(files);
    expect(areas(await verify(files))).toEqual(found);
    const { after } = await repair(files);
    expect(after?.problems).toEqual([]);
    const whole = await verify(goldenD());
    expect(after?.queues).toEqual(whole.queues);
    expect(after?.batchQueues).toEqual(whole.batchQueues);
    expect(after?.compaction[0]).toMatchObject({ minOffset: 29, maxOffset: 66, messages: 37 });
  });

  test('a bit of a record of a compaction log costs that message only, also when a power cut has emptied a file', async () => {
    const files = goldenD();
    files.openSync('/store/compaction/position-checkpoint.bak', 'create').closeSync();
    flip(files, `compaction/compactionLog/DCompact/0/${FIRST}`, 100);
    expect(areas(await verify(files))).toEqual(['compaction']);
    const { after } = await repair(files);
    expect(after?.problems).toEqual([]);
    expect(after?.compaction[0]).toMatchObject({ maxOffset: 66, messages: 36 });
  });
});

describe('the timer', () => {
  /** Messages that wait, one of them taken back, and two that went long ago. */
  async function timedStore(): Promise<MemoryFiles> {
    const files = new MemoryFiles();
    const bench = await TimerBench.start({ files });
    const now = bench.clock.now();
    for (const seconds of [2, 3]) await bench.send(now + seconds * 1000, `soon ${seconds}`);
    await bench.clock.advance(10_000);
    for (let i = 0; i < 60; i++) await bench.send(now + 7_200_000 + (i % 5) * 1000, `later ${i}`, { uniqKey: `u${i}` });
    await bench.send(now + 7_202_000, '0', { deletes: 'u2' });
    await bench.clock.advance(5000);
    await bench.stop();
    return files;
  }
  const config = { mappedFileSizeTimerLog: 2120 };

  test('is whole, and shown', async () => {
    const files = await timedStore();
    const report = await verify(files);
    expect(report.problems).toEqual([]);
    expect(report.timer).toMatchObject({ records: 63, waitingSlots: 5, waitingMessages: 59, logFiles: 2 });
    expect(await dump(files, 'timerlog')).toHaveLength(63);
    const slots = await dump(files, 'timerwheel');
    expect(slots.slice(-5).map(({ count }) => count)).toEqual([12, 12, 11, 12, 12]);
    expect(await dump(files, 'timercheck')).toMatchObject([{ lastTimerQueueOffset: 63 }]);
  });

  test.each<[string, Damage]>([
    ['the link of a record', (f) => flip(f, `timerlog/${FIRST}`, 52 * 20 + 11)],
    ['the place of a record', (f) => flip(f, `timerlog/${FIRST}`, 52 * 20 + 34)],
    ['the time of a record', (f) => flip(f, `timerlog/${FIRST}`, 52 * 20 + 26)],
    ['the size of a record', (f) => flip(f, `timerlog/${FIRST}`, 52 * 20 + 3)],
    ['a missing timer log', (f) => f.removeSync('/store/timerlog')],
    ['a missing wheel', (f) => f.unlinkSync('/store/timerwheel')],
    ['a check point ahead of its log', (f) => ['', '.bak'].map((end) => flip(f, `config/timercheck${end}`, 13))],
  ])('%s is found, and mended so that all that wait are known', async (_, damage) => {
    const files = await timedStore();
    damage(files);
    expect(areas(await verify(files))).toEqual(['timer']);
    const { after } = await repair(files);
    expect(after?.problems).toEqual([]);
    expect(after?.timer).toMatchObject({ waitingSlots: 5, waitingMessages: 59 });
    const bench = await TimerBench.start({ files, clock: new VirtualClock({ startMs: 1_800_000_030_000 }), config });
    await bench.jump(7_300_000);
    const bodies = await bench.bodies();
    expect(bodies.filter((body) => body.startsWith('soon'))).toHaveLength(2);
    expect(bodies.filter((body) => body.startsWith('later'))).toHaveLength(59);
    await bench.stop();
  });

  test('that a kill has left behind is brought up when something else is mended', async () => {
    const files = new MemoryFiles();
    const bench = await TimerBench.start({ files });
    for (const hours of [1, 2]) {
      await bench.send(bench.clock.now() + hours * 3_600_000, `in ${hours}`);
      await bench.clock.settle();
      // The second is not in the wheel's file yet.
      if (hours === 1) await bench.clock.advance(70_000);
    }
    files.crashProcess();
    flip(files, `consumequeue/rmq_sys_wheel_timer/0/${FIRST}`, 7);
    expect(areas(await verify(files))).toEqual(['consumequeue']);
    const { after } = await repair(files);
    expect(after?.problems).toEqual([]);
    expect(after?.timer).toMatchObject({ waitingSlots: 2, waitingMessages: 2 });
  });

  test.each([
    ['the count', 27],
    ['the last position', 22],
    ['the time', 5],
  ])('%s of a slot that is wrong is found, and the wheel made again', async (_, inSlot) => {
    const files = await timedStore();
    const { slot } = (await dump(files, 'timerwheel')).at(-1)!;
    flip(files, 'timerwheel', Number(slot) * 32 + inSlot);
    expect(areas(await verify(files))).toEqual(['timer']);
    const { steps, after } = await repair(files);
    expect(steps.map(({ path }) => path)).toEqual(['timerwheel']);
    expect(after?.problems).toEqual([]);
    expect(after?.timer).toMatchObject({ waitingSlots: 5, waitingMessages: 59 });
  });
});

test('the extension of a queue is compared with the messages, and mended with its queue', async () => {
  const files = new MemoryFiles();
  const config = { enableConsumeQueueExt: true, mappedFileSizeConsumeQueueExt: 200 };
  const store = await openTestStore('/store', { files, clock: new VirtualClock(), config });
  for (let i = 0; i < 30; i++)
    await putAndWait(
      store,
      testMessage({ tagsCode: 100 + i, properties: `TAGS\u0001${String.fromCharCode(100 + i)}\u0002` }),
    );
  await store.close();
  const whole = await verify(files);
  expect(whole.problems).toEqual([]);
  expect(whole.extensions).toMatchObject([{ topic: 'TopicTest', units: 30 }]);
  expect(await dump(files, 'ext')).toHaveLength(30);
  flip(files, `consumequeue_ext/TopicTest/0/${FIRST}`, 29);
  const damaged = await verify(files);
  expect(damaged.problems).toMatchObject([{ area: 'consumequeue_ext', path: 'consumequeue_ext/TopicTest/0' }]);
  const { after } = await repair(files);
  expect(after?.problems).toEqual([]);
  expect(after?.extensions).toMatchObject([{ units: 30 }]);
});

describe('a log in several directories', () => {
  const logPlaces = { storePathCommitLog: '/a,/b', readOnlyCommitLogStorePaths: '/old' };

  async function spreadStore(): Promise<MemoryFiles> {
    const files = new MemoryFiles();
    const config = { storePathCommitLog: '/a,/b', mappedFileSizeCommitLog: 4096 };
    const store = await openTestStore('/store', { files, clock: new VirtualClock(), config });
    for (let i = 0; i < 40; i++) await putAndWait(store, testMessage({ body: Buffer.alloc(400, 65) }));
    await store.close();
    files.mkdirSync('/old');
    files.renameSync(`/a/${FIRST}`, `/old/${FIRST}`);
    return files;
  }

  test('is read as one', async () => {
    const files = await spreadStore();
    const report = await verify(files, { logPlaces });
    expect(report.problems).toEqual([]);
    expect(report.commitLog).toMatchObject({ messages: 40, fileSizeBytes: 4096, directories: ['/a', '/b', '/old'] });
    let messages = 0;
    for await (const _ of dumpStore({ files, root: '/store', kind: 'messages', filter: {}, logPlaces })) messages++;
    expect(messages).toBe(40);
  });

  test('is mended in its places', async () => {
    const files = await spreadStore();
    flip(files, `consumequeue/TopicTest/0/${FIRST}`, 47);
    const before = files.readdirSync('/a');
    const { after } = await repair(files, { logPlaces });
    expect(after?.problems).toEqual([]);
    expect(files.readdirSync('/a')).toEqual(before);
    expect(files.readdirSync('/old')).toEqual([FIRST]);
  });

  test('of which one is not there is not mended', async () => {
    const files = await spreadStore();
    files.removeSync('/b');
    const report = await verify(files, { logPlaces });
    expect(report.problems).toContainEqual(expect.objectContaining({ area: 'commitlog', path: '/b' }));
    await expect(repair(files, { logPlaces })).rejects.toThrow('/b: there is no such directory');
  });
});

test('queues in RocksDB are compared with the log', async () => {
  const files = new MemoryFiles();
  const disk = new MemoryKeyValueDisk();
  const openKeyValueStorage = async () => disk.open();
  const config = { storeType: 'defaultRocksDB' };
  const store = await openTestStore('/store', { files, clock: new VirtualClock(), config, openKeyValueStorage });
  for (let i = 0; i < 20; i++) await putAndWait(store, testMessage({ queueId: i % 2 }));
  await store.close();
  const directory =
    files.statSync('/store/consumequeue_rocksdb') === undefined ? 'consumequeue' : 'consumequeue_rocksdb';
  files.openSync(`/store/${directory}/CURRENT`, 'create').closeSync();
  const whole = await verify(files, { openKeyValueStorage });
  expect(whole.problems).toEqual([]);
  expect(whole).toMatchObject({ queueStore: 'RocksDB', queues: [{ maxOffset: 10 }, { maxOffset: 10 }] });
  expect(await dump(files, 'queue', { queueId: 1 }, { openKeyValueStorage })).toHaveLength(10);
  const storage = disk.open();
  const [first] = await storage.range('default', Buffer.alloc(0), Buffer.alloc(8, 0xff), 1);
  await storage.put('default', [{ key: first!.key, value: Buffer.from(first!.value).fill(1, 11, 12) }]);
  const damaged = await verify(files, { openKeyValueStorage });
  expect(damaged.problems).toMatchObject([{ area: 'consumequeue', path: directory }]);
});

test('an index that begins before the log, whose first files are deleted, is no problem', async () => {
  const files = new MemoryFiles();
  const config = { mappedFileSizeCommitLog: 4096 };
  const store = await openTestStore('/store', { files, clock: new VirtualClock(), config });
  for (let i = 0; i < 40; i++) {
    const properties = `KEYS\u0001k${i}\u0002`;
    await putAndWait(store, testMessage({ body: Buffer.alloc(400, 65), keys: `k${i}`, properties }));
  }
  await store.close();
  files.unlinkSync(`/store/commitlog/${FIRST}`);
  expect(areas(await verify(files))).toEqual([]);
});

describe('whatever is damaged', () => {
  /** All kinds of files in one store. */
  async function mixedStore(): Promise<MemoryFiles> {
    const files = goldenD();
    const timed = await TimerBench.start({ files, config: { mappedFileSizeTimerLog: 2120 } });
    for (let i = 0; i < 45; i++) await timed.send(timed.clock.now() + 600_000 + i * 100, `t${i}`);
    const body = batchBody(['x', 'y', 'z']);
    await putBatchAndWait(timed.store, testMessage({ topic: 'TopicTest', body }));
    await timed.clock.advance(3000);
    await timed.stop();
    return files;
  }

  function pathsBelow(files: MemoryFiles, path: string): string[] {
    return files.readdirSync(path).flatMap((name) => {
      const child = `${path}/${name}`;
      return files.statSync(child)?.isDirectory ? pathsBelow(files, child) : [child];
    });
  }

  /** Bits, stretches, sizes and whole files. */
  function damage(files: MemoryFiles, random: SeededRandom): string {
    const path = random.pick(pathsBelow(files, '/store').filter((other) => !other.endsWith('/lock')));
    const sizeBytes = files.statSync(path)!.sizeBytes;
    const kind = random.nextInt(5);
    if (kind === 4) {
      files.unlinkSync(path);
      return `${path} deleted`;
    }
    const handle = files.openSync(path, 'readWrite');
    const at = random.nextInt(Math.max(1, Math.min(sizeBytes, random.pick([100, 3000, sizeBytes || 1]))));
    if (kind === 3) handle.truncateSync(at);
    else {
      const bytes = Buffer.alloc(Math.max(1, Math.min(kind === 0 ? 1 : random.nextInt(200), sizeBytes - at)));
      for (let i = 0; i < bytes.length; i++) bytes[i] = kind === 2 ? 0xff : random.nextInt(256);
      handle.writeSync(bytes, 0, bytes.length, at);
    }
    handle.closeSync();
    return `${path} at ${at}, kind ${kind}`;
  }

  test('every tool comes to its end, and repair leaves what only the log itself has lost', {
    timeout: 120_000,
  }, async () => {
    const whole = await mixedStore();
    expect((await verify(whole)).problems).toEqual([]);
    await forEachSeed({ count: 20 }, async (random) => {
      const files = await mixedStore();
      const done = Array.from({ length: 1 + random.nextInt(3) }, () => damage(files, random));
      await verify(files, { thorough: false });
      for (const kind of DUMP_KINDS)
        await dump(files, kind).catch((error: Error) => expect(error.message).toMatch(/index/));
      const { after, before } = await repair(files);
      const left = (after ?? before).problems.filter(({ area }) => area !== 'commitlog' && area !== 'config');
      expect(left, done.join('; ')).toEqual([]);
    });
  });
});
