/**
 * Deletes the oldest files of the log, and then what in queues and index only
 * pointed into them; with pauses, since the disk has other work.
 */
import { type Clock, type Files, isFileSystemError, type Logger, type Timer } from '@rocketmq-ts/common';
import type { CommitLog } from './commit-log.js';
import type { CompactionStore } from './compaction/compaction-store.js';
import type { ConsumeQueueStore } from './consume-queue-store.js';
import type { IndexService } from './index-service.js';
import { readWithdrawn } from './queue-manifest.js';
import type { StoreCheckpoint } from './store-checkpoint.js';

/** Queues that are looked at before others get the processor. */
const QUEUES_PER_TURN = 32;

/** The settings of deletion, under the reference's names: pauses in ms. */
export interface DeletionConfig {
  readonly deleteFileBatchMax: number;
  readonly deleteCommitLogFilesInterval: number;
  readonly deleteConsumeQueueFilesInterval: number;
  readonly storePathRootDir: string;
}

export interface ExpiredFilesOptions {
  readonly clock: Clock;
  readonly config: DeletionConfig;
  readonly files: Files;
  readonly log: CommitLog;
  readonly queues: ConsumeQueueStore;
  readonly index: IndexService;
  readonly compaction: Pick<CompactionStore, 'isEmpty'>;
  readonly checkpoint: Pick<StoreCheckpoint, 'logicsPhysicalOffset' | 'isWithdrawn'>;
  /** Makes durable what was made from the log up to now; false when that failed. */
  readonly makeDurable: () => Promise<boolean>;
  readonly logger: Logger;
}

/** Source: MappedFileQueue#deleteExpiredFileByTime, CleanConsumeQueueService. */
export class ExpiredFiles {
  readonly #options: ExpiredFilesOptions;
  /** Start of the log up to which queues and index were cleaned. */
  #cleanedOffset = 0;
  /** The directory of a file whose deletion may not be durable. */
  #unsynced: string | undefined;
  /** A file that could not be deleted, by its first offset. */
  #hanged: number | undefined;
  #stopped = false;
  #endPause: (() => void) | undefined;

  constructor(options: ExpiredFilesOptions) {
    this.#options = options;
  }

  /** Deletes no more; what is under way ends after the file at hand. */
  stop(): void {
    this.#stopped = true;
    this.#endPause?.();
  }

  /**
   * Deletes files of the log from the oldest on, as long as they may go and up to the batch limit; answers how many
   * went. What was made from them is made durable before. When that fails, for lack of space perhaps, those go of which
   * nothing is lost; the others stay, and the store takes no messages anyway.
   */
  async deleteLogFiles(mayGo: (start: number) => boolean, why: string): Promise<number> {
    const { config, log } = this.#options;
    let count = 0;
    for (const start of log.files.starts.slice(0, -1)) {
      // What is not durable stays: a power cut may undo the deletion, and the log would begin with nothing.
      const isCurrent = start + log.files.fileSizeBytes > log.flushedOffset;
      if (this.#stopped || isCurrent || !mayGo(start)) break;
      if (!(await this.#isSuperfluous(start))) break;
      if (!(await this.#tryDelete(start, why))) break;
      count++;
      if (count >= config.deleteFileBatchMax) break;
      await this.#pause(config.deleteCommitLogFilesInterval);
    }
    return count;
  }

  /** Tries again to delete a file that could not be. Source: MappedFileQueue#retryDeleteFirstFile. */
  async retryHanged(): Promise<void> {
    const start = this.#hanged;
    this.#hanged = undefined;
    if (start !== undefined && this.#options.log.files.starts[0] === start) await this.#tryDelete(start, 'again');
  }

  /** Lets queues and index go along with the log: first their beginnings are moved, then files are deleted. */
  async cleanBehind(): Promise<void> {
    const { config, log, queues, index } = this.#options;
    const minOffset = log.minOffset;
    if (minOffset <= this.#cleanedOffset) return;
    this.#cleanedOffset = minOffset;
    let looked = 0;
    for (const queue of queues.openQueues()) {
      queue.correctMinOffset(minOffset);
      if (++looked % QUEUES_PER_TURN === 0) await this.#pause(0);
    }
    for (const queue of queues.everyQueue()) {
      if (this.#stopped) return;
      const deleted = queues.openForCleaning(queue) ? queue.deleteExpired(minOffset) : 0;
      if (deleted > 0) await this.#pause(config.deleteConsumeQueueFilesInterval);
      else if (++looked % QUEUES_PER_TURN === 0) await this.#pause(0);
    }
    index.deleteExpired(minOffset);
  }

  /**
   * Drops the queues of which no message is in the log any more, and tells of their topics in the same turn; answers
   * how many. Source: ConsumeQueueStore#cleanExpired.
   */
  async dropExpiredQueues(dropped: (topics: ReadonlySet<string>) => void): Promise<number> {
    const { queues } = this.#options;
    const names = queues.topics().flatMap((topic) => queues.queueIdsOf(topic).map((queueId) => ({ topic, queueId })));
    let count = 0;
    for (let from = 0; from < names.length; from += QUEUES_PER_TURN) {
      if (from > 0) await this.#pause(0);
      if (this.#stopped) break;
      const topics = new Set<string>();
      try {
        for (const { topic, queueId } of names.slice(from, from + QUEUES_PER_TURN)) {
          if (!this.#dropIfExpired(topic, queueId)) continue;
          topics.add(topic);
          count++;
        }
      } finally {
        if (topics.size > 0) dropped(topics);
      }
    }
    return count;
  }

  #dropIfExpired(topic: string, queueId: number): boolean {
    const { queues, logger } = this.#options;
    if (!queues.dropIfExpired(topic, queueId)) return false;
    logger.info('consume queue dropped: none of its messages is there any more', { topic, queueId });
    return true;
  }

  /**
   * Whether queues and compaction logs have durably what they take from the file: lost with a power cut, they could
   * not be made again, and offsets would be given out twice.
   */
  async #isSuperfluous(start: number): Promise<boolean> {
    const { log, makeDurable } = this.#options;
    const end = start + log.files.fileSizeBytes;
    return end <= this.#knownEnd() || (await makeDurable()) || this.#isToldBehind(end);
  }

  /** Whether the log tells durably, behind `end`, where each queue goes on that is not durable itself. */
  #isToldBehind(end: number): boolean {
    const { log, queues, compaction } = this.#options;
    const isTold = ({ physicalEnd }: { physicalEnd: number }) => physicalEnd > end && physicalEnd <= log.flushedOffset;
    return compaction.isEmpty && queues.dirtyQueues.every(isTold);
  }

  /**
   * Up to where the last check point has all. While it is withdrawn its manifest still keeps the offsets, but
   * compaction logs were taken back to where they are certain, and copy again.
   */
  #knownEnd(): number {
    const { checkpoint, compaction, files, config } = this.#options;
    const { isWithdrawn, logicsPhysicalOffset } = checkpoint;
    if (!isWithdrawn && logicsPhysicalOffset > 0) return logicsPhysicalOffset;
    if (!compaction.isEmpty) return 0;
    return readWithdrawn(files, config.storePathRootDir, logicsPhysicalOffset)?.logicsPhysicalOffset ?? 0;
  }

  /** Deletes a file of the log durably, before the next one goes: a power cut that undoes one deletion and not a later one, in another directory, would leave a hole. */
  async #tryDelete(start: number, why: string): Promise<boolean> {
    const { log, logger } = this.#options;
    const path = log.files.pathOf(start);
    const directory = log.files.directoryOf(start);
    try {
      this.#syncDeletion();
      await log.files.delete(start);
      this.#unsynced = directory;
      this.#syncDeletion();
      logger.info('commit log file deleted', { path, why });
      return true;
    } catch (error) {
      if (!isFileSystemError(error)) throw error;
      logger.error('cannot delete a commit log file: it is tried again later', { path, error: error.message });
      this.#hanged = start;
      return false;
    }
  }

  #syncDeletion(): void {
    if (this.#unsynced !== undefined) this.#options.log.files.syncDirectory(this.#unsynced);
    this.#unsynced = undefined;
  }

  #pause(delayMs: number): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    return new Promise((resolve) => {
      let timer: Timer | undefined;
      this.#endPause = () => {
        timer?.cancel();
        resolve();
      };
      timer = this.#options.clock.setTimer(delayMs, resolve, { background: true });
    });
  }
}
