/**
 * The way of a message into the store: appended, committed with its turn,
 * flushed, then visible in its queue, the index, and to those who wait for it.
 */
import type { Timer } from '@rocketmq-ts/common';
import type { ArrivingListener } from './api.js';
import { type BatchRecords, RecordAtHand } from './batch-records.js';
import { CheckpointService, type NewestMessage } from './checkpoint-service.js';
import { FlushService } from './flush-service.js';
import { GroupCommit } from './group-commit.js';
import { IndexCatchUp } from './index-catch-up.js';
import type { LightPlace } from './light-queues.js';
import { MessageAppender } from './message-appender.js';
import type { PendingPut } from './pending-put.js';
import { writeManifest } from './queue-manifest.js';
import { skipsConsumeQueue } from './record-layout.js';
import type { DeliverTime } from './record-reader.js';
import type { MessageStoreOptions, StoreParts } from './store-parts.js';

const SAMPLE_INTERVAL_MS = 1000;

/** Owns the services that write, and decides in which order they start and stop. */
export class WritePath {
  readonly appender: MessageAppender;
  /** Hears of every message that became visible. */
  listener: ArrivingListener | undefined;
  readonly indexCatchUp: IndexCatchUp;
  readonly #options: MessageStoreOptions;
  readonly #parts: StoreParts;
  readonly #commit: GroupCommit;
  readonly #flush: FlushService;
  readonly #checkpoints: CheckpointService;
  #sampler: Timer | undefined;
  /** Reused for the records of batches, one after the other. */
  readonly #record = new RecordAtHand();
  #busyUntilMs = 0;

  constructor(options: MessageStoreOptions, parts: StoreParts, deliverTime: DeliverTime) {
    const { config, clock, turn } = options;
    const { log, queues, flags, stats, failures } = parts;
    this.#options = options;
    this.#parts = parts;
    this.indexCatchUp = new IndexCatchUp({ ...options, ...parts });
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
      committed: () => this.appender.endTurn(),
    });
    this.appender = new MessageAppender({
      clock,
      config,
      log,
      queues,
      isCompacted: parts.isCompacted,
      commit: this.#commit,
      flags,
      storeHost: options.storeHost,
      filterBitMapOf: config.enableConsumeQueueExt ? options.filterBitMapOf : undefined,
      deliverTime,
      busy: () => this.isBusy(),
      writeFailed: (error) => failures.report('commit log', error),
      refused: () => {
        stats.putFailedTimes++;
      },
    });
    this.#checkpoints = new CheckpointService({
      ...parts,
      clock,
      config,
      flush: this.#flush,
      strokeWriter: options.strokeWriter,
      writeFailed: (what, error) => failures.report(what, error),
      complete: (offset) => writeManifest(options.files, config.storePathRootDir, offset, queues.ends),
    });
  }

  /** `newest`: the message with which the log ends, when that was read to its end. */
  start(newest: NewestMessage | undefined): void {
    const { clock } = this.#options;
    this.#flush.start();
    this.#checkpoints.start(newest);
    this.#sampler = clock.setRepeating(SAMPLE_INTERVAL_MS, () => this.#parts.stats.sample(), { background: true });
  }

  /** Writes what was appended in this turn, before the turn ends by itself. */
  commit(): void {
    this.#commit.commit();
  }

  /** Makes all that was appended before the call durable. */
  async flush(): Promise<void> {
    this.#commit.commit();
    await this.#flush.flushAll();
  }

  /** Makes everything that is visible durable, and all that is made from it; false when that failed. */
  makeDurable(): Promise<boolean> {
    return this.#checkpoints.run();
  }

  /** Refuses what comes from now on, and decides what was appended. */
  refuse(): void {
    this.appender.close();
    this.#commit.commit();
    this.#sampler?.cancel();
  }

  /** Ends the writing after `refuse`; true when everything is durable and the check point says so. */
  async stop(): Promise<boolean> {
    const { flags, log } = this.#parts;
    this.indexCatchUp.stop();
    await this.#checkpoints.stop();
    await this.#flush.flushAll();
    await this.#flush.stop();
    // A disk that was full and has its data is a clean end; an error is not, and the next start must look.
    return !flags.failed && log.flushedOffset === log.maxOffset && (await this.#checkpoints.runLast());
  }

  /** True for a moment after a write that took too long. */
  isBusy(): boolean {
    return this.#busyUntilMs !== 0 && this.#options.clock.monotonicMs() < this.#busyUntilMs;
  }

  /** Makes a message visible: its queue, the index, those who wait for it. */
  #dispatch(put: PendingPut): void {
    if (put.records !== undefined) {
      this.#dispatchBatch(put, put.records);
      return;
    }
    const { queues, index, compaction, stats } = this.#parts;
    stats.putTimes++;
    stats.putBytes += put.sizeBytes;
    this.#checkpoints.dispatched(put.physicalOffset, put.storeTimestamp);
    if (this.#indexes()) index.put(put);
    if (skipsConsumeQueue(put.sysFlag)) return;
    const { queue } = put;
    // The queue may have been deleted while the message waited for its flush.
    if (queue.append(put, put.queueOffset) === 'refused') return;
    queues.markDirty(queue);
    if (put.isCompacted) compaction.dispatched(queue.topic, queue.queueId, put);
    const nextOffset = put.queueOffset + put.messageCount;
    this.listener?.arriving(queue.topic, queue.queueId, nextOffset, put.tagsCode, put.storeTimestamp);
    if (put.light !== undefined) this.#dispatchLight(put, put.light);
  }

  /** Makes the messages of a batch visible, as `#dispatch` does with one. They are never parts of a transaction. */
  #dispatchBatch(put: PendingPut, records: BatchRecords): void {
    const { queues, index, compaction, stats } = this.#parts;
    const { queue } = put;
    const record = this.#record;
    stats.putTimes += records.count;
    stats.putBytes += put.sizeBytes;
    const indexes = this.#indexes();
    record.begin(put);
    for (let i = 0; i < records.count; i++) {
      records.read(i, record);
      if (indexes) index.put(record);
      // The queue may have been deleted while the batch waited for its flush.
      if (queue.append(record, record.queueOffset) === 'refused') continue;
      queues.markDirty(queue);
      if (put.isCompacted) compaction.dispatched(queue.topic, queue.queueId, record);
      // The last of several with the same tags wakes whom each of them would wake.
      if (i + 1 < records.count && records.tagsCodeAt(i + 1) === record.tagsCode) continue;
      this.listener?.arriving(
        queue.topic,
        queue.queueId,
        record.queueOffset + 1,
        record.tagsCode,
        record.storeTimestamp,
      );
    }
    this.#checkpoints.dispatched(record.physicalOffset, record.storeTimestamp);
  }

  /** Makes a message visible in light queues. Source: ConsumeQueue#multiDispatchLmqQueue, ReputMessageService#notifyMessageArrive4MultiQueue. */
  #dispatchLight(put: PendingPut, places: readonly LightPlace[]): void {
    const { queues } = this.#parts;
    for (const { queue, queueOffset } of places) {
      queue.append(put, queueOffset);
      queues.markDirty(queue);
      this.listener?.arriving(queue.topic, queue.queueId, queueOffset + 1, put.tagsCode, put.storeTimestamp);
    }
  }

  /** New messages go to the index at once, unless older ones have to go there first. */
  #indexes(): boolean {
    const { messageIndexEnable, indexFileWriteEnable } = this.#options.config;
    return messageIndexEnable && indexFileWriteEnable && !this.indexCatchUp.isBehind;
  }

  #written(count: number, elapsedMs: number): void {
    this.#parts.stats.wrote(count, elapsedMs);
    this.#flush.written();
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
