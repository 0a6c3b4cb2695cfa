/**
 * A thread that reads the older log, when much of it is read, and judges its
 * records: comparing their CRCs is a good part of what a pull costs, and the
 * one part that the broker's event loop need not do itself.
 */
import type { Logger } from '@rocketmq-ts/common';
import {
  type BlockReader,
  BlockSlots,
  type JudgedBlock,
  type JudgedRecords,
  LOG_BLOCK_BYTES,
  MAX_LOG_BLOCKS,
  type WantedBlock,
} from '@rocketmq-ts/store';
import { WorkerThread, type WorkerThreadParts, type WorkerThreadTraits } from '../worker-thread.js';
import type { BlockRequest, LogReaderData } from './log-reader-worker.js';

/** Blocks that the caller reads itself before a thread is worth its start. */
const BLOCKS_BEFORE_START = 16;
/** As many as there are blocks that are kept, and some for those that are being read or sent. */
const SLOTS = MAX_LOG_BLOCKS + 12;

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
  // Who asked reads the block into other memory, and the next thread gets slots of its own.
  jobsAreLost: 'atOnce',
};

export class LogReaderThread implements BlockReader {
  readonly #thread: WorkerThread<BlockRequest, JudgedRecords>;
  readonly #logger: Logger;
  #slots: BlockSlots | undefined;
  /** There is no memory for them. */
  #isDenied = false;
  /** Blocks that were asked for while there was no thread. */
  #asked = 0;

  constructor(parts: WorkerThreadParts) {
    this.#thread = new WorkerThread(parts, TRAITS);
    this.#logger = parts.logger;
  }

  read(wanted: WantedBlock): Promise<JudgedBlock | undefined> | undefined {
    // The files of the log are smaller than a block.
    if (wanted.sizeBytes !== LOG_BLOCK_BYTES) return undefined;
    const thread = this.#thread;
    if (!thread.isStarted && !this.#isDenied && ++this.#asked > BLOCKS_BEFORE_START) this.#start();
    const slot = thread.takesJob() ? this.#slots?.take() : undefined;
    if (slot === undefined) return undefined;
    const bytes = slot.use();
    return new Promise((resolve) => {
      thread.give({ ...wanted, slot: slot.index }, [], (records) => {
        if (records === undefined) slot.giveBack();
        resolve(records && { bytes, records, slot });
      });
    });
  }

  /** Ends the thread; from now on nothing is read here. */
  close(): Promise<void> {
    return this.#thread.close();
  }

  #start(): void {
    this.#asked = 0;
    try {
      this.#slots = new BlockSlots(SLOTS, LOG_BLOCK_BYTES);
    } catch (error) {
      // Memory of WebAssembly takes gigabytes of addresses, which a process may be denied.
      if (!(error instanceof RangeError)) throw error;
      this.#logger.warn('the older log is read on the event loop: there is no memory to share with a thread', {
        error,
      });
      this.#isDenied = true;
      return;
    }
    this.#thread.start({ memory: this.#slots.memory, slotBytes: LOG_BLOCK_BYTES } satisfies LogReaderData);
  }
}
