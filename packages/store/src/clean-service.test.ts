import type { DiskSpace } from '@rocketmq-ts/common';
import { FaultyFiles, MemoryFiles, type MemoryFilesOptions, VirtualClock } from '@rocketmq-ts/testkit';
import { describe, expect, test } from 'vitest';
import type { MessageStoreConfig } from './config.js';
import { usedRatio } from './disk-usage.js';
import type { MessageStore } from './message-store.js';
import { openTestStore, putAndWait, testMessage } from './test-store.js';

const HOUR_MS = 3_600_000;
/** A file holds eight of them. */
const BODY = Buffer.alloc(30_000);

/** Disks of which a test says how full they are: the first path that is a prefix counts. */
class DisksOfTest extends MemoryFiles {
  readonly usedPercent = new Map<string, number>();

  constructor(options?: MemoryFilesOptions) {
    super(options);
  }

  override diskSpaceSync(path: string): DiskSpace {
    const used = [...this.usedPercent].find(([prefix]) => path.startsWith(prefix))?.[1] ?? 10;
    return { totalBytes: 100_000_000, usedBytes: used * 1_000_000, freeBytes: (100 - used) * 1_000_000 };
  }
}

class Bench {
  readonly clock = new VirtualClock();
  readonly disks = new DisksOfTest({ clock: this.clock });
  readonly files = new FaultyFiles(this.disks);
  store!: MessageStore;
  mayDeleteForcibly: (() => boolean) | undefined;

  async open(config: Partial<MessageStoreConfig> = {}): Promise<this> {
    const { clock, files, mayDeleteForcibly } = this;
    // An hour that never comes: tests say it when they want one.
    this.store = await openTestStore('/store', {
      files,
      clock,
      config: { deleteWhen: '99', ...config },
      ...(mayDeleteForcibly === undefined ? {} : { mayDeleteForcibly }),
    });
    return this;
  }

  /** Fills so many files, and begins another one. */
  async fill(files: number, topic = 'TopicTest'): Promise<void> {
    for (let i = 0; i <= files * 8; i++)
      await putAndWait(this.store, testMessage({ topic, body: BODY, keys: `k${i}` }));
  }

  logFiles(directory = '/store/commitlog'): number[] {
    return this.disks.readdirSync(directory).map((name) => Number(name) / 262_144);
  }

  hour(): number {
    return new Date(this.clock.now()).getHours();
  }
}

describe('deletion by age', () => {
  test('happens in the hours of deleteWhen, to files that were not written to for the reserved time', async () => {
    const bench = await new Bench().open({ deleteWhen: '', fileReservedTime: 5 });
    await bench.fill(3);
    await bench.store.close();
    const due = String((bench.hour() + 6) % 24).padStart(2, '0');
    await bench.open({ deleteWhen: `25;${due}`, fileReservedTime: 5 });
    await bench.clock.advance(5 * HOUR_MS + 59 * 60_000);
    expect(bench.logFiles()).toEqual([0, 1, 2, 3]);
    await bench.clock.advance(2 * 60_000);
    expect(bench.logFiles()).toEqual([3]);
    expect(bench.store.minPhysicalOffset).toBe(3 * 262_144);
    await bench.store.close();
  });

  test('spares files that are not old enough, whatever the hour', async () => {
    const bench = await new Bench().open({ fileReservedTime: 3 });
    await bench.fill(2);
    await bench.clock.advance(2 * HOUR_MS);
    await bench.fill(2);
    bench.store.deleteExpiredFiles();
    await bench.clock.advance(1000);
    expect(bench.logFiles()).toEqual([0, 1, 2, 3, 4]);
    await bench.clock.advance(1.1 * HOUR_MS);
    bench.store.deleteExpiredFiles();
    await bench.clock.advance(1000);
    expect(bench.logFiles()).toEqual([2, 3, 4]);
    await bench.store.close();
  });

  test('that an operator asks for takes a batch, with pauses, and goes on in the next runs', async () => {
    const bench = await new Bench().open({ fileReservedTime: 1, deleteFileBatchMax: 3 });
    await bench.fill(9);
    await bench.clock.advance(2 * HOUR_MS);
    bench.store.deleteExpiredFiles();
    await bench.clock.advance(1);
    expect(bench.logFiles()).toHaveLength(9);
    await bench.clock.advance(100);
    expect(bench.logFiles()).toHaveLength(8);
    await bench.clock.advance(1000);
    expect(bench.logFiles()).toHaveLength(7);
    await bench.clock.advance(20_000);
    expect(bench.logFiles()).toEqual([9]);
    await bench.store.close();
  });

  test('takes the files of queues and index along, and moves the first offsets to the first message left', async () => {
    const bench = await new Bench().open({ fileReservedTime: 1, mappedFileSizeConsumeQueue: 200, maxIndexNum: 10 });
    await bench.fill(5);
    const indexFiles = bench.disks.readdirSync('/store/index').length;
    await bench.clock.advance(2 * HOUR_MS);
    bench.store.deleteExpiredFiles();
    await bench.clock.advance(10_000);
    expect(bench.logFiles()).toEqual([5]);
    const [first] = await bench.store.queueEntries('TopicTest', 0, bench.store.minOffsetInQueue('TopicTest', 0), 1);
    expect(first!.physicalOffset).toBe(5 * 262_144);
    expect(bench.disks.readdirSync('/store/consumequeue/TopicTest/0').map(Number)).toEqual(
      [Math.floor(first!.queueOffset / 10) * 200].filter((start) => start >= 0),
    );
    expect(bench.disks.readdirSync('/store/index').length).toBeLessThan(indexFiles);
    await bench.store.close();
  });

  test('cleans queues too that nobody has used since the start', async () => {
    const bench = await new Bench().open({ fileReservedTime: 1, mappedFileSizeConsumeQueue: 200 });
    await bench.fill(3, 'Old');
    await bench.fill(1, 'New');
    await bench.store.close();
    await bench.clock.advance(2 * HOUR_MS);
    await bench.open({ fileReservedTime: 1, mappedFileSizeConsumeQueue: 200 });
    expect(bench.disks.readdirSync('/store/consumequeue/Old/0')).toHaveLength(3);
    bench.store.deleteExpiredFiles();
    await bench.clock.advance(5000);
    expect(bench.disks.readdirSync('/store/consumequeue/Old/0')).toHaveLength(1);
    const { minOffset, maxOffset } = bench.store.queues().find(({ topic }) => topic === 'Old')!;
    expect([minOffset, maxOffset]).toEqual([25, 25]);
    await bench.store.close();
  });

  test('ends when the store is closed, after the file at hand', async () => {
    const bench = await new Bench().open({ fileReservedTime: 1 });
    await bench.fill(5);
    await bench.clock.advance(2 * HOUR_MS);
    bench.store.deleteExpiredFiles();
    await bench.store.close();
    expect(bench.logFiles()).toEqual([1, 2, 3, 4, 5]);
  });

  test('tries a file that cannot be deleted again after its own interval', async () => {
    const bench = await new Bench().open({ fileReservedTime: 1, redeleteHangedFileInterval: 300_000 });
    await bench.fill(2);
    await bench.clock.advance(2 * HOUR_MS);
    bench.files.fail({ operation: 'unlink', code: 'EBUSY', path: /commitlog/, times: 21 });
    bench.store.deleteExpiredFiles();
    await bench.clock.advance(200_000);
    expect(bench.logFiles()).toEqual([0, 1, 2]);
    expect(bench.store.minPhysicalOffset).toBe(0);
    bench.files.heal();
    await bench.clock.advance(320_000);
    expect(bench.logFiles()).toEqual([1, 2]);
    await bench.store.close();
  });
});

describe('deletion for space', () => {
  test('takes old files at any hour above diskMaxUsedSpaceRatio', async () => {
    const bench = await new Bench().open({ fileReservedTime: 1 });
    await bench.fill(2);
    await bench.clock.advance(2 * HOUR_MS);
    bench.disks.usedPercent.set('/', 75);
    await bench.clock.advance(60_000);
    expect(bench.logFiles()).toEqual([0, 1, 2]);
    bench.disks.usedPercent.set('/', 76);
    await bench.clock.advance(20_000);
    expect(bench.logFiles()).toEqual([2]);
    await bench.store.close();
  });

  test.each([
    ['takes young files above diskSpaceCleanForciblyRatio when the operator has said so', true, true, [3]],
    ['spares young files when the operator has said nothing', true, false, [0, 1, 2, 3]],
    ['spares young files when cleanFileForciblyEnable is off', false, true, [0, 1, 2, 3]],
  ])('%s', async (_name, cleanFileForciblyEnable, said, left) => {
    const bench = new Bench();
    bench.mayDeleteForcibly = () => said;
    await bench.open({ cleanFileForciblyEnable });
    await bench.fill(3);
    bench.disks.usedPercent.set('/', 86);
    await bench.clock.advance(80_000);
    expect(bench.logFiles()).toEqual(left);
    expect(bench.store.flags.writable).toBe(true);
    await bench.store.close();
  });

  test('refuses messages above the warning level, and takes them again below it', async () => {
    const bench = new Bench();
    bench.mayDeleteForcibly = () => false;
    await bench.open();
    bench.disks.usedPercent.set('/', 91);
    await bench.clock.advance(10_000);
    expect(bench.store.flags).toMatchObject({ writable: false, diskFull: true });
    expect(bench.store.flags.reason).toContain('91 % of the disk of the commit log (/store/commitlog)');
    expect((await putAndWait(bench.store, testMessage())).status).toBe('SERVICE_NOT_AVAILABLE');
    bench.disks.usedPercent.set('/', 90);
    await bench.clock.advance(10_000);
    expect((await putAndWait(bench.store, testMessage())).status).toBe('PUT_OK');
    await bench.store.close();
  });

  test('levels are kept within the bounds of the reference', async () => {
    const bench = await new Bench().open({ diskSpaceWarningLevelRatio: 5 });
    bench.disks.usedPercent.set('/', 35);
    await bench.clock.advance(10_000);
    expect(bench.store.flags.writable).toBe(true);
    bench.disks.usedPercent.set('/', 36);
    await bench.clock.advance(10_000);
    expect(bench.store.flags.writable).toBe(false);
    await bench.store.close();
  });

  test('the disk of the consume queues counts as well', async () => {
    const bench = await new Bench().open({ storePathCommitLog: '/log' });
    bench.disks.usedPercent.set('/store', 91);
    await bench.clock.advance(10_000);
    expect(bench.store.flags.writable).toBe(false);
    expect(Object.fromEntries(bench.store.runtimeInfo())).toMatchObject({
      'commitLogDiskRatio_/log': '0.1',
      commitLogDiskRatio: '0.1',
      consumeQueueDiskRatio: '0.91',
    });
    await bench.store.close();
  });

  test('a used part is told in whole percent, rounded up, of what users can use', () => {
    expect(usedRatio({ totalBytes: 1000, usedBytes: 301, freeBytes: 599 })).toBe(0.34);
    expect(usedRatio({ totalBytes: 1000, usedBytes: 0, freeBytes: 1000 })).toBe(0);
    expect(usedRatio({ totalBytes: 0, usedBytes: 0, freeBytes: 0 })).toBe(-1);
  });
});

describe('queues of which nothing is left', () => {
  test('go when an operator asks for it, the system’s excepted, and begin anew with the next message', async () => {
    const bench = await new Bench().open({ fileReservedTime: 1 });
    for (const topic of ['Old', 'SCHEDULE_TOPIC_XXXX']) {
      await putAndWait(bench.store, testMessage({ topic, queueId: 3 }));
    }
    await putAndWait(bench.store, testMessage({ topic: 'Both', queueId: 0 }));
    await bench.fill(2);
    await putAndWait(bench.store, testMessage({ topic: 'Both', queueId: 1 }));
    expect(await bench.store.cleanExpiredQueues()).toBe(0);
    await bench.clock.advance(2 * HOUR_MS);
    bench.store.deleteExpiredFiles();
    await bench.clock.advance(1000);
    expect(await bench.store.cleanExpiredQueues()).toBe(2);
    expect(bench.store.topics().sort()).toEqual(['Both', 'SCHEDULE_TOPIC_XXXX', 'TopicTest']);
    expect(bench.store.queueIdsOf('Both')).toEqual([1]);
    expect(bench.disks.statSync('/store/consumequeue/Both/0')).toBeUndefined();
    expect(bench.disks.statSync('/store/consumequeue/Old')).toBeUndefined();
    const { status, result } = await putAndWait(bench.store, testMessage({ topic: 'Old', queueId: 3 }));
    expect([status, result?.queueOffset]).toEqual(['PUT_OK', 0]);
    expect(bench.store.maxOffsetInQueue('Old', 3)).toBe(1);
    await bench.store.close();
  });
});

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
    bench.disks.renameSync('/b', '/unmounted');
    await expect(bench.open({ storePathCommitLog: '/a,/b' })).rejects.toThrow('is a disk missing?');
    bench.disks.removeSync('/b');
    bench.disks.renameSync('/unmounted', '/b');
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
});
