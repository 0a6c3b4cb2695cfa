import { forEachSeed, MemoryFiles, VirtualClock } from '@rocketmq-ts/testkit';
import { describe, expect, test } from 'vitest';
import { FileQueue } from '../file-queue.js';
import { HandleCache } from '../handle-cache.js';
import { type NewTimerRecord, TimerLog } from './timer-log.js';

const clock = new VirtualClock();
/** Two records, the mark of the end, and some bytes over. */
const FILE_BYTES = 140;

function open(files: MemoryFiles, fileBytes = FILE_BYTES): TimerLog {
  const log = new TimerLog({ clock, files: new FileQueue(files, new HandleCache(files, 8), '/timerlog', fileBytes) });
  log.load();
  log.truncate(
    log.scan(log.minOffset, () => true),
    0,
  );
  return log;
}

function record(slotTimeMs: number, physicalOffset: number): NewTimerRecord {
  return { magic: 1, writeTimeMs: 1000, slotTimeMs, physicalOffset, sizeBytes: 100, topicHash: 7 };
}

const ofSlot =
  (slotTimeMs: number) =>
  (found: NewTimerRecord): boolean =>
    found.slotTimeMs === slotTimeMs;
const FIRST_OF_SLOT = (): number => -1;

describe('the timer log', () => {
  test('links the records of a slot over the ends of its files', async () => {
    const files = new MemoryFiles();
    const log = open(files);
    expect(log.append([5000, 6000, 5000].map(record), FIRST_OF_SLOT)).toEqual([0, 52, 140]);
    expect(log.append([record(5000, 9)], (slot) => (slot === 5000 ? 140 : -1))).toEqual([192]);
    expect(files.readdirSync('/timerlog')).toEqual(['00000000000000000000', '00000000000000000140']);
    expect(files.readFileSync('/timerlog/00000000000000000000').toString('hex', 104, 120)).toBe(
      '000000240000000000000000cbd43194',
    );
    for (const again of [log, open(files)]) {
      expect(again.endOffset).toBe(244);
      expect(await again.positionsOf(192, ofSlot(5000))).toEqual({ positions: [0, 140, 192], broken: false });
      expect(await again.positionsOf(52, ofSlot(6000))).toEqual({ positions: [52], broken: false });
      expect(again.before(140)).toBe(52);
    }
  });

  test('says when its links lead astray', async () => {
    const files = new MemoryFiles();
    const log = open(files);
    log.append([5000, 6000, 5000].map(record), FIRST_OF_SLOT);
    expect(await log.positionsOf(52, ofSlot(5000))).toEqual({ positions: [], broken: true });
    expect(await log.positionsOf(53, ofSlot(5000))).toEqual({ positions: [], broken: true });
    expect(await log.positionsOf(1_000_000, ofSlot(5000))).toEqual({ positions: [], broken: true });
  });

  test('is as it was when an append fails', () => {
    const files = new MemoryFiles({ capacityBytes: 4096 });
    const log = open(files, 4096);
    const many = Array.from({ length: 200 }, (_, i) => record(5000, i));
    expect(() => log.append(many, FIRST_OF_SLOT)).toThrow('ENOSPC');
    expect(log.endOffset).toBe(0);
    expect(log.append([record(5000, 1)], FIRST_OF_SLOT)).toEqual([0]);
  });

  test('loses the files whose messages are gone, but never the last one', () => {
    const files = new MemoryFiles();
    const log = open(files);
    log.append(
      [10, 20, 30, 40, 50].map((offset) => record(5000, offset)),
      FIRST_OF_SLOT,
    );
    expect(log.deleteExpired(20)).toBe(0);
    expect(log.deleteExpired(21)).toBe(1);
    expect(log.minOffset).toBe(140);
    expect(log.deleteExpired(1000)).toBe(1);
    expect(log.minOffset).toBe(280);
    expect(files.readdirSync('/timerlog')).toHaveLength(1);
  });

  test('refuses files that hold no record', () => {
    expect(() => open(new MemoryFiles(), 60)).toThrow('mappedFileSizeTimerLog=60: at least 68 bytes are needed');
  });

  test('never has records again that were cut off, whatever a power cut takes', async () => {
    await forEachSeed({ count: 100 }, async (random) => {
      const files = new MemoryFiles();
      const log = open(files);
      log.append(
        Array.from({ length: 7 }, () => record(5000, 1)),
        FIRST_OF_SLOT,
      );
      await log.sync();
      files.syncDirectorySync('/');
      log.truncate(52, 52);
      const count = random.nextInt(7);
      if (count > 0)
        log.append(
          Array.from({ length: count }, () => record(6000, 2)),
          FIRST_OF_SLOT,
        );
      if (random.chance(0.3)) await log.sync();
      files.crash(random.nextInt(2 ** 31));
      const found: number[] = [];
      open(files).scan(0, ({ slotTimeMs }) => void found.push(slotTimeMs));
      expect(found[0]).toBe(5000);
      expect(found.slice(1).every((slotTimeMs) => slotTimeMs === 6000)).toBe(true);
    });
  });
});
