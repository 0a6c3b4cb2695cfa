import { VirtualClock } from '@rocketmq-ts/testkit';
import { describe, expect, test } from 'vitest';
import { type FlushableLog, FlushService } from './flush-service.js';

const PAGE = 4096;

class LogOfTest implements FlushableLog {
  maxOffset = 0;
  flushedOffset = 0;
  flushes = 0;

  async datasync(): Promise<number> {
    this.flushes++;
    this.flushedOffset = this.maxOffset;
    return this.flushedOffset;
  }
}

function bench(config: Partial<ConstructorParameters<typeof FlushService>[0]['config']> = {}) {
  const clock = new VirtualClock();
  const log = new LogOfTest();
  const settings = {
    flushIntervalCommitLog: 500,
    flushCommitLogLeastPages: 4,
    flushCommitLogThoroughInterval: 10_000,
    flushCommitLogTimed: true,
    wakeFlushWhenPutMessage: true,
    ...config,
  };
  const service = new FlushService({ clock, log, config: settings, flushed: () => {}, failed: () => {} });
  service.start();
  const write = (bytes: number) => {
    log.maxOffset += bytes;
    service.written();
  };
  return { clock, log, service, settings, write };
}

describe('the flush by time', () => {
  test('takes some pages at the next tick, and a few bytes at the one after', async () => {
    const { clock, log, write } = bench();
    write(4 * PAGE);
    await clock.advance(499);
    expect(log.flushes).toBe(0);
    await clock.advance(1);
    expect(log.flushes).toBe(1);
    await clock.advance(500);
    write(10);
    await clock.advance(500);
    expect(log.flushes).toBe(1);
    await clock.advance(500);
    expect(log.flushes).toBe(2);
    await clock.advance(5000);
    expect(log.flushes).toBe(2);
  });

  test('goes by the interval that is set now', async () => {
    const { clock, log, settings, write } = bench();
    await clock.advance(500);
    settings.flushIntervalCommitLog = 50;
    await clock.advance(500);
    write(4 * PAGE);
    await clock.advance(50);
    expect(log.flushes).toBe(1);
  });
});

describe('much that is written at once', () => {
  test('does not wait for the time', async () => {
    const { clock, log, write } = bench();
    write(2 * 1024 * 1024 - 1);
    await clock.advance(0);
    expect(log.flushes).toBe(0);
    write(1);
    await clock.advance(0);
    expect(log.flushes).toBe(1);
  });

  test('does not ask for a second flush while one runs', async () => {
    const { clock, log, write } = bench();
    for (let i = 0; i < 4; i++) write(2 * 1024 * 1024);
    await clock.advance(0);
    expect(log.flushes).toBe(1);
  });
});

describe('a flush that is woken', () => {
  test('happens as soon as some pages are written, when it does not go by time alone', async () => {
    const { clock, log, write } = bench({ flushCommitLogTimed: false });
    write(3 * PAGE);
    await clock.advance(0);
    expect(log.flushes).toBe(0);
    write(PAGE);
    await clock.advance(0);
    expect(log.flushes).toBe(1);
  });

  test.each([
    { flushCommitLogTimed: true, wakeFlushWhenPutMessage: true },
    { flushCommitLogTimed: false, wakeFlushWhenPutMessage: false },
  ])('does not happen with $flushCommitLogTimed and $wakeFlushWhenPutMessage', async (config) => {
    const { clock, log, write } = bench(config);
    write(100 * PAGE);
    await clock.advance(100);
    expect(log.flushes).toBe(0);
  });
});
