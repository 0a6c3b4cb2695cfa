/**
 * The newest part of the commit log in memory: records are encoded into its
 * chunks, written to the file from there, and read by tailing consumers as
 * views.
 */

import type { Readers } from './readers.js';
import { RecordBytes } from './record-bytes.js';

/** A piece of the log's tail. A record lies in one chunk, and a chunk in one file. */
export class TailChunk {
  readonly buffer: Buffer;
  readonly view: DataView;
  readonly data: RecordBytes;
  /** Physical offset of the first byte. */
  baseOffset = 0;
  /** Bytes that hold records. */
  usedBytes = 0;
  /** Bytes that are in the file already. */
  writtenBytes = 0;

  constructor(sizeBytes: number) {
    this.buffer = Buffer.allocUnsafeSlow(sizeBytes);
    this.data = new RecordBytes(this.buffer, { isOwn: true });
    this.view = this.data.view;
  }

  get endOffset(): number {
    return this.baseOffset + this.usedBytes;
  }
}

/** Chunks kept for use again. */
const MAX_SPARE = 4;

/** Chunks in the order of their offsets, the oldest dropped beyond the limit. */
export class TailCache {
  readonly #readers: Readers;
  readonly #chunkSizeBytes: number;
  readonly #limitBytes: number;
  #chunks: TailChunk[] = [];
  #totalBytes = 0;
  #spare: TailChunk[] = [];

  constructor(readers: Readers, limitBytes: number, chunkSizeBytes: number) {
    this.#readers = readers;
    this.#chunkSizeBytes = chunkSizeBytes;
    this.#limitBytes = limitBytes;
  }

  /** The chunk that is being filled. */
  get last(): TailChunk | undefined {
    return this.#chunks.at(-1);
  }

  get totalBytes(): number {
    return this.#totalBytes;
  }

  /** Chunks from the first that has bytes to write; ascending. */
  *dirty(): Iterable<TailChunk> {
    let i = this.#chunks.length;
    while (i > 0 && this.#chunks[i - 1]!.writtenBytes < this.#chunks[i - 1]!.usedBytes) i--;
    for (; i < this.#chunks.length; i++) yield this.#chunks[i]!;
  }

  /** Starts a chunk at `baseOffset` with room for `sizeBytes` at least. */
  start(baseOffset: number, sizeBytes: number): TailChunk {
    this.#evict();
    const chunk = this.#take(sizeBytes);
    chunk.baseOffset = baseOffset;
    this.#chunks.push(chunk);
    this.#totalBytes += chunk.buffer.length;
    return chunk;
  }

  /** Forgets all records from `offset` on, after a write that failed. */
  rollBack(offset: number): void {
    while (this.#chunks.length > 0) {
      const chunk = this.#chunks.at(-1)!;
      if (chunk.baseOffset < offset) {
        chunk.usedBytes = Math.min(chunk.usedBytes, offset - chunk.baseOffset);
        chunk.writtenBytes = Math.min(chunk.writtenBytes, chunk.usedBytes);
        return;
      }
      this.#chunks.pop();
      this.#totalBytes -= chunk.buffer.length;
    }
  }

  /** The chunk that holds `[offset, offset + sizeBytes)`, or undefined when it is not in memory. */
  find(offset: number, sizeBytes: number): TailChunk | undefined {
    const chunks = this.#chunks;
    if (chunks.length === 0 || offset < chunks[0]!.baseOffset) return undefined;
    for (let i = chunks.length - 1; i >= 0; i--) {
      const chunk = chunks[i]!;
      if (offset >= chunk.baseOffset) return offset + sizeBytes <= chunk.endOffset ? chunk : undefined;
    }
    return undefined;
  }

  clear(): void {
    this.#chunks = [];
    this.#totalBytes = 0;
    this.#spare = [];
  }

  #take(sizeBytes: number): TailChunk {
    const spare = sizeBytes <= this.#chunkSizeBytes ? this.#spare.pop() : undefined;
    if (spare === undefined) return new TailChunk(Math.max(sizeBytes, this.#chunkSizeBytes));
    spare.usedBytes = 0;
    spare.writtenBytes = 0;
    return spare;
  }

  #evict(): void {
    // The last chunk stays: its unwritten bytes have no other home.
    while (this.#totalBytes > this.#limitBytes && this.#chunks.length > 1) {
      const chunk = this.#chunks[0]!;
      if (chunk.writtenBytes < chunk.usedBytes) return;
      this.#chunks.shift();
      this.#totalBytes -= chunk.buffer.length;
      if (chunk.buffer.length === this.#chunkSizeBytes) this.#readers.retire(() => this.#keepSpare(chunk));
    }
  }

  #keepSpare(chunk: TailChunk): void {
    if (this.#spare.length < MAX_SPARE) this.#spare.push(chunk);
  }
}
