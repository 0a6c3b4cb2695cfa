/** Reads single entries of many queues, in blocks that are kept for a while: memory stays bounded whatever the number of queues. */
import { readExtPlace } from '../ext-unit.js';
import type { FileQueue } from '../file-queue.js';
import { ENTRY_SIZE_BYTES, isPreBlank, type QueueEntry, readEntry } from '../queue-entry.js';
import type { StoreDirectory } from './store-directory.js';

/** 40 MiB in all; with fewer than the queues in use, each message of a store of thousands of queues would read one. */
const BLOCK_ENTRIES = 128;
const MAX_BLOCKS = 16 * 1024;
const READ_ENTRIES = 4096;
const ZEROS = Buffer.alloc(READ_ENTRIES * ENTRY_SIZE_BYTES);
/** So much that was never written is taken for the rest of the last file: those of thousands of queues are tens of GB of holes. */
const MAX_UNUSED_BYTES = 1024 * 1024;

/** One consume queue on disk, with what verification has found out of it. */
export class ProbedQueue {
  readonly topic: string;
  readonly queueId: number;
  readonly path: string;
  readonly files: FileQueue;
  /** Entries that fit the message of the log they speak of. */
  matched = 0;
  /** Messages of the log whose entry says something else. */
  wrong = 0;
  /** The first of them, in words. */
  firstWrong: string | undefined;
  /** Messages of the log that have no entry. */
  missing = 0;
  /** Number of the last message of the log that belongs here; a smaller one behind it is of a topic that was made again. */
  lastOffset = -1;
  /** First and last offset with an entry, and how many of them point into the log. */
  firstOffset = -1;
  endOffset = 0;
  pointing = 0;
  /** Places between first and last entry at which nothing stands. */
  empty = 0;

  constructor(topic: string, queueId: number, path: string, files: FileQueue) {
    this.topic = topic;
    this.queueId = queueId;
    this.path = path;
    this.files = files;
  }

  /** All entries that are there, empty places left out; reads from the files. */
  *entries(fromOffset = 0): Iterable<QueueEntry & { queueOffset: number }> {
    const buffer = Buffer.alloc(READ_ENTRIES * ENTRY_SIZE_BYTES);
    for (const start of this.files.starts) {
      const first = Math.max(start, fromOffset * ENTRY_SIZE_BYTES);
      const isLast = start === this.files.starts.at(-1);
      let unusedBytes = 0;
      for (let position = first; position < start + this.files.fileSizeBytes; ) {
        const read = this.files.readSync(position, buffer, 0, buffer.length);
        const count = Math.floor(read / ENTRY_SIZE_BYTES);
        // Most of a file is as it was made.
        const isUnused = buffer.compare(ZEROS, 0, read, 0, read) === 0;
        unusedBytes = isUnused ? unusedBytes + read : 0;
        if (isLast && unusedBytes > MAX_UNUSED_BYTES) break;
        for (let i = 0; i < count && !isUnused; i++) {
          const entry = readEntry(buffer, i * ENTRY_SIZE_BYTES);
          if (entry.sizeBytes === 0 && entry.physicalOffset === 0) continue;
          if (!isPreBlank(entry)) yield { ...entry, queueOffset: position / ENTRY_SIZE_BYTES + i };
        }
        if (count === 0) break;
        position += count * ENTRY_SIZE_BYTES;
      }
    }
  }

  /** Counts what is there. */
  survey(minPhysicalOffset: number): void {
    for (const { queueOffset, physicalOffset } of this.entries()) {
      if (this.firstOffset < 0) this.firstOffset = queueOffset;
      else this.empty += queueOffset - this.endOffset;
      this.endOffset = queueOffset + 1;
      if (physicalOffset >= minPhysicalOffset) this.pointing++;
    }
  }
}

/** An entry, and where its extension unit is; -1 for none. */
export interface ProbedEntry extends QueueEntry {
  readonly extPlace: number;
}

export class QueueProbe {
  readonly #queues = new Map<string, ProbedQueue>();
  /** Blocks of entries by queue and number, the least recently used first. */
  readonly #blocks = new Map<string, Buffer>();

  constructor(directory: StoreDirectory) {
    for (const { topic, queueId, path } of directory.queues()) {
      const queue = new ProbedQueue(topic, queueId, path, directory.queueFiles(path));
      this.#queues.set(`${topic}/${queueId}`, queue);
    }
  }

  all(): Iterable<ProbedQueue> {
    return this.#queues.values();
  }

  find(topic: string, queueId: number): ProbedQueue | undefined {
    return this.#queues.get(`${topic}/${queueId}`);
  }

  /** The entry at `offset`; undefined when there is none. */
  entryAt(queue: ProbedQueue, offset: number): ProbedEntry | undefined {
    if (!Number.isSafeInteger(offset * ENTRY_SIZE_BYTES) || offset < 0) return undefined;
    const number = Math.floor(offset / BLOCK_ENTRIES);
    const name = `${queue.topic}/${queue.queueId}/${number}`;
    let block = this.#blocks.get(name);
    if (block === undefined) {
      block = this.#read(queue, number * BLOCK_ENTRIES);
      if (this.#blocks.size >= MAX_BLOCKS) this.#blocks.delete(this.#blocks.keys().next().value!);
    } else this.#blocks.delete(name);
    this.#blocks.set(name, block);
    const at = (offset % BLOCK_ENTRIES) * ENTRY_SIZE_BYTES;
    const entry = readEntry(block, at);
    return entry.sizeBytes > 0 && !isPreBlank(entry) ? { ...entry, extPlace: readExtPlace(block, at) } : undefined;
  }

  #read(queue: ProbedQueue, offset: number): Buffer {
    const block = Buffer.alloc(BLOCK_ENTRIES * ENTRY_SIZE_BYTES);
    for (let at = 0; at < block.length; ) {
      const position = offset * ENTRY_SIZE_BYTES + at;
      const fileEnd = queue.files.startOf(position) + queue.files.fileSizeBytes;
      const wanted = Math.min(block.length - at, fileEnd - position);
      queue.files.readSync(position, block, at, wanted);
      at += wanted;
    }
    return block;
  }
}
