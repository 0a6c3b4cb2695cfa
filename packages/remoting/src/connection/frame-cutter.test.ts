import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RemotingDecodeError } from '../errors.js';
import { FrameCutter, UnfinishedBudget } from './frame-cutter.js';
import { LARGE_FRAME_BYTES, LargeFrames } from './large-frames.js';

function frame(content: Uint8Array): Buffer {
  const bytes = Buffer.alloc(4 + content.length);
  bytes.writeInt32BE(content.length, 0);
  bytes.set(content, 4);
  return bytes;
}

function cutterInto(
  frames: Buffer[],
  options: { budget?: UnfinishedBudget; mayCut?: () => boolean; max?: number } = {},
): FrameCutter {
  return new FrameCutter({
    maxFrameBytes: options.max ?? 1 << 20,
    budget: options.budget ?? new UnfinishedBudget(1 << 24),
    sink: (chunk, start, end) => frames.push(Buffer.from(chunk.subarray(start, end))),
    mayCut: options.mayCut ?? (() => true),
  });
}

/** Splits `bytes` at the given places (taken modulo its length). */
function split(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  const chunks: Buffer[] = [];
  let from = 0;
  for (const place of [...places, bytes.length]) {
    if (place > from) chunks.push(Buffer.from(bytes.subarray(from, place)));
    from = place;
  }
  return chunks;
}

const contents = fc.array(fc.uint8Array({ minLength: 4, maxLength: 40_000, size: 'large' }), { maxLength: 8 });

describe('FrameCutter', () => {
  test('gives the same frames however the stream is split into chunks', () => {
    fc.assert(
      fc.property(contents, fc.array(fc.nat(400_000), { maxLength: 12 }), (parts, cuts) => {
        const frames: Buffer[] = [];
        const budget = new UnfinishedBudget(1 << 24);
        const cutter = cutterInto(frames, { budget });
        for (const chunk of split(Buffer.concat(parts.map(frame)), cuts)) cutter.push(chunk);
        expect(frames.map((one) => one.toString('hex'))).toEqual(parts.map((one) => Buffer.from(one).toString('hex')));
        expect(cutter.hasUnfinished).toBe(false);
        expect(budget.usedBytes).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  test('loses and doubles nothing when cutting is halted and resumed at any frame', () => {
    fc.assert(
      fc.property(
        contents,
        fc.array(fc.nat(400_000), { maxLength: 6 }),
        fc.array(fc.boolean(), { maxLength: 40 }),
        (parts, cuts, halts) => {
          const frames: Buffer[] = [];
          let asked = 0;
          let free = false;
          const cutter = cutterInto(frames, { mayCut: () => free || halts[asked++] !== true });
          for (const chunk of split(Buffer.concat(parts.map(frame)), cuts)) cutter.push(chunk);
          free = true;
          cutter.resume();
          expect(frames.map((one) => one.toString('hex'))).toEqual(
            parts.map((one) => Buffer.from(one).toString('hex')),
          );
        },
      ),
      { numRuns: 200 },
    );
  });

  test('keeps nothing of lent chunks, whether cutting is halted or not', () => {
    const sizes = fc.array(fc.oneof(fc.integer({ min: 4, max: 50_000 }), fc.constant(LARGE_FRAME_BYTES)), {
      maxLength: 6,
    });
    const cutting = fc.array(fc.nat(3_000_000), { maxLength: 12 });
    fc.assert(
      fc.property(sizes, cutting, fc.array(fc.boolean(), { maxLength: 20 }), (lengths, cuts, halts) => {
        const frames: Buffer[] = [];
        const large = new LargeFrames({ maxFrameBytes: 1 << 24 });
        let asked = 0;
        let free = false;
        const cutter = new FrameCutter({
          maxFrameBytes: 1 << 24,
          budget: new UnfinishedBudget(1 << 24),
          sink: (chunk, start, end) => frames.push(Buffer.from(chunk.subarray(start, end))),
          large: { frames: large, sink: (one) => frames.push(Buffer.from(one.subarray(4))) },
          chunksAreLent: true,
          mayCut: () => free || halts[asked++] !== true,
        });
        const parts = lengths.map((length, i) => Buffer.alloc(length, i + 1));
        for (const chunk of split(Buffer.concat(parts.map(frame)), cuts)) {
          cutter.push(chunk);
          chunk.fill(0);
        }
        free = true;
        cutter.resume();
        expect(frames.map(({ length }) => length)).toEqual(lengths);
        expect(frames.every((one, i) => one.equals(parts[i]!))).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  test('refuses a length below four, a negative one and one above the limit as soon as it is there', () => {
    for (const length of [0, 3, -1, 1001, 0x7fffffff]) {
      const head = Buffer.alloc(4);
      head.writeInt32BE(length, 0);
      expect(() => cutterInto([], { max: 1000 }).push(head)).toThrow(RemotingDecodeError);
      const late = cutterInto([], { max: 1000 });
      late.push(head.subarray(0, 2));
      expect(() => late.push(head.subarray(2))).toThrow(RemotingDecodeError);
    }
  });

  test('an announced frame costs only the bytes that came, and all unfinished ones share one budget', () => {
    const budget = new UnfinishedBudget(700);
    const head = Buffer.alloc(60);
    head.writeInt32BE(1 << 19, 0);
    const first = cutterInto([], { budget });
    first.push(head);
    expect(budget.usedBytes).toBe(460);
    expect(() => cutterInto([], { budget }).push(head)).toThrow(/unfinished frames hold more than 700 bytes/);
    first.close();
    expect(budget.usedBytes).toBeLessThanOrEqual(460);
  });

  test('a frame that comes byte by byte is charged what its pieces take', () => {
    const budget = new UnfinishedBudget(1 << 20);
    const cutter = cutterInto([], { budget });
    const head = Buffer.alloc(5);
    head.writeInt32BE(1 << 19, 0);
    cutter.push(head);
    const drip = () => {
      for (let i = 0; i < 10_000; i++) cutter.push(Buffer.alloc(1));
    };
    expect(drip).toThrow(/unfinished frames hold more than/);
    cutter.close();
    expect(budget.usedBytes).toBe(0);
  });

  test('large frames among others come whole and in order, however the stream is split and halted', () => {
    const sizes = fc.array(fc.oneof(fc.integer({ min: 4, max: 3000 }), fc.integer({ min: -9, max: 300_000 })), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(
        sizes,
        fc.array(fc.nat(6_000_000), { maxLength: 40 }),
        fc.array(fc.boolean()),
        (lengths, cuts, halts) => {
          // A length that is not one of a small frame stands for one around the limit or above it.
          const parts = lengths.map((n, i) => Buffer.alloc(n >= 4 && n <= 3000 ? n : LARGE_FRAME_BYTES - 4 + n, i + 1));
          const frames: Buffer[] = [];
          const large = new LargeFrames({ maxFrameBytes: 1 << 24 });
          const budget = new UnfinishedBudget(1 << 26);
          let asked = 0;
          let free = false;
          const cutter = new FrameCutter({
            maxFrameBytes: 1 << 24,
            budget,
            sink: (chunk, start, end) => frames.push(Buffer.from(chunk.subarray(start, end))),
            large: {
              frames: large,
              sink: (one) => {
                frames.push(Buffer.from(one.subarray(4)));
                large.giveBack(one);
              },
            },
            mayCut: () => free || halts[asked++] !== true,
          });
          for (const chunk of split(Buffer.concat(parts.map(frame)), cuts)) cutter.push(chunk);
          free = true;
          cutter.resume();
          expect(frames.map(({ length }) => length)).toEqual(parts.map(({ length }) => length));
          expect(frames.every((one, i) => one.equals(parts[i]!))).toBe(true);
          expect(cutter.hasUnfinished).toBe(false);
          expect(budget.usedBytes).toBe(0);
        },
      ),
      { numRuns: 25 },
    );
  });

  test('a large frame that is given up leaves neither bytes in the budget nor its memory', () => {
    const budget = new UnfinishedBudget(1 << 20);
    const frames = new LargeFrames({ maxFrameBytes: 1 << 24 });
    const cutter = new FrameCutter({
      maxFrameBytes: 1 << 24,
      budget,
      sink: () => undefined,
      large: { frames, sink: () => undefined },
      mayCut: () => true,
    });
    const piece = Buffer.alloc(300_000);
    piece.writeInt32BE(2_000_000, 0);
    cutter.push(piece);
    cutter.push(Buffer.alloc(10_000));
    expect(budget.usedBytes).toBe(310_000);
    expect(frames.keptBytes).toBe(0);
    cutter.close();
    expect(budget.usedBytes).toBe(0);
    expect(frames.keptBytes).toBe(620_000);
  });
});
