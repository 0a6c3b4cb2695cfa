import { MemoryFiles, SeededRandom, VirtualClock } from '@rocketmq-ts/testkit';
import { describe, expect, test } from 'vitest';
import { judgeRecords } from './record-judge.js';
import { openTestStore, putAndWait, testMessage } from './test-store.js';

/** A log of messages of different lengths, and where each begins. */
async function logOf(count: number) {
  const files = new MemoryFiles();
  const store = await openTestStore('/store', { files, clock: new VirtualClock() });
  const starts: number[] = [];
  for (let i = 0; i < count; i++) {
    const { result } = await putAndWait(store, testMessage({ body: Buffer.alloc(1 + i * 7, `body ${i} `) }));
    starts.push(result!.physicalOffset);
  }
  const end = store.maxPhysicalOffset;
  await store.close();
  const bytes = Buffer.from(files.readFileSync(`/store/commitlog/${'0'.repeat(20)}`).subarray(0, end));
  return { bytes, starts };
}

const judge = (bytes: Buffer, physicalOffset = 0) => [...judgeRecords(bytes, physicalOffset)];

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
});
