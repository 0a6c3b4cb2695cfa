/**
 * What follows a write that failed: the store stops taking messages. When space
 * or file descriptors were lacking it takes them again by itself, else it does not.
 */
import { type Clock, type Files, isFileSystemError, type Logger, type Timer } from '@rocketmq-ts/common';
import type { RunningFlags } from './running-flags.js';

const CHECK_INTERVAL_MS = 1000;
/** Lacks that pass. Nothing was written then; a crowd of connections must not stop the store for good. */
const PASSING = new Set(['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE']);
/** Free space that must be there before a disk that was full counts as usable again. */
const MIN_FREE_BYTES = 4 * 1024 * 1024;

export interface WriteFailuresOptions {
  readonly clock: Clock;
  readonly files: Files;
  /** The directories that are written to. */
  readonly paths: readonly string[];
  readonly flags: RunningFlags;
  readonly logger: Logger;
}

export class WriteFailures {
  readonly #options: WriteFailuresOptions;
  #timer: Timer | undefined;
  /** A write was refused for something that was lacking, and none has been tried since. */
  #lacking = false;

  constructor(options: WriteFailuresOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = this.#options.clock.setRepeating(CHECK_INTERVAL_MS, () => this.#check(), { background: true });
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** A write of `what` failed. */
  report(what: string, error: Error): void {
    if (!isFileSystemError(error) || !PASSING.has(error.code)) {
      this.reportFatal(what, error);
      return;
    }
    this.#lacking = true;
    if (this.#options.flags.setDiskFull('write', true, `${what}: ${error.message}`)) {
      const fields = { what, error: error.message };
      this.#options.logger.error('no space or no descriptors left: the store refuses messages until there are', fields);
    }
  }

  /** Something failed after which nothing that the disk says can be trusted. */
  reportFatal(what: string, error: Error): void {
    if (!this.#options.flags.failed) {
      this.#options.logger.error('a write failed: the store refuses messages until it is restarted', {
        what,
        error: error.message,
      });
    }
    this.#options.flags.setFailed(`${what}: ${error.message}`);
  }

  #check(): void {
    if (!this.#lacking || !this.#hasSpace()) return;
    this.#lacking = false;
    if (this.#options.flags.setDiskFull('write', false)) this.#options.logger.info('the store takes messages again');
  }

  #hasSpace(): boolean {
    const { files, paths } = this.#options;
    try {
      return paths.every((path) => files.diskSpaceSync(path).freeBytes >= MIN_FREE_BYTES);
    } catch (error) {
      // A disk that does not say how full it is will be asked again.
      if (!isFileSystemError(error)) throw error;
      return false;
    }
  }
}
