/**
 * A store's directory as the off-line tools see it: which files there are, and
 * of what sizes, found out from the files themselves. Nothing is changed.
 */
import type { Files } from '@rocketmq-ts/common';
import { FileQueue } from '../file-queue.js';
import { HandleCache } from '../handle-cache.js';
import { ENTRY_SIZE_BYTES } from '../queue-entry.js';
import { isSafeName } from '../queue-family.js';
import { ReadOnlyFiles } from './read-only-files.js';

const MAX_OPEN_FILES = 256;
const OFFSET_NAME = /^\d{20}$/;
const DEFAULT_LOG_FILE_BYTES = 1024 ** 3;
const DEFAULT_QUEUE_FILE_BYTES = 6_000_000;

/** Sizes that the files do not always tell; what is given here is not guessed. */
export interface StoreSizes {
  readonly mappedFileSizeCommitLog?: number | undefined;
  readonly mappedFileSizeConsumeQueue?: number | undefined;
}

export interface StoreDirectoryOptions {
  readonly files: Files;
  /** The store's root, `storePathRootDir`. */
  readonly root: string;
  readonly sizes?: StoreSizes;
}

/** Where a consume queue lies. */
export interface QueuePlace {
  readonly topic: string;
  readonly queueId: number;
  readonly path: string;
}

/** Throws when the directory is not there, or holds no store. */
export class StoreDirectory {
  readonly root: string;
  readonly files: Files;
  readonly #handles: HandleCache;
  readonly logFileBytes: number;
  readonly queueFileBytes: number;
  #log: FileQueue | undefined;

  constructor({ files, root, sizes }: StoreDirectoryOptions) {
    this.root = root.length > 1 && root.endsWith('/') ? root.slice(0, -1) : root;
    this.files = new ReadOnlyFiles(files);
    this.#handles = new HandleCache(this.files, MAX_OPEN_FILES);
    if (this.files.statSync(this.root)?.isDirectory !== true)
      throw new Error(`${this.root}: there is no such directory`);
    if (!this.has('commitlog') && !this.has('consumequeue')) {
      throw new Error(`${this.root}: neither 'commitlog' nor 'consumequeue' is there: give the store's root directory`);
    }
    this.logFileBytes = sizes?.mappedFileSizeCommitLog ?? this.#guess([this.path('commitlog')], DEFAULT_LOG_FILE_BYTES);
    const queuePaths = [...this.queues()].map(({ path }) => path);
    const queueBytes = sizes?.mappedFileSizeConsumeQueue ?? this.#guess(queuePaths, DEFAULT_QUEUE_FILE_BYTES);
    this.queueFileBytes = Math.ceil(queueBytes / ENTRY_SIZE_BYTES) * ENTRY_SIZE_BYTES;
  }

  path(name: string): string {
    return `${this.root}/${name}`;
  }

  has(name: string): boolean {
    return this.files.statSync(this.path(name)) !== undefined;
  }

  /** The files of the log, loaded. */
  log(): FileQueue {
    this.#log ??= this.#fileQueue(this.path('commitlog'), this.logFileBytes);
    return this.#log;
  }

  /** The files of a queue, loaded. */
  queueFiles(path: string): FileQueue {
    return this.#fileQueue(path, this.queueFileBytes);
  }

  /** Every consume queue, by name. `kind` is the directory they are kept in. */
  *queues(kind: 'consumequeue' | 'batchconsumequeue' = 'consumequeue'): Iterable<QueuePlace> {
    for (const topic of this.files.readdirSync(this.path(kind))) {
      if (!isSafeName(topic) || this.files.statSync(this.path(`${kind}/${topic}`))?.isDirectory !== true) continue;
      for (const name of this.files.readdirSync(this.path(`${kind}/${topic}`))) {
        if (/^\d{1,9}$/.test(name)) yield { topic, queueId: Number(name), path: this.path(`${kind}/${topic}/${name}`) };
      }
    }
  }

  /** Names of the index files, the oldest first. */
  indexNames(): string[] {
    return this.files.readdirSync(this.path('index')).filter((name) => /^\d{17}$/.test(name));
  }

  close(): void {
    this.#handles.closeAll();
  }

  #fileQueue(path: string, fileBytes: number): FileQueue {
    const queue = new FileQueue(this.files, this.#handles, path, fileBytes);
    queue.load();
    return queue;
  }

  /** The size of files: the least distance of two of a directory, else the size of the largest. */
  #guess(directories: readonly string[], otherwise: number): number {
    let distance = Number.POSITIVE_INFINITY;
    let largest = 0;
    for (const directory of directories) {
      const names = this.files.readdirSync(directory).filter((name) => OFFSET_NAME.test(name));
      for (const [i, name] of names.entries()) {
        if (i > 0) distance = Math.min(distance, Number(name) - Number(names[i - 1]));
        largest = Math.max(largest, this.files.statSync(`${directory}/${name}`)?.sizeBytes ?? 0);
      }
    }
    if (Number.isFinite(distance)) return distance;
    return largest > 0 ? largest : otherwise;
  }
}
