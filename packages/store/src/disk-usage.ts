/** How full the disks of the store are, and what follows from it. It reads figures; it deletes nothing. */
import type { DiskSpace, Files } from '@rocketmq-ts/common';
import type { CommitLogDirectories } from './commit-log-directories.js';
import { javaDouble } from './store-stats.js';

/** The settings that draw the lines, in percent, under the reference's names. */
export interface DiskUsageConfig {
  readonly diskMaxUsedSpaceRatio: number;
  readonly diskSpaceWarningLevelRatio: number;
  readonly diskSpaceCleanForciblyRatio: number;
  /** Brokers that share the disk, and the part of a share above which one deletes forcibly. */
  readonly replicasPerDiskPartition: number;
  readonly logicalDiskSpaceCleanForciblyThreshold: number;
}

export interface DiskUsageOptions {
  readonly files: Pick<Files, 'diskSpaceSync'>;
  readonly config: DiskUsageConfig;
  readonly directories: CommitLogDirectories;
  /** The directory `consumequeue`. */
  readonly queueDirectory: string;
  /** Bytes that the files of this store take up. */
  readonly ownBytes: () => number;
}

/** What is to be done, from the mildest to the most pressing. */
export type DiskPressure = 'none' | 'deleteExpired' | 'deleteForcibly' | 'refuseWrites';

/** One look at the disks. */
export interface DiskState {
  readonly pressure: DiskPressure;
  /** In words, for operators. */
  readonly reason: string;
}

/** Source: CleanCommitLogService#isSpaceToDelete. */
export class DiskUsage {
  readonly #options: DiskUsageOptions;

  constructor(options: DiskUsageOptions) {
    this.#options = options;
  }

  /**
   * Looks at all disks. With several directories the emptiest counts, since files
   * can be made there; directories that are nearly full are left out for new files.
   */
  look(): DiskState {
    const { directories, queueDirectory } = this.#options;
    const ratios = directories.writable.map((path) => ({ path, ratio: this.#ratioOf(path) }));
    const forcibly = this.#forciblyLevel;
    directories.setFull(new Set(ratios.filter(({ ratio }) => ratio > forcibly).map(({ path }) => path)));
    const emptiest = ratios.reduce((least, other) => (other.ratio < least.ratio ? other : least));
    const log = this.#stateOf('commit log', emptiest.path, emptiest.ratio);
    const queues = this.#stateOf('consume queues', queueDirectory, this.#ratioOf(queueDirectory));
    const state = ORDER.indexOf(queues.pressure) > ORDER.indexOf(log.pressure) ? queues : log;
    const isPressing = state.pressure === 'refuseWrites' || state.pressure === 'deleteForcibly';
    return isPressing || this.#options.config.replicasPerDiskPartition <= 1 ? state : this.#shareOf(emptiest.path);
  }

  /** On a disk that brokers share, each keeps to its part of it. */
  #shareOf(path: string): DiskState {
    const { config, files, ownBytes } = this.#options;
    const share = files.diskSpaceSync(path).totalBytes / config.replicasPerDiskPartition;
    const ratio = ownBytes() / share;
    const reason = `${(ratio * 100).toFixed(0)} % of this broker's share of the disk (${path}) are used`;
    if (ratio > config.logicalDiskSpaceCleanForciblyThreshold) return { pressure: 'deleteForcibly', reason };
    return { pressure: ratio > this.#expiredLevel ? 'deleteExpired' : 'none', reason };
  }

  /** Adds the ratios to the runtime info. Source: DefaultMessageStore#getRuntimeInfo. */
  describe(info: Map<string, string>): void {
    const { directories, queueDirectory } = this.#options;
    let least = Number.MAX_VALUE;
    for (const path of directories.configured) {
      const ratio = this.#ratioOf(path);
      info.set(`commitLogDiskRatio_${path}`, javaDouble(ratio));
      least = Math.min(least, ratio);
    }
    info.set('commitLogDiskRatio', javaDouble(least));
    info.set('consumeQueueDiskRatio', javaDouble(this.#ratioOf(queueDirectory)));
  }

  #stateOf(what: string, path: string, ratio: number): DiskState {
    const reason = `${(ratio * 100).toFixed(0)} % of the disk of the ${what} (${path}) are used`;
    return { pressure: this.#pressureOf(ratio), reason };
  }

  #pressureOf(ratio: number): DiskPressure {
    const { config } = this.#options;
    if (ratio > within(config.diskSpaceWarningLevelRatio, 35, 90)) return 'refuseWrites';
    if (ratio > this.#forciblyLevel) return 'deleteForcibly';
    // What cannot be measured counts as full, as in the reference.
    return ratio < 0 || ratio > this.#expiredLevel ? 'deleteExpired' : 'none';
  }

  get #expiredLevel(): number {
    return within(this.#options.config.diskMaxUsedSpaceRatio, 10, 95);
  }

  get #forciblyLevel(): number {
    return within(this.#options.config.diskSpaceCleanForciblyRatio, 30, 85);
  }

  #ratioOf(path: string): number {
    return usedRatio(this.#options.files.diskSpaceSync(path));
  }
}

const ORDER: readonly DiskPressure[] = ['none', 'deleteExpired', 'deleteForcibly', 'refuseWrites'];

/** The used part of what an ordinary user can use, in whole percent rounded up; -1 when unknown. Source: UtilAll#getDiskPartitionSpaceUsedPercent. */
export function usedRatio({ totalBytes, usedBytes, freeBytes }: DiskSpace): number {
  if (totalBytes <= 0 || usedBytes + freeBytes <= 0) return -1;
  return Math.ceil((usedBytes * 100) / (usedBytes + freeBytes)) / 100;
}

/** A percentage as a ratio, kept between the bounds that the reference sets. */
function within(percent: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, percent)) / 100;
}
