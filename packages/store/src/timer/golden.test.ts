// The reference's store with timed messages that wait: they are found, and delivered as it would have delivered them.

import { readFileSync } from 'node:fs';
import type { MessageExt } from '@rocketmq-ts/common';
import { silentLogger } from '@rocketmq-ts/common';
import { MemoryFiles, VirtualClock } from '@rocketmq-ts/testkit';
import { describe, expect, test } from 'vitest';
import { TimerBench } from './test-timer.js';
import { decodeTimerCheckpoint, encodeTimerCheckpoint, TimerCheckpointFile } from './timer-checkpoint.js';
import { TimerMetrics } from './timer-metrics.js';

interface StoredFile {
  readonly size: number;
  /** Base64 by place; what is not there is zeros. */
  readonly pages: Readonly<Record<string, string>>;
}

const TIMER_FILES = ['config/timercheck', 'config/timermetrics', 'timerlog/00000000000000000000', 'timerwheel'];
/** The reference's timer has done the slots before this. */
const READ_MS = 1_795_248_173_000;
const ALREADY_DELIVERED = 5;
const config = { mappedFileSizeTimerLog: 5200, timerRollWindowSlot: 3600 };

function goldenFiles(leaveOut: readonly string[] = []): MemoryFiles {
  const text = readFileSync(new URL('testdata/golden-c.json', import.meta.url), 'utf8');
  const files = new MemoryFiles();
  for (const [name, { size, pages }] of Object.entries(JSON.parse(text) as Record<string, StoredFile>)) {
    if (leaveOut.includes(name)) continue;
    const path = `/store/${name}`;
    files.mkdirSync(path.slice(0, path.lastIndexOf('/')));
    const handle = files.openSync(path, 'create');
    for (const [at, content] of Object.entries(pages)) {
      const bytes = Buffer.from(content, 'base64');
      handle.writeSync(bytes, 0, bytes.length, Number(at));
    }
    handle.truncateSync(size);
    handle.closeSync();
  }
  return files;
}

function start(files: MemoryFiles, startMs = READ_MS + 1500): Promise<TimerBench> {
  return TimerBench.start({ files, clock: new VirtualClock({ startMs }), config });
}

/** Moves to a moment, by hours at most. */
async function until(bench: TimerBench, timeMs: number): Promise<void> {
  for (let left = timeMs - bench.clock.now(); left > 2000; left = timeMs - bench.clock.now()) {
    await bench.jump(Math.min(left, 3_600_000));
  }
  await bench.clock.advance(Math.max(0, timeMs - bench.clock.now()));
}

async function keys(bench: TimerBench, queueId: number, topic = 'CDelay'): Promise<(string | undefined)[]> {
  const all: MessageExt[] = await bench.messages(topic, queueId);
  return all.slice(topic === 'CDelay' ? ALREADY_DELIVERED : 0).map(({ properties }) => properties.get('KEYS'));
}

describe.each([
  ['as it was left', []],
  ['without its wheel', ['timerwheel']],
  ['without its timer log', ['timerlog/00000000000000000000']],
  ['without wheel and timer log', ['timerwheel', 'timerlog/00000000000000000000']],
])('the golden store c, %s', (_, leaveOut) => {
  test('delivers each message that waits at its time, once, and not the one that was taken back', async () => {
    const bench = await start(goldenFiles(leaveOut));
    expect(bench.timer.metrics.count('CDelay')).toBeGreaterThanOrEqual(4);
    await until(bench, 1_795_248_717_999);
    const revive = 'rmq_sys_REVIVE_LOG_DefaultCluster';
    expect(await bench.messages(revive, 1)).toEqual([]);
    await until(bench, 1_795_248_718_000);
    expect(await bench.messages(revive, 1)).toHaveLength(1);
    await until(bench, 1_795_248_719_000);
    expect(await bench.messages(revive, 1)).toHaveLength(3);
    await until(bench, 1_795_251_710_999);
    expect([await keys(bench, 0), await keys(bench, 1)]).toEqual([[], []]);
    await until(bench, 1_795_251_711_000);
    expect([await keys(bench, 0), await keys(bench, 1)]).toEqual([['t3600-0'], ['t3600-1']]);
    await until(bench, 1_795_334_510_999);
    expect(await keys(bench, 0)).toEqual(['t3600-0']);
    await until(bench, 1_795_334_511_000);
    expect([await keys(bench, 0), await keys(bench, 1)]).toEqual([
      ['t3600-0', 't86400-0'],
      ['t3600-1', 't86400-1'],
    ]);
    await bench.stop();
  });
});

test('the same messages make the same timer log and the same slots, byte by byte', async () => {
  const files = goldenFiles(TIMER_FILES);
  const bench = await start(files, 1_795_248_110_900);
  await bench.clock.advance(1200);
  const theirs = goldenFiles();
  // The ten messages that the reference took in that second.
  const records = (from: MemoryFiles) => from.readFileSync('/store/timerlog/00000000000000000000').subarray(0, 520);
  expect(records(files).equals(records(theirs))).toBe(true);
  const slots = (from: MemoryFiles) =>
    [201_712, 201_714, 203_510, 205_310].map((slot) =>
      from
        .readFileSync('/store/timerwheel')
        .subarray(slot * 32, slot * 32 + 32)
        .toString('hex'),
    );
  expect(files.statSync('/store/timerwheel')?.sizeBytes).toBe(38_707_200);
  expect(slots(files)).toEqual(slots(theirs));
  await bench.stop();
});

test('progress and counts are written as the reference has written them', async () => {
  const files = goldenFiles();
  const [check, counts] = ['timercheck', 'timermetrics'].map((name) => files.readFileSync(`/store/config/${name}`));
  const { progress, version } = decodeTimerCheckpoint(check!)!;
  const file = new TimerCheckpointFile(files, '/written');
  await file.write(encodeTimerCheckpoint(progress, version));
  expect(files.readFileSync('/written/timercheck').equals(check!)).toBe(true);
  const path = '/store/config/timermetrics';
  const metrics = new TimerMetrics({ path, files, logger: silentLogger, clock: new VirtualClock() });
  metrics.load();
  await metrics.persist();
  expect(files.readFileSync(path).toString()).toBe(counts!.toString());
});
