import { Turn } from '@rocketmq-ts/common';
import { MemoryFiles, SeededRandom, VirtualClock } from '@rocketmq-ts/testkit';
import { describe, expect, test } from 'vitest';
import { RecordColumns } from './block-records.js';
import { FileQueue } from './file-queue.js';
import { HandleCache } from './handle-cache.js';
import { LogBlocks, type LogSpan, spanOf } from './log-blocks.js';
import { Readers } from './readers.js';
import type { BlockReader, WantedBlock } from './record-judge.js';

const FILE_BYTES = 4096;
const BLOCK_BYTES = 256;

/** The bytes of a span, as text. */
async function hexOf(span: LogSpan | Promise<LogSpan>, length: number): Promise<string> {
  const { data, at } = await span;
  return Buffer.from(data.bytes.subarray(at, at + length)).toString('hex');
}

/** A log of three files, written up to `writtenBytes`, with bytes that tell their offset. */
function logOf(writtenBytes: number, limitBytes = 4 * BLOCK_BYTES, blockReader?: BlockReader) {
  const files = new MemoryFiles();
  const queue = new FileQueue(files, new HandleCache(files, 8), '/log', FILE_BYTES);
  for (let start = 0; start < 3 * FILE_BYTES; start += FILE_BYTES) queue.create(start);
  const state = { writtenOffset: 0 };
  const write = (to: number): void => {
    for (let at = state.writtenOffset; at < to; at += 1) queue.writeSync(at, Buffer.from([byteAt(at)]), 0, 1);
    state.writtenOffset = to;
  };
  write(writtenBytes);
  const clock = new VirtualClock();
  const readers = new Readers(new Turn(clock));
  const blocks = new LogBlocks({
    files: queue,
    readers,
    limitBytes,
    blockBytes: BLOCK_BYTES,
    writtenOffset: () => state.writtenOffset,
    blockReader,
  });
  return { blocks, queue, write, readers, clock };
}

function byteAt(offset: number): number {
  return (offset * 7 + (offset >> 8)) & 0xff;
}

function expected(offset: number, length: number): string {
  return Buffer.from(Array.from({ length }, (_, index) => byteAt(offset + index))).toString('hex');
}

describe('LogBlocks', () => {
  test('gives the bytes of any stretch within a file, whatever was read before', async () => {
    const { blocks } = logOf(2 * FILE_BYTES);
    const random = new SeededRandom(11);
    for (let round = 0; round < 500; round++) {
      const file = random.nextInt(2) * FILE_BYTES;
      const from = random.nextInt(FILE_BYTES - 1);
      const length = 1 + random.nextInt(Math.min(600, FILE_BYTES - from));
      expect(await hexOf(blocks.read(file + from, length), length)).toBe(expected(file + from, length));
    }
  });

  test('answers at once what it holds', async () => {
    const { blocks } = logOf(FILE_BYTES);
    expect(blocks.read(0, 100)).toBeInstanceOf(Promise);
    await blocks.read(0, 100);
    expect(blocks.read(50, 100)).not.toBeInstanceOf(Promise);
  });

  test('a block that was read while it was being filled is read again for what came later', async () => {
    const { blocks, write } = logOf(100);
    expect(await hexOf(blocks.read(0, 100), 100)).toBe(expected(0, 100));
    write(240);
    expect(await hexOf(blocks.read(60, 180), 180)).toBe(expected(60, 180));
  });

  test('readers that ask for one block at a time share one read', async () => {
    const { blocks } = logOf(FILE_BYTES);
    const [first, second] = await Promise.all([blocks.read(0, 10), blocks.read(20, 10)]);
    expect([await hexOf(first, 10), await hexOf(second, 10)]).toEqual([expected(0, 10), expected(20, 10)]);
    expect(first.data).toBe(second.data);
  });

  test('what was forgotten is read again, also when it was being loaded', async () => {
    const { blocks } = logOf(FILE_BYTES);
    await blocks.read(0, 10);
    blocks.forget(0);
    const reading = blocks.read(0, 10);
    expect(reading).toBeInstanceOf(Promise);
    blocks.forget(0);
    await reading;
    expect(await hexOf(blocks.read(0, 10), 10)).toBe(expected(0, 10));
  });

  test('who reads block after block finds the next ones read ahead', async () => {
    const { blocks } = logOf(FILE_BYTES, 8 * BLOCK_BYTES);
    await blocks.read(0, 10);
    await blocks.read(BLOCK_BYTES, 10);
    // The use of the second block after the first begins the reads of those behind it.
    blocks.read(BLOCK_BYTES, 10);
    await new Promise((resolve) => setImmediate(resolve));
    expect(blocks.read(3 * BLOCK_BYTES, 10)).not.toBeInstanceOf(Promise);
    expect(blocks.read(4 * BLOCK_BYTES, 10)).toBeInstanceOf(Promise);
  });

  test('memory that a reader looks at is not used again before it has left', async () => {
    const { blocks, readers, clock } = logOf(2 * FILE_BYTES);
    const reading = readers.enter();
    const { data } = await blocks.read(0, BLOCK_BYTES);
    for (let index = 4; index < 12; index += 2) await blocks.read(index * BLOCK_BYTES, 10);
    expect(await hexOf(spanOf(data), BLOCK_BYTES)).toBe(expected(0, BLOCK_BYTES));
    readers.leave(reading);
    await clock.advance(1);
    await blocks.read(5 * BLOCK_BYTES, 10);
    expect(await hexOf(spanOf(data), BLOCK_BYTES)).not.toBe(expected(0, BLOCK_BYTES));
  });

  describe('with a reader elsewhere', () => {
    /**
     * Reads like the files, into as many slots as there are; in each block the bytes from 100 to 200 are one record,
     * which changes places with those from 200 to 220.
     */
    function readingElsewhere(answer: (block: WantedBlock) => 'read' | 'lost' | 'busy', slots = 8) {
      const asked: number[] = [];
      let free = slots;
      const blockReader: BlockReader = {
        read(block) {
          const kind = answer(block);
          if (kind === 'busy' || free === 0) return undefined;
          asked.push(block.physicalOffset);
          if (kind === 'lost') return Promise.resolve(undefined);
          free--;
          const { sizeBytes, physicalOffset } = block;
          const read = Uint8Array.from({ length: sizeBytes }, (_, i) => byteAt(physicalOffset + i));
          const bytes = Uint8Array.from(
            [...read.subarray(0, 100), ...read.subarray(200, 220)].concat(
              [...read.subarray(100, 200)],
              [...read.subarray(220)],
            ),
          );
          const columns = new RecordColumns(RecordColumns.memory(1));
          columns.places[0] = 120;
          columns.origins[0] = 100;
          columns.sizes[0] = 100;
          const giveBack = () => {
            free++;
          };
          const slot = { hold: () => true, release() {}, giveBack };
          return Promise.resolve({ bytes, records: { columns: columns.memory, movedFrom: 100, movedTo: 220 }, slot });
        },
      };
      const log = logOf(FILE_BYTES + 100, 4 * BLOCK_BYTES, blockReader);
      log.queue.lend = (offset, use) => use(1, offset % FILE_BYTES);
      return { ...log, asked, free: () => free };
    }

    test('whole blocks come from it, with what is known of their records', async () => {
      const { blocks, asked } = readingElsewhere(() => 'read');
      const record = await blocks.read(BLOCK_BYTES + 100, 100);
      expect(await hexOf(record, 100)).toBe(expected(BLOCK_BYTES + 100, 100));
      expect([record.at, record.index]).toEqual([120, 0]);
      const before = await blocks.read(BLOCK_BYTES + 80, 20);
      expect(await hexOf(before, 20)).toBe(expected(BLOCK_BYTES + 80, 20));
      expect([before.at, before.index]).toEqual([80, -1]);
      expect(await hexOf(blocks.read(FILE_BYTES + 10, 80), 80)).toBe(expected(FILE_BYTES + 10, 80));
      expect(asked).toEqual([BLOCK_BYTES]);
    });

    test('bytes that are no record are right wherever they lie, within blocks and across them', async () => {
      const { blocks } = readingElsewhere(() => 'read');
      const random = new SeededRandom(3);
      for (let round = 0; round < 300; round++) {
        const from = random.nextInt(FILE_BYTES - 700);
        const length = 1 + random.nextInt(600);
        expect(await hexOf(blocks.read(from, length), length)).toBe(expected(from, length));
        expect(await hexOf(blocks.read(from, length), length)).toBe(expected(from, length));
      }
    });

    test('gets every slot back, also of blocks that were forgotten while they were read', async () => {
      const { blocks, free, clock, readers } = readingElsewhere(() => 'read');
      for (let round = 0; round < 200; round++) {
        const reading = readers.enter();
        const span = blocks.read((round * 5 * BLOCK_BYTES) % FILE_BYTES, 10);
        if (round % 3 === 0) blocks.forget(0);
        await span;
        readers.leave(reading);
        await clock.advance(1);
      }
      blocks.forget(0);
      readers.leave(readers.enter());
      await clock.advance(1);
      expect(free()).toBe(8);
    });

    test.each(['lost', 'busy'] as const)('what is %s there is read here', async (answer) => {
      const { blocks } = readingElsewhere(() => answer);
      for (let round = 0; round < 3; round++) {
        for (let at = 0; at < FILE_BYTES; at += BLOCK_BYTES) {
          const span = await blocks.read(at, BLOCK_BYTES);
          expect(await hexOf(span, BLOCK_BYTES)).toBe(expected(at, BLOCK_BYTES));
          expect(span.index).toBe(-1);
        }
      }
    });
  });
});
