// A thread for tests that runs nothing: a test says when it is ready, answers and ends.
import { EventEmitter } from 'node:events';
import type { Thread } from './worker-thread.js';

/** Does what a test says a thread does; answers nothing by itself. `calls` names what was asked of it. */
export class ScriptedThread extends EventEmitter {
  readonly jobs: unknown[] = [];
  readonly calls: string[] = [];
  #onTerminated: () => void = () => {};

  unref(): void {
    this.calls.push('unref');
  }

  postMessage(job: unknown): void {
    this.jobs.push(job);
  }

  terminate(): Promise<number> {
    this.calls.push('terminate');
    return new Promise((resolve) => {
      this.#onTerminated = () => resolve(1);
    });
  }

  /** Ends, whether it was told to or not. */
  end(): void {
    this.emit('exit', 1);
    this.#onTerminated();
  }

  asThread(): Thread {
    return this as unknown as Thread;
  }
}
