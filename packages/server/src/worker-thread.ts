/**
 * The life of a thread that takes work off the event loop: started when it is
 * worth it, given jobs that it answers in their order, ended when it idles. Its
 * users say what a job is, and do the job themselves whenever it cannot.
 */
import { type ResourceLimits, Worker, type WorkerOptions } from 'node:worker_threads';
import type { Clock, Logger, Timer } from '@rocketmq-ts/common';

export interface WorkerThreadParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Default: a thread of Node's. */
  readonly startThread?: (entry: URL, options: WorkerOptions) => Thread;
}

/** What is needed of a `Worker`. */
export type Thread = Pick<Worker, 'unref' | 'on' | 'once' | 'postMessage' | 'terminate'>;

/** What distinguishes one thread from another. */
export interface WorkerThreadTraits {
  readonly name: string;
  /** The file that it runs. */
  readonly entry: URL;
  readonly memory: ResourceLimits;
  /** One that was not used for this long ends; it may take twice as long until that is seen. */
  readonly idleMs: number;
  /** Jobs that may wait for the thread. */
  readonly maxWaiting: number;
  /** What its failure means to who reads the log. */
  readonly whenFailed: string;
  /**
   * When its jobs are lost to a thread that is being ended: `atOnce` when it
   * holds nothing but what was given away to it, so that nobody waits for a read
   * it is stuck in; `afterEnd` when it must not be at work any more, on a file or
   * on shared memory, while somebody else takes over.
   */
  readonly jobsAreLost: 'atOnce' | 'afterEnd';
}

/** Hears what the thread answered, or undefined: it ended before that. */
export type JobEnded<Outcome> = (outcome: Outcome | undefined) => void;

export class WorkerThread<Job, Outcome> {
  readonly #parts: WorkerThreadParts;
  readonly #traits: WorkerThreadTraits;
  #thread: Thread | undefined;
  #isReady = false;
  #isClosed = false;
  /** In the thread's order. */
  #waiting: JobEnded<Outcome>[] = [];
  #isUsed = false;
  #idleTimer: Timer | undefined;

  constructor(parts: WorkerThreadParts, traits: WorkerThreadTraits) {
    this.#parts = parts;
    this.#traits = traits;
  }

  /** Whether there is a thread, be it one that is not ready yet or one that is ending. */
  get isStarted(): boolean {
    return this.#thread !== undefined;
  }

  /** Starts the thread, with data of its own, unless there is one, it has failed once, or it was closed. */
  start(workerData?: unknown): void {
    if (this.#isClosed || this.#thread !== undefined) return;
    const { name, entry, memory, idleMs } = this.#traits;
    const { clock, startThread = (file, options) => new Worker(file, options) } = this.#parts;
    const thread = startThread(entry, { name, resourceLimits: memory, workerData });
    thread.unref();
    this.#thread = thread;
    this.#isUsed = true;
    this.#watch(thread);
    this.#idleTimer = clock.setRepeating(idleMs, () => this.#endIdle(), { background: true });
  }

  /** Whether a job can be given now; asking keeps the thread from idling out. */
  takesJob(): boolean {
    this.#isUsed = true;
    return this.#isReady && this.#waiting.length < this.#traits.maxWaiting;
  }

  /** Gives the thread a job, if `takesJob`, with the memory that moves to it. `ended` is called once. */
  give(job: Job, moved: readonly ArrayBuffer[], ended: JobEnded<Outcome>): void {
    this.#thread?.postMessage(job, moved);
    this.#waiting.push(ended);
  }

  /** Ends the thread and starts no other. Resolves when it has ended, and its jobs with it. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#stop();
  }

  #watch(thread: Thread): void {
    thread.once('online', () => {
      this.#isReady = this.#thread === thread;
    });
    thread.on('message', (outcome: Outcome | undefined) => {
      if (this.#thread === thread) this.#waiting.shift()?.(outcome);
    });
    thread.once('error', (error: unknown) => {
      this.#isClosed = true;
      if (this.#thread === thread) this.#isReady = false;
      this.#parts.logger.error(this.#traits.whenFailed, { error });
    });
    thread.once('exit', () => this.#forget(thread));
  }

  #endIdle(): void {
    if (!this.#isUsed && this.#waiting.length === 0) void this.#stop();
    this.#isUsed = false;
  }

  async #stop(): Promise<void> {
    const thread = this.#thread;
    if (thread === undefined) return;
    this.#isReady = false;
    if (this.#traits.jobsAreLost === 'atOnce') this.#forget(thread);
    await thread.terminate();
    this.#forget(thread);
  }

  #forget(thread: Thread): void {
    if (this.#thread !== thread) return;
    this.#thread = undefined;
    this.#isReady = false;
    this.#idleTimer?.cancel();
    for (const ended of this.#waiting.splice(0)) ended(undefined);
  }
}
