import { MemoryFiles } from '@rocketmq-ts/testkit';
import { describe, expect, test } from 'vitest';
import { START_MS, TimerBench } from './test-timer.js';

const DAY_MS = 86_400_000;

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
