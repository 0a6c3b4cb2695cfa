// The entry of the thread that writes queues; see `queue-writer-thread.ts` for the other side.
import { parentPort } from 'node:worker_threads';
import { isFileSystemError, NodeFiles } from '@rocketmq-ts/common';
import { flushStroke, writeStroke } from '@rocketmq-ts/store';
import { type JobOutcome, type StrokeJob, StrokeState } from './stroke-job.js';

const files = new NodeFiles();

/** Writes the strokes that nobody has taken back; false when one failed, and the others are left to the event loop. */
function writeAll({ places, bytes, states }: StrokeJob): boolean {
  let at = 0;
  for (const [i, place] of places.entries()) {
    const from = at;
    at += place.sizeBytes;
    if (Atomics.compareExchange(states, i, StrokeState.waiting, StrokeState.begun) !== StrokeState.waiting) continue;
    let state: number = StrokeState.failed;
    try {
      writeStroke(files, { ...place, bytes: new Uint8Array(bytes, from, place.sizeBytes) });
      state = StrokeState.written;
    } catch (error) {
      if (!isFileSystemError(error)) throw error;
    } finally {
      Atomics.store(states, i, state);
      Atomics.notify(states, i);
    }
    if (state === StrokeState.failed) return false;
  }
  return true;
}

function run(job: StrokeJob): JobOutcome {
  if (!writeAll(job)) return { result: 'partly' };
  if (job.aim === 'written') return { result: 'done' };
  try {
    for (const [i, { path }] of job.places.entries()) {
      if (Atomics.load(job.states, i) === StrokeState.written) flushStroke(files, path);
    }
    return { result: 'done' };
  } catch (error) {
    if (!isFileSystemError(error)) throw error;
    return { result: 'flushFailed', code: error.code, message: error.message };
  }
}

parentPort?.on('message', (job: StrokeJob) => parentPort?.postMessage(run(job)));
