/**
 * Deletes files of the log that are too old, or old enough for the space that is
 * left, with the parts of queues and index that pointed into them; and stops
 * writes while the disk is too full.
 */
import type { Clock, Files, Logger, Timer } from '@rocketmq-ts/common';
import type { CommitLog } from './commit-log.js';
import type { ConsumeQueueStore } from './consume-queue-store.js';
import type { IndexService } from './index-service.js';
import type { RunningFlags } from './running-flags.js';
import { javaDouble } from './store-stats.js';

const FIRST_RUN_MS = 60_000;
const HOUR_MS = 3_600_000;

/** The settings that cleaning reads, under the reference's names: intervals in ms, `fileReservedTime` in hours, ratios in percent. */
export interface CleanConfig {
  readonly cleanResourceInterval: number;
  readonly deleteWhen: string;
  readonly fileReservedTime: number;
  readonly deleteFileBatchMax: number;
  readonly diskMaxUsedSpaceRatio: number;
  readonly diskSpaceWarningLevelRatio: number;
  readonly diskSpaceCleanForciblyRatio: number;
  readonly cleanFileForciblyEnable: boolean;
  readonly storePathRootDir: string;
  readonly storePathCommitLog: string | undefined;
}

export interface CleanServiceOptions {
  readonly clock: Clock;
  readonly config: CleanConfig;
  readonly files: Files;
  readonly log: CommitLog;
  readonly queues: ConsumeQueueStore;
  readonly index: IndexService;
  readonly flags: RunningFlags;
  readonly logger: Logger;
}

/** Source: CleanCommitLogService, CleanConsumeQueueService. */
export class CleanService {
  readonly #options: CleanServiceOptions;
  #timer: Timer | undefined;
  /** Writes are stopped because the disk is above the warning level. */
  #stopped = false;

  constructor(options: CleanServiceOptions) {
    this.#options = options;
  }

  start(): void {
    const { clock, config } = this.#options;
    this.#checkSpace();
    const firstDeletionMs = clock.monotonicMs() + FIRST_RUN_MS;
    const run = () => (clock.monotonicMs() >= firstDeletionMs ? this.#run() : this.#checkSpace());
    this.#timer = clock.setRepeating(config.cleanResourceInterval, run, { background: true });
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Deletes what is older than the reserved time now, as an operator asks; answers how many files of the log went. */
  runNow(): number {
    return this.#deleteFiles(this.#reservedMs(), 'asked for by an operator');
  }

  /** Adds the disk ratios to the runtime info. */
  describe(info: Map<string, string>): void {
    const ratio = javaDouble(this.#usedRatio());
    const { config } = this.#options;
    info.set(`commitLogDiskRatio_${config.storePathCommitLog ?? `${config.storePathRootDir}/commitlog`}`, ratio);
    info.set('commitLogDiskRatio', ratio);
    info.set('consumeQueueDiskRatio', ratio);
  }

  #run(): void {
    const { config } = this.#options;
    const used = this.#checkSpace();
    const forcibly = config.cleanFileForciblyEnable && used > this.#percent(config.diskSpaceCleanForciblyRatio);
    if (forcibly) this.#deleteFiles(0, 'the disk is nearly full');
    else if (used > this.#percent(config.diskMaxUsedSpaceRatio)) this.#deleteFiles(this.#reservedMs(), 'space');
    else if (this.#isTimeToDelete()) this.#deleteFiles(this.#reservedMs(), 'time of day');
  }

  /** Sets or clears the disk-full flag; answers the used part of the disk. */
  #checkSpace(): number {
    const { config, flags, logger } = this.#options;
    const used = this.#usedRatio();
    const full = used > this.#percent(config.diskSpaceWarningLevelRatio);
    if (full && !this.#stopped) {
      flags.setDiskFull('level', true, `${(used * 100).toFixed(1)} % of the disk are used`);
      logger.error('the disk is above its warning level: the store refuses messages', { usedRatio: used });
    } else if (!full && this.#stopped) {
      flags.setDiskFull('level', false);
      logger.info('the disk is below its warning level: the store takes messages', { usedRatio: used });
    }
    this.#stopped = full;
    return used;
  }

  #deleteFiles(reservedMs: number, why: string): number {
    const { log, clock, config, logger } = this.#options;
    const now = clock.now();
    let count = 0;
    while (count < config.deleteFileBatchMax && log.files.count > 1) {
      const first = log.files.starts[0]!;
      const isCurrent = first + log.files.fileSizeBytes > log.maxOffset;
      if (isCurrent || now < log.files.modifiedMs(first) + reservedMs) break;
      log.files.remove(first);
      logger.info('commit log file deleted', { path: log.files.pathOf(first), why });
      count++;
    }
    if (count > 0) this.#deleteBehind(log.minOffset);
    return count;
  }

  /** Lets queues and index go along with the log. */
  #deleteBehind(minPhysicalOffset: number): void {
    for (const queue of this.#options.queues.openQueues()) queue.deleteExpired(minPhysicalOffset);
    this.#options.index.deleteExpired(minPhysicalOffset);
  }

  #usedRatio(): number {
    const { files, config } = this.#options;
    const { totalBytes, freeBytes } = files.diskSpaceSync(config.storePathCommitLog ?? config.storePathRootDir);
    return totalBytes > 0 ? 1 - freeBytes / totalBytes : -1;
  }

  #percent(configured: number): number {
    return Math.min(95, Math.max(10, configured)) / 100;
  }

  #reservedMs(): number {
    return this.#options.config.fileReservedTime * HOUR_MS;
  }

  #isTimeToDelete(): boolean {
    const hour = new Date(this.#options.clock.now()).getHours();
    return this.#options.config.deleteWhen.split(';').some((text) => Number(text) === hour && text.trim() !== '');
  }
}
