import { DataVersion } from '@rocketmq-ts/common';
import { FaultyFiles, MemoryFiles, SeededRandom } from '@rocketmq-ts/testkit';
import { describe, expect, test } from 'vitest';
import { encodeTimerCheckpoint, TimerCheckpointFile, type TimerProgress } from './timer-checkpoint.js';

const progress = (lastReadTimeMs: number, count: number): TimerProgress => ({
  lastReadTimeMs,
  lastTimerLogFlushPos: 52 * count,
  lastTimerQueueOffset: count,
  masterTimerQueueOffset: count,
});
const OLD = progress(1_704_067_705_000, 250);
const NEW = progress(1_704_067_780_000, 260);
const oldBytes = encodeTimerCheckpoint(OLD, new DataVersion(1_704_067_705_100, 7));
const newBytes = encodeTimerCheckpoint(NEW, new DataVersion(1_704_067_780_100, 8));

async function written(memory: MemoryFiles, ...all: readonly Uint8Array[]): Promise<void> {
  for (const bytes of all) await new TimerCheckpointFile(memory, '/config').write(bytes);
}

const read = (memory: MemoryFiles) => new TimerCheckpointFile(memory, '/config').read()?.progress;

describe('the check point of the timer', () => {
  test('is the old one or the new one wherever its writing is cut short, and whatever a power cut takes', async () => {
    const seen = new Set<number | undefined>();
    for (let seed = 1; seed <= 200; seed++) {
      const memory = new MemoryFiles();
      await written(memory, oldBytes);
      const files = new FaultyFiles(memory);
      files.crashAt(1 + (seed % 12), new SeededRandom(seed));
      const ended = await new TimerCheckpointFile(files, '/config').write(newBytes).then(
        () => true,
        () => false,
      );
      if (seed % 2 === 0) memory.crash(seed);
      else memory.crashProcess();
      const found = read(memory);
      expect(ended ? [NEW] : [OLD, NEW], `seed ${seed}`).toContainEqual(found);
      seen.add(found?.lastReadTimeMs);
    }
    expect(seen.size).toBe(2);
  });

  test('is its copy when it is missing or damaged', async () => {
    const memory = new MemoryFiles();
    await written(memory, oldBytes, newBytes);
    expect(read(memory)).toEqual(NEW);
    const file = memory.openSync('/config/timercheck', 'readWrite');
    file.writeSync(Buffer.alloc(8, 0xff), 0, 8, 0);
    file.closeSync();
    expect(read(memory)).toEqual(OLD);
    memory.unlinkSync('/config/timercheck');
    expect(read(memory)).toEqual(OLD);
  });

  test('is what the reference has written in its place since, with the same version', async () => {
    const memory = new MemoryFiles();
    await written(memory, oldBytes, oldBytes);
    const file = memory.openSync('/config/timercheck', 'readWrite');
    file.writeSync(newBytes, 0, 32, 0);
    file.closeSync();
    expect(read(memory)).toEqual(NEW);
  });
});
