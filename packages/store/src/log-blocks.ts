/**
 * Blocks of the commit log that were read from its files, kept for a while: the
 * messages of one queue lie between those of others, so that what one reader
 * brings in, the readers of the neighbouring queues find in memory.
 */
import type { FileQueue } from './file-queue.js';
import { RecordBytes } from './record-reader.js';

interface Block {
  /** What was read: whole, or up to what was written then. */
  data: RecordBytes;
  /** The read that is under way. */
  loading: Promise<void> | undefined;
}

/** Where bytes of the log lie in memory. */
export interface LogSpan {
  readonly data: RecordBytes;
  /** Their position in `data`. */
  readonly at: number;
}

export interface LogBlocksOptions {
  readonly files: FileQueue;
  readonly limitBytes: number;
  /** A file's size must be a multiple of it, or smaller than it. */
  readonly blockBytes: number;
  /** Where the written part of the log ends now: what is behind it may still change. */
  readonly writtenOffset: () => number;
}

const NOTHING = new RecordBytes(Buffer.alloc(0));

/** The least recently used blocks are given up beyond the limit. Views of a block stay valid: blocks are never written to. */
export class LogBlocks {
  readonly #files: FileQueue;
  readonly #blockBytes: number;
  readonly #maxBlocks: number;
  readonly #writtenOffset: () => number;
  /** By index of the block in the log, the least recently used first. */
  readonly #blocks = new Map<number, Block>();

  constructor({ files, limitBytes, blockBytes, writtenOffset }: LogBlocksOptions) {
    this.#files = files;
    this.#writtenOffset = writtenOffset;
    this.#blockBytes = Math.min(blockBytes, files.fileSizeBytes);
    this.#maxBlocks = Math.max(2, Math.floor(limitBytes / this.#blockBytes));
  }

  /**
   * The bytes `[offset, offset + length)`, which must lie in one file and be
   * written: at once when they are here. A copy where they span blocks, fewer
   * when the file ends before.
   */
  read(offset: number, length: number): LogSpan | Promise<LogSpan> {
    const first = Math.floor(offset / this.#blockBytes);
    const last = Math.floor((offset + length - 1) / this.#blockBytes);
    for (let index = first; index <= last; index++) {
      if (!this.#holds(index, offset + length)) return this.#load(first, last, offset, length);
    }
    if (first === last) return { data: this.#use(first), at: offset - first * this.#blockBytes };
    const held: RecordBytes[] = [];
    for (let index = first; index <= last; index++) held.push(this.#use(index));
    return this.#joined(held, first, offset, length);
  }

  /** Forgets what is known of the log from `offset` on: it was taken back, or its file was removed. */
  forget(from = 0): void {
    for (const index of [...this.#blocks.keys()]) {
      if ((index + 1) * this.#blockBytes > from) this.#blocks.delete(index);
    }
  }

  /** True when the block is here as far as `end` reaches into it. */
  #holds(index: number, end: number): boolean {
    const block = this.#blocks.get(index);
    return block !== undefined && block.data.bytes.length >= Math.min(this.#blockBytes, end - index * this.#blockBytes);
  }

  async #load(first: number, last: number, offset: number, length: number): Promise<LogSpan> {
    const end = offset + length;
    // Held here, so that no other reader's blocks push them out before they are joined.
    const held: RecordBytes[] = [];
    for (let index = first; index <= last; index++) {
      let block = this.#blocks.get(index);
      // A read that others began may have seen less than is written by now; the second one is our own.
      for (let tries = 0; tries < 2 && (block === undefined || !this.#holds(index, end)); tries++) {
        block ??= { data: NOTHING, loading: undefined };
        this.#blocks.set(index, block);
        block.loading ??= this.#fill(index, block);
        await block.loading;
      }
      held.push(block?.data ?? NOTHING);
    }
    this.#evict();
    if (first === last) return { data: held[0]!, at: offset - first * this.#blockBytes };
    return this.#joined(held, first, offset, length);
  }

  async #fill(index: number, block: Block): Promise<void> {
    try {
      const start = index * this.#blockBytes;
      const length = Math.min(this.#blockBytes, this.#writtenOffset() - start);
      const bytes = Buffer.allocUnsafeSlow(length);
      const read = await this.#files.read(start, bytes, 0, length);
      block.data = new RecordBytes(bytes.subarray(0, read));
    } finally {
      block.loading = undefined;
    }
  }

  /** A copy of the stretch out of adjoining blocks, the first of which is number `first`. */
  #joined(blocks: readonly RecordBytes[], first: number, offset: number, length: number): LogSpan {
    const parts = blocks.map(({ bytes }, index) => {
      const start = (first + index) * this.#blockBytes;
      return bytes.subarray(Math.max(0, offset - start), Math.max(0, offset + length - start));
    });
    return { data: new RecordBytes(Buffer.concat(parts)), at: 0 };
  }

  #use(index: number): RecordBytes {
    const block = this.#blocks.get(index);
    // Forgotten while it was loaded: there is nothing to serve from it.
    if (block === undefined) return NOTHING;
    this.#blocks.delete(index);
    this.#blocks.set(index, block);
    return block.data;
  }

  #evict(): void {
    for (const index of this.#blocks.keys()) {
      if (this.#blocks.size <= this.#maxBlocks) return;
      this.#blocks.delete(index);
    }
  }
}
