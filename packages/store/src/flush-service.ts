/**
 * Makes the commit log durable: one flush at a time, which serves all that was
 * written before it. After a failed flush nothing more is believed.
 */
import type { Clock, Timer } from '@rocketmq-ts/common';

const PAGE_BYTES = 4096;
/**
 * Written and not flushed, beyond which a flush does not wait for its time: while the file system finds room for what
 * it flushes, writes to the file wait, some ten milliseconds for the thirty megabytes of half a second of load.
 */
const FLUSH_AHEAD_BYTES = 2 * 1024 * 1024;

/** The log, as far as flushing goes. */
export interface FlushableLog {
  readonly maxOffset: number;
  readonly flushedOffset: number;
  datasync(): Promise<number>;
}

export interface FlushServiceOptions {
  readonly clock: Clock;
  readonly log: FlushableLog;
  readonly config: {
    readonly flushIntervalCommitLog: number;
    readonly flushCommitLogLeastPages: number;
    readonly flushCommitLogThoroughInterval: number;
    readonly flushCommitLogTimed: boolean;
    readonly wakeFlushWhenPutMessage: boolean;
  };
  /** Hears of each flush: everything before the offset is durable. */
  readonly flushed: (offset: number) => void;
  readonly failed: (error: Error) => void;
}

/** Source: FlushRealTimeService, GroupCommitService. */
export class FlushService {
  readonly #options: FlushServiceOptions;
  #running: Promise<void> | undefined;
  #again = false;
  #lastFlushMs = 0;
  #timer: Timer | undefined;
  #failed = false;
  /** The last tick has seen bytes that were not flushed. */
  #seenUnflushed = false;

  constructor(options: FlushServiceOptions) {
    this.#options = options;
  }

  /** Starts the flush by time. */
  start(): void {
    this.#lastFlushMs = this.#options.clock.monotonicMs();
    this.#arm();
  }

  /** Hears that messages were written: much of them is not kept for later, and unless the flush goes by time alone, neither are some pages. */
  written(): void {
    const { config, log } = this.#options;
    if (this.#running === undefined && log.maxOffset - log.flushedOffset >= FLUSH_AHEAD_BYTES) this.request();
    else if (!config.flushCommitLogTimed && config.wakeFlushWhenPutMessage && this.#hasPages()) this.request();
  }

  /** Flushes what is written now; when a flush runs, the next follows it. */
  request(): void {
    if (this.#failed) return;
    if (this.#running !== undefined) {
      this.#again = true;
      return;
    }
    this.#running = this.#run();
  }

  /** Resolves when everything that is written now is durable, or the flush has failed. */
  async flushAll(): Promise<void> {
    const target = this.#options.log.maxOffset;
    while (!this.#failed && this.#options.log.flushedOffset < target) {
      this.request();
      await this.#running;
    }
  }

  /** Stops the flush by time and waits for one that runs. */
  async stop(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    await this.#running;
  }

  #arm(): void {
    const { clock, config } = this.#options;
    const tick = () => {
      this.#arm();
      this.#tick();
    };
    this.#timer = clock.setTimer(config.flushIntervalCommitLog, tick, { background: true });
  }

  #hasPages(): boolean {
    const { log, config } = this.#options;
    return log.maxOffset - log.flushedOffset >= config.flushCommitLogLeastPages * PAGE_BYTES;
  }

  #tick(): void {
    const { clock, log, config } = this.#options;
    const unflushed = log.maxOffset - log.flushedOffset;
    // A few bytes wait for more, but not beyond the next tick: the reference lets them wait for the thorough interval,
    // and a power cut would take what was acknowledged many seconds before.
    const waited = this.#seenUnflushed;
    this.#seenUnflushed = unflushed > 0;
    if (unflushed === 0) return;
    const overdue = waited || clock.monotonicMs() - this.#lastFlushMs >= config.flushCommitLogThoroughInterval;
    if (overdue || this.#hasPages()) this.request();
  }

  async #run(): Promise<void> {
    try {
      do {
        this.#again = false;
        const offset = await this.#options.log.datasync();
        this.#lastFlushMs = this.#options.clock.monotonicMs();
        this.#options.flushed(offset);
      } while (this.#again);
    } catch (error) {
      // The system may have dropped the unflushed pages: a flush that succeeds later would prove nothing.
      this.#failed = true;
      this.#options.failed(error as Error);
    } finally {
      this.#running = undefined;
    }
  }
}
