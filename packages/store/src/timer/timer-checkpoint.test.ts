import { DataVersion } from '@rocketmq-ts/common';
import { MemoryFiles } from '@rocketmq-ts/testkit';
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

function readFrom(file: Uint8Array, copy: Uint8Array): TimerProgress | undefined {
  const files = new MemoryFiles();
  files.mkdirSync('/config');
  for (const [path, bytes] of [
    ['/config/timercheck', file],
    ['/config/timercheck.bak', copy],
  ] as const) {
    const handle = files.openSync(path, 'create');
    handle.writeSync(bytes, 0, bytes.length, 0);
    handle.closeSync();
  }
  return new TimerCheckpointFile(files, '/config').read()?.progress;
}

describe('a check point of the timer whose writing was cut short', () => {
  // From its version on the new values are whole.
  test.each(Array.from({ length: 32 }, (_, i) => i))('after %d bytes is that of before', (cutAt) => {
    const torn = Buffer.concat([newBytes.subarray(0, cutAt), oldBytes.subarray(cutAt)]);
    expect(readFrom(torn, oldBytes)).toEqual(OLD);
    // What the system had not written of the file is older than what it had of the copy.
    expect(readFrom(oldBytes, torn)).toEqual(OLD);
    expect(readFrom(torn, newBytes)).toEqual(NEW);
    expect(readFrom(newBytes, torn)).toEqual(NEW);
  });
});
