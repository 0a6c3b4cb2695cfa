/**
 * A thread that reads the older log, when much of it is read, and judges its
 * records: comparing their CRCs is a good part of what a pull costs, and the
 * one part that the broker's event loop need not do itself.
 */
import type { BlockReader, JudgedBlock, WantedBlock } from '@rocketmq-ts/store';
import { WorkerThread, type WorkerThreadParts, type WorkerThreadTraits } from '../worker-thread.js';

/** Blocks that the caller reads itself before a thread is worth its start. */
const BLOCKS_BEFORE_START = 16;

const TRAITS: WorkerThreadTraits = {
  name: 'log-reader',
  /** Beside this file, built or bundled. */
  entry: new URL('./log-reader-worker.js', import.meta.url),
  /** Its blocks lie outside of this. */
  memory: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 8 },
  /** Long: a new one would have to be compiled anew while it is needed. */
  idleMs: 300_000,
  maxWaiting: 8,
  whenFailed: 'the older log is read on the event loop from now on: the thread that read it failed',
  // A block's memory is the thread's until it comes back, and who asked reads the block into other memory.
  jobsAreLost: 'atOnce',
};

export class LogReaderThread implements BlockReader {
  readonly #thread: WorkerThread<WantedBlock, JudgedBlock>;
  /** Blocks that were asked for while there was no thread. */
  #asked = 0;

  constructor(parts: WorkerThreadParts) {
    this.#thread = new WorkerThread(parts, TRAITS);
  }

  read(block: WantedBlock): Promise<JudgedBlock | undefined> | undefined {
    const thread = this.#thread;
    if (!thread.isStarted && ++this.#asked > BLOCKS_BEFORE_START) {
      this.#asked = 0;
      thread.start();
    }
    if (!thread.takesJob()) return undefined;
    return new Promise((resolve) => thread.give(block, [block.bytes], resolve));
  }

  /** Ends the thread; from now on nothing is read here. */
  close(): Promise<void> {
    return this.#thread.close();
  }
}
