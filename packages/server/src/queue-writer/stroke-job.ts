/** What the event loop and the thread that writes queues tell each other. */
import type { Stroke, StrokeAim } from '@rocketmq-ts/store';

/** How far a stroke is; both sides see it at once. */
export const StrokeState = {
  waiting: 0,
  /** The thread is at it. */
  begun: 1,
  written: 2,
  failed: 3,
  /** The event loop does it, or it is not to be done any more. */
  takenBack: 4,
} as const;

/** Strokes for the thread. */
export interface StrokeJob {
  readonly places: readonly StrokePlace[];
  /** Their bytes, one after the other. */
  readonly bytes: ArrayBuffer;
  /** The state of each: a `SharedArrayBuffer` of 32-bit numbers. */
  readonly states: Int32Array;
  readonly aim: StrokeAim;
}

/** A stroke without its bytes. */
export interface StrokePlace extends Omit<Stroke, 'bytes'> {
  readonly sizeBytes: number;
}

/** How a job has ended. A failed flush comes with the system's code and message. */
export type JobOutcome =
  | { readonly result: 'done' | 'partly' }
  | { readonly result: 'flushFailed'; readonly code: string; readonly message: string };
