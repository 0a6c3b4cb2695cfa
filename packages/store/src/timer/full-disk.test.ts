// Each kind of file is the one that meets the full disk: nothing that was acknowledged is lost, readers go on, and all is
// well again by itself when there is space.
import { encodeProperties, TIMER_TOPIC } from '@rocketmq-ts/common';
import { FaultyFiles, MemoryFiles, VirtualClock } from '@rocketmq-ts/testkit';
import { expect, test } from 'vitest';
import type { PutMessage } from '../api.js';
import { openTestStore, type PutAnswer, putAndWait, readQueue, testMessage } from '../test-store.js';
import { outMs, START_MS, TimerBench } from './test-timer.js';

/** So long the disk is full, and so soon after it everything must be well. */
const FULL_MS = 70_000;
const WELL_AFTER_MS = 15_000;
/** Small, so that new files are made, and written, all the time. */
const config = { flushConsumeQueueThoroughInterval: 2000, flushConsumeQueueLeastPages: 0, timerFlushIntervalMs: 500 };

test.each([
  ['commitlog', true],
  ['consumequeue', true],
  ['index', true],
  ['checkpoint', true],
  ['timerlog', false],
  ['timerwheel', false],
  ['timercheck', false],
  ['timermetrics', false],
])('a disk that is full for %s', async (name, mayRefuse) => {
  const memory = new MemoryFiles();
  const files = new FaultyFiles(memory);
  const clock = new VirtualClock({ startMs: START_MS });
  const bench = await TimerBench.start({ files, clock, config });
  const kept: string[] = [];
  const waiting: string[] = [];
  let serial = 0;
  const put = async (message: Partial<PutMessage>, list: string[]): Promise<PutAnswer> => {
    const body = `m${serial++}`;
    const answer = putAndWait(bench.store, testMessage({ ...message, body: Buffer.from(body) }));
    await clock.advance(10);
    const { status, result } = await answer;
    if (result !== undefined) list.push(body);
    return { status, result };
  };
  const putBoth = async (): Promise<boolean> => {
    const plain = await put({ keys: `k${serial}` }, kept);
    const properties = encodeProperties([
      ['UNIQ_KEY', `u${serial}`],
      ['TIMER_OUT_MS', String(outMs(clock.now() + 5000))],
      ['REAL_TOPIC', 'Due'],
      ['REAL_QID', '0'],
    ]);
    const timed = await put({ topic: TIMER_TOPIC, uniqKey: `u${serial}`, properties }, waiting);
    return plain.result !== undefined && timed.result !== undefined;
  };
  const bodies = async (topic: string) => (await readQueue(bench.store, topic, 0)).map(({ body }) => body);

  for (let i = 0; i < 50; i++) expect(await putBoth()).toBe(true);
  await clock.advance(3000);
  for (const operation of ['write', 'truncate', 'open'] as const) {
    if (operation === 'open' && name !== 'timerwheel') continue;
    files.fail({ operation, code: 'ENOSPC', path: new RegExp(name), times: 1_000_000 });
  }
  for (let i = 0; i < FULL_MS / 1000; i++) {
    const taken = await putBoth();
    if (!mayRefuse) expect(taken).toBe(true);
    expect(await bodies('TopicTest')).toEqual(kept);
    await clock.advance(980);
  }
  files.heal();
  await clock.advance(WELL_AFTER_MS);
  expect(bench.store.flags.failed).toBe(false);
  for (let i = 0; i < 20; i++) expect(await putBoth()).toBe(true);
  await clock.advance(10_000);
  expect(await bodies('TopicTest')).toEqual(kept);
  expect((await bodies('Due')).sort()).toEqual([...waiting].sort());
  await bench.stop();
  const again = await openTestStore('/store', { files: memory, clock });
  expect((await readQueue(again, 'TopicTest', 0)).map(({ body }) => body)).toEqual(kept);
  expect((await readQueue(again, 'Due', 0)).map(({ body }) => body).sort()).toEqual([...waiting].sort());
  await again.close();
});
