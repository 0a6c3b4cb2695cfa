import { Turn } from '@rocketmq-ts/common';
import { MemoryFiles, SeededRandom, VirtualClock } from '@rocketmq-ts/testkit';
import { describe, expect, test } from 'vitest';
import { FileQueue } from './file-queue.js';
import { HandleCache } from './handle-cache.js';
import { LogBlocks, type LogSpan } from './log-blocks.js';
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
    expect(blocks.read(4 * BLOCK_BYTES, 10)).not.toBeInstanceOf(Promise);
    expect(blocks.read(5 * BLOCK_BYTES, 10)).toBeInstanceOf(Promise);
  });

  test('memory that a reader looks at is not used again before it has left', async () => {
    const { blocks, readers, clock } = logOf(2 * FILE_BYTES);
    const reading = readers.enter();
    const { data } = await blocks.read(0, BLOCK_BYTES);
    for (let index = 4; index < 12; index += 2) await blocks.read(index * BLOCK_BYTES, 10);
    expect(await hexOf({ data, at: 0 }, BLOCK_BYTES)).toBe(expected(0, BLOCK_BYTES));
    readers.leave(reading);
    await clock.advance(1);
    await blocks.read(5 * BLOCK_BYTES, 10);
    expect(await hexOf({ data, at: 0 }, BLOCK_BYTES)).not.toBe(expected(0, BLOCK_BYTES));
  });

  describe('with a reader elsewhere', () => {
    /** Reads like the files, answers with `answer`, and notes what is asked of it. */
    function readingElsewhere(answer: (block: WantedBlock) => 'read' | 'lost' | 'busy') {
      const asked: number[] = [];
      const blockReader: BlockReader = {
        read(block) {
          const kind = answer(block);
          if (kind === 'busy') return undefined;
          asked.push(block.physicalOffset);
          // What is given away is not there any more.
          const bytes = structuredClone(block.bytes, { transfer: [block.bytes] });
          if (kind === 'lost') return Promise.resolve(undefined);
          new Uint8Array(bytes).forEach((_, i, all) => {
            all[i] = byteAt(block.physicalOffset + i);
          });
          return Promise.resolve({ bytes, wholeAt: Uint32Array.of(3) });
        },
      };
      const log = logOf(FILE_BYTES + 100, 4 * BLOCK_BYTES, blockReader);
      log.queue.lend = (offset, use) => use(1, offset % FILE_BYTES);
      return { ...log, asked };
    }

    test('whole blocks come from it, with what is known of their records', async () => {
      const { blocks, asked } = readingElsewhere(() => 'read');
      const { data } = await blocks.read(BLOCK_BYTES + 10, 20);
      expect(await hexOf({ data, at: 10 }, 20)).toBe(expected(BLOCK_BYTES + 10, 20));
      expect([data.isKnownWhole(3), data.isKnownWhole(4)]).toEqual([true, false]);
      expect(await hexOf(blocks.read(FILE_BYTES + 10, 80), 80)).toBe(expected(FILE_BYTES + 10, 80));
      expect(asked).toEqual([BLOCK_BYTES]);
    });

    test.each(['lost', 'busy'] as const)('what is %s there is read here', async (answer) => {
      const { blocks } = readingElsewhere(() => answer);
      for (let round = 0; round < 3; round++) {
        for (let at = 0; at < FILE_BYTES; at += BLOCK_BYTES) {
          const { data } = await blocks.read(at, BLOCK_BYTES);
          expect(await hexOf({ data, at: 0 }, BLOCK_BYTES)).toBe(expected(at, BLOCK_BYTES));
          expect(data.isKnownWhole(3)).toBe(false);
        }
      }
    });
  });
});
