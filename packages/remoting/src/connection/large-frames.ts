/** Memory for the few frames that are very large: it goes back when such a request is answered, not when garbage is collected. */
import type { RemotingCommand } from '../remoting-command.js';
import { decodeLargeCommand } from './header-codec.js';

/** A frame from this size on is large. The usual pull or batch is far below, one of the largest messages above. */
export const LARGE_FRAME_BYTES = 1024 * 1024;
/** A body below this is not worth a large frame's memory. */
const SMALL_BODY_BYTES = 64 * 1024;
/** Kept for the next large frames: so many, up to this size (the largest message with its header). */
const MAX_KEPT = 2;
const KEPT_BYTES = 4.25 * 1024 * 1024;

export interface LargeFramesOptions {
  /** No frame is longer. */
  readonly maxFrameBytes: number;
}

/**
 * Lends the memory that a large frame is put together in. Ordinary buffers of
 * this size stay with the process long after a flood of them: the collector
 * lets tens of megabytes gather, and the C library keeps the holes they leave.
 * These are mapped one by one, and what is not kept is unmapped when it is given
 * back. Who still holds a view then sees nothing, or another frame.
 */
export class LargeFrames {
  readonly #maxFrameBytes: number;
  readonly #lent = new WeakSet<ArrayBufferLike>();
  #kept: ArrayBuffer[] = [];
  #quiet = true;

  constructor({ maxFrameBytes }: LargeFramesOptions) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** Bytes kept for the next frames. */
  get keptBytes(): number {
    return this.#kept.reduce((bytes, { byteLength }) => bytes + byteLength, 0);
  }

  /** Room for a frame of `bytes`; what is in it does not matter to the one before. */
  take(bytes: number): Buffer {
    this.#quiet = false;
    const buffer = this.#kept.pop() ?? new ArrayBuffer(bytes, { maxByteLength: Math.max(bytes, this.#maxFrameBytes) });
    if (buffer.byteLength < bytes) buffer.resize(bytes);
    this.#lent.add(buffer);
    return Buffer.from(buffer, 0, bytes);
  }

  /** As `take`, for a body of ours; undefined for one that is longer than any frame. */
  tryTake(bytes: number): Buffer | undefined {
    return bytes <= this.#maxFrameBytes ? this.take(bytes) : undefined;
  }

  /**
   * The same memory with room for `bytes`. To be asked for as a frame arrives, not
   * before: what is given back is wiped as far as it was asked for.
   */
  grow(view: Buffer, bytes: number): Buffer {
    const buffer = view.buffer as ArrayBuffer;
    if (buffer.byteLength < bytes) buffer.resize(bytes);
    return Buffer.from(buffer, 0, bytes);
  }

  /**
   * The command in a frame of here. Only the body of a request stays here, until
   * it is given back; what is small or an answer is copied.
   *
   * @throws RemotingDecodeError when its header cannot be read.
   */
  receive(frame: Buffer): RemotingCommand {
    let lent = false;
    try {
      const command = decodeLargeCommand(frame);
      lent = !command.isResponse && mayBeLent(command.body);
      return lent ? command : command.withBody(command.body && Buffer.from(command.body));
    } finally {
      if (!lent) this.giveBack(frame);
    }
  }

  /** Takes back the memory under `view`, when it is of here; once. */
  giveBack(view: Buffer): void {
    const buffer = view.buffer as ArrayBuffer;
    if (!this.#lent.delete(buffer)) return;
    if (this.#kept.length >= MAX_KEPT) buffer.resize(0);
    else {
      if (buffer.byteLength > KEPT_BYTES) buffer.resize(KEPT_BYTES);
      this.#kept.push(buffer);
    }
  }

  /** Gives up what is kept when there was no large frame since the last call. */
  trim(): void {
    if (this.#quiet) {
      for (const buffer of this.#kept) buffer.resize(0);
      this.#kept = [];
    }
    this.#quiet = true;
  }
}

/** True when a body is large enough to lie in the memory of a large frame. */
export function mayBeLent(body: Buffer | undefined): body is Buffer {
  return body !== undefined && body.length >= SMALL_BODY_BYTES;
}
