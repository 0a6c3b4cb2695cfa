/**
 * Memory for blocks of the log that two threads share: one reads and judges
 * into it, the other answers from it, and nothing is copied or handed over.
 */
import type { Lender } from '@rocketmq-ts/common';

const PAGE_BYTES = 65536;
/** Slots that may be held at a time: what some peers are slow to take must not keep others from reading. */
const MAX_HELD = 8;

/** Where the block is read to, in front of which tables lie, and behind which the slots begin. */
export const READ_POSITION = 8192;

/** Where a slot begins in the shared memory. */
export function slotPosition(index: number, slotBytes: number): number {
  return READ_POSITION + slotBytes * (index + 1);
}

/** What slots have in common. */
interface Pool {
  readonly free: BlockSlot[];
  held: number;
}

/** Room for one block. */
export class BlockSlot implements Lender {
  /** Its place among the slots. */
  readonly index: number;
  readonly #pool: Pool;
  readonly #bytes: Uint8Array;
  #holds = 0;
  #isInUse = false;

  constructor(pool: Pool, index: number, bytes: Uint8Array) {
    this.#pool = pool;
    this.index = index;
    this.#bytes = bytes;
  }

  /** Begins to use it for a block, and gives the memory for it. */
  use(): Uint8Array {
    this.#isInUse = true;
    return this.#bytes;
  }

  hold(): boolean {
    if (this.#holds === 0) {
      if (this.#pool.held >= MAX_HELD) return false;
      this.#pool.held++;
    }
    this.#holds++;
    return true;
  }

  release(): void {
    this.#holds--;
    if (this.#holds > 0) return;
    this.#pool.held--;
    if (!this.#isInUse) this.#pool.free.push(this);
  }

  /** The block is of no use any more: the slot may get another one when nobody holds it. */
  giveBack(): void {
    this.#isInUse = false;
    if (this.#holds === 0) this.#pool.free.push(this);
  }
}

/** The slots, for the thread that answers from them. */
export class BlockSlots {
  /** A `WebAssembly.Memory`, for the thread that fills the slots. */
  readonly memory: object;
  readonly #pool: Pool = { free: [], held: 0 };

  /** @throws RangeError when there is not that much memory */
  constructor(count: number, slotBytes: number) {
    const pages = Math.ceil(slotPosition(count, slotBytes) / PAGE_BYTES);
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    // Those of low numbers are used first: what is never used is never backed by memory.
    for (let index = count - 1; index >= 0; index--) {
      const bytes = new Uint8Array(memory.buffer, slotPosition(index, slotBytes), slotBytes);
      this.#pool.free.push(new BlockSlot(this.#pool, index, bytes));
    }
    this.memory = memory;
  }

  /** A slot that no block is in; undefined when there is none. */
  take(): BlockSlot | undefined {
    return this.#pool.free.pop();
  }
}
