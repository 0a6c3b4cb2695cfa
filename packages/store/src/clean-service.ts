/**
 * Decides when files of the log are deleted: at an hour of the day, when an
 * operator asks, or when the disk fills up; and stops writes while it is too full.
 */
import { type Clock, type Files, isFileSystemError, type Logger, type Timer } from '@rocketmq-ts/common';
import { type DiskState, DiskUsage, type DiskUsageConfig } from './disk-usage.js';
import { type DeletionConfig, ExpiredFiles } from './expired-files.js';
import { indexFileSize } from './index-file.js';
import type { RunningFlags } from './running-flags.js';
import type { StoreParts } from './store-parts.js';

const FIRST_RUN_MS = 60_000;
const HOUR_MS = 3_600_000;
/** Runs in which old files are deleted after an operator has asked for it. */
const MANUAL_RUNS = 20;

/** The settings that cleaning reads, under the reference's names: intervals in ms, `fileReservedTime` in hours. */
export interface CleanConfig extends DiskUsageConfig, DeletionConfig {
  readonly cleanResourceInterval: number;
  readonly redeleteHangedFileInterval: number;
  readonly deleteWhen: string;
  readonly fileReservedTime: number;
  readonly cleanFileForciblyEnable: boolean;
  readonly storePathRootDir: string;
  readonly mappedFileSizeConsumeQueue: number;
  readonly maxHashSlotNum: number;
  readonly maxIndexNum: number;
}

export interface CleanServiceOptions
  extends Pick<StoreParts, 'log' | 'directories' | 'queues' | 'index' | 'compaction' | 'checkpoint'> {
  /** Makes durable what was made from the log up to now; false when that failed. */
  readonly makeDurable: () => Promise<boolean>;
  readonly clock: Clock;
  readonly config: CleanConfig;
  readonly files: Files;
  readonly flags: RunningFlags;
  readonly logger: Logger;
  /** Whether the operator wants room to be made at the cost of messages that are not old. */
  readonly mayDeleteForcibly?: (() => boolean) | undefined;
}

/** Source: CleanCommitLogService, CleanConsumeQueueService. */
export class CleanService {
  readonly #options: CleanServiceOptions;
  readonly #usage: DiskUsage;
  readonly #expired: ExpiredFiles;
  #timer: Timer | undefined;
  #running: Promise<void> | undefined;
  /** Writes are stopped because the disk is above the warning level. */
  #stopped = false;
  #manualRuns = 0;
  #firstDeletionMs = 0;
  #lastRetryMs = 0;
  /** It was said that nothing can be deleted although space is short. */
  #complained = false;

  constructor(options: CleanServiceOptions) {
    this.#options = options;
    this.#usage = new DiskUsage({
      ...options,
      queueDirectory: `${options.config.storePathRootDir}/consumequeue`,
      ownBytes: () => this.#ownBytes(),
    });
    this.#expired = new ExpiredFiles(options);
  }

  start(): void {
    const { clock } = this.#options;
    this.#firstDeletionMs = clock.monotonicMs() + FIRST_RUN_MS;
    this.#lastRetryMs = clock.monotonicMs();
    this.#tick();
    this.#arm();
  }

  /** Ends the deletions after the file at hand. */
  async stop(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#expired.stop();
    await this.#running;
  }

  /** Deletes what is older than the reserved time now and in the next runs, as an operator asks. Source: #executeDeleteFilesManually. */
  deleteManually(): void {
    this.#manualRuns = MANUAL_RUNS;
    this.#firstDeletionMs = 0;
    this.#tick();
  }

  /** Drops the queues of which no message is in the log any more, and tells of their topics in the same turn; answers how many. */
  dropExpiredQueues(dropped: (topics: ReadonlySet<string>) => void): Promise<number> {
    return this.#expired.dropExpiredQueues(dropped);
  }

  /** Adds the disk ratios to the runtime info. */
  describe(info: Map<string, string>): void {
    this.#usage.describe(info);
  }

  #arm(): void {
    const { clock, config } = this.#options;
    const tick = () => {
      this.#arm();
      this.#tick();
    };
    this.#timer = clock.setTimer(config.cleanResourceInterval, tick, { background: true });
  }

  #tick(): void {
    try {
      const state = this.#checkSpace();
      if (this.#running !== undefined || this.#options.clock.monotonicMs() < this.#firstDeletionMs) return;
      this.#running = this.#clean(state)
        .catch((error: unknown) => this.#skipped(error))
        .finally(() => {
          this.#running = undefined;
        });
    } catch (error) {
      this.#skipped(error);
    }
  }

  /** A disk that does not answer is looked at again at the next tick; it must not end the process. */
  #skipped(error: unknown): void {
    if (!isFileSystemError(error)) throw error;
    this.#options.logger.warn('cannot clean up: it is tried again later', { error: error.message });
  }

  async #clean(state: DiskState): Promise<void> {
    const { clock, config } = this.#options;
    const why = this.#reason(state);
    if (why !== undefined) await this.#deleteLogFiles(state, why);
    if (clock.monotonicMs() - this.#lastRetryMs > config.redeleteHangedFileInterval) {
      this.#lastRetryMs = clock.monotonicMs();
      await this.#expired.retryHanged();
    }
    await this.#expired.cleanBehind();
  }

  /** Why files are to be deleted now; undefined when there is no reason. */
  #reason(state: DiskState): string | undefined {
    if (this.#manualRuns > 0) {
      this.#manualRuns--;
      return 'asked for by an operator';
    }
    if (state.pressure !== 'none') return state.reason;
    return this.#isTimeToDelete() ? 'time of day' : undefined;
  }

  async #deleteLogFiles({ pressure, reason }: DiskState, why: string): Promise<void> {
    const { clock, config, log, logger } = this.#options;
    const needsSpace = pressure === 'deleteForcibly' || pressure === 'refuseWrites';
    const forcibly = needsSpace && this.#mayDeleteForcibly();
    const reservedMs = config.fileReservedTime * HOUR_MS;
    const isOld = (start: number) => clock.now() >= log.files.modifiedMs(start) + reservedMs;
    const count = await this.#expired.deleteLogFiles((start) => forcibly || isOld(start), why);
    const complains = count === 0 && needsSpace;
    if (complains && !this.#complained) {
      logger.warn('disk space will be full soon, and no file of the log may be deleted', { reason, forcibly });
    }
    this.#complained = complains;
  }

  #mayDeleteForcibly(): boolean {
    const { config, mayDeleteForcibly } = this.#options;
    return config.cleanFileForciblyEnable && (mayDeleteForcibly?.() ?? true);
  }

  /** As the reference counts them: whole files, however much is in them; of each queue one. */
  #ownBytes(): number {
    const { log, queues, index, config } = this.#options;
    const indexBytes = index.fileCount * indexFileSize(config.maxHashSlotNum, config.maxIndexNum);
    const queueBytes = queues.queueCount * config.mappedFileSizeConsumeQueue;
    return log.files.count * log.files.fileSizeBytes + queueBytes + indexBytes;
  }

  /** Sets or clears the disk-full flag. */
  #checkSpace(): DiskState {
    const { flags, logger } = this.#options;
    const state = this.#usage.look();
    const full = state.pressure === 'refuseWrites';
    if (full && !this.#stopped) {
      flags.setDiskFull('level', true, state.reason);
      logger.error('the disk is above its warning level: the store refuses messages', { reason: state.reason });
    } else if (!full && this.#stopped) {
      flags.setDiskFull('level', false);
      logger.info('the disk is below its warning level: the store takes messages', { reason: state.reason });
    }
    this.#stopped = full;
    return state;
  }

  #isTimeToDelete(): boolean {
    const hour = new Date(this.#options.clock.now()).getHours();
    return this.#options.config.deleteWhen.split(';').some((text) => text.trim() !== '' && Number(text) === hour);
  }
}
