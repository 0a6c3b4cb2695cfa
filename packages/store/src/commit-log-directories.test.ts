import { describe, expect, test } from 'vitest';
import { CommitLogDirectories } from './commit-log-directories.js';
import { Bench } from './test-disks.js';
import { putAndWait, testMessage } from './test-store.js';

const HOUR_MS = 3_600_000;

describe('several directories of the log', () => {
  const paths = { storePathCommitLog: '/c, /a,/b/', fileReservedTime: 1 };

  test('take files in turn, in the order of their names', async () => {
    const bench = await new Bench().open(paths);
    await bench.fill(5);
    expect([bench.logFiles('/a'), bench.logFiles('/b'), bench.logFiles('/c')]).toEqual([
      [0, 3],
      [1, 4],
      [2, 5],
    ]);
    await bench.store.close();
    await bench.open(paths);
    expect(bench.store.maxOffsetInQueue('TopicTest', 0)).toBe(41);
    expect(bench.store.minPhysicalOffset).toBe(0);
    await bench.store.close();
  });

  test('that are nearly full or only for reading get no new files', async () => {
    const bench = await new Bench().open({ storePathCommitLog: '/a,/b' });
    await bench.fill(2);
    await bench.store.close();
    await bench.open({ ...paths, readOnlyCommitLogStorePaths: '/b' });
    bench.disks.usedPercent.set('/a', 86);
    await bench.clock.advance(10_000);
    expect(bench.store.flags.writable).toBe(true);
    await bench.fill(3);
    expect([bench.logFiles('/a'), bench.logFiles('/b'), bench.logFiles('/c')]).toEqual([[0, 2], [1], [3, 4, 5]]);
    bench.disks.usedPercent.set('/c', 86);
    await bench.clock.advance(10_000);
    await bench.fill(1);
    expect([bench.logFiles('/a'), bench.logFiles('/c')]).toEqual([
      [0, 2, 6],
      [3, 4, 5],
    ]);
    await bench.clock.advance(2 * HOUR_MS);
    await bench.clock.advance(2 * HOUR_MS);
    expect([bench.logFiles('/a'), bench.logFiles('/b'), bench.logFiles('/c')]).toEqual([[6], [], []]);
    await bench.store.close();
  });

  test('are an error when none of them may be written to', async () => {
    const bench = new Bench();
    await expect(bench.open({ storePathCommitLog: '/a', readOnlyCommitLogStorePaths: '/a' })).rejects.toThrow(
      'storePathCommitLog=/a names no directory',
    );
  });

  test('are an error when two of them hold the same file', async () => {
    const bench = await new Bench().open({ storePathCommitLog: '/a,/b' });
    await bench.store.close();
    bench.disks.mkdirSync('/b');
    bench.disks.openSync('/b/00000000000000000000', 'create').closeSync();
    await expect(bench.open({ storePathCommitLog: '/a,/b' })).rejects.toThrow('are the same file twice');
  });

  test('of which the last file is missing are not written to a second time', async () => {
    const bench = await new Bench().open({ storePathCommitLog: '/a,/b' });
    await bench.fill(1);
    await putAndWait(bench.store, testMessage());
    await bench.store.close();
    const inserted = bench.disks
      .readdirSync('/b')
      .map((name) => ({ name, bytes: bench.disks.readFileSync(`/b/${name}`) }));
    bench.disks.removeSync('/b');
    await expect(bench.open({ storePathCommitLog: '/a,/b' })).rejects.toThrow('is a disk missing?');
    for (const { name, bytes } of inserted) {
      const handle = bench.disks.openSync(`/b/${name}`, 'create');
      handle.writeSync(bytes, 0, bytes.length, 0);
      handle.closeSync();
    }
    await bench.open({ storePathCommitLog: '/a,/b' });
    expect(bench.store.maxOffsetInQueue('TopicTest', 0)).toBe(10);
    await bench.store.close();
  });

  test('of which a file in the middle is missing cost only its messages', async () => {
    const bench = await new Bench().open({ storePathCommitLog: '/a,/b' });
    await bench.fill(2);
    await bench.store.close();
    bench.disks.unlinkSync('/b/00000000000000262144');
    bench.disks.removeSync('/store/consumequeue');
    bench.disks.removeSync('/store/index');
    bench.disks.unlinkSync('/store/checkpoint');
    await bench.open({ storePathCommitLog: '/a,/b' });
    expect(bench.store.maxPhysicalOffset).toBeGreaterThan(2 * 262_144 - 1);
    expect(bench.store.maxOffsetInQueue('TopicTest', 0)).toBeGreaterThan(0);
    expect(bench.disks.readdirSync('/store/damaged')).toEqual([]);
    await bench.store.close();
  });

  test('have no hole when a power cut brings back files that were deleted', async () => {
    for (let seed = 1; seed <= 5; seed++) {
      const bench = await new Bench().open(paths);
      await bench.fill(6);
      await bench.clock.advance(2 * HOUR_MS);
      bench.store.deleteExpiredFiles();
      await bench.clock.advance(1000);
      expect(bench.store.minPhysicalOffset).toBe(6 * 262_144);
      bench.disks.crash(seed);
      const left = ['/a', '/b', '/c'].flatMap((path) => bench.logFiles(path)).sort();
      expect(left).toEqual(Array.from({ length: left.length }, (_, i) => 7 - left.length + i));
    }
  });

  test('have no hole when the process ends between a deletion and its becoming durable', async () => {
    for (let seed = 1; seed <= 5; seed++) {
      const bench = await new Bench().open(paths);
      await bench.fill(6);
      await bench.clock.advance(2 * HOUR_MS);
      const before = bench.files.operations;
      bench.files.fail({ operation: 'sync', code: 'EIO', path: /^\/a$/, times: 1 });
      bench.store.deleteExpiredFiles();
      await bench.clock.advance(50);
      expect(bench.files.operations).toBeGreaterThan(before);
      expect(bench.logFiles('/a')).toEqual([3, 6]);
      bench.disks.crashProcess();
      await bench.open(paths);
      bench.store.deleteExpiredFiles();
      await bench.clock.advance(50);
      expect(bench.logFiles('/b')).toEqual([4]);
      bench.disks.crash(seed);
      expect([bench.logFiles('/a'), bench.logFiles('/b')]).toEqual([[3, 6], [4]]);
    }
  });

  test('set aside on their own disk what lies behind the end of the log', async () => {
    const bench = await new Bench().open({ storePathCommitLog: '/a,/b' });
    await bench.fill(1);
    await bench.store.close();
    const zeros = Buffer.alloc(40_000);
    const first = bench.disks.openSync('/a/00000000000000000000', 'readWrite');
    first.writeSync(zeros, 0, 40_000, 200_000);
    const second = bench.disks.openSync('/b/00000000000000262144', 'readWrite');
    second.writeSync(zeros, 0, 1000, 0);
    second.writeSync(Buffer.from('left over'), 0, 9, 20_000);
    await bench.open({ storePathCommitLog: '/a,/b' });
    expect(bench.store.maxOffsetInQueue('TopicTest', 0)).toBe(6);
    expect(bench.disks.readdirSync('/b')).toEqual(['damaged']);
    expect(bench.disks.readdirSync('/b/damaged')).toEqual(['commitlog-00000000000000262144.damaged']);
    const { result } = await putAndWait(bench.store, testMessage());
    expect(result!.queueOffset).toBe(6);
    await bench.store.close();
  });
});

test('a directory is chosen by the number of the file, among those that have room', () => {
  const directories = new CommitLogDirectories({
    storePathRootDir: '/store',
    storePathCommitLog: ' /b,/a/, /c,/a',
    readOnlyCommitLogStorePaths: '/c,/old',
  });
  expect(directories.writable).toEqual(['/a', '/b']);
  expect([...directories.all].sort()).toEqual(['/a', '/b', '/c', '/old']);
  expect([0, 1, 2].map((number) => directories.choose(number))).toEqual(['/a', '/b', '/a']);
  directories.setFull(new Set(['/a', '/c']));
  expect([0, 1, 2].map((number) => directories.choose(number))).toEqual(['/b', '/b', '/b']);
  directories.setFull(new Set(['/a', '/b']));
  expect([0, 1].map((number) => directories.choose(number))).toEqual(['/a', '/b']);
});
