// What is left of the timer's files after stops, kills and accidents, and what is delivered then.
import { MemoryFiles, VirtualClock } from '@rocketmq-ts/testkit';
import { describe, expect, test } from 'vitest';
import { verifyStore } from '../offline/verify.js';
import { START_MS, TimerBench, type TimerBenchOptions } from './test-timer.js';

const HOUR_MS = 3_600_000;
const config = { timerRollWindowSlot: 3600 };
/** What is still to come after `leave`, by time. */
const WAITING = ['b', 'c', 'rolled', 'late'];

/** Some messages delivered, some waiting, one that went round the wheel, one taken back. */
async function leave(files: MemoryFiles, ending: 'stop' | 'kill', options: TimerBenchOptions = {}): Promise<number> {
  const bench = await TimerBench.start({ ...options, files, config: { ...config, ...options.config } });
  for (let i = 0; i < 50; i++) await bench.send(START_MS + 2000 + (i % 4) * 1000, `done${i}`);
  await bench.send(START_MS + 2 * HOUR_MS + 10_000, 'rolled');
  await bench.send(START_MS + HOUR_MS + 60_000, 'c');
  await bench.jump(HOUR_MS);
  await bench.clock.advance(5000);
  await bench.send(START_MS + HOUR_MS + 30_000, 'b', { uniqKey: 'B' });
  await bench.send(START_MS + HOUR_MS + 30_000, 'taken back', { uniqKey: 'A' });
  await bench.send(START_MS + HOUR_MS + 30_000, '0', { deletes: 'A' });
  await bench.send(START_MS + 4 * HOUR_MS, 'late');
  expect(await bench.bodies()).toHaveLength(50);
  await bench.clock.advance(3000);
  if (ending === 'stop') await bench.stop();
  else files.crashProcess();
  return bench.clock.now();
}

/** Starts on the files and lets all times pass; answers what was delivered beyond the first 50. */
async function goOn(
  files: MemoryFiles,
  startMs: number,
  options: TimerBenchOptions & { countLost?: boolean } = {},
): Promise<string[]> {
  const clock = new VirtualClock({ startMs: startMs + 500 });
  const bench = await TimerBench.start({ ...options, files, clock, config: { ...config, ...options.config } });
  await bench.clock.advance(1500);
  const early = (await bench.bodies()).slice(50);
  expect(early.filter((body) => WAITING.includes(body))).toEqual([]);
  for (let i = 0; i < 5; i++) await bench.jump(HOUR_MS);
  const bodies = (await bench.bodies()).slice(50);
  const count = bench.timer.metrics.count('T');
  await bench.stop();
  return options.countLost === true ? bodies : [...bodies, ...(count === 0 ? [] : [`${count} are counted`])];
}

function remove(...names: string[]): (files: MemoryFiles) => void {
  return (files) => {
    for (const name of names) files.removeSync(`/store/${name}`);
  };
}

function overwrite(name: string, at: number, length: number, value: number): (files: MemoryFiles) => void {
  return (files) => {
    const handle = files.openSync(`/store/${name}`, 'readWrite');
    handle.writeSync(Buffer.alloc(length, value), 0, length, at);
    handle.closeSync();
  };
}

/** Where the slots of these tests begin in the wheel. */
const USED_SLOTS = ((START_MS / 1000) % 1_209_600) * 32;
const FIRST = 'timerlog/00000000000000000000';
const SECOND = 'timerlog/00000000000000002120';
const accidents: [string, (files: MemoryFiles) => void][] = [
  ['nothing happens to them', () => {}],
  ['the wheel is gone', remove('timerwheel')],
  ['the timer log is gone', remove('timerlog')],
  ['a file of the timer log is gone', remove(FIRST)],
  ['the newest file of the timer log is gone', remove(SECOND)],
  ['the check point is gone', remove('config/timercheck')],
  ['the check point is zeros', overwrite('config/timercheck', 0, 56, 0)],
  ['the check point is nonsense', overwrite('config/timercheck', 0, 56, 0xa5)],
  ['all but the check point is gone', remove('timerwheel', 'timerlog', 'config/timermetrics')],
  ['the wheel is nonsense', overwrite('timerwheel', USED_SLOTS, 5 * 3600 * 32, 0x5a)],
  ['the wheel is empty', overwrite('timerwheel', USED_SLOTS, 5 * 3600 * 32, 0)],
  ['the end of the timer log is nonsense', overwrite(SECOND, 0, 2000, 0x5a)],
  ['the counts are gone', remove('config/timermetrics', 'config/timermetrics.bak')],
];

describe.each(['stop', 'kill'] as const)('after a %s, when', (ending) => {
  test.each(accidents)('%s, each message comes once', async (name, accident) => {
    const files = new MemoryFiles();
    const endMs = await leave(files, ending);
    accident(files);
    expect(await goOn(files, endMs, { countLost: name === 'the counts are gone' })).toEqual(WAITING);
  });
});

test('without any of the files every message that waits comes, and those of the last week again', async () => {
  const files = new MemoryFiles();
  const endMs = await leave(files, 'stop');
  remove('timerwheel', 'timerlog', 'config')(files);
  const bodies = await goOn(files, endMs);
  expect(bodies.filter((body) => !body.startsWith('done'))).toEqual(WAITING);
  expect(bodies).toHaveLength(54);
});

describe('the wheel in snapshots', () => {
  const snapshots = { timerWheelSnapshotFlush: true };

  test.each(['stop', 'kill'] as const)('is as good after a %s, two of them are kept', async (ending) => {
    const files = new MemoryFiles();
    const endMs = await leave(files, ending, { config: snapshots });
    const names = files.readdirSync('/store').filter((name) => name.startsWith('timerwheel'));
    expect(names.length).toBeLessThanOrEqual(2);
    for (const name of names) expect(name).toMatch(/^timerwheel\.\d+$/);
    expect(await goOn(files, endMs, { config: snapshots })).toEqual(WAITING);
  });

  test('and the plain file take over from each other', async () => {
    const files = new MemoryFiles();
    const endMs = await leave(files, 'stop', { config: snapshots });
    const plain = await TimerBench.start({ files, clock: new VirtualClock({ startMs: endMs }), config });
    await plain.send(endMs + 100_000, 'x');
    await plain.clock.advance(3000);
    expect(files.readdirSync('/store').filter((name) => name.startsWith('timerwheel'))).toEqual(['timerwheel']);
    await plain.stop();
    expect(await goOn(files, plain.clock.now(), { config: snapshots })).toEqual(['b', 'c', 'x', 'rolled', 'late']);
  });
});

describe('a precision that was changed', () => {
  test.each([100, 500, 5000, 10_000])('to %i ms loses nothing', async (timerPrecisionMs) => {
    const files = new MemoryFiles();
    const endMs = await leave(files, 'stop');
    const bodies = await goOn(files, endMs, { config: { timerPrecisionMs } });
    // What was delivered in the slot that is under way by the new measure may come again.
    expect(bodies).toEqual(expect.arrayContaining(WAITING));
  });
});

describe('a message that was taken back while its broker was away over its time', () => {
  test('does not come when neither was in the wheel', async () => {
    const files = new MemoryFiles();
    const bench = await TimerBench.start({ files, config: { ...config, timerStopEnqueue: true } });
    await bench.send(START_MS + 60_000, 'taken back', { uniqKey: 'A' });
    await bench.send(START_MS + 60_000, 'b');
    await bench.send(START_MS + 60_000, '0', { deletes: 'A' });
    await bench.stop();
    const again = await TimerBench.start({
      files,
      clock: new VirtualClock({ startMs: START_MS + 2 * HOUR_MS }),
      config,
    });
    await again.clock.advance(5000);
    expect(await again.bodies()).toEqual(['b']);
    await again.stop();
  });

  test('does not come when both have to go round once more', async () => {
    const files = new MemoryFiles();
    const bench = await TimerBench.start({ files, config: { ...config, timerRollWindowSlot: 60 } });
    await bench.send(START_MS + 70_000, 'taken back', { uniqKey: 'A' });
    await bench.send(START_MS + 70_000, '0', { deletes: 'A' });
    await bench.clock.advance(3000);
    await bench.stop();
    const clock = new VirtualClock({ startMs: START_MS + 2 * HOUR_MS });
    const again = await TimerBench.start({ files, clock, config: { ...config, timerRollWindowSlot: 60 } });
    await again.clock.advance(5000);
    expect(await again.bodies()).toEqual([]);
    await again.stop();
  });
});

test.each([
  ['the size of its message', 38],
  ['the hash of its topic', 41],
])('a record that a kill has cut in %s is made again from its message', async (_, cutAt) => {
  const files = new MemoryFiles();
  const bench = await TimerBench.start({ files, config });
  await bench.send(START_MS + 30_000, 'flushed');
  await bench.clock.advance(3000);
  // So long that its size takes two bytes.
  const body = 'cut'.padEnd(400, '.');
  await bench.send(START_MS + 40_000, body);
  await bench.clock.settle();
  files.crashProcess();
  const path = '/store/timerlog/00000000000000000000';
  expect(files.readFileSync(path).readInt32BE(52)).toBe(52);
  expect(files.readFileSync(path).readInt32BE(104)).toBe(0);
  const handle = files.openSync(path, 'readWrite');
  handle.writeSync(Buffer.alloc(52 - cutAt), 0, 52 - cutAt, 52 + cutAt);
  handle.closeSync();
  const clock = new VirtualClock({ startMs: START_MS + 10_000 });
  const again = await TimerBench.start({ files, clock, config });
  await again.jump(60_000);
  expect(await again.bodies()).toEqual(['flushed', body]);
  await again.stop();
  expect((await verifyStore({ files, root: '/store', thorough: true })).problems).toEqual([]);
});
