/**
 * The compaction topics of a store: which of each key keep only the newest
 * message, in logs of their own below `compaction/`. They are copies of what the
 * commit log held and outlive it. Source: CompactionStore, CompactionService.
 */
import { type Clock, type Files, isFileSystemError, type Logger, type Timer } from '@rocketmq-ts/common';
import type { GetMessageResult, GetRequest } from '../api.js';
import type { CommitLog } from '../commit-log.js';
import type { GetConfig } from '../get-limits.js';
import type { HandleCache } from '../handle-cache.js';
import type { StoreStats } from '../store-stats.js';
import { CompactionLog, type FollowedQueue, type VisibleMessage } from './compaction-log.js';
import { CompactionPositions } from './compaction-positions.js';
import { CompactionReader } from './compaction-reader.js';
import { Compactor } from './compactor.js';
import {
  type DurablePlace,
  firstUncertainOffset,
  listPartitions,
  openPartition,
  type PartitionPlaces,
  setPartitionAside,
} from './partition-recovery.js';
import { type CompactionSizes, segmentSizes } from './segment-sizes.js';
import { type PartitionLogOptions, TopicPartitionLog } from './topic-partition-log.js';

/** The settings of compaction, under the reference's names. */
export interface CompactionConfig extends GetConfig, CompactionSizes {
  readonly enableCompaction: boolean;
  /** Time between two compactions of a queue, ms. */
  readonly compactionScheduleInternal: number;
  /** Bytes. */
  readonly maxOffsetMapSize: number;
  readonly storePathRootDir: string;
}

/** The consume queues, as far as compaction looks at them. */
export interface FollowedQueues {
  find(topic: string, queueId: number): FollowedQueue | undefined;
}

export interface CompactionStoreOptions {
  readonly clock: Clock;
  readonly files: Files;
  readonly handles: HandleCache;
  readonly config: CompactionConfig;
  readonly log: CommitLog;
  readonly queues: FollowedQueues;
  readonly stats: StoreStats;
  readonly logger: Logger;
  readonly physicalMemoryBytes: number;
  /** Tells whether the topic's cleanup policy is COMPACTION. */
  readonly isCompacted: (topic: string) => boolean;
  readonly writeFailed: (what: string, error: Error) => void;
  /** A failure that only a restart can mend. */
  readonly failedForGood: (what: string, error: Error) => void;
}

/** How often it is looked whether something is to be done. */
const TICK_MS = 1000;

export class CompactionStore {
  readonly #options: CompactionStoreOptions;
  readonly #logs = new Map<string, Map<number, CompactionLog>>();
  readonly #positions: CompactionPositions;
  readonly #reader: CompactionReader;
  readonly #directory: string;
  #timer: Timer | undefined;
  #lastRoundMs = 0;
  #round: Promise<void> | undefined;
  #closed = false;
  #makeLogDurable: (() => Promise<void>) | undefined;

  constructor(options: CompactionStoreOptions) {
    this.#options = options;
    this.#directory = `${options.config.storePathRootDir}/compaction`;
    this.#positions = new CompactionPositions(this.#directory, options);
    this.#reader = new CompactionReader(options);
  }

  /**
   * Opens the logs that exist, after commit log and consume queues are
   * recovered. What may have been lost with the end of the commit log, or was
   * not durable, is taken back; following the queues brings it again.
   */
  async load(place: DurablePlace): Promise<void> {
    this.#positions.load();
    const { queues, logger } = this.#options;
    for (const name of listPartitions(this.#options.files, this.#directory)) {
      const { topic, queueId } = name;
      const queue = queues.find(topic, queueId);
      if (queue === undefined || queue.maxOffset === 0) {
        this.#positions.delete(topic, queueId);
        const target = setPartitionAside(this.#options.files, this.#places, name);
        logger.warn('a compaction log without consume queue was set aside', { topic, queueId, target });
        continue;
      }
      const partition = await openPartition(this.#places, name, this.#partitionOptions(topic, queueId));
      const log = this.#make(topic, queueId, partition);
      const uncertain = await firstUncertainOffset(queue, place);
      // After a clean end nothing stands behind what was copied.
      if (!place.lastExitOk || uncertain < log.maxOffset) log.cut(uncertain);
      if (this.#positions.get(topic, queueId) >= uncertain) this.#positions.set(topic, queueId, uncertain - 1);
    }
  }

  /** Starts following and compacting. `makeLogDurable` flushes the commit log. */
  start(makeLogDurable: () => Promise<void>): void {
    const { clock, config } = this.#options;
    this.#makeLogDurable = makeLogDurable;
    if (!config.enableCompaction) return;
    this.#lastRoundMs = clock.monotonicMs();
    this.#timer = clock.setRepeating(TICK_MS, () => this.#tick(), { background: true });
    this.#follow();
  }

  /** Ends the work; afterwards everything that was copied is in the files. */
  async stop(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await this.#round;
    for (const log of this.#all()) {
      await log.close();
      try {
        await log.partition.datasync();
      } catch (error) {
        this.#options.failedForGood('compaction log', error as Error);
      }
      log.partition.close();
    }
    if (this.#logs.size > 0) this.#positions.persistSync();
  }

  /** True when there is no compaction log. */
  get isEmpty(): boolean {
    return this.#logs.size === 0;
  }

  /** True when the messages of the topic are read here. */
  handles(topic: string): boolean {
    return this.#options.config.enableCompaction && this.#options.isCompacted(topic);
  }

  /** The answer for a topic that `handles` knows. */
  get(request: GetRequest): Promise<GetMessageResult> {
    const log = this.#find(request.topic, request.queueId);
    return log === undefined ? Promise.resolve(noQueue()) : this.#reader.get(log, request);
  }

  /** Queue offset of the oldest message that is left; undefined when there is none here. */
  minOffset(topic: string, queueId: number): number | undefined {
    return this.#find(topic, queueId)?.partition.firstOffset;
  }

  /** Hears of each message that became visible. */
  dispatched(topic: string, queueId: number, message: VisibleMessage): void {
    if (!this.handles(topic)) return;
    this.#find(topic, queueId)?.dispatched(message);
  }

  /** Writes and makes durable what was copied; throws what the file system throws. */
  async datasync(): Promise<void> {
    for (const log of this.#all()) if (!log.closed) await log.partition.datasync();
  }

  /** Deletes the logs of a topic. */
  deleteTopic(topic: string): void {
    for (const log of this.#logs.get(topic)?.values() ?? []) {
      void log.close().then(() => log.partition.close());
      this.#positions.delete(topic, log.queueId);
    }
    this.#logs.delete(topic);
    for (const part of ['compactionLog', 'compactionCq']) {
      this.#options.files.removeSync(`${this.#directory}/${part}/${topic}`);
    }
  }

  /** Compacts one queue after the other; done when all had their turn. */
  compact(): Promise<void> {
    this.#round ??= this.#compactAll().finally(() => {
      this.#round = undefined;
    });
    return this.#round;
  }

  async #compactAll(): Promise<void> {
    const { log } = this.#options;
    for (const queue of [...this.#all()]) {
      if (this.#closed) return;
      if (queue.closed || !this.handles(queue.topic)) continue;
      // What is compared must be durable.
      const visible = log.maxOffset;
      await this.#makeLogDurable?.();
      if (log.flushedOffset < visible) return;
      await this.#compact(queue);
    }
  }

  /** Compacts a queue, in as many rounds as the memory for its keys asks for. */
  async #compact(queue: CompactionLog): Promise<void> {
    const { topic, queueId, partition } = queue;
    const { config, logger, failedForGood } = this.#options;
    const compactor = new Compactor(partition, {
      ...this.#partitionOptions(topic, queueId),
      offsetMapBytes: config.maxOffsetMapSize,
      cancelled: () => this.#closed || queue.closed,
    });
    try {
      for (;;) {
        const result = await compactor.run(this.#positions.get(topic, queueId));
        if (result === undefined) return;
        logger.info('compacted', { queue: queue.toString(), ...result });
        this.#positions.set(topic, queueId, result.position);
        await this.#positions.persist();
      }
    } catch (error) {
      if (compactor.replacing || !isFileSystemError(error)) failedForGood('compaction log', error as Error);
      const { message } = error as Error;
      logger.error('a compaction failed; its queue stays as it was', { queue: queue.toString(), error: message });
    }
  }

  #tick(): void {
    const { clock, config } = this.#options;
    this.#follow();
    if (this.#round !== undefined || clock.monotonicMs() - this.#lastRoundMs < config.compactionScheduleInternal)
      return;
    this.#lastRoundMs = clock.monotonicMs();
    void this.compact();
  }

  /** Makes up for what was missed. */
  #follow(): void {
    for (const log of this.#all()) if (log.isBehind && this.handles(log.topic)) void log.catchUp();
  }

  /** The log, made when its queue exists; those that are on disk were opened at the start. */
  #find(topic: string, queueId: number): CompactionLog | undefined {
    const known = this.#logs.get(topic)?.get(queueId);
    if (known !== undefined || this.#closed) return known;
    if (this.#options.queues.find(topic, queueId) === undefined) return undefined;
    const log = this.#make(topic, queueId, new TopicPartitionLog(this.#partitionOptions(topic, queueId)));
    if (log.isBehind) void log.catchUp();
    return log;
  }

  #make(topic: string, queueId: number, partition: TopicPartitionLog): CompactionLog {
    const { log, queues, logger, writeFailed } = this.#options;
    const made = new CompactionLog({
      topic,
      queueId,
      partition,
      commitLog: log,
      queue: () => queues.find(topic, queueId),
      logger,
      writeFailed: (error) => writeFailed('compaction log', error),
    });
    const queuesOfTopic = this.#logs.get(topic) ?? new Map<number, CompactionLog>();
    this.#logs.set(topic, queuesOfTopic.set(queueId, made));
    return made;
  }

  get #places(): PartitionPlaces {
    return { directory: this.#directory, damaged: `${this.#options.config.storePathRootDir}/damaged` };
  }

  #partitionOptions(topic: string, queueId: number): PartitionLogOptions {
    const { files, handles, config, logger } = this.#options;
    return {
      files,
      handles,
      logger,
      logDirectory: `${this.#directory}/compactionLog/${topic}/${queueId}`,
      queueDirectory: `${this.#directory}/compactionCq/${topic}/${queueId}`,
      sizes: segmentSizes(config),
    };
  }

  *#all(): Iterable<CompactionLog> {
    for (const queues of this.#logs.values()) yield* queues.values();
  }
}

/** Source: GetMessageResult#NO_MATCH_LOGIC_QUEUE. */
function noQueue(): GetMessageResult {
  return {
    status: 'NO_MATCHED_LOGIC_QUEUE',
    nextBeginOffset: 0,
    minOffset: 0,
    maxOffset: 0,
    messageCount: 0,
    bodyChunks: [],
    lenders: [],
    totalBytes: 0,
    suggestPullingFromSlave: false,
    queueOffsets: [],
  };
}
