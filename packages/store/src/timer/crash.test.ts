// The process or the power ends at any operation: nothing that was acknowledged is lost, nothing comes before its time.
import { FaultyFiles, forEachSeed, MemoryFiles, type SeededRandom, VirtualClock } from '@rocketmq-ts/testkit';
import { describe, expect, test } from 'vitest';
import { START_MS, TimerBench } from './test-timer.js';

/** The slot of each message that was acknowledged, by body. */
type Acknowledged = Map<string, number>;

const config = { timerRollWindowSlot: 60 };

/** Sends and delivers until the files crash, or for some time. */
async function run(
  memory: MemoryFiles,
  random: SeededRandom,
  given: { name: string; startMs: number; crashAt: number; sync: boolean; acknowledged: Acknowledged },
): Promise<number> {
  const files = new FaultyFiles(memory);
  files.crashAt(given.crashAt, random);
  const clock = new VirtualClock({ startMs: given.startMs });
  const flushDiskType = given.sync ? 'SYNC_FLUSH' : 'ASYNC_FLUSH';
  try {
    const bench = await TimerBench.start({ files, clock, config: { ...config, flushDiskType } });
    for (let i = 0; i < 25 && !files.crashed; i++) {
      const atMs = clock.now() + 1000 + random.nextInt(200) * 1000;
      const body = `${given.name}-${i}`;
      const sent = bench.send(atMs, body).then(() => given.acknowledged.set(body, atMs));
      await Promise.race([sent, clock.advance(3000)]);
      await clock.advance(random.nextInt(3000));
    }
    if (!files.crashed && random.nextInt(2) === 0) await bench.stop();
  } catch (error) {
    if (!files.crashed) throw error;
  }
  return clock.now();
}

async function check(memory: MemoryFiles, startMs: number, acknowledged: Acknowledged): Promise<void> {
  const bench = await TimerBench.start({ files: memory, clock: new VirtualClock({ startMs }), config });
  for (let i = 0; i < 6; i++) await bench.jump(60_000);
  const counts = new Map<string, number>();
  for (const message of await bench.messages()) {
    const body = message.body.toString();
    counts.set(body, (counts.get(body) ?? 0) + 1);
    const atMs = acknowledged.get(body);
    if (atMs !== undefined) expect(message.storeTimestamp, body).toBeGreaterThanOrEqual(atMs);
  }
  for (const body of acknowledged.keys()) expect(counts.has(body), `${body} is lost`).toBe(true);
  await bench.stop();
}

describe('a crash at any operation', () => {
  test('of the process loses nothing that was acknowledged', async () => {
    await forEachSeed({ count: 6 }, async (random) => {
      const memory = new MemoryFiles();
      const acknowledged: Acknowledged = new Map();
      let startMs = START_MS;
      for (let i = 0; i < 2; i++) {
        const crashAt = 20 + random.nextInt(400);
        startMs = await run(memory, random, {
          name: `r${i}`,
          startMs,
          crashAt,
          sync: random.nextInt(2) === 0,
          acknowledged,
        });
        memory.crashProcess();
      }
      await check(memory, startMs, acknowledged);
    });
  }, 60_000);

  test('with a loss of power loses nothing that was acknowledged with SYNC_FLUSH', async () => {
    await forEachSeed({ count: 6 }, async (random) => {
      const memory = new MemoryFiles();
      const acknowledged: Acknowledged = new Map();
      const crashAt = 20 + random.nextInt(500);
      const endMs = await run(memory, random, { name: 'r', startMs: START_MS, crashAt, sync: true, acknowledged });
      memory.crash(random.nextInt(1_000_000));
      await check(memory, endMs, acknowledged);
    });
  }, 60_000);
});
