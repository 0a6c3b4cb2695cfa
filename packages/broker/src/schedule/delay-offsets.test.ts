import { readFileSync } from 'node:fs';
import { silentLogger } from '@rocketmq-ts/common';
import { MemoryFiles, VirtualClock } from '@rocketmq-ts/testkit';
import { describe, expect, test } from 'vitest';
import { DelayOffsets } from './delay-offsets.js';

const path = '/store/config/delayOffset.json';
const golden: Record<string, { content: string }> = JSON.parse(
  readFileSync(new URL('testdata/golden-c.json', import.meta.url), 'utf8'),
);
const goldenText = Buffer.from(golden['config/delayOffset.json']!.content, 'base64').toString();

function table(files = new MemoryFiles()) {
  const flushes: (() => void)[] = [];
  const flags = { readable: true, writable: true, diskFull: false, failed: false, reason: '' };
  const offsets = new DelayOffsets({
    config: { delayOffsetUpdateVersionStep: 200 },
    store: { flags, flush: () => new Promise<void>((resolve) => flushes.push(resolve)) },
    path,
    files,
    logger: silentLogger,
    clock: new VirtualClock(),
  });
  return { offsets, flushes, flags, files, text: () => files.readFileSync(path).toString() };
}

function withFile(text: string): MemoryFiles {
  const files = new MemoryFiles();
  files.mkdirSync('/store/config');
  const handle = files.openSync(path, 'create');
  handle.writeSync(Buffer.from(text), 0, text.length, 0);
  handle.closeSync();
  return files;
}

describe('the offsets of the delay levels', () => {
  test("are read from the reference's file and written as it writes them", async () => {
    const { offsets, flushes, text } = table(withFile(goldenText));
    offsets.load();
    expect([...offsets.table]).toEqual([
      [1, 2],
      [2, 2],
      [3, 3],
      [18, 0],
    ]);
    offsets.set(1, 3);
    offsets.set(1, 2);
    const flushed = offsets.flush();
    flushes[0]?.();
    await flushed;
    expect(text()).toBe(goldenText);
  });

  test('are written only when they have changed, and only after the messages are on disk', async () => {
    const { offsets, flushes, files, text } = table();
    await offsets.flush();
    expect(flushes).toHaveLength(0);
    offsets.set(3, 7);
    const flushed = offsets.flush();
    offsets.set(3, 8);
    await Promise.resolve();
    expect(files.statSync(path)).toBeUndefined();
    flushes[0]?.();
    await flushed;
    expect(text()).toContain('3:7');
    const second = offsets.flush();
    flushes[1]?.();
    await second;
    expect(text()).toContain('3:8');
  });

  test('stay in memory when the disk has failed', async () => {
    const { offsets, flushes, flags, files } = table();
    offsets.set(3, 7);
    flags.failed = true;
    const flushed = offsets.flush();
    flushes[0]?.();
    await flushed;
    expect(files.statSync(path)).toBeUndefined();
  });

  test('get a new version with every 200th change', () => {
    const { offsets } = table();
    for (let offset = 1; offset <= 399; offset++) offsets.set(1, offset);
    expect(offsets.dataVersion.counter).toBe(1);
    offsets.set(1, 399);
    expect(offsets.dataVersion.counter).toBe(1);
    offsets.set(1, 400);
    expect(offsets.dataVersion.counter).toBe(2);
  });
});
