/**
 * The store: opens and closes its parts, and hands each request to the part
 * that does it. What happens to the bytes is in those parts.
 */
import type { Clock, Files, Logger, Timer, Turn } from '@rocketmq-ts/common';
import { isLmq, isSystemTopic } from '@rocketmq-ts/common';
import type {
  ArrivingListener,
  BoundaryType,
  ConsumeQueueEntry,
  GetMessageResult,
  GetRequest,
  PutMessage,
  PutWaiter,
  QueryMessageResult,
  QueryRequest,
  QueueRange,
  Store,
  StoreFlags,
} from './api.js';
import { CheckpointService } from './checkpoint-service.js';
import { CleanService } from './clean-service.js';
import { CommitLog } from './commit-log.js';
import type { MessageStoreConfig } from './config.js';
import { ConsumeQueueStore, queueFileSize } from './consume-queue-store.js';
import { deliverTimeOf } from './delay-levels.js';
import { FileQueue } from './file-queue.js';
import { FlushService } from './flush-service.js';
import { GroupCommit } from './group-commit.js';
import { HandleCache } from './handle-cache.js';
import { IndexService } from './index-service.js';
import { MessageAppender } from './message-appender.js';
import { MessageLookup } from './message-lookup.js';
import { MessageReader } from './message-reader.js';
import type { PendingPut } from './pending-put.js';
import { ENTRY_SIZE_BYTES, readEntry } from './queue-entry.js';
import { removeManifest, writeManifest } from './queue-manifest.js';
import { skipsConsumeQueue } from './record-layout.js';
import type { DeliverTime } from './record-reader.js';
import { RunningFlags } from './running-flags.js';
import { StoreCheckpoint } from './store-checkpoint.js';
import { recoverStore } from './store-recovery.js';
import { StoreStats } from './store-stats.js';
import { WriteFailures } from './write-failures.js';

export interface MessageStoreOptions {
  readonly config: MessageStoreConfig;
  /** Address and port that the records carry: 4 or 16 bytes, and an int32. */
  readonly storeHost: Uint8Array;
  readonly clock: Clock;
  readonly files: Files;
  readonly turn: Turn;
  readonly logger: Logger;
  /** Memory of the machine: what counts as being in memory is a part of it. */
  readonly physicalMemoryBytes: number;
  /** Memory for the newest part of the log. Default 32 MiB. */
  readonly tailCacheBytes?: number;
  /** Files held open at most. Default 512. */
  readonly maxOpenFiles?: number;
}

const DEFAULT_TAIL_CACHE_BYTES = 32 * 1024 * 1024;
const TAIL_CHUNK_BYTES = 1024 * 1024;
const DEFAULT_MAX_OPEN_FILES = 512;
const SAMPLE_INTERVAL_MS = 1000;

/** The parts that `MessageStore.open` makes. */
interface Parts {
  readonly log: CommitLog;
  readonly queues: ConsumeQueueStore;
  readonly index: IndexService;
  readonly checkpoint: StoreCheckpoint;
  readonly handles: HandleCache;
  readonly flags: RunningFlags;
  readonly stats: StoreStats;
  readonly failures: WriteFailures;
  readonly unlock: () => void;
}

/** Source: DefaultMessageStore. */
export class MessageStore implements Store {
  readonly #options: MessageStoreOptions;
  readonly #parts: Parts;
  readonly #deliverTime: DeliverTime;
  readonly #commit: GroupCommit;
  readonly #flush: FlushService;
  readonly #appender: MessageAppender;
  readonly #reader: MessageReader;
  readonly #lookup: MessageLookup;
  readonly #checkpoints: CheckpointService;
  readonly #clean: CleanService;
  #listener: ArrivingListener | undefined;
  #sampler: Timer | undefined;
  #busyUntilMs = 0;
  #closing: Promise<void> | undefined;

  /**
   * Opens the store below `config.storePathRootDir`, recovers it, and starts
   * its services. Throws when another process holds it, or when its files
   * contradict the configured sizes.
   */
  static async open(options: MessageStoreOptions): Promise<MessageStore> {
    const { config, files, clock, logger } = options;
    const root = config.storePathRootDir;
    makeRoot(files, root);
    const unlock = files.lockSync(`${root}/lock`);
    try {
      const parts = makeParts(options, unlock);
      await recoverStore({ ...parts, config, files, logger, deliverTime: deliverTimeOf(config.messageDelayLevel) });
      parts.log.ensureFile();
      writeAbort(files, root);
      logger.info('store opened', {
        root,
        minPhysicalOffset: parts.log.minOffset,
        maxPhysicalOffset: parts.log.maxOffset,
        queues: parts.queues.queueCount,
        at: clock.now(),
      });
      const store = new MessageStore(options, parts);
      store.#start();
      return store;
    } catch (error) {
      unlock();
      throw error;
    }
  }

  private constructor(options: MessageStoreOptions, parts: Parts) {
    const { config, clock, turn, logger, physicalMemoryBytes } = options;
    const { log, queues, index, checkpoint, flags, stats, failures } = parts;
    this.#options = options;
    this.#parts = parts;
    this.#deliverTime = deliverTimeOf(config.messageDelayLevel);
    this.#flush = new FlushService({
      clock,
      log,
      config,
      flushed: (offset) => this.#flushed(offset),
      failed: (error) => this.#flushFailed(error),
    });
    this.#commit = new GroupCommit({
      clock,
      turn,
      log,
      config,
      syncFlush: config.flushDiskType === 'SYNC_FLUSH',
      dispatch: (put) => this.#dispatch(put),
      requestFlush: () => this.#flush.request(),
      writeFailed: (error) => failures.report('commit log', error),
      written: (count, elapsedMs) => this.#written(count, elapsedMs),
      committed: () => this.#appender.endTurn(),
    });
    this.#appender = new MessageAppender({
      clock,
      config,
      log,
      queues,
      commit: this.#commit,
      flags,
      storeHost: options.storeHost,
      deliverTime: this.#deliverTime,
      busy: () => this.isOsPageCacheBusy(),
      writeFailed: (error) => failures.report('commit log', error),
      refused: () => {
        stats.putFailedTimes++;
      },
    });
    this.#reader = new MessageReader({ log, queues, config, physicalMemoryBytes, stats, logger });
    this.#lookup = new MessageLookup({ log, queues, index, config, stats, logger });
    this.#checkpoints = new CheckpointService({
      clock,
      config,
      log,
      queues,
      index,
      checkpoint,
      flush: this.#flush,
      writeFailed: (what, error) => failures.report(what, error),
      complete: (offset) => writeManifest(options.files, config.storePathRootDir, offset, queues.manifest()),
    });
    this.#clean = new CleanService({ clock, config, files: options.files, log, queues, index, flags, logger });
  }

  put(message: PutMessage, waiter: PutWaiter): void {
    this.#appender.put(message, waiter);
  }

  putBatch(message: PutMessage, waiter: PutWaiter): void {
    this.#appender.putBatch(message, waiter);
  }

  get(request: GetRequest): GetMessageResult | Promise<GetMessageResult> {
    if (this.#closing !== undefined) throw new Error('message store has shutdown, so getMessage is forbidden');
    return this.#reader.get(request);
  }

  async queueEntries(
    topic: string,
    queueId: number,
    offset: number,
    maxCount: number,
  ): Promise<readonly ConsumeQueueEntry[]> {
    const bytes = await this.#parts.queues.find(topic, queueId)?.readEntries(offset, maxCount);
    const entries: ConsumeQueueEntry[] = [];
    for (let at = 0; bytes !== undefined && at < bytes.length; at += ENTRY_SIZE_BYTES) {
      entries.push({ queueOffset: offset + entries.length, ...readEntry(bytes, at) });
    }
    return entries;
  }

  maxOffsetInQueue(topic: string, queueId: number): number {
    return this.#parts.queues.find(topic, queueId)?.maxOffset ?? 0;
  }

  minOffsetInQueue(topic: string, queueId: number): number {
    return this.#parts.queues.find(topic, queueId)?.minOffset ?? 0;
  }

  offsetByTimestamp(topic: string, queueId: number, timestamp: number, boundary?: BoundaryType): Promise<number> {
    return this.#lookup.offsetByTimestamp(topic, queueId, timestamp, boundary ?? 'LOWER');
  }

  storeTimestampOf(topic: string, queueId: number, queueOffset: number): Promise<number> {
    return this.#lookup.storeTimestampOf(topic, queueId, queueOffset);
  }

  earliestStoreTimestamp(topic: string, queueId: number): Promise<number> {
    return this.#lookup.storeTimestampOf(topic, queueId, this.minOffsetInQueue(topic, queueId));
  }

  earliestStoreTimestampOfLog(): Promise<number> {
    return this.#lookup.storeTimestampAt(this.#parts.log.minOffset);
  }

  recordAt(physicalOffset: number): Promise<Uint8Array | undefined> {
    return this.#lookup.recordAt(physicalOffset);
  }

  query(request: QueryRequest): Promise<QueryMessageResult> {
    return this.#lookup.query(request);
  }

  get minPhysicalOffset(): number {
    return this.#parts.log.minOffset;
  }

  get maxPhysicalOffset(): number {
    return this.#parts.log.maxOffset;
  }

  get flushedPhysicalOffset(): number {
    return this.#parts.log.flushedOffset;
  }

  get unflushedBytes(): number {
    return this.#parts.log.maxOffset - this.#parts.log.flushedOffset;
  }

  queues(): QueueRange[] {
    return Array.from(this.#parts.queues.allQueues(), ({ topic, queueId, minOffset, maxOffset }) => ({
      topic,
      queueId,
      minOffset,
      maxOffset,
    }));
  }

  topics(): string[] {
    return this.#parts.queues.topics();
  }

  queueIdsOf(topic: string): number[] {
    return [...(this.#parts.queues.topicQueues(topic)?.queues.keys() ?? [])].sort((a, b) => a - b);
  }

  deleteTopics(topics: readonly string[]): number {
    this.#commit.commit();
    // The manifest of the last check point still knows them: they would come back after a crash.
    removeManifest(this.#options.files, this.#options.config.storePathRootDir);
    let count = 0;
    for (const topic of topics) {
      this.#appender.forget(topic);
      if (this.#parts.queues.deleteTopic(topic)) count++;
    }
    return count;
  }

  cleanUnusedTopics(retained: ReadonlySet<string>): number {
    return this.deleteTopics(
      this.topics().filter((topic) => !retained.has(topic) && !isSystemTopic(topic) && !isLmq(topic)),
    );
  }

  deleteExpiredFiles(): number {
    return this.#clean.runNow();
  }

  isOsPageCacheBusy(): boolean {
    return this.#busyUntilMs !== 0 && this.#options.clock.monotonicMs() < this.#busyUntilMs;
  }

  get flags(): StoreFlags {
    return this.#parts.flags.snapshot;
  }

  runtimeInfo(): Map<string, string> {
    const info = new Map<string, string>();
    this.#parts.stats.describe(info);
    this.#clean.describe(info);
    info.set('commitLogMinOffset', String(this.minPhysicalOffset));
    info.set('commitLogMaxOffset', String(this.maxPhysicalOffset));
    return info;
  }

  setArrivingListener(listener: ArrivingListener | undefined): void {
    this.#listener = listener;
  }

  async flush(): Promise<void> {
    this.#commit.commit();
    await this.#flush.flushAll();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #start(): void {
    const { clock } = this.#options;
    this.#flush.start();
    this.#checkpoints.start();
    this.#clean.start();
    this.#parts.failures.start();
    this.#sampler = clock.setRepeating(SAMPLE_INTERVAL_MS, () => this.#parts.stats.sample(), { background: true });
  }

  async #close(): Promise<void> {
    const { log, queues, index, checkpoint, handles, flags, failures, unlock } = this.#parts;
    this.#appender.close();
    this.#commit.commit();
    this.#sampler?.cancel();
    this.#clean.stop();
    failures.stop();
    await this.#checkpoints.stop();
    await this.#flush.flushAll();
    await this.#flush.stop();
    // A disk that was full and has its data is a clean end; an error is not, and the next start must look.
    const clean = !flags.failed && log.flushedOffset === log.maxOffset && (await this.#checkpoints.runLast());
    checkpoint.close();
    index.close();
    for (const queue of queues.openQueues()) queue.close();
    handles.closeAll();
    if (clean) this.#options.files.unlinkSync(abortPath(this.#options.config.storePathRootDir));
    else this.#options.logger.warn('the store may be wrong: the abort file stays', { reason: flags.snapshot.reason });
    unlock();
  }

  /** Makes a message visible: its queue, the index, those who wait for it. */
  #dispatch(put: PendingPut): void {
    const { queues, index, stats } = this.#parts;
    stats.putTimes++;
    stats.putBytes += put.sizeBytes;
    this.#checkpoints.dispatched(put.physicalOffset, put.storeTimestamp);
    if (this.#options.config.messageIndexEnable) index.put(put);
    if (skipsConsumeQueue(put.sysFlag)) return;
    const { queue } = put;
    queue.append(put.queueOffset, put.physicalOffset, put.sizeBytes, put.tagsCode);
    queues.markDirty(queue);
    this.#listener?.arriving(queue.topic, queue.queueId, put.queueOffset + 1, put.tagsCode, put.storeTimestamp);
  }

  #written(count: number, elapsedMs: number): void {
    this.#parts.stats.wrote(count, elapsedMs);
    const limit = this.#options.config.osPageCacheBusyTimeOutMills;
    // What waited behind a slow write is refused for a moment, so that the disk can catch up.
    this.#busyUntilMs = elapsedMs > limit ? this.#options.clock.monotonicMs() + limit / 10 : 0;
  }

  #flushed(offset: number): void {
    this.#checkpoints.logFlushed(offset);
    this.#commit.flushed(offset);
  }

  #flushFailed(error: Error): void {
    this.#parts.failures.reportFatal('commit log flush', error);
    this.#commit.flushFailed();
  }
}

function abortPath(root: string): string {
  return `${root}/abort`;
}

/** The file that tells the next start that this run did not end well. */
function writeAbort(files: Files, root: string): void {
  const handle = files.openSync(abortPath(root), 'create');
  handle.closeSync();
  files.syncDirectorySync(root);
}

/** Makes the root directory; its own name must survive a power cut too. */
function makeRoot(files: Files, root: string): void {
  if (files.statSync(root) !== undefined) return;
  files.mkdirSync(root);
  for (let end = root.lastIndexOf('/'); end >= 0; end = root.lastIndexOf('/', end - 1)) {
    files.syncDirectorySync(end === 0 ? '/' : root.slice(0, end));
    if (end === 0) return;
  }
}

function makeParts(options: MessageStoreOptions, unlock: () => void): Parts {
  const { config, clock, files, logger } = options;
  const root = config.storePathRootDir;
  const handles = new HandleCache(files, options.maxOpenFiles ?? DEFAULT_MAX_OPEN_FILES);
  const flags = new RunningFlags();
  const failures = new WriteFailures({ clock, files, path: root, flags, logger });
  const logDirectory = config.storePathCommitLog ?? `${root}/commitlog`;
  const queueDirectory = `${root}/consumequeue`;
  files.mkdirSync(logDirectory);
  files.mkdirSync(queueDirectory);
  const log = new CommitLog({
    files: new FileQueue(files, handles, logDirectory, config.mappedFileSizeCommitLog),
    tailCacheBytes: options.tailCacheBytes ?? DEFAULT_TAIL_CACHE_BYTES,
    tailChunkBytes: TAIL_CHUNK_BYTES,
    logger,
  });
  const queues = new ConsumeQueueStore({
    files,
    handles,
    directory: queueDirectory,
    fileSizeBytes: queueFileSize(config.mappedFileSizeConsumeQueue),
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
  return { log, queues, index, checkpoint, handles, flags, stats: new StoreStats(clock), failures, unlock };
}
