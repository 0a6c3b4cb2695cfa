/**
 * Writes wheel, metrics and check point after the messages that they speak of are
 * on disk, soon after something has changed; while nothing does, nothing is written.
 */
import { type Clock, type DataVersion, isFileSystemError, type Logger, type Timer } from '@rocketmq-ts/common';
import { encodeTimerCheckpoint, type TimerCheckpointFile, type TimerProgress } from './timer-checkpoint.js';
import type { TimerLog } from './timer-log.js';
import type { TimerMetrics } from './timer-metrics.js';
import type { TimedStore, TimerConfig } from './timer-parts.js';
import type { TimerWheel } from './timer-wheel.js';
import type { WheelFiles } from './wheel-files.js';

export interface TimerFlushParts {
  readonly config: TimerConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly store: Pick<TimedStore, 'flush' | 'flags' | 'minPhysicalOffset'>;
  readonly log: TimerLog;
  readonly wheel: TimerWheel;
  readonly wheelFiles: WheelFiles;
  readonly metrics: TimerMetrics;
  readonly checkpointFile: TimerCheckpointFile;
  readonly version: DataVersion;
  /** How far the timer is; undefined while the check point on disk must stay as it is. */
  readonly progress: () => Pick<TimerProgress, 'lastReadTimeMs' | 'lastTimerQueueOffset'> | undefined;
}

/** Source: TimerMessageStore.TimerFlushService. */
export class TimerFlush {
  readonly #parts: TimerFlushParts;
  #timer: Timer | undefined;
  #running: Promise<void> | undefined;
  #flushedEnd: number;
  #snapshotAtMs = Number.NEGATIVE_INFINITY;
  #snapshotsDropped = false;
  #written = '';
  #stopped = false;

  constructor(parts: TimerFlushParts) {
    this.#parts = parts;
    this.#flushedEnd = parts.log.endOffset;
  }

  /** Notes that something has changed. */
  changed(): void {
    if (this.#timer !== undefined || this.#stopped) return;
    const { clock, config } = this.#parts;
    const run = (): void => {
      this.#running = this.#tryFlush()
        .catch((error: unknown) => {
          this.#parts.logger.error('the files of the timer were not written', { error });
          return false;
        })
        .then((complete) => {
          this.#timer = undefined;
          this.#running = undefined;
          if (!complete) this.changed();
        });
    };
    this.#timer = clock.setTimer(config.timerFlushIntervalMs, run, { background: true });
  }

  /** Writes what is to be written a last time. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#running;
    await this.#tryFlush();
  }

  /** What the check point says, or will say soon. */
  checkpoint(): Buffer {
    return encodeTimerCheckpoint(this.#progressNow(), this.#parts.version);
  }

  /** False when something is left to be written. */
  async #tryFlush(): Promise<boolean> {
    try {
      return await this.#flush();
    } catch (error) {
      if (!isFileSystemError(error)) throw error;
      // The check point stays where it was: the next start makes up from there what is missing.
      this.#parts.logger.error('the files of the timer could not be written', { error: error.message });
      return false;
    }
  }

  async #flush(): Promise<boolean> {
    const { store, log, wheel, metrics, checkpointFile, version, clock } = this.#parts;
    if (this.#parts.progress() === undefined) return false;
    const end = log.endOffset;
    const progress = this.#progressNow(end);
    const text = JSON.stringify(progress);
    // What is called delivered, and what waits, must be on disk before anybody is told.
    await store.flush();
    if (store.flags.failed) return true;
    await log.sync();
    await this.#writeWheel(end);
    this.#flushedEnd = end;
    if (text !== this.#written) {
      version.next(clock.now());
      await checkpointFile.write(encodeTimerCheckpoint(progress, version));
      this.#written = text;
    }
    await metrics.flush();
    wheel.release(progress.lastReadTimeMs);
    log.deleteExpired(store.minPhysicalOffset);
    return !wheel.isDirty;
  }

  async #writeWheel(end: number): Promise<void> {
    const { wheel, wheelFiles, config, clock } = this.#parts;
    if (!wheel.isDirty) return;
    if (config.timerWheelSnapshotFlush) {
      if (clock.monotonicMs() - this.#snapshotAtMs < config.timerWheelSnapshotIntervalMs && !this.#stopped) return;
      this.#snapshotAtMs = clock.monotonicMs();
    }
    const pages = wheel.takeDirty();
    try {
      if (config.timerWheelSnapshotFlush) await wheelFiles.writeSnapshot(wheel.pages, end);
      else await this.#writePages(pages);
    } catch (error) {
      wheel.markDirty(pages);
      throw error;
    }
  }

  async #writePages(pages: ReturnType<TimerWheel['takeDirty']>): Promise<void> {
    const { wheelFiles } = this.#parts;
    wheelFiles.write(pages);
    await wheelFiles.sync();
    // A snapshot of another mode would be older than the file from now on.
    if (!this.#snapshotsDropped) wheelFiles.dropSnapshots();
    this.#snapshotsDropped = true;
  }

  #progressNow(flushedEnd = this.#flushedEnd): TimerProgress {
    const { lastReadTimeMs, lastTimerQueueOffset } = this.#parts.progress() ?? {
      lastReadTimeMs: 0,
      lastTimerQueueOffset: 0,
    };
    return {
      lastReadTimeMs,
      lastTimerLogFlushPos: flushedEnd,
      lastTimerQueueOffset,
      masterTimerQueueOffset: lastTimerQueueOffset,
    };
  }
}
