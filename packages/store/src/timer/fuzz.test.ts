import { encodeInto, MessageRecord, measureRecord, viewOf } from '@rocketmq-ts/common';
import { forEachSeed, MemoryFiles, type SeededRandom, VirtualClock } from '@rocketmq-ts/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UndeliverableError } from '../waiting-record.js';
import { START_MS, TimerBench } from './test-timer.js';
import { TimedMessage } from './timed-message.js';
import { decodeTimerCheckpoint, encodeTimerCheckpoint } from './timer-checkpoint.js';
import { readTimerRecord, TIMER_RECORD_BYTES, writeTimerRecord } from './timer-record.js';
import { TimerWheel, WHEEL_PAGE_BYTES } from './timer-wheel.js';
import { readSlot, SLOT_BYTES, writeSlot } from './wheel-slot.js';

const bytesOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const viewOfBytes = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const position = fc.integer({ min: 0, max: 2 ** 50 });

describe('bytes that may be anything', () => {
  test('are a record of the timer log whose values can be, or none', () => {
    fc.assert(
      fc.property(bytesOf(TIMER_RECORD_BYTES), fc.boolean(), (bytes, likely) => {
        if (likely) bytes.set([0, 0, 0, 52], 0);
        if (likely) bytes.set([0, 0, 0, bytes[15]! & 0xf], 12);
        const record = readTimerRecord(viewOfBytes(bytes), 0);
        if (record === undefined) return;
        expect(record.previous).toBeGreaterThanOrEqual(-1);
        expect(record.sizeBytes).toBeGreaterThan(0);
        for (const value of [record.slotTimeMs, record.physicalOffset]) expect(Number.isSafeInteger(value)).toBe(true);
      }),
    );
  });

  test('are a slot whose positions can be, or none', () => {
    fc.assert(
      fc.property(bytesOf(SLOT_BYTES), (bytes) => {
        const slot = readSlot(viewOfBytes(bytes), 0);
        if (slot !== undefined) expect(slot.firstPosition).toBeLessThanOrEqual(slot.lastPosition);
      }),
    );
  });

  test('are a check point, or none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.boolean(), (bytes, small) => {
        for (let at = 0; small && at < bytes.length; at += 8) bytes.fill(0, at, at + 2);
        const found = decodeTimerCheckpoint(bytes);
        if (found === undefined) return;
        expect(Object.values(found.progress).every((value) => Number.isSafeInteger(value) && value >= 0)).toBe(true);
      }),
    );
  });

  test('are a page that the wheel takes or not, and can walk', () => {
    fc.assert(
      fc.property(bytesOf(WHEEL_PAGE_BYTES), fc.nat(9449), (bytes, index) => {
        const wheel = new TimerWheel(1000);
        wheel.restore({ index, bytes }, 0, 2 ** 40);
        expect(wheel.nextOccupied(START_MS)).toBeUndefined();
      }),
      { numRuns: 50 },
    );
  });

  test('are a timed message, or none', () => {
    const timed = Object.assign(new MessageRecord(), {
      topic: 'rmq_sys_wheel_timer',
      bornHost: new Uint8Array(8),
      storeHost: new Uint8Array(8),
      body: Buffer.from('body'),
      propertiesText: 'TIMER_OUT_MS\u000199000\u0002REAL_TOPIC\u0001T\u0002REAL_QID\u00010\u0002UNIQ_KEY\u0001u\u0002',
    });
    const bytes = Buffer.alloc(measureRecord(timed));
    encodeInto(bytes, viewOf(bytes), 0, timed);
    expect(new TimedMessage(bytes).outMs).toBe(99_000);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 4 }), (changes) => {
        const changed = Buffer.from(bytes);
        for (const [at, value] of changes) changed[at] = value;
        try {
          const message = new TimedMessage(changed);
          expect(message.outMs).toBeGreaterThanOrEqual(0);
          message.due(1, 2);
        } catch (error) {
          if (!(error instanceof UndeliverableError)) throw error;
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('what is written is read', () => {
  test('as a record', () => {
    const record = fc.record({
      previous: fc.oneof(fc.constant(-1), position),
      magic: fc.nat(15),
      writeTimeMs: position,
      slotTimeMs: fc.constant(0),
      physicalOffset: position,
      sizeBytes: fc.integer({ min: 1, max: 0x7fffffff }),
      topicHash: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    });
    fc.assert(
      fc.property(record, fc.nat(0x7fffffff), (given, delayMs) => {
        const written = { ...given, slotTimeMs: given.writeTimeMs + delayMs };
        const view = new DataView(new ArrayBuffer(TIMER_RECORD_BYTES));
        writeTimerRecord(view, 0, written);
        expect(readTimerRecord(view, 0)).toEqual(written);
      }),
    );
  });

  test('as a slot, and as a check point', () => {
    fc.assert(
      fc.property(position, position, position, fc.nat(1000), (time, first, more, count) => {
        const slot = { time, firstPosition: first, lastPosition: first + more, count };
        const view = new DataView(new ArrayBuffer(SLOT_BYTES));
        writeSlot(view, 0, slot);
        expect(readSlot(view, 0)).toEqual(slot);
        const progress = {
          lastReadTimeMs: time + 1,
          lastTimerLogFlushPos: first,
          lastTimerQueueOffset: more,
          masterTimerQueueOffset: count,
        };
        const version = { stateVersion: 1, timestamp: time, counter: count };
        const bytes = encodeTimerCheckpoint(progress, version as never);
        expect(decodeTimerCheckpoint(bytes)).toMatchObject({ progress, version });
      }),
    );
  });
});

describe('files that may be anything', () => {
  const names = ['timerwheel', 'timerlog/00000000000000000000', 'config/timercheck', 'config/timermetrics'];

  async function files(): Promise<MemoryFiles> {
    const memory = new MemoryFiles();
    const bench = await TimerBench.start({ files: memory });
    for (let i = 0; i < 20; i++) await bench.send(START_MS + 5000 + i * 1000, `m${i}`);
    await bench.clock.advance(8000);
    await bench.stop();
    return memory;
  }

  function change(memory: MemoryFiles, random: SeededRandom): void {
    const path = `/store/${names[random.nextInt(names.length)]}`;
    const handle = memory.openSync(path, 'readWrite');
    const used = path.endsWith('timerwheel') ? 38_707_200 : 1100;
    const at = path.endsWith('timerwheel') ? ((START_MS / 1000) % 1_209_600) * 32 : 0;
    for (let i = 0; i <= random.nextInt(6); i++) {
      handle.writeSync(
        Uint8Array.of([0, 0xff, 0x7f, random.nextInt(256)][random.nextInt(4)]!),
        0,
        1,
        at + random.nextInt(Math.min(used, 1100)),
      );
    }
    if (random.nextInt(5) === 0) handle.truncateSync(random.nextInt(2000));
    handle.closeSync();
  }

  test('neither stop the start nor what comes later, and bring nothing but what was sent', async () => {
    await forEachSeed({ count: 12 }, async (random) => {
      const memory = await files();
      for (let i = 0; i <= random.nextInt(3); i++) change(memory, random);
      const bench = await TimerBench.start({ files: memory, clock: new VirtualClock({ startMs: START_MS + 9000 }) });
      await bench.send(START_MS + 40_000, 'last');
      await bench.jump(20_000);
      await bench.jump(20_000);
      const bodies = await bench.bodies();
      expect(bodies).toContain('last');
      for (const body of bodies) expect(body).toMatch(/^(m\d+|last)$/);
      await bench.stop();
    });
  }, 30_000);
});
