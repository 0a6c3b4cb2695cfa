/** Cuts the byte stream of a socket into frames. Knows lengths and limits, nothing of what is inside a frame. */
import { RemotingDecodeError } from '../errors.js';
import { LARGE_FRAME_BYTES, type LargeFrames } from './large-frames.js';

/** Bytes of unfinished frames that all connections of one server may hold together. */
export class UnfinishedBudget {
  readonly #onExceeded: (() => void) | undefined;
  #usedBytes = 0;

  /** `onExceeded` is called when the limit is passed, and may free some. */
  constructor(
    readonly limitBytes: number,
    onExceeded?: () => void,
  ) {
    this.#onExceeded = onExceeded;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Counts `bytes` more (or, negative, less); false when the limit is passed. */
  add(bytes: number): boolean {
    this.#usedBytes += bytes;
    if (bytes > 0 && this.#usedBytes > this.limitBytes) this.#onExceeded?.();
    return this.#usedBytes <= this.limitBytes;
  }
}

/** Takes one frame: `[start, end)` of `chunk` holds what follows the 4-byte length. */
export type FrameSink = (chunk: Buffer, start: number, end: number) => void;

/** What becomes of large frames: `sink` takes one in memory of `frames`, which it has to give back, with its length field. */
export interface LargeFrameSink {
  readonly frames: LargeFrames;
  readonly sink: (frame: Buffer) => void;
}

export interface FrameCutterOptions {
  /** Largest total length accepted. */
  readonly maxFrameBytes: number;
  readonly budget: UnfinishedBudget;
  readonly sink: FrameSink;
  /** Without, large frames are like the others. */
  readonly large?: LargeFrameSink | undefined;
  /** The memory of chunks is used again after `push`: what is not cut of them yet is copied. Default: false. */
  readonly chunksAreLent?: boolean | undefined;
  /** Asked before each frame; while false nothing more is cut (see `resume`). */
  readonly mayCut: () => boolean;
}

/** Below this, what is left of a chunk is copied, so that a few bytes do not keep a large chunk alive. */
const COPY_LEFTOVER_BYTES = 16 * 1024;
/** A large frame gets its memory once so much of it is there. */
const LARGE_START_BYTES = 256 * 1024;
const LENGTH_BYTES = 4;
/** What a part takes besides its bytes: a frame that arrives byte by byte must not cost hundreds of times its length. */
const PART_OVERHEAD_BYTES = 400;

/**
 * Frames that lie whole in a chunk are handed on as a range of it, without a
 * copy; one that spans chunks is put together once, when its last byte is there,
 * so that a peer that announces much and sends little costs what it sent.
 */
export class FrameCutter {
  readonly #options: FrameCutterOptions;
  #parts: Buffer[] = [];
  #partBytes = 0;
  /** What is counted in the budget besides them. */
  #overheadBytes = 0;
  /** The large frame that is being put together, of which `#partBytes` are there; then `#parts` is what came behind it. */
  #large: Buffer | undefined;
  /** Total bytes (with the length field) that the unfinished frame needs; LENGTH_BYTES while the length is not known. */
  #neededBytes = LENGTH_BYTES;
  #stopped = false;

  constructor(options: FrameCutterOptions) {
    this.#options = options;
  }

  /** True while a frame has begun and is not complete. */
  get hasUnfinished(): boolean {
    return this.#partBytes > 0;
  }

  /** Takes the next chunk. Throws RemotingDecodeError on a length out of range or when the budget is used up. */
  push(chunk: Buffer): void {
    if (this.#partBytes === 0) {
      this.#cut(chunk);
      return;
    }
    this.#pushPart(chunk);
    if (this.#options.chunksAreLent === true) this.#copyRestOf(chunk);
  }

  /** Cuts on after `mayCut` had answered false. */
  resume(): void {
    if (this.#partBytes === 0 || this.#partBytes < this.#neededBytes) return;
    if (this.#large === undefined) this.#joinAndCut();
    else this.#cutLarge(this.#large);
  }

  /** Gives back what is held; nothing is cut any more. */
  close(): void {
    this.#stopped = true;
    if (this.#large !== undefined) this.#options.large?.frames.giveBack(this.#large);
    this.#large = undefined;
    this.#clearParts();
  }

  #cut(chunk: Buffer): void {
    const { maxFrameBytes, sink, mayCut } = this.#options;
    const end = chunk.length;
    let position = 0;
    let needed = LENGTH_BYTES;
    while (end - position >= LENGTH_BYTES) {
      const length =
        (chunk[position]! << 24) | (chunk[position + 1]! << 16) | (chunk[position + 2]! << 8) | chunk[position + 3]!;
      if (length < LENGTH_BYTES || length > maxFrameBytes) {
        throw new RemotingDecodeError(`frame length ${length} is outside 4..${maxFrameBytes}`);
      }
      needed = LENGTH_BYTES + length;
      if (end - position < needed || !mayCut()) break;
      sink(chunk, position + LENGTH_BYTES, position + needed);
      if (this.#stopped) return;
      position += needed;
      needed = LENGTH_BYTES;
    }
    if (position < end) this.#keep(position === 0 ? chunk : chunk.subarray(position), needed);
  }

  #keep(rest: Buffer, neededBytes: number): void {
    const copies = this.#options.chunksAreLent === true || rest.length < COPY_LEFTOVER_BYTES;
    const part = copies ? Buffer.from(rest) : rest;
    this.#neededBytes = neededBytes;
    this.#addPart(part);
  }

  /** Of a chunk that is pushed behind others at most one stretch is left: the last part. */
  #copyRestOf({ buffer }: Buffer): void {
    const last = this.#parts.at(-1);
    if (last?.buffer === buffer) this.#parts[this.#parts.length - 1] = Buffer.from(last);
  }

  #pushPart(chunk: Buffer): void {
    if (this.#large !== undefined) {
      this.#fillLarge(chunk);
      return;
    }
    this.#addPart(chunk);
    if (this.#neededBytes === LENGTH_BYTES && this.#partBytes >= LENGTH_BYTES) this.#joinAndCut();
    else if (this.#partBytes >= this.#neededBytes) this.#joinAndCut();
    else if (this.#neededBytes >= LARGE_FRAME_BYTES && this.#partBytes >= LARGE_START_BYTES) this.#beginLarge();
  }

  #beginLarge(): void {
    const frame = this.#options.large?.frames.take(Math.min(this.#neededBytes, 2 * this.#partBytes));
    if (frame === undefined) return;
    let at = 0;
    for (const part of this.#parts) {
      frame.set(part, at);
      at += part.length;
    }
    this.#parts = [];
    this.#options.budget.add(-this.#overheadBytes);
    this.#overheadBytes = 0;
    this.#large = frame;
  }

  #fillLarge(chunk: Buffer): void {
    const wanted = this.#neededBytes - this.#partBytes;
    // It is complete and was not let through: what follows waits behind it.
    if (wanted <= 0) {
      this.#addPart(chunk);
      return;
    }
    const taken = chunk.length > wanted ? chunk.subarray(0, wanted) : chunk;
    const frame = this.#withRoomFor(this.#partBytes + taken.length);
    frame.set(taken, this.#partBytes);
    this.#count(taken.length);
    if (taken.length < chunk.length) this.#addPart(chunk.subarray(wanted));
    if (this.#partBytes >= this.#neededBytes && this.#options.mayCut()) this.#cutLarge(frame);
  }

  /** The large frame, twice as long as before when it is too short: a peer that announces much costs what it sends. */
  #withRoomFor(bytes: number): Buffer {
    let frame = this.#large!;
    const { large } = this.#options;
    if (frame.length < bytes && large !== undefined) {
      const length = Math.max(bytes, 2 * frame.length);
      frame = large.frames.grow(frame, Math.min(this.#neededBytes, length));
      this.#large = frame;
    }
    return frame;
  }

  #cutLarge(frame: Buffer): void {
    const behind = this.#parts;
    this.#large = undefined;
    this.#clearParts();
    this.#options.large?.sink(frame);
    if (!this.#stopped && behind.length > 0) this.#cut(behind.length === 1 ? behind[0]! : Buffer.concat(behind));
  }

  #addPart(part: Buffer): void {
    this.#parts.push(part);
    this.#overheadBytes += PART_OVERHEAD_BYTES;
    this.#count(part.length, PART_OVERHEAD_BYTES);
  }

  #count(bytes: number, overheadBytes = 0): void {
    this.#partBytes += bytes;
    if (!this.#options.budget.add(bytes + overheadBytes)) {
      throw new RemotingDecodeError(
        `unfinished frames hold more than ${this.#options.budget.limitBytes} bytes; this connection had ${this.#partBytes}`,
      );
    }
  }

  #joinAndCut(): void {
    const parts = this.#parts;
    const last = parts[parts.length - 1]!;
    const heldBytes = this.#partBytes - last.length;
    const takenBytes = this.#neededBytes - heldBytes;
    // Only the frame that spans chunks is copied; the rest of the last chunk is cut where it lies.
    const spans = this.#neededBytes > LENGTH_BYTES && takenBytes >= 0 && takenBytes < last.length && parts.length > 1;
    const first = spans
      ? Buffer.concat([...parts.slice(0, -1), last.subarray(0, takenBytes)], this.#neededBytes)
      : parts.length === 1
        ? last
        : Buffer.concat(parts, this.#partBytes);
    this.#clearParts();
    this.#cut(first);
    if (!spans || this.#stopped) return;
    const rest = last.subarray(takenBytes);
    if (this.#partBytes > 0) this.#pushBehindStalled(rest);
    else this.#cut(rest);
  }

  /** `mayCut` refused the joined frame: what follows waits behind it. */
  #pushBehindStalled(rest: Buffer): void {
    this.#addPart(rest);
  }

  #clearParts(): void {
    this.#options.budget.add(-this.#partBytes - this.#overheadBytes);
    this.#parts = [];
    this.#partBytes = 0;
    this.#overheadBytes = 0;
    this.#neededBytes = LENGTH_BYTES;
  }
}
