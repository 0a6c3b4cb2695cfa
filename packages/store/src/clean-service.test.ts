import { describe, expect, test } from 'vitest';
import { usedRatio } from './disk-usage.js';
import { Bench } from './test-disks.js';
import { putAndWait, testMessage } from './test-store.js';

const HOUR_MS = 3_600_000;
const QUEUES_AND_MANIFEST = /consumequeue/;

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

  test('happens at each of several hours, a batch at a time', async () => {
    const bench = await new Bench().open();
    await bench.fill(4);
    await bench.store.close();
    const [first, second] = [2, 5].map((hours) => String((bench.hour() + hours) % 24).padStart(2, '0'));
    const deleteCommitLogFilesInterval = 3_600_000 * 2;
    await bench.open({ deleteWhen: ` ${first};;${second}; x`, fileReservedTime: 1, deleteCommitLogFilesInterval });
    const before = bench.logFiles();
    await bench.clock.advance(2 * HOUR_MS - 60_000);
    expect(bench.logFiles()).toEqual(before);
    await bench.clock.advance(2 * 60_000);
    expect(bench.logFiles()).toEqual(before.slice(1));
    await bench.store.close();
    await bench.open({ deleteWhen: second!, fileReservedTime: 1 });
    await bench.clock.advance(2 * HOUR_MS + 57 * 60_000);
    expect(bench.logFiles()).toEqual(before.slice(1));
    await bench.clock.advance(4 * 60_000);
    expect(bench.logFiles()).toEqual(before.slice(-1));
    await bench.store.close();
  });

  test('of all messages of a queue leaves it empty where it ended, also after the next start', async () => {
    const bench = await new Bench().open({ fileReservedTime: 1, mappedFileSizeConsumeQueue: 200 });
    await bench.fill(1, 'Short');
    const end = bench.store.maxOffsetInQueue('Short', 0);
    await bench.fill(2);
    await bench.clock.advance(2 * HOUR_MS);
    bench.store.deleteExpiredFiles();
    await bench.clock.advance(20_000);
    expect(bench.store.minOffsetInQueue('Short', 0)).toBe(end);
    expect(bench.disks.readdirSync('/store/consumequeue/Short/0')).toHaveLength(1);
    await bench.store.close();
    await bench.open();
    expect(bench.store.minOffsetInQueue('Short', 0)).toBe(end);
    expect(bench.store.maxOffsetInQueue('Short', 0)).toBe(end);
    expect((await bench.store.get({ topic: 'Short', queueId: 0, offset: 0, maxMessages: 1 })).status).toBe(
      'OFFSET_TOO_SMALL',
    );
    await bench.fill(1, 'Short');
    expect((await bench.store.queueEntries('Short', 0, end, 1))[0]!.queueOffset).toBe(end);
    await bench.store.close();
  });

  test('spares the last index file, whatever it speaks of', async () => {
    const bench = await new Bench().open({ fileReservedTime: 1, maxIndexNum: 1000 });
    await bench.fill(3);
    await bench.clock.advance(2 * HOUR_MS);
    bench.store.deleteExpiredFiles();
    await bench.clock.advance(20_000);
    expect(bench.logFiles()).toEqual([3]);
    expect(bench.disks.readdirSync('/store/index')).toHaveLength(1);
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

  test('comes after everything that was made from the files is durable: offsets do not go back with a power cut', async () => {
    const bench = await new Bench().open({ fileReservedTime: 1 });
    await bench.fill(3);
    await bench.store.flush();
    const maxOffset = bench.store.maxOffsetInQueue('TopicTest', 0);
    bench.clock.stepWallClock(2 * HOUR_MS);
    bench.store.deleteExpiredFiles();
    await bench.clock.advance(1000);
    expect(bench.logFiles()).toEqual([3]);
    bench.disks.crash(7);
    await bench.open({ fileReservedTime: 1 });
    expect(bench.store.maxOffsetInQueue('TopicTest', 0)).toBe(maxOffset);
    await bench.store.close();
  });

  test('does not come when the end of a queue is neither durable nor in the rest of the log, however much space is needed', async () => {
    const bench = await new Bench().open({ fileReservedTime: 1, cleanFileForciblyEnable: true });
    await bench.fill(1);
    await bench.fill(1, 'Short');
    await bench.fill(2);
    await bench.store.flush();
    bench.clock.stepWallClock(2 * HOUR_MS);
    bench.files.fail({ operation: 'write', code: 'ENOSPC', path: QUEUES_AND_MANIFEST, times: 1_000_000 });
    bench.disks.usedPercent.set('/store', 91);
    await bench.clock.advance(80_000);
    // Its newest message is in the third file.
    expect(bench.logFiles()).toEqual([2, 3, 4]);
    expect(bench.store.flags.writable).toBe(false);
    bench.files.heal();
    await bench.clock.advance(20_000);
    expect(bench.logFiles()).toEqual([4]);
    await bench.store.close();
  });

  test('comes on a full disk when the rest of the log tells where queues go on', async () => {
    const bench = await new Bench().open({ fileReservedTime: 1 });
    await bench.fill(3);
    const maxOffset = bench.store.maxOffsetInQueue('TopicTest', 0);
    await bench.store.flush();
    bench.clock.stepWallClock(2 * HOUR_MS);
    bench.files.fail({ operation: 'write', code: 'ENOSPC', path: QUEUES_AND_MANIFEST, times: 1_000_000 });
    bench.disks.usedPercent.set('/store', 91);
    await bench.clock.advance(80_000);
    expect(bench.logFiles()).toEqual([3]);
    bench.files.heal();
    bench.disks.crash(7);
    await bench.open();
    expect(bench.store.maxOffsetInQueue('TopicTest', 0)).toBe(maxOffset);
    const found = await bench.store.get({ topic: 'TopicTest', queueId: 0, offset: maxOffset - 1, maxMessages: 1 });
    expect(found.queueOffsets).toEqual([maxOffset - 1]);
    await bench.store.close();
  });

  test('comes on a full disk to what is known elsewhere, and to the rest when that has made room', async () => {
    const bench = await new Bench().open({ fileReservedTime: 1 });
    await bench.fill(1, 'Short');
    await bench.fill(2);
    await bench.clock.advance(70_000);
    await bench.fill(1, 'Short');
    await bench.fill(1);
    bench.clock.stepWallClock(2 * HOUR_MS);
    bench.files.fail({ operation: 'write', code: 'ENOSPC', path: QUEUES_AND_MANIFEST, times: 1_000_000 });
    bench.disks.usedPercent.set('/store', 91);
    await bench.clock.advance(20_000);
    // The newest of `Short` is in the fifth file.
    expect(bench.logFiles()).toEqual([4, 5]);
    bench.files.heal();
    await bench.clock.advance(20_000);
    expect(bench.logFiles()).toEqual([5]);
    await bench.store.close();
  });

  test('does not come on a full disk while compaction logs copy again what may not have been durable', async () => {
    const bench = await new Bench().open({ fileReservedTime: 1 });
    await bench.fill(1, 'Compacted');
    await bench.fill(2);
    await bench.store.close();
    // As after a kill.
    bench.disks.openSync('/store/abort', 'create').closeSync();
    bench.disks.removeSync('/store/consumequeue');
    bench.clock.stepWallClock(2 * HOUR_MS);
    bench.files.fail({ operation: 'write', code: 'ENOSPC', path: QUEUES_AND_MANIFEST, times: 1_000_000 });
    await bench.open({ fileReservedTime: 1 });
    bench.disks.usedPercent.set('/store', 91);
    await bench.clock.advance(80_000);
    expect(bench.logFiles()).toEqual([0, 1, 2, 3]);
    bench.files.heal();
    await bench.clock.advance(20_000);
    expect(bench.logFiles()).toEqual([3]);
    await bench.store.close();
  });

  test('comes on a full disk although queues are being made again: offsets do not go back', async () => {
    const bench = await new Bench().open({ fileReservedTime: 1 });
    await bench.fill(1, 'Short');
    await bench.fill(2);
    await bench.store.close();
    bench.disks.removeSync('/store/consumequeue');
    bench.clock.stepWallClock(2 * HOUR_MS);
    for (let start = 0; start < 2; start++) {
      bench.files.fail({ operation: 'write', code: 'ENOSPC', path: QUEUES_AND_MANIFEST, times: 1_000_000 });
      await bench.open({ fileReservedTime: 1 });
      expect(bench.store.maxOffsetInQueue('Short', 0)).toBe(9);
      bench.disks.usedPercent.set('/store', 91);
      await bench.clock.advance(80_000);
      expect(bench.logFiles()).toEqual([3]);
      bench.files.heal();
      bench.disks.crash(start);
    }
    await bench.open({ fileReservedTime: 1 });
    expect(bench.store.maxOffsetInQueue('Short', 0)).toBe(9);
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

  test.each([
    [{ diskMaxUsedSpaceRatio: 0 }, 2 * HOUR_MS, 10, 11],
    [{ diskMaxUsedSpaceRatio: 90, diskSpaceCleanForciblyRatio: 5 }, 80_000, 30, 31],
  ])('levels of deletion, too: %j', async (config, ageMs, spares, deletes) => {
    const bench = new Bench();
    bench.mayDeleteForcibly = () => true;
    bench.disks.usedPercent.set('/', spares);
    await bench.open({ fileReservedTime: 1, cleanFileForciblyEnable: true, ...config });
    await bench.fill(2);
    await bench.clock.advance(ageMs);
    expect(bench.logFiles()).toEqual([0, 1, 2]);
    bench.disks.usedPercent.set('/', deletes);
    await bench.clock.advance(20_000);
    expect(bench.logFiles()).toEqual([2]);
    await bench.store.close();
  });

  test('keeps a broker to its share of a disk that several use', async () => {
    const bench = await new Bench().open({ fileReservedTime: 1, replicasPerDiskPartition: 1000 });
    await bench.fill(2);
    await bench.clock.advance(2 * HOUR_MS);
    // Three files of the log, one queue and one index file, in a share of 100 000 bytes.
    expect(bench.logFiles()).toEqual([2]);
    expect(bench.store.flags.writable).toBe(true);
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
