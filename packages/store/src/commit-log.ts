/**
 * The log of all messages: records are encoded into the tail in memory, and the
 * tail is written to the files in one stroke per turn. What was not written is
 * not acknowledged, and can be taken back.
 */
import { getInt64, isLmq, type Logger } from '@rocketmq-ts/common';
import type { PutMessage } from './api.js';
import type { ClientBatch } from './client-batch.js';
import type { ConsumeQueueInterface } from './consume-queue-interface.js';
import type { FileQueue } from './file-queue.js';
import { LogBlocks, type LogSpan, spanOf } from './log-blocks.js';
import { propertiesLimitOf } from './message-check.js';
import type { QueueEntry } from './queue-entry.js';
import type { Readers } from './readers.js';
import { RecordBytes } from './record-bytes.js';
import { encodeBatchPart, encodeRecord, fixedSizeOf, type RecordFrame, type RecordPlace } from './record-encoder.js';
import type { BlockReader } from './record-judge.js';
import {
  BLANK_MAGIC,
  BLANK_SIZE_BYTES,
  CRC_PROPERTY_SIZE_BYTES,
  MESSAGE_MAGIC_V1,
  MESSAGE_MAGIC_V2,
  PHYSICAL_OFFSET_POSITION,
} from './record-layout.js';
import { headBelongs } from './record-reader.js';
import { TailCache, type TailChunk } from './tail-cache.js';

/** Bytes of a record up to and including its physical offset. */
const HEAD_BYTES = PHYSICAL_OFFSET_POSITION + 8;

export interface CommitLogOptions {
  readonly files: FileQueue;
  readonly readers: Readers;
  readonly tailCacheBytes: number;
  readonly tailChunkBytes: number;
  readonly blockReader?: BlockReader | undefined;
  readonly logger: Logger;
}

/** A message that is larger than a file can hold. */
export class RecordTooLargeError extends Error {}

/** Source: CommitLog, MappedFileQueue. */
export class CommitLog {
  readonly files: FileQueue;
  readonly #tail: TailCache;
  readonly #blocks: LogBlocks;
  readonly #logger: Logger;
  /** Where the next record goes. */
  #appendOffset = 0;
  /** End of what is in the files. */
  #writtenOffset = 0;
  #flushedOffset = 0;
  /** Files with bytes that are written and not durable. */
  readonly #unsynced = new Set<number>();
  /** Behind this a write that failed may have left something in the files. */
  #leftFrom: number | undefined;
  readonly #head = new RecordBytes(Buffer.alloc(HEAD_BYTES));

  constructor(options: CommitLogOptions) {
    this.files = options.files;
    this.#tail = new TailCache(options.readers, options.tailCacheBytes, options.tailChunkBytes);
    this.#logger = options.logger;
    this.#blocks = new LogBlocks({
      files: options.files,
      readers: options.readers,
      writtenOffset: () => this.#writtenOffset,
      blockReader: options.blockReader,
    });
  }

  get minOffset(): number {
    return this.files.minOffset;
  }

  /** End of what readers may see. */
  get maxOffset(): number {
    return this.#writtenOffset;
  }

  get flushedOffset(): number {
    return this.#flushedOffset;
  }

  get appendOffset(): number {
    return this.#appendOffset;
  }

  /** Bytes that were appended and not written. */
  get dirtyBytes(): number {
    return this.#appendOffset - this.#writtenOffset;
  }

  /** Sets the end after recovery. */
  setEnd(offset: number): void {
    this.#appendOffset = offset;
    this.#writtenOffset = offset;
    this.#flushedOffset = offset;
    this.#leftFrom = undefined;
    this.#tail.clear();
    this.#blocks.forget();
  }

  /**
   * Appends a record and answers its size; `place.physicalOffset` tells where
   * it begins. Throws what the file system throws when a file must be made.
   */
  append(message: PutMessage, frame: RecordFrame, place: RecordPlace): number {
    const guard = frame.appendPropertyCrc ? CRC_PROPERTY_SIZE_BYTES + 1 : 0;
    const limit = fixedSizeOf(frame, message.bornHost) + message.body.length + propertiesLimitOf(message) + guard;
    let chunk = this.#roomFor(limit);
    place.physicalOffset = this.#appendOffset;
    let sizeBytes = encodeRecord(chunk, chunk.usedBytes, message, frame, place);
    if (!this.#fitsFile(sizeBytes)) {
      chunk = this.#roll(sizeBytes, limit);
      place.physicalOffset = this.#appendOffset;
      sizeBytes = encodeRecord(chunk, chunk.usedBytes, message, frame, place);
    }
    this.#advance(chunk, sizeBytes);
    return sizeBytes;
  }

  /** Makes sure that records of `sizeBytes` in all come to lie in one file, as those of a batch must. */
  reserve(sizeBytes: number): void {
    if (!this.#fitsFile(sizeBytes)) this.#roll(sizeBytes, sizeBytes);
  }

  /** Appends one message of a batch, that at which `part` stands; `reserve` was called for all of them. */
  appendPart(message: PutMessage, part: ClientBatch, frame: RecordFrame, place: RecordPlace): number {
    const propertiesBytes = part.propertiesEnd - part.propertiesAt;
    const guard = frame.appendPropertyCrc ? CRC_PROPERTY_SIZE_BYTES : 0;
    const chunk = this.#roomFor(fixedSizeOf(frame, message.bornHost) + part.bodyBytes + propertiesBytes + guard);
    place.physicalOffset = this.#appendOffset;
    const sizeBytes = encodeBatchPart(chunk, chunk.usedBytes, message, part, frame, place);
    this.#advance(chunk, sizeBytes);
    return sizeBytes;
  }

  /** Writes all that was appended to the files. When it throws, nothing of it may be believed: see `rollBack`. */
  write(): void {
    this.#clearLeftovers();
    for (const chunk of this.#tail.dirty()) {
      const start = this.files.startOf(chunk.baseOffset);
      if (!this.files.has(start)) this.#createFile(start);
      this.#unsynced.add(start);
      const from = chunk.writtenBytes;
      this.files.writeSync(chunk.baseOffset + from, chunk.buffer, from, chunk.usedBytes - from);
      chunk.writtenBytes = chunk.usedBytes;
    }
    this.#writtenOffset = this.#appendOffset;
  }

  /**
   * Takes back everything from `offset` on, in memory and, as far as it got
   * there, on disk. Answers why that failed on disk: it is tried again before
   * the next write, which fails when this does.
   */
  rollBack(offset: number): Error | undefined {
    this.#tail.rollBack(offset);
    this.#blocks.forget(offset);
    this.#appendOffset = offset;
    this.#writtenOffset = offset;
    this.#leftFrom = offset;
    try {
      this.#clearLeftovers();
      return undefined;
    } catch (error) {
      this.#logger.warn('cannot clear what a failed write left', { offset, error: (error as Error).message });
      return error as Error;
    }
  }

  /**
   * Clears what a failed write has left, durably: what is written over it may be torn by a power cut, and whole
   * records of those that were refused must not follow the tear.
   */
  #clearLeftovers(): void {
    const offset = this.#leftFrom;
    if (offset === undefined) return;
    for (const start of [...this.files.starts]) {
      if (start + this.files.fileSizeBytes <= offset) continue;
      if (start >= offset) this.files.remove(start);
      else {
        this.files.zeroFrom(offset);
        this.files.handle(start).datasyncSync();
      }
    }
    this.#leftFrom = undefined;
  }

  /** The chunk in memory that holds the record, or undefined. */
  inTail(offset: number, sizeBytes: number): TailChunk | undefined {
    return this.#tail.find(offset, sizeBytes);
  }

  /** A copy of the bytes at `offset`, possibly fewer at the end of a file. */
  async read(offset: number, length: number): Promise<Buffer> {
    const chunk = this.#tail.find(offset, length);
    const buffer = Buffer.allocUnsafe(length);
    if (chunk !== undefined) {
      chunk.buffer.copy(buffer, 0, offset - chunk.baseOffset, offset - chunk.baseOffset + length);
      return buffer;
    }
    const read = await this.files.read(offset, buffer, 0, length);
    return buffer.subarray(0, read);
  }

  /**
   * The bytes of a record whose neighbours are wanted too; at once when they are in memory. What is given is shared: it
   * must not be changed, nor looked at by who has not entered the log's readers.
   */
  readShared(offset: number, length: number): LogSpan | Promise<LogSpan> {
    return this.held(offset, length) ?? this.#blocks.read(offset, length);
  }

  /** As `readShared`, when the bytes are in memory; undefined when they are not. */
  held(offset: number, length: number): LogSpan | undefined {
    const chunk = this.#tail.find(offset, length);
    return chunk ? spanOf(chunk.data, offset - chunk.baseOffset) : this.#blocks.held(offset, length);
  }

  /** Makes all that is written durable; one call at a time. Answers the offset up to which it is. */
  async datasync(): Promise<number> {
    const end = this.#writtenOffset;
    const starts = [...this.#unsynced];
    // The newest file stays on the list only when it is written to meanwhile.
    this.#unsynced.clear();
    for (const start of starts) if (this.files.has(start)) await this.files.datasync(start);
    this.#flushedOffset = Math.max(this.#flushedOffset, Math.min(end, this.#writtenOffset));
    return this.#flushedOffset;
  }

  /** Compares a queue entry with what the log holds at its place; reads the head of the record. */
  fits(queue: ConsumeQueueInterface, queueOffset: number, entry: QueueEntry): boolean {
    const head = this.#head;
    if (entry.physicalOffset + entry.sizeBytes > this.files.endOffset) return false;
    if (this.files.readSync(entry.physicalOffset, head.bytes, 0, HEAD_BYTES) < HEAD_BYTES) return false;
    const magic = head.view.getInt32(4);
    return (
      (magic === MESSAGE_MAGIC_V1 || magic === MESSAGE_MAGIC_V2) &&
      head.view.getInt32(0) === entry.sizeBytes &&
      getInt64(head.view, PHYSICAL_OFFSET_POSITION) === entry.physicalOffset &&
      (isLmq(queue.topic) || headBelongs(head, 0, queue.queueId, queueOffset))
    );
  }

  /** Makes the first file, if there is none. */
  ensureFile(): void {
    if (this.files.count === 0) this.#createFile(this.files.startOf(this.#appendOffset));
  }

  #fitsFile(sizeBytes: number): boolean {
    const size = this.files.fileSizeBytes;
    return sizeBytes + BLANK_SIZE_BYTES <= size - (this.#appendOffset % size);
  }

  #roomFor(limitBytes: number): TailChunk {
    const last = this.#tail.last;
    if (
      last !== undefined &&
      last.usedBytes + limitBytes <= last.buffer.length &&
      last.endOffset === this.#appendOffset
    ) {
      return last;
    }
    return this.#tail.start(this.#appendOffset, Math.max(limitBytes, BLANK_SIZE_BYTES));
  }

  #advance(chunk: TailChunk, sizeBytes: number): void {
    chunk.usedBytes += sizeBytes;
    this.#appendOffset += sizeBytes;
  }

  /** Ends the file with a blank and goes on in the next one. */
  #roll(sizeBytes: number, limitBytes: number): TailChunk {
    const size = this.files.fileSizeBytes;
    if (sizeBytes + BLANK_SIZE_BYTES > size) {
      throw new RecordTooLargeError(`a record of ${sizeBytes} bytes does not fit into a commit log file of ${size}`);
    }
    const rest = size - (this.#appendOffset % size);
    const next = this.#appendOffset + rest;
    if (!this.files.has(next)) this.#createFile(next);
    const chunk = this.#roomFor(BLANK_SIZE_BYTES);
    chunk.view.setInt32(chunk.usedBytes, rest);
    chunk.view.setInt32(chunk.usedBytes + 4, BLANK_MAGIC);
    chunk.usedBytes += BLANK_SIZE_BYTES;
    this.#appendOffset = next;
    return this.#tail.start(next, limitBytes);
  }

  #createFile(start: number): void {
    this.files.create(start);
    this.files.syncDirectory(this.files.directoryOf(start));
  }
}
