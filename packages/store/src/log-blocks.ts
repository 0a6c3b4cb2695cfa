/**
 * Blocks of the commit log that were read from its files, kept for a while: the
 * messages of one queue lie between those of others, so that what one reader
 * brings in, the readers of the neighbouring queues find in memory.
 */
import { BlockRecords } from './block-records.js';
import type { FileQueue } from './file-queue.js';
import type { Readers } from './readers.js';
import { RecordBytes } from './record-bytes.js';
import type { BlockReader, JudgedBlock } from './record-judge.js';

interface Block {
  /** What was read: whole, or up to what was written then. */
  data: RecordBytes;
  /** What is known of its records, when they were judged. */
  records: BlockRecords | undefined;
  /** The memory is not ours. */
  slot: JudgedBlock['slot'] | undefined;
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
  /** When they are a record that was found whole: those that it is among, and its number. */
  readonly records: BlockRecords | undefined;
  readonly index: number;
}

/** Bytes of which nothing is known. */
export function spanOf(data: RecordBytes, at = 0): LogSpan {
  return { data, at, records: undefined, index: -1 };
}

export interface LogBlocksOptions {
  readonly files: FileQueue;
  readonly readers: Readers;
  /** Default: 24 MiB. */
  readonly limitBytes?: number;
  /** A file's size must be a multiple of it, or smaller than it. Default: 1 MiB. */
  readonly blockBytes?: number;
  /** Where the written part of the log ends now: what is behind it may still change. */
  readonly writtenOffset: () => number;
  /** Reads whole blocks. Default: they are read and judged here. */
  readonly blockReader: BlockReader | undefined;
}

/** Size of a block, in a log whose files are not smaller. */
export const LOG_BLOCK_BYTES = 1024 * 1024;
/** Blocks that are kept. */
export const MAX_LOG_BLOCKS = 24;
const LIMIT_BYTES = MAX_LOG_BLOCKS * LOG_BLOCK_BYTES;
const NOTHING = new RecordBytes(Buffer.alloc(0));
/** Blocks that are read ahead of who reads one after the other. */
const BLOCKS_AHEAD = 2;
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
    const { limitBytes = LIMIT_BYTES, blockBytes = LOG_BLOCK_BYTES } = options;
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
    if (first === last) return spanIn(block, offset - first * this.#blockBytes, length);
    const held = [block];
    for (let index = first + 1; index <= last; index++) {
      const next = this.#held(index, end);
      if (next === undefined) return undefined;
      held.push(next);
    }
    return this.#joined(held, first, offset, length);
  }

  /** Forgets what is known of the log from `offset` on: it was taken back, or its file was removed. */
  forget(from = 0): void {
    for (const [index, block] of [...this.#blocks]) {
      if ((index + 1) * this.#blockBytes > from) this.#drop(index, block);
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
    const held: Block[] = [];
    for (let index = first; index <= last; index++) {
      let block = this.#held(index, end) ?? this.#begin(index);
      // A read that others began may have seen less than is written by now; the second one is our own.
      for (let tries = 0; tries < 2 && !this.#reaches(block, index, end); tries++) {
        if (tries > 0) block = this.#begin(index);
        await block.loading;
      }
      held.push({ ...block });
    }
    this.#evict();
    const start = offset - first * this.#blockBytes;
    const span = first === last ? spanIn(held[0]!, start, length) : this.#joined(held, first, offset, length);
    return span ?? this.#readApart(offset, length);
  }

  /** For bytes that lie across records that were put elsewhere. */
  async #readApart(offset: number, length: number): Promise<LogSpan> {
    const bytes = Buffer.allocUnsafe(length);
    const read = await this.#files.read(offset, bytes, 0, length);
    return spanOf(new RecordBytes(bytes.subarray(0, read)));
  }

  /** The block with a read under way: the one that is, or a new one. */
  #begin(index: number): Block {
    const known = this.#blocks.get(index);
    if (known?.loading !== undefined) return known;
    const block = known ?? {
      data: NOTHING,
      records: undefined,
      slot: undefined,
      loading: undefined,
      usedAt: 0,
      ahead: false,
    };
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
      if (judged === undefined) block.data = await this.#read(start, length);
      else {
        block.slot = judged.slot;
        block.data = new RecordBytes(judged.bytes, { lender: judged.slot });
        block.records = new BlockRecords(block.data, judged.records);
        // Who waits for it gets it although it was forgotten meanwhile.
        if (this.#blocks.get(index) !== block) this.#retire(block);
      }
    } finally {
      block.loading = undefined;
    }
  }

  #readElsewhere(start: number): Promise<JudgedBlock | undefined> | undefined {
    const reader = this.#blockReader;
    return (
      reader &&
      this.#files.lend(start, (descriptor, position) =>
        reader.read({ descriptor, position, sizeBytes: this.#blockBytes, physicalOffset: start }),
      )
    );
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

  /** A copy of the stretch out of adjoining blocks, the first of which is number `first`; undefined when it lies otherwise there. */
  #joined(blocks: readonly Block[], first: number, offset: number, length: number): LogSpan | undefined {
    const parts: Uint8Array[] = [];
    for (const [index, { data, records }] of blocks.entries()) {
      const start = (first + index) * this.#blockBytes;
      const from = Math.max(0, offset - start);
      const to = Math.min(data.bytes.length, offset + length - start);
      if (records?.areInPlace(from, to) === false) return undefined;
      parts.push(data.bytes.subarray(from, to));
    }
    return spanOf(new RecordBytes(Buffer.concat(parts)));
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
      this.#drop(oldest, this.#blocks.get(oldest)!);
    }
  }

  #drop(index: number, block: Block): void {
    this.#blocks.delete(index);
    this.#retire(block);
  }

  /** Its memory is used again when its readers have left. */
  #retire({ slot, data: { bytes } }: Block): void {
    if (slot !== undefined) this.#readers.retireLent(() => slot.giveBack());
    else if (bytes.length === this.#blockBytes) this.#readers.retire(() => this.#keepSpare(bytes as Buffer));
  }

  #keepSpare(bytes: Buffer): void {
    if (this.#spare.length < MAX_SPARE) this.#spare.push(bytes);
  }
}

/** The bytes `[at, at + length)` of the log's block; undefined when they are not a record and lie otherwise in memory. */
function spanIn({ data, records }: Block, at: number, length: number): LogSpan | undefined {
  if (records === undefined) return spanOf(data, at);
  const index = records.find(at, length);
  if (index >= 0) return { data, at: records.placeOf(index), records, index };
  return records.areInPlace(at, at + length) ? spanOf(data, at) : undefined;
}
