import { crc32 } from 'node:zlib';
import { MemoryFiles, SeededRandom, VirtualClock } from '@rocketmq-ts/testkit';
import { describe, expect, test } from 'vitest';
import { BlockMemory } from './block-memory.js';
import { RecordColumns } from './block-records.js';
import { BlockSlots } from './block-slots.js';
import { judgeRecords } from './record-judge.js';
import { openTestStore, putAndWait, testMessage } from './test-store.js';

/** A log of messages of different lengths, and where each begins. */
async function logOf(count: number, queues = 1) {
  const files = new MemoryFiles();
  const store = await openTestStore('/store', { files, clock: new VirtualClock() });
  const starts: number[] = [];
  for (let i = 0; i < count; i++) {
    const { result } = await putAndWait(
      store,
      testMessage({ queueId: i % queues, body: Buffer.alloc(1 + i * 7, `body ${i} `) }),
    );
    starts.push(result!.physicalOffset);
  }
  const end = store.maxPhysicalOffset;
  await store.close();
  const bytes = Buffer.from(files.readFileSync(`/store/commitlog/${'0'.repeat(20)}`).subarray(0, end));
  return { bytes, starts };
}

/** The block in memory that threads share, judged; its slot is number 1 of two. */
function judged(bytes: Buffer, physicalOffset = 0) {
  const slots = new BlockSlots(2, bytes.length);
  slots.take();
  const block = new BlockMemory(slots.memory, bytes.length);
  block.bytes.set(bytes);
  block.slot = 1;
  const { columns, movedFrom, movedTo } = judgeRecords(block, physicalOffset);
  return { columns: new RecordColumns(columns), movedFrom, movedTo, slot: Buffer.from(slots.take()!.use()) };
}

/** Where records were found. */
const judge = (bytes: Buffer, physicalOffset = 0) =>
  [...judged(bytes, physicalOffset).columns.origins].sort((a, b) => a - b);

describe('of a stretch of log', () => {
  test('all records are found that lie in it as a whole', async () => {
    const { bytes, starts } = await logOf(20);
    expect(judge(bytes)).toEqual(starts);
    for (const [from, to] of [
      [1, bytes.length],
      [starts[4]!, starts[9]!],
      [starts[4]! + 30, starts[9]! + 30],
      [starts[7]! + 1, starts[8]!],
    ] as const) {
      const whole = starts.filter((start, i) => start >= from && (starts[i + 1] ?? bytes.length) <= to);
      expect(judge(bytes.subarray(from, to), from)).toEqual(whole.map((start) => start - from));
    }
  });

  test('a record with a wrong byte is left out, and those behind it are not', async () => {
    const { bytes, starts } = await logOf(10);
    const body = bytes.indexOf('body 5');
    bytes[body]! ^= 1;
    expect(judge(bytes)).toEqual(starts.filter((_, i) => i !== 5));
  });

  test('records count only where they say that they stand', async () => {
    const { bytes, starts } = await logOf(10);
    expect(judge(bytes, 1)).toEqual([]);
    // The picture of two records, elsewhere.
    expect(judge(Buffer.concat([bytes, bytes.subarray(starts[3], starts[5])]))).toEqual(starts);
  });

  test('whatever its bytes are, nothing is found that is not there', async () => {
    const { bytes, starts } = await logOf(12);
    const random = new SeededRandom(5);
    for (let round = 0; round < 2000; round++) {
      const damaged = Buffer.from(bytes);
      for (let n = random.nextInt(6); n >= 0; n--) damaged[random.nextInt(damaged.length)] = random.nextInt(256);
      for (const at of judge(damaged)) expect(starts).toContain(at);
    }
    expect(judge(Buffer.alloc(10_000, Buffer.from([0xda, 0xa3, 0x20, 0xa7])))).toEqual([]);
  });

  test('the messages of each queue are put behind one another, and each is found at its place', async () => {
    const { bytes, starts } = await logOf(40, 3);
    const from = starts[2]! + 20;
    const to = starts[38]! + 20;
    const { columns, movedFrom, movedTo, slot } = judged(bytes.subarray(from, to), from);
    expect([movedFrom, movedTo]).toEqual([starts[3]! - from, starts[38]! - from]);
    expect([...columns.queues]).toEqual([...columns.queues].sort((a, b) => a - b));
    let place = movedFrom;
    for (const [i, origin] of columns.origins.entries()) {
      expect(columns.places[i]).toBe(place);
      const size = columns.sizes[i]!;
      expect(slot.subarray(place, place + size)).toEqual(bytes.subarray(from + origin, from + origin + size));
      place += size;
    }
    expect(place).toBe(movedTo);
    expect([...columns.inLogOrder].map((i) => columns.origins[i])).toEqual(judge(bytes.subarray(from, to), from));
    for (const [start, end] of [
      [0, movedFrom],
      [movedTo, slot.length],
    ] as const)
      expect(slot.subarray(start, end)).toEqual(bytes.subarray(from + start, from + end));
  });

  test('a block with something else between its records stays as it is', async () => {
    const { bytes } = await logOf(10, 2);
    bytes[bytes.indexOf('body 5')]! ^= 1;
    const { columns, movedFrom, movedTo, slot } = judged(bytes);
    expect([movedFrom, movedTo]).toEqual([0, 0]);
    expect(columns.places).toEqual(columns.origins);
    expect(slot).toEqual(bytes);
  });

  test('sums are those of zlib, for all lengths and places', () => {
    const random = new SeededRandom(9);
    const slots = new BlockSlots(1, 200_000);
    const block = new BlockMemory(slots.memory, 200_000);
    for (let i = 0; i < block.bytes.length; i++) block.bytes[i] = random.nextInt(256);
    const bytes = Buffer.from(block.bytes);
    const check = (at: number, length: number) =>
      expect(block.crc32(at, length)).toBe(crc32(bytes.subarray(at, at + length)) & 0x7fffffff);
    for (let length = 0; length < 700; length++) check(random.nextInt(100), length);
    for (let round = 0; round < 300; round++) {
      const length = random.nextInt(round % 10 === 0 ? 200_000 : 40_000);
      check(random.nextInt(200_000 - length), length);
    }
  });
});
