/** The parts of a store that hold its files, made in the directory that the configuration names; and its mark of an unclean end. */
import type { Clock, Files, Logger, Turn } from '@rocketmq-ts/common';
import { makeDirectoryDurable } from '@rocketmq-ts/common';
import type { FilterBitMapOf } from './api.js';
import { CommitLog } from './commit-log.js';
import { CommitLogDirectories } from './commit-log-directories.js';
import { CompactionStore } from './compaction/compaction-store.js';
import type { MessageStoreConfig } from './config.js';
import { ConsumeQueueStore } from './consume-queue-store.js';
import { FileQueue } from './file-queue.js';
import { HandleCache } from './handle-cache.js';
import { IndexService } from './index-service.js';
import { makeFamilies, queueTypeOf } from './queue-families.js';
import type { StrokeWriter } from './queue-stroke.js';
import { Readers } from './readers.js';
import type { BlockReader } from './record-judge.js';
import type { OpenKeyValueStorage } from './rocksdb/key-value-storage.js';
import { RunningFlags } from './running-flags.js';
import { StoreCheckpoint } from './store-checkpoint.js';
import { StoreStats } from './store-stats.js';
import { moveDirectoryAway } from './stray-directory.js';
import { WriteFailures } from './write-failures.js';

export interface MessageStoreOptions {
  readonly config: MessageStoreConfig;
  /** Address and port that the records carry: 4 or 16 bytes, and an int32. */
  readonly storeHost: Uint8Array;
  readonly clock: Clock;
  readonly files: Files;
  readonly turn: Turn;
  readonly logger: Logger;
  /** The attributes of a topic, such as `queue.type`; undefined for a topic that is not configured. Default: no topic has any. */
  readonly attributesOf?: (topic: string) => ReadonlyMap<string, string> | undefined;
  /** Calculates what the extension files say of those who filter by expressions. Default: they say nothing. */
  readonly filterBitMapOf?: FilterBitMapOf;
  /** Memory of the machine: what counts as being in memory is a part of it. */
  readonly physicalMemoryBytes: number;
  /**
   * Whether `cleanFileForciblyEnable` is the operator's word: when the disk is nearly full, messages
   * that are not old are deleted. Default: the configured value alone decides.
   */
  readonly mayDeleteForcibly?: () => boolean;
  /** Bytes of log that the index may be behind and still be brought up before the store is open. Default 16 MiB. */
  readonly indexInlineBytes?: number;
  /** Memory for the newest part of the log. Default 16 MiB. */
  readonly tailCacheBytes?: number;
  /** Reads what is not in memory of the log, elsewhere. Default: it is read and judged where it is used. */
  readonly blockReader?: BlockReader | undefined;
  /** Writes queues to their files, elsewhere. Default: the store writes them itself. */
  readonly strokeWriter?: StrokeWriter | undefined;
  /** Files held open at most. Default 512. */
  readonly maxOpenFiles?: number;
  /** Opens RocksDB for the consume queues of storeType=defaultRocksDB. Default: the package `rocksdb-native`. */
  readonly openKeyValueStorage?: OpenKeyValueStorage;
}

const DEFAULT_TAIL_CACHE_BYTES = 16 * 1024 * 1024;
const TAIL_CHUNK_BYTES = 1024 * 1024;
const DEFAULT_MAX_OPEN_FILES = 512;

/** What the services of a store share. */
export interface StoreParts {
  readonly log: CommitLog;
  readonly directories: CommitLogDirectories;
  /** Who reads the log's memory. */
  readonly readers: Readers;
  readonly queues: ConsumeQueueStore;
  readonly index: IndexService;
  readonly checkpoint: StoreCheckpoint;
  readonly compaction: CompactionStore;
  /** True for a compaction topic, whether or not compaction is enabled. */
  readonly isCompacted: (topic: string) => boolean;
  readonly handles: HandleCache;
  readonly flags: RunningFlags;
  readonly stats: StoreStats;
  readonly failures: WriteFailures;
  readonly unlock: () => void;
}

/** Makes the parts and their directories; nothing is read yet but the check point. */
export function makeStoreParts(options: MessageStoreOptions, unlock: () => void): StoreParts {
  const { config, clock, files, logger } = options;
  const root = config.storePathRootDir;
  const handles = new HandleCache(files, options.maxOpenFiles ?? DEFAULT_MAX_OPEN_FILES);
  const flags = new RunningFlags();
  const directories = new CommitLogDirectories(config);
  const failures = new WriteFailures({ clock, files, paths: [root, ...directories.writable], flags, logger });
  for (const directory of directories.writable) makeDirectoryDurable(files, directory);
  const readers = new Readers(options.turn);
  const log = new CommitLog({
    readers,
    files: new FileQueue(files, handles, directories, config.mappedFileSizeCommitLog),
    tailCacheBytes: options.tailCacheBytes ?? DEFAULT_TAIL_CACHE_BYTES,
    tailChunkBytes: TAIL_CHUNK_BYTES,
    blockReader: options.blockReader,
    logger,
  });
  const queues = new ConsumeQueueStore({
    families: makeFamilies(options, handles),
    typeOf: (topic) => queueTypeOf(options.attributesOf?.(topic)),
    log,
    logger,
    writeFailed: (error) => failures.report('consume queue', error),
  });
  const index = new IndexService({
    files,
    clock,
    directory: `${root}/index`,
    slotCount: config.maxHashSlotNum,
    entryCount: config.maxIndexNum,
    logger,
    writeFailed: (error) => failures.report('index', error),
  });
  const checkpoint = StoreCheckpoint.open(files, `${root}/checkpoint`);
  const stats = new StoreStats(clock);
  const isCompacted = (topic: string) => options.attributesOf?.(topic)?.get('cleanup.policy') === 'COMPACTION';
  const compaction = new CompactionStore({
    ...options,
    handles,
    log,
    queues,
    stats,
    isCompacted,
    writeFailed: (what, error) => failures.report(what, error),
    failedForGood: (what, error) => failures.reportFatal(what, error),
  });
  return {
    log,
    readers,
    directories,
    queues,
    index,
    checkpoint,
    compaction,
    isCompacted,
    handles,
    flags,
    stats,
    failures,
    unlock,
  };
}

/** The file that tells the next start that this run did not end well. */
export function abortPath(root: string): string {
  return `${root}/abort`;
}

/** Makes the abort file, durable with the other names in the root. */
export function writeAbort(files: Files, root: string): void {
  moveDirectoryAway(files, abortPath(root));
  const handle = files.openSync(abortPath(root), 'create');
  handle.closeSync();
  files.syncDirectorySync(root);
}
