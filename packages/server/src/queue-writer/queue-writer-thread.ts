/**
 * A thread that writes queues to their files when there are many: what the file
 * system needs to make thousands of small files would keep the event loop from
 * its messages for seconds.
 */
import { fileSystemError } from '@rocketmq-ts/common';
import type { Stroke, StrokeAim, StrokesUnderWay, StrokeWriter } from '@rocketmq-ts/store';
import { WorkerThread, type WorkerThreadParts, type WorkerThreadTraits } from '../worker-thread.js';
import { type JobOutcome, type StrokeJob, StrokeState } from './stroke-job.js';

/** One file takes the thread this long at most, unless the disk has stopped. */
const STROKE_LIMIT_MS = 30_000;

const TRAITS: WorkerThreadTraits = {
  name: 'queue-writer',
  /** Beside this file, built or bundled. */
  entry: new URL('./queue-writer-worker.js', import.meta.url),
  /** What is written lies outside of this. */
  memory: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 },
  idleMs: 30_000,
  maxWaiting: 4,
  whenFailed: 'queues are written on the event loop from now on: the thread that did it failed',
  // First the thread, then what it leaves behind: it must not be at a file that the event loop takes for its own.
  jobsAreLost: 'afterEnd',
};

export class QueueWriterThread implements StrokeWriter {
  readonly minQueues = 64;
  readonly #thread: WorkerThread<StrokeJob, JobOutcome>;

  constructor(parts: WorkerThreadParts) {
    this.#thread = new WorkerThread(parts, TRAITS);
  }

  write(strokes: readonly Stroke[], aim: StrokeAim): StrokesUnderWay | undefined {
    const thread = this.#thread;
    thread.start();
    if (!thread.takesJob()) return undefined;
    const job = jobOf(strokes, aim);
    const { states } = job;
    const ended = new Promise<boolean>((resolve, reject) => {
      thread.give(job, [job.bytes], (outcome) => {
        if (outcome?.result === 'flushFailed') return reject(fileSystemError(outcome.code, outcome.message));
        if (outcome === undefined) giveUp(states);
        resolve(outcome?.result === 'done');
      });
    });
    return { ended, end: (i) => endStroke(states, i) };
  }

  /** Ends the thread; from now on nothing is written here. */
  close(): Promise<void> {
    return this.#thread.close();
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

/** Says of each stroke what became of it, after its thread has ended. */
function giveUp(states: Int32Array): void {
  for (let i = 0; i < states.length; i++) {
    Atomics.compareExchange(states, i, StrokeState.begun, StrokeState.failed);
    Atomics.compareExchange(states, i, StrokeState.waiting, StrokeState.takenBack);
  }
}

/** See `StrokesUnderWay#end`. Throws when the disk does not answer. */
function endStroke(states: Int32Array, i: number): boolean {
  Atomics.compareExchange(states, i, StrokeState.waiting, StrokeState.takenBack);
  if (Atomics.wait(states, i, StrokeState.begun, STROKE_LIMIT_MS) === 'timed-out') {
    throw fileSystemError('EIO', `a write to a queue has not ended for ${STROKE_LIMIT_MS} ms`);
  }
  return Atomics.load(states, i) === StrokeState.written;
}
