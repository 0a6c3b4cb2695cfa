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
import { ENTRY_SIZE_BYTES } from './queue-entry.js';
import { QueueFlush, type Stride } from './queue-flush.js';
import type { StrokeWriter } from './queue-stroke.js';
import type { StoreCheckpoint } from './store-checkpoint.js';

const PAGE_BYTES = 4096;
/** Few while the store is in use, since flushes of the log and reads share the same threads. */
const WHILE_IN_USE: Stride = { written: 64, flushed: 2 };
const AT_THE_END: Stride = { written: 4096, flushed: 32 };
/** Queues that are opened before others get the processor. */
const OPENED_PER_TURN = 32;
/** Bytes of log after which a check point is due whatever the time, so that a restart has little to read … */
const CHECKPOINT_LOG_BYTES = 256 * 1024 * 1024;
/** … more with many queues, each of which costs a flush of its own … */
const CHECKPOINT_BYTES_PER_QUEUE = 256 * 1024;
/** … but never more than this. */
const MAX_CHECKPOINT_LOG_BYTES = 1024 * 1024 * 1024;

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
  readonly flags: { readonly failed: boolean };
  readonly flush: FlushService;
  readonly strokeWriter: StrokeWriter | undefined;
  readonly writeFailed: (what: string, error: Error) => void;
  /** Queues and index are durable up to the message at this place; the check point is about to say so. */
  readonly complete: (logicsPhysicalOffset: number) => Promise<void>;
}

/** With what the log ends. */
export interface NewestMessage {
  readonly physicalOffset: number;
  readonly storeTimestamp: number;
}

/** Source: FlushConsumeQueueService. */
export class CheckpointService {
  readonly #options: CheckpointServiceOptions;
  readonly #queueFlush: QueueFlush;
  #timer: Timer | undefined;
  #running: Promise<boolean> | undefined;
  #lastThoroughMs = 0;
  #lastThoroughOffset = 0;
  /** The newest message that is visible. */
  #dispatchedOffset = 0;
  #dispatchedTimestamp = 0;
  /** Nothing was dispatched since no queue was found to have gathered much. */
  #noneIsLong = false;
  /** The newest visible message at the time of an earlier flush. */
  #markedOffset = -1;
  #markedTimestamp = 0;

  constructor(options: CheckpointServiceOptions) {
    this.#options = options;
    this.#queueFlush = new QueueFlush(options.strokeWriter);
  }

  /** `newest`: the message with which the log ends, when that was read to its end. */
  start(newest: NewestMessage | undefined): void {
    const { clock, log } = this.#options;
    // Without it, what a recovery has read would be read again by every start until a message comes.
    if (newest !== undefined) this.dispatched(newest.physicalOffset, newest.storeTimestamp);
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

  /** Makes everything that is visible now durable, with all that is made from it; false when that failed. */
  async run(): Promise<boolean> {
    while (this.#running !== undefined) await this.#running;
    this.#running = this.#runThorough().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Notes the newest visible message. */
  dispatched(physicalOffset: number, storeTimestamp: number): void {
    this.#dispatchedOffset = physicalOffset;
    this.#dispatchedTimestamp = storeTimestamp;
    this.#noneIsLong = false;
  }

  /** Notes that the log is durable before `offset`. */
  logFlushed(offset: number): void {
    if (offset > this.#markedOffset && this.#markedTimestamp > 0) {
      this.#options.checkpoint.physicMsgTimestamp = this.#markedTimestamp;
    }
    this.#markedOffset = this.#dispatchedOffset;
    this.#markedTimestamp = this.#dispatchedTimestamp;
  }

  /** Makes everything durable at the end; false when that failed. */
  async runLast(): Promise<boolean> {
    await this.#running;
    return this.#runThorough(AT_THE_END);
  }

  /** Opens all queues, of which only the manifest would know the ends. */
  async #openAll(): Promise<void> {
    const { clock, queues } = this.#options;
    let opened = 0;
    for (const _ of queues.allQueues()) {
      if (++opened % OPENED_PER_TURN === 0) await new Promise<void>((resolve) => clock.endOfTurn(resolve));
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
    const isDue = overdue || log.maxOffset - this.#lastThoroughOffset >= this.#checkpointBytes();
    const long = isDue || this.#noneIsLong ? [] : this.#longQueues();
    // An idle store must not go through thousands of queues each second.
    this.#noneIsLong = !isDue && long.length === 0;
    if (!isDue && long.length === 0) return;
    this.#running = (isDue ? this.#runThorough() : this.#write(long)).finally(() => {
      this.#running = undefined;
    });
  }

  #checkpointBytes(): number {
    const forQueues = this.#options.queues.dirtyQueues.length * CHECKPOINT_BYTES_PER_QUEUE;
    return Math.min(MAX_CHECKPOINT_LOG_BYTES, Math.max(CHECKPOINT_LOG_BYTES, forQueues));
  }

  /** The queues that have gathered some pages of entries, or half of what they may keep in memory. */
  #longQueues(): AnyConsumeQueue[] {
    const { config, queues } = this.#options;
    const { flushConsumeQueueLeastPages } = config;
    const leastBytes = Math.min(
      flushConsumeQueueLeastPages * PAGE_BYTES,
      (queues.maxTailEntries * ENTRY_SIZE_BYTES) / 2,
    );
    return queues.dirtyQueues.filter((queue) => queue.unwrittenBytes >= leastBytes);
  }

  async #write(queues: readonly AnyConsumeQueue[]): Promise<boolean> {
    try {
      await this.#queueFlush.write(queues);
      return true;
    } catch (error) {
      this.#options.writeFailed('consume queue', error as Error);
      return false;
    }
  }

  async #runThorough(stride = WHILE_IN_USE): Promise<boolean> {
    const { clock, log, queues, checkpoint, flush, flags } = this.#options;
    this.#lastThoroughMs = clock.monotonicMs();
    this.#lastThoroughOffset = log.maxOffset;
    // After a flush that failed the system may have dropped its pages: one that succeeds later proves nothing.
    if (flags.failed) return false;
    let dirty: AnyConsumeQueue[] = [];
    try {
      if (!queues.manifestHolds) await this.#openAll();
      const offset = this.#dispatchedOffset;
      const timestamp = this.#dispatchedTimestamp;
      // Now: of what comes while the rest is made durable a power cut may take the messages.
      queues.ends.note(queues.manifest());
      await flush.flushAll();
      if (log.flushedOffset < offset) return false;
      dirty = queues.takeDirty();
      await this.#makeDurable(dirty, stride, offset);
      const isNew = timestamp > 0 && offset !== checkpoint.logicsPhysicalOffset;
      const isUnchanged = !isNew && !checkpoint.isWithdrawn && dirty.length === 0 && queues.manifestHolds;
      // Until the new manifest is there the old check point counts: what is deleted meanwhile is struck from its manifest.
      if (!isUnchanged) await this.#options.complete(timestamp > 0 ? offset : checkpoint.logicsPhysicalOffset);
      if (timestamp > 0) {
        checkpoint.physicMsgTimestamp = timestamp;
        checkpoint.logicsMsgTimestamp = timestamp;
        checkpoint.logicsPhysicalOffset = offset;
      }
      await checkpoint.flush();
      return true;
    } catch (error) {
      // The check point stays where it was: the next start makes up from there what is missing.
      for (const queue of dirty) queues.markDirty(queue);
      this.#options.writeFailed('queues or index', error as Error);
      return false;
    } finally {
      queues.ends.note([]);
    }
  }

  /** Makes durable what is made from the log up to the message at `offset`. */
  async #makeDurable(dirty: readonly AnyConsumeQueue[], stride: Stride, offset: number): Promise<void> {
    const { queues, compaction, checkpoint, index } = this.#options;
    await this.#queueFlush.makeDurable(dirty, stride);
    await queues.flush(offset);
    await compaction.datasync();
    checkpoint.indexMsgTimestamp = Math.max(checkpoint.indexMsgTimestamp, await index.flush());
  }
}
