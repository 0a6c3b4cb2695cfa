/**
 * Writes queues and index to their files now and then, and records in the check
 * point up to where they are complete. The log is always flushed first: a queue
 * never durably speaks of a message that is not durable.
 */
import type { Clock, Timer } from '@rocketmq-ts/common';
import type { CommitLog } from './commit-log.js';
import type { CompactionStore } from './compaction/compaction-store.js';
import type { AnyConsumeQueue } from './consume-queue-interface.js';
import type { ConsumeQueueStore } from './consume-queue-store.js';
import type { FlushService } from './flush-service.js';
import type { IndexService } from './index-service.js';
import type { StoreCheckpoint } from './store-checkpoint.js';

const PAGE_BYTES = 4096;
/** Queues that are made durable at a time: few while the store is in use, since flushes of the log and reads share the same threads. */
const PARALLEL_FLUSHES = 2;
const LAST_PARALLEL_FLUSHES = 32;
/** At the end, making more queues durable takes longer than dispatching … */
const REPLAYED_QUEUES = 512;
/** … so many bytes of the log again at the next start. */
const REPLAYED_LOG_BYTES = 64 * 1024 * 1024;
/** Bytes of log after which a check point is due whatever the time, so that a restart has little to read. */
const CHECKPOINT_LOG_BYTES = 256 * 1024 * 1024;

export interface CheckpointServiceOptions {
  readonly clock: Clock;
  readonly config: {
    readonly flushIntervalConsumeQueue: number;
    readonly flushConsumeQueueLeastPages: number;
    readonly flushConsumeQueueThoroughInterval: number;
  };
  readonly log: CommitLog;
  readonly queues: ConsumeQueueStore;
  readonly index: IndexService;
  readonly compaction: CompactionStore;
  readonly checkpoint: StoreCheckpoint;
  readonly flush: FlushService;
  readonly writeFailed: (what: string, error: Error) => void;
  /** Queues and index are durable up to the message at this place; the check point is about to say so. */
  readonly complete: (logicsPhysicalOffset: number) => void;
}

/** Source: FlushConsumeQueueService. */
export class CheckpointService {
  readonly #options: CheckpointServiceOptions;
  #timer: Timer | undefined;
  #running: Promise<boolean> | undefined;
  #lastThoroughMs = 0;
  #lastThoroughOffset = 0;
  /** The newest message that is visible. */
  #dispatchedOffset = 0;
  #dispatchedTimestamp = 0;
  /** The newest visible message at the time of an earlier flush. */
  #markedOffset = -1;
  #markedTimestamp = 0;

  constructor(options: CheckpointServiceOptions) {
    this.#options = options;
  }

  start(): void {
    const { clock, log } = this.#options;
    this.#lastThoroughMs = clock.monotonicMs();
    this.#lastThoroughOffset = log.maxOffset;
    this.#arm();
  }

  /** Stops the work by time and waits for what runs. */
  async stop(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    await this.#running;
  }

  /** Notes the newest visible message. */
  dispatched(physicalOffset: number, storeTimestamp: number): void {
    this.#dispatchedOffset = physicalOffset;
    this.#dispatchedTimestamp = storeTimestamp;
  }

  /** Notes that the log is durable before `offset`. */
  logFlushed(offset: number): void {
    if (offset > this.#markedOffset && this.#markedTimestamp > 0) {
      this.#options.checkpoint.physicMsgTimestamp = this.#markedTimestamp;
    }
    this.#markedOffset = this.#dispatchedOffset;
    this.#markedTimestamp = this.#dispatchedTimestamp;
  }

  /**
   * Makes everything durable at the end, or leaves the check point where it is when the next start
   * does the rest sooner; false when that failed.
   */
  async runLast(): Promise<boolean> {
    await this.#running;
    const { log, queues, checkpoint } = this.#options;
    const replayedBytes = log.maxOffset - Math.max(checkpoint.logicsPhysicalOffset, log.minOffset);
    const isMuch = checkpoint.isWithdrawn || replayedBytes > REPLAYED_LOG_BYTES;
    if (queues.dirtyQueues.length > REPLAYED_QUEUES && !isMuch) return this.#writeOnly();
    return this.#runThorough(LAST_PARALLEL_FLUSHES);
  }

  /** Writes queues and index for whoever reads the files, without promising anything in the check point. */
  async #writeOnly(): Promise<boolean> {
    const { queues, index, compaction, writeFailed } = this.#options;
    try {
      for (const queue of queues.takeDirty()) queue.writeOut();
      // A clean end is all that these ask for at the next start.
      await index.flush();
      await compaction.datasync();
      return true;
    } catch (error) {
      writeFailed('consume queue or index', error as Error);
      return false;
    }
  }

  #arm(): void {
    const { clock, config } = this.#options;
    const tick = () => {
      this.#arm();
      this.#tick();
    };
    this.#timer = clock.setTimer(config.flushIntervalConsumeQueue, tick, { background: true });
  }

  #tick(): void {
    if (this.#running !== undefined) return;
    const { clock, config, log } = this.#options;
    const overdue = clock.monotonicMs() - this.#lastThoroughMs >= config.flushConsumeQueueThoroughInterval;
    if (overdue || log.maxOffset - this.#lastThoroughOffset >= CHECKPOINT_LOG_BYTES) {
      this.#running = this.#runThorough().finally(() => {
        this.#running = undefined;
      });
    } else this.#writeLong();
  }

  /** Writes the queues that have gathered some pages of entries. */
  #writeLong(): void {
    const leastBytes = this.#options.config.flushConsumeQueueLeastPages * PAGE_BYTES;
    const { queues } = this.#options;
    for (const queue of queues.dirtyQueues) {
      if (queue.unwrittenBytes < leastBytes) continue;
      try {
        queue.writeOut();
      } catch (error) {
        this.#options.writeFailed('consume queue', error as Error);
        return;
      }
    }
  }

  async #runThorough(parallel = PARALLEL_FLUSHES): Promise<boolean> {
    const { clock, log, checkpoint, index, flush } = this.#options;
    this.#lastThoroughMs = clock.monotonicMs();
    this.#lastThoroughOffset = log.maxOffset;
    const offset = this.#dispatchedOffset;
    const timestamp = this.#dispatchedTimestamp;
    await flush.flushAll();
    if (log.flushedOffset < offset) return false;
    const dirty = this.#options.queues.takeDirty();
    try {
      // Side by side, so that the file system can join its own writes.
      for (let i = 0; i < dirty.length; i += parallel) {
        await Promise.all(dirty.slice(i, i + parallel).map((queue) => this.#makeDurable(queue)));
      }
      await this.#options.queues.flush(offset);
      await this.#options.compaction.datasync();
      checkpoint.indexMsgTimestamp = Math.max(checkpoint.indexMsgTimestamp, await index.flush());
      if (timestamp > 0) {
        checkpoint.physicMsgTimestamp = timestamp;
        checkpoint.logicsMsgTimestamp = timestamp;
        checkpoint.logicsPhysicalOffset = offset;
      }
      this.#options.complete(checkpoint.logicsPhysicalOffset);
      await checkpoint.flush();
      return true;
    } catch (error) {
      // The check point stays where it was: the next start makes up from there what is missing.
      for (const queue of dirty) this.#options.queues.markDirty(queue);
      this.#options.writeFailed('queues or index', error as Error);
      return false;
    }
  }

  async #makeDurable(queue: AnyConsumeQueue): Promise<void> {
    queue.writeOut();
    if (queue.hasUnsynced) await queue.datasync();
  }
}
