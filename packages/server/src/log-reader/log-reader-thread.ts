/**
 * A thread that reads the older log, when much of it is read, and judges its
 * records: comparing their CRCs is a good part of what a pull costs, and the
 * one part that the broker's event loop need not do itself.
 */
import { Worker } from 'node:worker_threads';
import type { Clock, Logger, Timer } from '@rocketmq-ts/common';
import type { BlockReader, JudgedBlock, WantedBlock } from '@rocketmq-ts/store';

export interface LogReaderParts {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Blocks that the caller reads itself before a thread is worth its start. */
const BLOCKS_BEFORE_START = 16;
/** Blocks that may wait for the thread; more are read by the caller. */
const MAX_WAITING = 8;
/** A thread that has had nothing to do for this long ends: a new one would have to be compiled anew while it is needed. */
const IDLE_MS = 300_000;
/** Its blocks lie outside of this. */
const MEMORY = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 8 };
/** Beside this file, built or bundled. */
const WORKER = new URL('./log-reader-worker.js', import.meta.url);

export class LogReaderThread implements BlockReader {
  readonly #parts: LogReaderParts;
  #worker: Worker | undefined;
  #isReady = false;
  #isClosed = false;
  /** Those that were given to the thread, in its order. */
  #waiting: ((judged: JudgedBlock | undefined) => void)[] = [];
  /** Blocks that were asked for since the last look at it. */
  #asked = 0;
  #idleTimer: Timer | undefined;

  constructor(parts: LogReaderParts) {
    this.#parts = parts;
  }

  read(block: WantedBlock): Promise<JudgedBlock | undefined> | undefined {
    this.#asked++;
    if (this.#worker === undefined && this.#asked > BLOCKS_BEFORE_START) this.#start();
    const worker = this.#worker;
    if (worker === undefined || !this.#isReady || this.#waiting.length >= MAX_WAITING) return undefined;
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      worker.postMessage(block, [block.bytes]);
    });
  }

  /** Ends the thread; from now on nothing is read here. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#stop();
  }

  #start(): void {
    if (this.#isClosed) return;
    const worker = new Worker(WORKER, { name: 'log-reader', resourceLimits: MEMORY });
    worker.unref();
    worker.once('online', () => {
      this.#isReady = true;
    });
    worker.on('message', (judged: JudgedBlock | undefined) => this.#waiting.shift()?.(judged));
    worker.once('error', (error: unknown) => {
      this.#isClosed = true;
      this.#parts.logger.error('the older log is read on the event loop from now on: the thread that read it failed', {
        error,
      });
    });
    worker.once('exit', () => this.#forget(worker));
    this.#worker = worker;
    this.#asked = 0;
    this.#idleTimer = this.#parts.clock.setRepeating(IDLE_MS, () => this.#endIdle(), { background: true });
  }

  #endIdle(): void {
    if (this.#asked === 0) void this.#stop();
    this.#asked = 0;
  }

  async #stop(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    this.#forget(worker);
    await worker.terminate();
  }

  #forget(worker: Worker): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#isReady = false;
    this.#idleTimer?.cancel();
    for (const lost of this.#waiting.splice(0)) lost(undefined);
  }
}
