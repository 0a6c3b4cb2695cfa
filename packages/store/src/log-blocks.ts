/**
 * Blocks of the commit log that were read from its files, kept for a while: the
 * messages of one queue lie between those of others, so that what one reader
 * brings in, the readers of the neighbouring queues find in memory.
 */
import type { FileQueue } from './file-queue.js';
import type { Readers } from './readers.js';
import { RecordBytes } from './record-bytes.js';
import type { BlockReader } from './record-judge.js';

interface Block {
  /** What was read: whole, or up to what was written then. */
  data: RecordBytes;
  /** The read that is under way. */
  loading: Promise<void> | undefined;
  /** When it was used last, as a count of uses. */
  usedAt: number;
  /** The block behind it was considered for reading ahead. */
  ahead: boolean;
}

/** Where bytes of the log lie in memory. */
export interface LogSpan {
  readonly data: RecordBytes;
  /** Their position in `data`. */
  readonly at: number;
}

export interface LogBlocksOptions {
  readonly files: FileQueue;
  readonly readers: Readers;
  /** Default: 16 MiB. */
  readonly limitBytes?: number;
  /** A file's size must be a multiple of it, or smaller than it. Default: 512 KiB. */
  readonly blockBytes?: number;
  /** Where the written part of the log ends now: what is behind it may still change. */
  readonly writtenOffset: () => number;
  /** Reads whole blocks. Default: they are read and judged here. */
  readonly blockReader: BlockReader | undefined;
}

const BLOCK_BYTES = 512 * 1024;
const LIMIT_BYTES = 16 * 1024 * 1024;
const NOTHING = new RecordBytes(Buffer.alloc(0));
/** Blocks that are read ahead of who reads one after the other. */
const BLOCKS_AHEAD = 3;
/** Buffers kept for use again. */
const MAX_SPARE = 4;

/**
 * The least recently used blocks are given up beyond the limit; their memory is
 * used again when their readers have left. Who reads block by block finds the
 * next one read ahead.
 */
export class LogBlocks {
  readonly #files: FileQueue;
  readonly #readers: Readers;
  readonly #blockBytes: number;
  readonly #maxBlocks: number;
  readonly #writtenOffset: () => number;
  readonly #blockReader: BlockReader | undefined;
  /** By index of the block in the log. */
  readonly #blocks = new Map<number, Block>();
  readonly #spare: Buffer[] = [];
  #uses = 0;

  constructor(options: LogBlocksOptions) {
    const { files, readers, writtenOffset, blockReader } = options;
    const { limitBytes = LIMIT_BYTES, blockBytes = BLOCK_BYTES } = options;
    this.#files = files;
    this.#readers = readers;
    this.#writtenOffset = writtenOffset;
    this.#blockReader = blockReader;
    this.#blockBytes = Math.min(blockBytes, files.fileSizeBytes);
    this.#maxBlocks = Math.max(4, Math.floor(limitBytes / this.#blockBytes));
  }

  /**
   * The bytes `[offset, offset + length)`, which must lie in one file and be
   * written: at once when they are here. A copy where they span blocks, fewer
   * when the file ends before.
   */
  read(offset: number, length: number): LogSpan | Promise<LogSpan> {
    return this.held(offset, length) ?? this.#load(offset, length);
  }

  /** As `read`, when the bytes are here; undefined when they are not. */
  held(offset: number, length: number): LogSpan | undefined {
    const first = Math.floor(offset / this.#blockBytes);
    const end = offset + length;
    const block = this.#held(first, end);
    if (block === undefined) return undefined;
    const last = Math.floor((end - 1) / this.#blockBytes);
    if (first === last) return { data: block.data, at: offset - first * this.#blockBytes };
    const held = [block.data];
    for (let index = first + 1; index <= last; index++) {
      const next = this.#held(index, end);
      if (next === undefined) return undefined;
      held.push(next.data);
    }
    return this.#joined(held, first, offset, length);
  }

  /** Forgets what is known of the log from `offset` on: it was taken back, or its file was removed. */
  forget(from = 0): void {
    for (const index of [...this.#blocks.keys()]) {
      if ((index + 1) * this.#blockBytes > from) this.#blocks.delete(index);
    }
  }

  /** The block when it is here as far as `end` reaches into it. */
  #held(index: number, end: number): Block | undefined {
    const block = this.#blocks.get(index);
    if (block === undefined || !this.#reaches(block, index, end)) return undefined;
    block.usedAt = ++this.#uses;
    if (!block.ahead) this.#readAhead(index, block);
    return block;
  }

  #reaches(block: Block, index: number, end: number): boolean {
    return block.data.bytes.length >= Math.min(this.#blockBytes, end - index * this.#blockBytes);
  }

  /** Begins to read the next blocks that are written to their end, when the one before this was read too. */
  #readAhead(index: number, block: Block): void {
    block.ahead = true;
    if (!this.#blocks.has(index - 1)) return;
    const end = Math.min(index + 1 + BLOCKS_AHEAD, Math.floor(this.#writtenOffset() / this.#blockBytes));
    for (let next = index + 1; next < end; next++) {
      if (this.#blocks.has(next)) continue;
      // Who needs the block will read it again, and hears of the error then.
      this.#begin(next).loading!.catch(() => this.#blocks.delete(next));
    }
    this.#evict();
  }

  async #load(offset: number, length: number): Promise<LogSpan> {
    const end = offset + length;
    const first = Math.floor(offset / this.#blockBytes);
    const last = Math.floor((end - 1) / this.#blockBytes);
    // Held here, so that no other reader's blocks push them out before they are joined.
    const held: RecordBytes[] = [];
    for (let index = first; index <= last; index++) {
      let block = this.#held(index, end) ?? this.#begin(index);
      // A read that others began may have seen less than is written by now; the second one is our own.
      for (let tries = 0; tries < 2 && !this.#reaches(block, index, end); tries++) {
        if (tries > 0) block = this.#begin(index);
        await block.loading;
      }
      held.push(block.data);
    }
    this.#evict();
    if (first === last) return { data: held[0]!, at: offset - first * this.#blockBytes };
    return this.#joined(held, first, offset, length);
  }

  /** The block with a read under way: the one that is, or a new one. */
  #begin(index: number): Block {
    const known = this.#blocks.get(index);
    if (known?.loading !== undefined) return known;
    const block = known ?? { data: NOTHING, loading: undefined, usedAt: 0, ahead: false };
    block.usedAt = ++this.#uses;
    this.#blocks.set(index, block);
    block.loading = this.#fill(index, block);
    return block;
  }

  async #fill(index: number, block: Block): Promise<void> {
    try {
      const start = index * this.#blockBytes;
      const length = Math.min(this.#blockBytes, this.#writtenOffset() - start);
      // What is written to it later is read again soon: such a block is not worth the trip.
      const judged = length === this.#blockBytes ? await this.#readElsewhere(start) : undefined;
      block.data = judged ?? (await this.#read(start, length));
    } finally {
      block.loading = undefined;
    }
  }

  async #readElsewhere(start: number): Promise<RecordBytes | undefined> {
    const reader = this.#blockReader;
    if (reader === undefined) return undefined;
    const memory = this.#memory(this.#blockBytes);
    const bytes = memory.buffer as ArrayBuffer;
    const reading = this.#files.lend(start, (descriptor, position) =>
      reader.read({ descriptor, position, physicalOffset: start, bytes }),
    );
    if (reading === undefined) {
      this.#keepSpare(memory);
      return undefined;
    }
    const judged = await reading;
    return judged && new RecordBytes(Buffer.from(judged.bytes), judged);
  }

  async #read(start: number, length: number): Promise<RecordBytes> {
    const bytes = this.#memory(length);
    const read = await this.#files.read(start, bytes, 0, length);
    return new RecordBytes(read === length ? bytes : bytes.subarray(0, read));
  }

  #memory(length: number): Buffer {
    const spare = length === this.#blockBytes ? this.#spare.pop() : undefined;
    return spare ?? Buffer.allocUnsafeSlow(length);
  }

  /** A copy of the stretch out of adjoining blocks, the first of which is number `first`. */
  #joined(blocks: readonly RecordBytes[], first: number, offset: number, length: number): LogSpan {
    const parts = blocks.map(({ bytes }, index) => {
      const start = (first + index) * this.#blockBytes;
      return bytes.subarray(Math.max(0, offset - start), Math.max(0, offset + length - start));
    });
    return { data: new RecordBytes(Buffer.concat(parts)), at: 0 };
  }

  /** Gives up blocks that were not used for long, among those that are not being read. */
  #evict(): void {
    while (this.#blocks.size > this.#maxBlocks) {
      let oldest = -1;
      let usedAt = Number.POSITIVE_INFINITY;
      for (const [index, block] of this.#blocks) {
        if (block.usedAt >= usedAt || block.loading !== undefined) continue;
        oldest = index;
        usedAt = block.usedAt;
      }
      if (oldest < 0) return;
      const { bytes } = this.#blocks.get(oldest)!.data;
      this.#blocks.delete(oldest);
      if (bytes.length === this.#blockBytes) this.#readers.retire(() => this.#keepSpare(bytes as Buffer));
    }
  }

  #keepSpare(bytes: Buffer): void {
    if (this.#spare.length < MAX_SPARE) this.#spare.push(bytes);
  }
}
