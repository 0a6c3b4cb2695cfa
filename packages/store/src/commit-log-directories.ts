/**
 * The directories that hold the files of the commit log: usually one, or several
 * on different disks, some of them for reading only. It decides where the next
 * file goes; where each file lies is told by the directories themselves.
 */
import type { QueueDirectories } from './file-queue.js';

/** What separates the paths of `storePathCommitLog`. Source: MixAll#MULTI_PATH_SPLITTER. */
const SEPARATOR = ',';

/** The settings that name the directories, under the reference's names. */
export interface CommitLogPaths {
  readonly storePathRootDir: string;
  readonly storePathCommitLog: string | undefined;
  readonly readOnlyCommitLogStorePaths: string | undefined;
}

/** Source: MultiPathMappedFileQueue. */
export class CommitLogDirectories implements QueueDirectories {
  /** As configured, for writing or not. */
  readonly configured: readonly string[];
  /** Where new files may be made, sorted. */
  readonly writable: readonly string[];
  readonly all: readonly string[];
  #full: ReadonlySet<string> = new Set();

  /** Throws when no directory is left to write to. */
  constructor(paths: CommitLogPaths) {
    this.configured = split(paths.storePathCommitLog ?? `${paths.storePathRootDir}/commitlog`);
    const readOnly = split(paths.readOnlyCommitLogStorePaths ?? '');
    this.writable = this.configured.filter((path) => !readOnly.includes(path)).sort();
    this.all = [...new Set([...this.writable, ...this.configured, ...readOnly])];
    if (this.writable.length === 0) {
      throw new Error(
        `storePathCommitLog=${paths.storePathCommitLog} names no directory that is not among readOnlyCommitLogStorePaths: new files have no place`,
      );
    }
  }

  /** Tells which directories are on disks that are nearly full: no new file goes there as long as another is left. */
  setFull(full: ReadonlySet<string>): void {
    this.#full = full;
  }

  choose(fileNumber: number): string {
    const roomy = this.#full.size === 0 ? this.writable : this.writable.filter((path) => !this.#full.has(path));
    const paths = roomy.length > 0 ? roomy : this.writable;
    return paths[fileNumber % paths.length]!;
  }
}

/** The paths of a setting: each once, in its order. */
function split(text: string): string[] {
  const paths = text
    .split(SEPARATOR)
    .map((path) => path.trim())
    .map((path) => (path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path));
  return [...new Set(paths.filter((path) => path !== ''))];
}
