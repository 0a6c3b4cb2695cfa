/**
 * The store: opens and closes its parts, and hands each request to the part
 * that does it. What happens to the bytes is in those parts.
 */
import { isLmq, isSystemTopic, makeDirectoryDurable } from '@rocketmq-ts/common';
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
  TopicPlace,
} from './api.js';
import { CleanService } from './clean-service.js';
import { deliverTimeOf } from './delay-levels.js';
import type { MessageAppender } from './message-appender.js';
import { MessageLookup } from './message-lookup.js';
import { MessageReader } from './message-reader.js';
import { minOffsetOf } from './min-offset.js';
import { type ManifestEntry, strikeFromManifest } from './queue-manifest.js';
import { abortPath, type MessageStoreOptions, makeStoreParts, type StoreParts, writeAbort } from './store-parts.js';
import { type RecoveryResult, recoverStore } from './store-recovery.js';
import { WritePath } from './write-path.js';

/** Source: DefaultMessageStore. */
export class MessageStore implements Store {
  readonly #options: MessageStoreOptions;
  readonly #parts: StoreParts;
  readonly #writes: WritePath;
  readonly #appender: MessageAppender;
  readonly #reader: MessageReader;
  readonly #lookup: MessageLookup;
  readonly #clean: CleanService;
  #closing: Promise<void> | undefined;

  /**
   * Opens the store below `config.storePathRootDir`, recovers it, and starts
   * its services. Throws when another process holds it, or when its files
   * contradict the configured sizes.
   */
  static async open(options: MessageStoreOptions): Promise<MessageStore> {
    const { config, files, clock, logger } = options;
    const root = config.storePathRootDir;
    makeDirectoryDurable(files, root);
    const unlock = files.lockSync(`${root}/lock`);
    try {
      const parts = makeStoreParts(options, unlock);
      const deliverTime = deliverTimeOf(config.messageDelayLevel);
      const lastExitOk = files.statSync(abortPath(root)) === undefined;
      const { indexInlineBytes } = options;
      const recovered = await recoverStore({ ...parts, config, files, logger, deliverTime, indexInlineBytes });
      // 0 stands for a check point that says nothing.
      await parts.compaction.load({ lastExitOk, physicalOffset: parts.checkpoint.logicsPhysicalOffset || -1 });
      parts.log.ensureFile();
      writeAbort(files, root);
      logger.info('store opened', {
        root,
        minPhysicalOffset: parts.log.minOffset,
        maxPhysicalOffset: parts.log.maxOffset,
        topics: parts.queues.topicCount,
        at: clock.now(),
      });
      const store = new MessageStore(options, parts, new WritePath(options, parts, deliverTime));
      store.#start(recovered);
      return store;
    } catch (error) {
      unlock();
      throw error;
    }
  }

  private constructor(options: MessageStoreOptions, parts: StoreParts, writes: WritePath) {
    this.#options = options;
    this.#parts = parts;
    this.#writes = writes;
    this.#appender = writes.appender;
    this.#reader = new MessageReader({ ...options, ...parts });
    this.#lookup = new MessageLookup({ ...options, ...parts });
    this.#clean = new CleanService({ ...options, ...parts, makeDurable: () => this.#writes.makeDurable() });
  }

  put(message: PutMessage, waiter: PutWaiter): void {
    this.#appender.put(message, waiter);
  }

  putBatch(message: PutMessage, waiter: PutWaiter): void {
    this.#appender.putBatch(message, waiter);
  }

  placeOf(topic: string): TopicPlace | undefined {
    return this.#appender.placeOf(topic);
  }

  get(request: GetRequest): GetMessageResult | Promise<GetMessageResult> {
    if (this.#closing !== undefined) throw new Error('message store has shutdown, so getMessage is forbidden');
    const { compaction } = this.#parts;
    return compaction.handles(request.topic) ? compaction.get(request) : this.#reader.get(request);
  }

  async queueEntries(
    topic: string,
    queueId: number,
    offset: number,
    maxCount: number,
  ): Promise<readonly ConsumeQueueEntry[]> {
    return (await this.#parts.queues.find(topic, queueId)?.readUnits(offset, maxCount)) ?? [];
  }

  maxOffsetInQueue(topic: string, queueId: number): number {
    return this.#parts.queues.find(topic, queueId)?.maxOffset ?? 0;
  }

  minOffsetInQueue(topic: string, queueId: number): number {
    const { queues, compaction } = this.#parts;
    const minOffset = minOffsetOf(queues.find(topic, queueId), () => queues.typeOf(topic, queueId));
    if (!compaction.handles(topic)) return minOffset;
    // What compaction has kept stays readable when the log has lost it.
    return Math.min(minOffset, compaction.minOffset(topic, queueId) ?? minOffset);
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
    return this.#parts.queues.queueIdsOf(topic);
  }

  deleteTopics(topics: readonly string[]): number {
    this.#writes.commit();
    let count = 0;
    try {
      for (const topic of topics) {
        this.#appender.forget(topic);
        if (this.#parts.queues.deleteTopic(topic)) count++;
        this.#parts.compaction.deleteTopic(topic);
      }
    } finally {
      this.#queuesDeleted();
    }
    return count;
  }

  cleanUnusedTopics(retained: ReadonlySet<string>): number {
    return this.deleteTopics(
      this.topics().filter((topic) => !retained.has(topic) && !isSystemTopic(topic) && !isLmq(topic)),
    );
  }

  deleteExpiredFiles(): void {
    this.#clean.deleteManually();
  }

  cleanExpiredQueues(): Promise<number> {
    this.#writes.commit();
    return this.#clean.dropExpiredQueues((topics) => {
      for (const topic of topics) this.#appender.forget(topic);
      this.#queuesDeleted();
    });
  }

  isOsPageCacheBusy(): boolean {
    return this.#writes.isBusy();
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
    this.#writes.listener = listener;
  }

  flush(): Promise<void> {
    return this.#writes.flush();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** The manifest of the last check point still knows queues that were deleted: they would come back after a crash. */
  #queuesDeleted(): void {
    const { queues, checkpoint } = this.#parts;
    const { files, config } = this.#options;
    const exists = ({ topic, queueId }: ManifestEntry) => !queues.isListed(topic) || queues.has(topic, queueId);
    strikeFromManifest(files, config.storePathRootDir, checkpoint.logicsPhysicalOffset, exists);
  }

  #start({ indexFrom, newest }: RecoveryResult): void {
    if (indexFrom !== undefined) this.#writes.indexCatchUp.start(indexFrom);
    this.#writes.start(newest);
    this.#clean.start();
    this.#parts.failures.start();
    this.#parts.compaction.start(() => this.#writes.flush());
  }

  async #close(): Promise<void> {
    const { queues, index, checkpoint, compaction, handles, flags, failures, unlock } = this.#parts;
    this.#writes.refuse();
    await this.#clean.stop();
    failures.stop();
    await compaction.stop();
    const clean = await this.#writes.stop();
    checkpoint.close();
    index.close();
    await queues.close();
    handles.closeAll();
    if (clean) this.#options.files.unlinkSync(abortPath(this.#options.config.storePathRootDir));
    else this.#options.logger.warn('the store may be wrong: the abort file stays', { reason: flags.snapshot.reason });
    unlock();
  }
}
