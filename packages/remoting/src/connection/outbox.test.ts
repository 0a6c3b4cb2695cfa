import type { Lender, Socket } from '@rocketmq-ts/common';
import { describe, expect, test } from 'vitest';
import { SerializeType } from '../remoting-command.js';
import { LargeFrames } from './large-frames.js';
import { Outbox } from './outbox.js';
import { SpareSlabs } from './spare-slabs.js';

const head = { code: 0, opaque: 1, flag: 1, language: 'JAVA', version: 513 };

/** Takes what is written at once, or only notes it while `stuck`. Keeps the very buffers, as a socket does. */
class TestSocket {
  readonly written: Uint8Array[] = [];
  readonly sent: Buffer[] = [];
  stuck = false;
  closed = false;

  get pendingBytes(): number {
    return this.written.reduce((sum, chunk) => sum + chunk.length, 0);
  }

  write(chunk: Uint8Array): void {
    this.written.push(chunk);
    if (!this.stuck) this.drain();
  }

  writeAll(chunks: readonly Uint8Array[]): void {
    for (const chunk of chunks) this.write(chunk);
  }

  drain(): void {
    for (const chunk of this.written.splice(0)) this.sent.push(Buffer.from(chunk));
  }

  get socket(): Socket {
    return this as unknown as Socket;
  }
}

/** A body of `length` bytes that tells its number. */
function body(number: number, length: number): Buffer {
  return Buffer.alloc(length, number);
}

/** The frames in what was sent: the number of each body, checked to be whole. */
function framesIn(sent: readonly Buffer[]): number[] {
  const bytes = Buffer.concat(sent);
  const numbers: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 + bytes.readInt32BE(at);
    const content = bytes.subarray(at + 8 + (bytes.readInt32BE(at + 4) & 0xffffff), end);
    expect(content.every((byte) => byte === content[0])).toBe(true);
    numbers.push(content[0]!);
    at = end;
  }
  return numbers;
}

describe('Outbox', () => {
  test('very large bodies lie in memory that is given back when the socket has sent them, not before', () => {
    const large = 1536 * 1024;
    const frames = new LargeFrames({ maxFrameBytes: 1 << 24 });
    const outbox = new Outbox(frames);
    const socket = new TestSocket();
    const add = (number: number, bytes: number) => outbox.add(SerializeType.JSON, head, { body: body(number, bytes) });
    socket.stuck = true;
    for (const number of [1, 2, 3]) add(number, number === 2 ? 100 : large);
    outbox.flush(socket.socket);
    expect(frames.keptBytes).toBe(0);
    // It waits to be written while the ones before are sent.
    add(4, large);
    socket.drain();
    outbox.settle(socket.socket);
    expect(frames.keptBytes).toBe(2 * large);
    outbox.flush(socket.socket);
    expect(frames.keptBytes).toBe(2 * large);
    socket.drain();
    outbox.settle(socket.socket);
    expect(framesIn(socket.sent)).toEqual([1, 2, 3, 4]);
    // Of a connection that is closed nothing will be sent any more.
    add(5, large);
    add(6, large);
    add(7, large);
    outbox.flush(socket.socket);
    expect(frames.keptBytes).toBe(0);
    socket.closed = true;
    outbox.settle(socket.socket);
    expect(frames.keptBytes).toBe(2 * large);
  });

  test('hundreds of answers of one turn are sent in few writes', () => {
    const outbox = new Outbox();
    const socket = new TestSocket();
    for (let turn = 0; turn < 3; turn++) {
      socket.sent.length = 0;
      for (let i = 0; i < 256; i++)
        outbox.add(SerializeType.JSON, head, { ext: { long: 'x'.repeat(200) }, body: body(i, 1) });
      outbox.flush(socket.socket);
      expect(framesIn(socket.sent)).toHaveLength(256);
    }
    expect(socket.sent).toHaveLength(1);
  });

  test('what the socket still holds is not written over', () => {
    const outbox = new Outbox();
    const socket = new TestSocket();
    const expected: number[] = [];
    for (let round = 0; round < 60; round++) {
      socket.stuck = round % 3 !== 0;
      const length = round % 7 === 0 ? 300_000 : 1 + round * 50;
      outbox.add(SerializeType.JSON, head, { body: body(round, length) });
      outbox.add(SerializeType.ROCKETMQ, head, { body: [body(round, length), body(round, 7)] });
      expected.push(round, round);
      outbox.flush(socket.socket);
    }
    socket.drain();
    expect(framesIn(socket.sent)).toEqual(expected);
  });

  test('headers of every length get through, also those that are longer than usual', () => {
    const outbox = new Outbox();
    const socket = new TestSocket();
    for (let i = 0; i < 200; i++)
      outbox.add(SerializeType.JSON, head, { ext: { a: 'x'.repeat(i * 61) }, body: body(i, i * 7 + 1) });
    outbox.flush(socket.socket);
    expect(framesIn(socket.sent)).toEqual(Array.from({ length: 200 }, (_, i) => i));
  });

  test('memory is used again once the socket took everything', () => {
    const outbox = new Outbox();
    const socket = new TestSocket();
    const memories = new Set<ArrayBufferLike>();
    socket.write = (chunk) => {
      memories.add(chunk.buffer);
      socket.sent.push(Buffer.from(chunk));
    };
    for (let round = 0; round < 50; round++) {
      outbox.add(SerializeType.JSON, head, { body: body(round, 20_000) });
      outbox.flush(socket.socket);
    }
    expect(memories.size).toBe(1);
    expect(framesIn(socket.sent)).toHaveLength(50);
  });

  test('quiet connections write into the same memory, one that has to send more into its own', () => {
    const spares = new SpareSlabs();
    const outboxes = Array.from({ length: 3 }, () => new Outbox(undefined, spares));
    const socket = new TestSocket();
    const memories = new Set<ArrayBufferLike>();
    socket.write = (chunk) => {
      memories.add(chunk.buffer);
      socket.sent.push(Buffer.from(chunk));
    };
    const turn = (lengths: readonly number[]): void => {
      for (const [i, outbox] of outboxes.entries())
        for (const length of lengths) outbox.add(SerializeType.JSON, head, { body: body(i, length) });
      for (const outbox of outboxes) outbox.flush(socket.socket);
    };
    // Three that answer in one turn use three, and three again in the next.
    turn([10]);
    turn([10]);
    expect(framesIn(socket.sent.splice(0))).toEqual([0, 1, 2, 0, 1, 2]);
    expect(memories.size).toBe(3);
    memories.clear();
    for (const [i, outbox] of [...outboxes, ...outboxes].entries()) {
      outbox.add(SerializeType.JSON, head, { body: body(i, 10) });
      outbox.flush(socket.socket);
    }
    expect([framesIn(socket.sent.splice(0)), memories.size]).toEqual([[0, 1, 2, 3, 4, 5], 1]);
    for (let round = 0; round < 3; round++) {
      turn([10, 3000, 3000]);
      expect(framesIn(socket.sent.splice(0))).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2]);
    }
  });

  test('what a socket still holds is nobody else’s memory', () => {
    const spares = new SpareSlabs();
    const [stuck, other] = [new TestSocket(), new TestSocket()];
    const [first, second] = [new Outbox(undefined, spares), new Outbox(undefined, spares)];
    stuck.stuck = true;
    first.add(SerializeType.JSON, head, { body: body(1, 10) });
    first.flush(stuck.socket);
    second.add(SerializeType.JSON, head, { body: body(2, 10) });
    second.flush(other.socket);
    stuck.drain();
    first.flush(stuck.socket);
    expect([framesIn(stuck.sent), framesIn(other.sent)]).toEqual([[1], [2]]);
  });

  describe('pieces that are lent', () => {
    const SIZE = 20_000;

    /** Lends to so many at a time, and counts. */
    function lenderOf(limit = 1): Lender & { held: number } {
      return {
        held: 0,
        hold() {
          if (this.held >= limit) return false;
          this.held++;
          return true;
        },
        release() {
          this.held--;
        },
      };
    }

    test('go to the socket as they are, between what is copied', () => {
      const outbox = new Outbox();
      const socket = new TestSocket();
      const lender = lenderOf();
      const pieces = [body(1, 10), body(1, SIZE), body(1, SIZE), body(1, 10)];
      const lenders = [lender, lender, undefined, lender];
      socket.stuck = true;
      outbox.add(SerializeType.JSON, head, { body: body(7, 3) });
      outbox.add(SerializeType.JSON, head, { body: pieces, lenders });
      outbox.add(SerializeType.JSON, head, { body: body(8, 3) });
      outbox.flush(socket.socket);
      expect(socket.written.filter((chunk) => pieces.includes(chunk as Buffer))).toEqual([pieces[1]]);
      socket.drain();
      expect(framesIn(socket.sent)).toEqual([7, 1, 8]);
    });

    test('are released when the socket has sent them, not before', () => {
      const outbox = new Outbox();
      const socket = new TestSocket();
      const lender = lenderOf(2);
      outbox.add(SerializeType.JSON, head, { body: [body(1, SIZE)], lenders: [lender] });
      outbox.flush(socket.socket);
      expect(lender.held).toBe(0);
      socket.stuck = true;
      outbox.add(SerializeType.JSON, head, { body: [body(2, SIZE)], lenders: [lender] });
      outbox.flush(socket.socket);
      outbox.add(SerializeType.JSON, head, { body: [body(3, SIZE)], lenders: [lender] });
      outbox.settle(socket.socket);
      expect(lender.held).toBe(2);
      socket.drain();
      outbox.settle(socket.socket);
      expect(lender.held).toBe(1);
      socket.closed = true;
      outbox.settle(socket.socket);
      expect(lender.held).toBe(0);
      expect(framesIn(socket.sent)).toEqual([1, 2]);
    });

    test('are copied when their lender has lent too much', () => {
      const outbox = new Outbox();
      const socket = new TestSocket();
      const lender = lenderOf(1);
      const pieces = [1, 2, 3].map((number) => body(number, SIZE));
      for (const piece of pieces) outbox.add(SerializeType.JSON, head, { body: [piece], lenders: [lender] });
      for (const piece of pieces.slice(1)) piece.fill(0);
      outbox.flush(socket.socket);
      expect(framesIn(socket.sent)).toEqual([1, 2, 3]);
      expect(lender.held).toBe(0);
    });
  });

  test('a quiet connection keeps no memory, and its outbox works on', () => {
    const outbox = new Outbox();
    const socket = new TestSocket();
    outbox.add(SerializeType.JSON, head, { body: body(1, 10) });
    outbox.release();
    expect(outbox.bytes).toBeGreaterThan(0);
    outbox.flush(socket.socket);
    outbox.release();
    outbox.add(SerializeType.JSON, head, { body: body(2, 10) });
    outbox.flush(socket.socket);
    expect(framesIn(socket.sent)).toEqual([1, 2]);
  });
});
