import { describe, expect, test } from 'vitest';
import { SerializeType } from '../remoting-command.js';
import { LargeFrames, mayBeLent } from './large-frames.js';

const MB = 1024 * 1024;

/** Writes a frame of this header and body into memory of `frames`. */
function frameIn(frames: LargeFrames, header: string, body: Buffer): Buffer {
  const frame = frames.take(8 + header.length + body.length);
  frame.writeInt32BE(4 + header.length + body.length, 0);
  frame.writeInt32BE(header.length, 4);
  frame[4] = SerializeType.JSON;
  frame.write(header, 8, 'latin1');
  frame.set(body, 8 + header.length);
  return frame;
}

const REQUEST = '{"code":10,"opaque":7,"flag":0,"language":"JAVA","version":513}';
const RESPONSE = REQUEST.replace('"flag":0', '"flag":1');

describe('LargeFrames', () => {
  test('lends two frames again and again, and unmaps those beyond', () => {
    const frames = new LargeFrames({ maxFrameBytes: 16 * MB });
    const lent = [frames.take(2 * MB), frames.take(2 * MB), frames.take(2 * MB)];
    for (const frame of lent) frames.giveBack(frame);
    expect(frames.keptBytes).toBe(4 * MB);
    expect(lent[2]).toHaveLength(0);
    const buffer = frames.take(3 * MB).buffer;
    expect([lent[0]!.buffer, lent[1]!.buffer]).toContain(buffer);
  });

  test('keeps no more than a message of the largest size needs', () => {
    const frames = new LargeFrames({ maxFrameBytes: 16 * MB });
    frames.giveBack(frames.take(16 * MB));
    expect(frames.keptBytes).toBe(4.25 * MB);
  });

  test('what is given back twice, or is not of here, is left alone', () => {
    const frames = new LargeFrames({ maxFrameBytes: 16 * MB });
    const frame = frames.take(MB);
    frames.giveBack(frame);
    frames.giveBack(frame);
    frames.giveBack(Buffer.alloc(MB));
    expect(frames.keptBytes).toBe(MB);
  });

  test('gives up what it keeps when there was no large frame for a while', () => {
    const frames = new LargeFrames({ maxFrameBytes: 16 * MB });
    frames.giveBack(frames.take(MB));
    frames.trim();
    expect(frames.keptBytes).toBe(MB);
    frames.trim();
    expect(frames.keptBytes).toBe(0);
  });

  test('the body of a large request lies in the frame until it is given back', () => {
    const frames = new LargeFrames({ maxFrameBytes: 16 * MB });
    const command = frames.receive(frameIn(frames, REQUEST, Buffer.alloc(2 * MB, 5)));
    expect(command).toMatchObject({ code: 10, opaque: 7 });
    expect(command.body).toHaveLength(2 * MB);
    expect(command.body?.every((byte) => byte === 5)).toBe(true);
    expect(frames.keptBytes).toBe(0);
    expect(mayBeLent(command.body)).toBe(true);
    frames.giveBack(command.body!);
    expect(frames.keptBytes).toBeGreaterThan(0);
  });

  test('answers, small bodies and frames that cannot be read give their memory back at once', () => {
    const frames = new LargeFrames({ maxFrameBytes: 16 * MB });
    const answer = frames.receive(frameIn(frames, RESPONSE, Buffer.alloc(MB, 6)));
    expect(frames.keptBytes).toBeGreaterThan(0);
    const padding = ' '.repeat(MB - 100_000);
    const small = frames.receive(frameIn(frames, REQUEST + padding, Buffer.alloc(1000, 7)));
    const none = frames.receive(frameIn(frames, REQUEST + padding, Buffer.alloc(0)));
    for (const odd of ['{', '['.repeat(MB)])
      expect(() => frames.receive(frameIn(frames, odd, Buffer.alloc(MB)))).toThrow();
    const lying = frameIn(frames, REQUEST, Buffer.alloc(MB));
    lying.writeUIntBE(0xffffff, 5, 3);
    expect(() => frames.receive(lying)).toThrow('header length');
    expect(frames.keptBytes).toBeGreaterThan(0);
    // All came to nothing but the copies.
    frames.take(MB).fill(0);
    expect(answer.body?.every((byte) => byte === 6)).toBe(true);
    expect(small.body?.every((byte) => byte === 7)).toBe(true);
    expect(none.body).toBeUndefined();
  });
});
