/**
 * A store's directory as the off-line tools see it: which files there are, and
 * of what sizes, found out from the files themselves. Nothing is changed.
 */
import type { Files } from '@rocketmq-ts/common';
import { BATCH_ENTRY_SIZE_BYTES } from '../batch-entry.js';
import { CommitLogDirectories } from '../commit-log-directories.js';
import { FileQueue } from '../file-queue.js';
import { HandleCache } from '../handle-cache.js';
import { ENTRY_SIZE_BYTES } from '../queue-entry.js';
import { isSafeName } from '../queue-family.js';
import { LEAST_TIMER_LOG_BYTES } from '../timer/timer-log.js';
import { ReadOnlyFiles } from './read-only-files.js';

const MAX_OPEN_FILES = 256;
const OFFSET_NAME = /^\d{20}$/;
const DEFAULT_LOG_FILE_BYTES = 1024 ** 3;
const DEFAULT_QUEUE_FILE_BYTES = 6_000_000;
const DEFAULT_BATCH_QUEUE_FILE_BYTES = 13_800_000;
const DEFAULT_EXT_FILE_BYTES = 48 * 1024 ** 2;
/** Of the files of a timer log that do not tell their size. */
export const DEFAULT_TIMER_LOG_FILE_BYTES = 100 * 1024 ** 2;

/** Sizes that the files do not always tell; what is given here is not guessed. */
export interface StoreSizes {
  readonly mappedFileSizeCommitLog?: number | undefined;
  readonly mappedFileSizeConsumeQueue?: number | undefined;
}

/** Where the files of the log lie when they are not in `commitlog`, under the names of the settings. */
export interface CommitLogPlaces {
  readonly storePathCommitLog?: string | undefined;
  readonly readOnlyCommitLogStorePaths?: string | undefined;
}

export interface StoreDirectoryOptions {
  readonly files: Files;
  /** The store's root, `storePathRootDir`. */
  readonly root: string;
  readonly sizes?: StoreSizes;
  /** Default: `commitlog` in the root. */
  readonly logPlaces?: CommitLogPlaces;
}

/** The directories in which queues are kept, one for each queue below that of its topic. */
export type QueueKind = 'consumequeue' | 'batchconsumequeue' | 'consumequeue_ext';

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
  readonly logDirectories: CommitLogDirectories;
  readonly logFileBytes: number;
  readonly queueFileBytes: number;
  readonly #handles: HandleCache;
  readonly #fileBytes = new Map<string, number>();
  #log: FileQueue | undefined;

  constructor({ files, root, sizes, logPlaces }: StoreDirectoryOptions) {
    this.root = root.length > 1 && root.endsWith('/') ? root.slice(0, -1) : root;
    this.files = new ReadOnlyFiles(files);
    this.#handles = new HandleCache(this.files, MAX_OPEN_FILES);
    this.logDirectories = new CommitLogDirectories({
      storePathRootDir: this.root,
      storePathCommitLog: logPlaces?.storePathCommitLog,
      readOnlyCommitLogStorePaths: logPlaces?.readOnlyCommitLogStorePaths,
    });
    if (this.files.statSync(this.root)?.isDirectory !== true)
      throw new Error(`${this.root}: there is no such directory`);
    if (!this.hasLog && !this.has('consumequeue')) {
      throw new Error(`${this.root}: neither 'commitlog' nor 'consumequeue' is there: give the store's root directory`);
    }
    this.logFileBytes =
      sizes?.mappedFileSizeCommitLog ?? this.#guess([this.logDirectories.all], DEFAULT_LOG_FILE_BYTES);
    const queueBytes = sizes?.mappedFileSizeConsumeQueue ?? this.fileBytes('consumequeue');
    this.queueFileBytes = Math.ceil(queueBytes / ENTRY_SIZE_BYTES) * ENTRY_SIZE_BYTES;
  }

  path(name: string): string {
    return `${this.root}/${name}`;
  }

  /** A path as it is reported: without the root. */
  nameOf(path: string): string {
    return path.startsWith(`${this.root}/`) ? path.slice(this.root.length + 1) : path;
  }

  has(name: string): boolean {
    return this.files.statSync(this.path(name)) !== undefined;
  }

  /** Whether any of the log's directories is there. */
  get hasLog(): boolean {
    return this.logDirectories.all.some((path) => this.files.statSync(path)?.isDirectory === true);
  }

  /** The directory of the RocksDB that holds the consume queues; undefined when they are in files. */
  get rocksDB(): string | undefined {
    return ['consumequeue', 'consumequeue_rocksdb'].find((name) => this.has(`${name}/CURRENT`));
  }

  /** The files of the log, loaded. */
  log(): FileQueue {
    this.#log ??= this.#fileQueue(this.logDirectories, this.logFileBytes);
    return this.#log;
  }

  /** The files of a queue, loaded. */
  queueFiles(path: string, kind: QueueKind = 'consumequeue'): FileQueue {
    return this.#fileQueue(path, kind === 'consumequeue' ? this.queueFileBytes : this.fileBytes(kind));
  }

  /** The files of the timer log, loaded. */
  timerLog(): FileQueue {
    const path = this.path('timerlog');
    const bytes = this.#guess([[path]], 0);
    // A power cut may have kept the only file from its size.
    return this.#fileQueue(path, bytes < LEAST_TIMER_LOG_BYTES ? DEFAULT_TIMER_LOG_FILE_BYTES : bytes);
  }

  /** Open files, for parts that name theirs by themselves. */
  get handles(): HandleCache {
    return this.#handles;
  }

  /** Every queue of a kind, by name. */
  queues(kind: QueueKind = 'consumequeue'): Iterable<QueuePlace> {
    return this.queuesIn(kind);
  }

  /** Every `<topic>/<queue id>` below a directory of the root. */
  *queuesIn(name: string): Iterable<QueuePlace> {
    for (const topic of this.files.readdirSync(this.path(name))) {
      if (!isSafeName(topic) || !this.#isDirectory(`${name}/${topic}`)) continue;
      for (const queue of this.files.readdirSync(this.path(`${name}/${topic}`))) {
        const path = `${name}/${topic}/${queue}`;
        if (/^\d{1,9}$/.test(queue) && this.#isDirectory(path))
          yield { topic, queueId: Number(queue), path: this.path(path) };
      }
    }
  }

  /** The size of the files of the queues of a kind. */
  fileBytes(kind: QueueKind): number {
    const known = this.#fileBytes.get(kind);
    if (known !== undefined) return known;
    const paths = Array.from(this.queues(kind), ({ path }) => [path]);
    const entryBytes = {
      consumequeue: ENTRY_SIZE_BYTES,
      batchconsumequeue: BATCH_ENTRY_SIZE_BYTES,
      consumequeue_ext: 1,
    };
    const otherwise = {
      consumequeue: DEFAULT_QUEUE_FILE_BYTES,
      batchconsumequeue: DEFAULT_BATCH_QUEUE_FILE_BYTES,
      consumequeue_ext: DEFAULT_EXT_FILE_BYTES,
    };
    const bytes = Math.ceil(this.#guess(paths, otherwise[kind]) / entryBytes[kind]) * entryBytes[kind];
    this.#fileBytes.set(kind, bytes);
    return bytes;
  }

  /** Names of the index files, the oldest first. */
  indexNames(): string[] {
    return this.files.readdirSync(this.path('index')).filter((name) => /^\d{17}$/.test(name));
  }

  close(): void {
    this.#handles.closeAll();
  }

  #isDirectory(name: string): boolean {
    return this.files.statSync(this.path(name))?.isDirectory === true;
  }

  #fileQueue(path: string | CommitLogDirectories, fileBytes: number): FileQueue {
    const queue = new FileQueue(this.files, this.#handles, path, fileBytes);
    queue.load();
    return queue;
  }

  /**
   * The size of the files of several queues, each of which may lie in several directories: that of the largest,
   * unless files of one queue are too near to each other for it.
   */
  #guess(queues: readonly (readonly string[])[], otherwise: number): number {
    let distance = Number.POSITIVE_INFINITY;
    let largest = 0;
    for (const directories of queues) {
      const starts: number[] = [];
      for (const directory of directories) {
        for (const name of this.files.readdirSync(directory).filter((other) => OFFSET_NAME.test(other))) {
          starts.push(Number(name));
          largest = Math.max(largest, this.files.statSync(`${directory}/${name}`)?.sizeBytes ?? 0);
        }
      }
      starts.sort((a, b) => a - b);
      for (let i = 1; i < starts.length; i++)
        if (starts[i]! > starts[i - 1]!) distance = Math.min(distance, starts[i]! - starts[i - 1]!);
    }
    if (largest === 0) return Number.isFinite(distance) ? distance : otherwise;
    // Files between may be gone: then the distance is that of several.
    return Number.isFinite(distance) && distance % largest !== 0 ? distance : largest;
  }
}
