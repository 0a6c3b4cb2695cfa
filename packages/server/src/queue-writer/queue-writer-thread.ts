/**
 * A thread that writes queues to their files when there are many: what the file
 * system needs to make thousands of small files would keep the event loop from
 * its messages for seconds.
 */
import { Worker } from 'node:worker_threads';
import { type Clock, fileSystemError, type Logger, type Timer } from '@rocketmq-ts/common';
import type { Stroke, StrokeAim, StrokesUnderWay, StrokeWriter } from '@rocketmq-ts/store';
import { type JobOutcome, type StrokeJob, StrokeState } from './stroke-job.js';

export interface QueueWriterParts {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A thread that has had nothing to do for this long ends. */
const IDLE_MS = 30_000;
/** One file takes the thread this long at most, unless the disk has stopped. */
const STROKE_LIMIT_MS = 30_000;
/** Jobs that may wait for the thread. */
const MAX_WAITING = 4;
/** What is written lies outside of this. */
const MEMORY = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 };
/** Beside this file, built or bundled. */
const WORKER = new URL('./queue-writer-worker.js', import.meta.url);

/** A job that was given to the thread. */
interface Waiting {
  readonly states: Int32Array;
  readonly ended: (outcome: JobOutcome) => void;
}

export class QueueWriterThread implements StrokeWriter {
  readonly minQueues = 64;
  readonly #parts: QueueWriterParts;
  #worker: Worker | undefined;
  #isReady = false;
  #isClosed = false;
  /** In the thread's order. */
  #waiting: Waiting[] = [];
  #isUsed = false;
  #idleTimer: Timer | undefined;

  constructor(parts: QueueWriterParts) {
    this.#parts = parts;
  }

  write(strokes: readonly Stroke[], aim: StrokeAim): StrokesUnderWay | undefined {
    this.#isUsed = true;
    if (this.#worker === undefined) this.#start();
    const worker = this.#worker;
    if (worker === undefined || !this.#isReady || this.#waiting.length >= MAX_WAITING) return undefined;
    const job = jobOf(strokes, aim);
    const { states } = job;
    const ended = new Promise<boolean>((resolve, reject) => {
      const end = (outcome: JobOutcome) => {
        if (outcome.result === 'flushFailed') reject(fileSystemError(outcome.code, outcome.message));
        else resolve(outcome.result === 'done');
      };
      this.#waiting.push({ states, ended: end });
    });
    worker.postMessage(job, [job.bytes]);
    return { ended, end: (i) => endStroke(states, i) };
  }

  /** Ends the thread; from now on nothing is written here. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#stop();
  }

  #start(): void {
    if (this.#isClosed) return;
    const worker = new Worker(WORKER, { name: 'queue-writer', resourceLimits: MEMORY });
    worker.unref();
    worker.once('online', () => {
      this.#isReady = true;
    });
    worker.on('message', (outcome: JobOutcome) => this.#waiting.shift()?.ended(outcome));
    worker.once('error', (error: unknown) => {
      this.#isClosed = true;
      this.#parts.logger.error('queues are written on the event loop from now on: the thread that did it failed', {
        error,
      });
    });
    worker.once('exit', () => this.#forget(worker));
    this.#worker = worker;
    this.#idleTimer = this.#parts.clock.setRepeating(IDLE_MS, () => this.#endIdle(), { background: true });
  }

  #endIdle(): void {
    if (!this.#isUsed && this.#waiting.length === 0) void this.#stop();
    this.#isUsed = false;
  }

  async #stop(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    // First the thread, then what it leaves behind: it must not be at a file that the event loop takes for its own.
    await worker.terminate();
    this.#forget(worker);
  }

  #forget(worker: Worker): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#isReady = false;
    this.#idleTimer?.cancel();
    for (const { states, ended } of this.#waiting.splice(0)) {
      for (let i = 0; i < states.length; i++) {
        Atomics.compareExchange(states, i, StrokeState.begun, StrokeState.failed);
        Atomics.compareExchange(states, i, StrokeState.waiting, StrokeState.takenBack);
      }
      ended({ result: 'partly' });
    }
  }
}

function jobOf(strokes: readonly Stroke[], aim: StrokeAim): StrokeJob {
  const places = strokes.map(({ path, isNew, fileSizeBytes, position, bytes }) => {
    return { path, isNew, fileSizeBytes, position, sizeBytes: bytes.length };
  });
  const bytes = new Uint8Array(places.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
  let at = 0;
  for (const stroke of strokes) {
    bytes.set(stroke.bytes, at);
    at += stroke.bytes.length;
  }
  const states = new Int32Array(new SharedArrayBuffer(strokes.length * Int32Array.BYTES_PER_ELEMENT));
  return { places, bytes: bytes.buffer, states, aim };
}

/** See `StrokesUnderWay#end`. Throws when the disk does not answer. */
function endStroke(states: Int32Array, i: number): boolean {
  Atomics.compareExchange(states, i, StrokeState.waiting, StrokeState.takenBack);
  if (Atomics.wait(states, i, StrokeState.begun, STROKE_LIMIT_MS) === 'timed-out') {
    throw fileSystemError('EIO', `a write to a queue has not ended for ${STROKE_LIMIT_MS} ms`);
  }
  return Atomics.load(states, i) === StrokeState.written;
}
