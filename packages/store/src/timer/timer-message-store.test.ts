import { TIMER_TOPIC } from '@rocketmq-ts/common';
import { FaultyFiles, MemoryFiles, VirtualClock } from '@rocketmq-ts/testkit';
import { describe, expect, test } from 'vitest';
import { putAndWait, testMessage } from '../test-store.js';
import { START_MS, TimerBench } from './test-timer.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A store that makes messages durable before they are readable, on a disk that takes its time. */
async function benchOfSlowFlushes() {
  const files = new FaultyFiles(new MemoryFiles());
  const clock = new VirtualClock({ startMs: START_MS });
  const bench = await TimerBench.start({ files, clock, config: { flushDiskType: 'SYNC_FLUSH' } });
  const slowDown = (): void => files.slowDatasync(clock, 40_000);
  const stop = async (): Promise<void> => {
    files.heal();
    await clock.advance(200_000);
    await bench.stop();
  };
  return { bench, slowDown, stop };
}

describe('a timed message', () => {
  test('comes when its time has come, not before, with the notes of the timer', async () => {
    const bench = await TimerBench.start();
    await bench.send(START_MS + 10_000, 'exact');
    await bench.send(START_MS + 4500, 'between');
    await bench.clock.advance(4499);
    expect(await bench.bodies()).toEqual([]);
    await bench.clock.advance(501);
    expect(await bench.bodies()).toEqual(['between']);
    await bench.clock.advance(4999);
    expect(await bench.bodies()).toEqual(['between']);
    await bench.clock.advance(1);
    const [, exact] = await bench.messages();
    expect(exact?.body.toString()).toBe('exact');
    expect(Object.fromEntries(exact!.properties)).toMatchObject({
      TIMER_OUT_MS: String(START_MS + 9000),
      TIMER_ENQUEUE_MS: String(START_MS),
      TIMER_DEQUEUE_MS: String(START_MS + 10_000),
      REAL_TOPIC: 'T',
      REAL_QID: '0',
    });
    expect(bench.delivered).toEqual(['T', 'T']);
    await bench.stop();
  });

  test('of a slot comes in the order in which they were sent, slots in the order of their times', async () => {
    const bench = await TimerBench.start();
    for (let i = 0; i < 150; i++) await bench.send(START_MS + 5000 + (i % 3) * 1000, `m${i}`);
    await bench.clock.advance(8000);
    const expected = [0, 1, 2].flatMap((slot) => Array.from({ length: 50 }, (_, i) => `m${i * 3 + slot}`));
    expect(await bench.bodies()).toEqual(expected);
    await bench.stop();
  });

  test('that is far away goes round the wheel until its time has come', async () => {
    const bench = await TimerBench.start();
    const dueMs = START_MS + 9 * DAY_MS + 1500;
    await bench.send(dueMs, 'far');
    await bench.send(START_MS + 2 * DAY_MS + 1000, 'just beyond');
    for (let i = 0; i < 2; i++) await bench.jump(DAY_MS);
    await bench.clock.advance(500);
    expect(await bench.bodies()).toEqual([]);
    await bench.clock.advance(500);
    expect(await bench.bodies()).toEqual(['just beyond']);
    for (let i = 0; i < 7; i++) await bench.jump(DAY_MS);
    await bench.clock.advance(499);
    expect(await bench.bodies()).toEqual(['just beyond']);
    await bench.clock.advance(1001);
    const [near, far] = await bench.messages();
    expect(near?.properties.get('TIMER_ROLL_TIMES')).toBe('1');
    expect(far?.properties.get('TIMER_ROLL_TIMES')).toBe('4');
    expect(bench.timer.metrics.count('T')).toBe(0);
    await bench.stop();
  });

  test('that was taken back does not come, and others of its slot do', async () => {
    const bench = await TimerBench.start();
    await bench.send(START_MS + 5000, 'a', { uniqKey: 'A' });
    await bench.send(START_MS + 5000, 'b', { uniqKey: 'B' });
    await bench.send(START_MS + 5000, '0', { deletes: 'A' });
    await bench.send(START_MS + 5000, '0', { deletes: 'nobody' });
    expect(bench.timer.metrics.count('T')).toBe(0);
    await bench.clock.advance(6000);
    expect(await bench.bodies()).toEqual(['b']);
    expect(bench.timer.metrics.count('T')).toBe(0);
    await bench.stop();
  });

  test('that was taken back while it was far away does not come', async () => {
    const bench = await TimerBench.start();
    await bench.send(START_MS + 5 * DAY_MS, 'a', { uniqKey: 'A' });
    await bench.jump(DAY_MS);
    await bench.send(START_MS + 5 * DAY_MS, '0', { deletes: 'A' });
    for (let i = 0; i < 5; i++) await bench.jump(DAY_MS);
    expect(await bench.bodies()).toEqual([]);
    expect(bench.timer.metrics.count('T')).toBe(0);
    await bench.stop();
  });

  test('that was taken back does not come when the flush of the mark takes longer than its time', async () => {
    const { bench, slowDown, stop } = await benchOfSlowFlushes();
    await bench.send(START_MS + 30_000, 'a', { uniqKey: 'A' });
    slowDown();
    const mark = bench.put(START_MS + 30_000, '0', { deletes: 'A' });
    await bench.clock.advance(6000);
    expect((await mark).status).toBe('FLUSH_DISK_TIMEOUT');
    await bench.clock.advance(120_000);
    expect(await bench.bodies()).toEqual([]);
    await stop();
  });

  test('that was taken back does not come when its own flush takes longer than its time', async () => {
    const { bench, slowDown, stop } = await benchOfSlowFlushes();
    slowDown();
    const answers = [bench.put(START_MS + 20_000, 'a', { uniqKey: 'A' }), bench.put(START_MS + 20_000, 'b')];
    await bench.clock.advance(6000);
    answers.push(bench.put(START_MS + 20_000, '0', { deletes: 'A' }));
    await bench.clock.advance(6000);
    for (const answer of answers) expect((await answer).status).toBe('FLUSH_DISK_TIMEOUT');
    await bench.clock.advance(180_000);
    expect(await bench.bodies()).toEqual(['b']);
    await stop();
  });

  test('that is refused for now comes later, one that is refused for good holds up nobody', async () => {
    const bench = await TimerBench.start();
    let times = 7;
    bench.refuse = ({ topic, body }) => {
      if (topic !== 'T') return undefined;
      if (Buffer.from(body).toString() === 'bad') return 'MESSAGE_ILLEGAL';
      return times-- > 0 ? 'SERVICE_NOT_AVAILABLE' : undefined;
    };
    for (const body of ['a', 'bad', 'b']) await bench.send(START_MS + 2000, body);
    await bench.clock.advance(60_000);
    expect((await bench.bodies()).sort()).toEqual(['a', 'b']);
    await bench.stop();
  });

  test('waits over a restart, and comes at once when its time is over by then', async () => {
    const files = new MemoryFiles();
    const first = await TimerBench.start({ files });
    await first.send(START_MS + 5000, 'over');
    await first.send(START_MS + 50_000, 'later');
    await first.send(START_MS + 3 * DAY_MS, 'far');
    await first.clock.advance(2000);
    await first.stop();
    await first.clock.advance(20_000);
    const second = await TimerBench.start({ files, clock: first.clock });
    await second.clock.advance(10);
    expect(await second.bodies()).toEqual(['over']);
    await second.clock.advance(30_000);
    expect(await second.bodies()).toEqual(['over', 'later']);
    await second.stop();
    const third = await TimerBench.start({ files, clock: first.clock });
    await third.jump(2 * DAY_MS);
    await third.jump(DAY_MS);
    expect(await third.bodies()).toEqual(['over', 'later', 'far']);
    await third.stop();
  });
});

describe('the timer', () => {
  test('sleeps while nothing waits, and looks at the clock once a second while something does', async () => {
    const bench = await TimerBench.start();
    const idle = bench.clock.timerCount;
    await bench.clock.advance(5000);
    expect(bench.clock.timerCount).toBe(idle);
    await bench.send(START_MS + DAY_MS, 'far');
    await bench.clock.advance(2000);
    expect(bench.clock.timerCount).toBe(idle + 1);
    await bench.stop();
  });

  test('writes nothing while nothing changes', async () => {
    const files = new FaultyFiles(new MemoryFiles());
    const bench = await TimerBench.start({ files });
    await bench.send(START_MS + DAY_MS, 'far');
    await bench.clock.advance(70_000);
    const before = files.operations;
    await bench.clock.advance(30_000);
    expect(files.operations - before).toBeLessThan(3);
    await bench.stop();
  });

  test('delivers what is due when the clock was set forwards, and nothing early when it was set back', async () => {
    const bench = await TimerBench.start();
    await bench.send(START_MS + 5000, 'before');
    await bench.send(START_MS + HOUR_MS, 'hour');
    await bench.jump(HOUR_MS - 60_000);
    expect(await bench.bodies()).toEqual(['before']);
    bench.clock.stepWallClock(-HOUR_MS / 2);
    await bench.clock.advance(2000);
    await bench.send(bench.clock.now() + 30_000, 'in between');
    await bench.clock.advance(29_000);
    expect(await bench.bodies()).toEqual(['before']);
    await bench.clock.advance(3000);
    expect(await bench.bodies()).toEqual(['before', 'in between']);
    await bench.jump(HOUR_MS / 2 + 60_000);
    expect(await bench.bodies()).toEqual(['before', 'in between', 'hour']);
    await bench.stop();
  });

  test('passes over messages that are none of its own', async () => {
    const bench = await TimerBench.start();
    const records = [
      testMessage({ topic: TIMER_TOPIC, properties: 'REAL_TOPIC\u0001T\u0002' }),
      testMessage({ topic: TIMER_TOPIC, properties: `TIMER_OUT_MS\u0001${START_MS + 1000}\u0002` }),
      testMessage({
        topic: TIMER_TOPIC,
        properties: `TIMER_OUT_MS\u0001${START_MS + 1000}\u0002REAL_TOPIC\u0001../x\u0002REAL_QID\u00010\u0002`,
      }),
    ];
    for (const record of records) await Promise.all([putAndWait(bench.store, record), bench.clock.settle()]);
    await bench.send(START_MS + 2000, 'good');
    await bench.clock.advance(3000);
    expect(await bench.bodies()).toEqual(['good']);
    expect(bench.store.topics().sort()).toEqual(['T', TIMER_TOPIC].sort());
    await bench.stop();
  });

  test('does nothing on a slave', async () => {
    const bench = await TimerBench.start({ config: { brokerRole: 'SLAVE' } });
    expect(bench.store.maxOffsetInQueue(TIMER_TOPIC, 0)).toBe(0);
    bench.timer.wake();
    await bench.clock.advance(2000);
    expect(bench.files.statSync('/store/timerlog')).toBeUndefined();
    await bench.stop();
  });

  test('refuses more and more for a slot that is full', async () => {
    const bench = await TimerBench.start({ config: { timerCongestNumEachSlot: 10 } });
    for (let i = 0; i < 10; i++) await bench.send(START_MS + 60_000, `m${i}`);
    expect(bench.timer.isReject(START_MS + 59_000)).toBe(false);
    await bench.send(START_MS + 60_000, 'one more');
    const answers = Array.from({ length: 200 }, () => bench.timer.isReject(START_MS + 59_000));
    expect(new Set(answers)).toEqual(new Set([true, false]));
    for (let i = 0; i < 9; i++) await bench.send(START_MS + 60_000, `n${i}`);
    expect(bench.timer.isReject(START_MS + 59_000)).toBe(true);
    expect(bench.timer.isReject(START_MS + 60_000)).toBe(false);
    await bench.stop();
  });

  test('counts anew in the night what a crash has left wrong', async () => {
    const files = new MemoryFiles();
    const startMs = new Date(2026, 0, 5, 2, 0).getTime();
    const clock = new VirtualClock({ startMs });
    const bench = await TimerBench.start({ files, clock });
    for (let i = 0; i < 5; i++) await bench.send(startMs + 8 * HOUR_MS, `m${i}`);
    await bench.send(startMs + 8 * HOUR_MS, '0', { deletes: 'x' });
    bench.timer.metrics.add('T', 40);
    bench.timer.metrics.add('Gone', 3);
    await bench.jump(2 * HOUR_MS);
    await bench.clock.advance(0);
    expect(bench.timer.metrics.count('T')).toBe(44);
    await bench.clock.advance(46 * 60_000);
    await bench.jump(1000 * 60);
    await bench.clock.advance(46 * 60_000);
    expect([bench.timer.metrics.count('T'), bench.timer.metrics.count('Gone')]).toEqual([4, 0]);
    await bench.stop();
  });

  test('delivers thousands at once in their order, and leaves the event loop free in between', async () => {
    const bench = await TimerBench.start({ config: { mappedFileSizeCommitLog: 8 * 1024 * 1024 } });
    const names = Array.from({ length: 3000 }, (_, i) => `m${i}`);
    await Promise.all(names.map((name) => bench.send(START_MS + 5000, name)));
    let turns = 0;
    const count = (): void => {
      turns++;
      if (turns < 10_000) bench.clock.endOfTurn(count);
    };
    await bench.clock.advance(4000);
    expect(Number(bench.timer.runtimeInfo().get('timerCongestNum'))).toBe(3000);
    bench.clock.endOfTurn(count);
    await bench.clock.advance(3000);
    expect(await bench.bodies()).toEqual(names);
    expect(turns).toBeGreaterThan(40);
    await bench.stop();
  }, 20_000);
});
