/**
 * The stretches of queue entries that were read last, one per queue: a reader
 * that follows a queue asks for a few entries at a time, of a read that brought
 * many.
 */
import type { EntryQueue } from './consume-queue-interface.js';
import { ENTRY_SIZE_BYTES } from './queue-entry.js';

interface Stretch {
  /** Queue offset of the first entry. */
  readonly first: number;
  readonly entries: Uint8Array;
}

/** Queues whose stretch is kept; each has 16 KiB as a rule. */
const MAX_STRETCHES = 256;

export class EntryStretches {
  /** The least recently used first. */
  readonly #stretches = new Map<EntryQueue, Stretch>();

  /** The known entries from `offset` on, when there are at least `count`; undefined otherwise. */
  find(queue: EntryQueue, offset: number, count: number): Uint8Array | undefined {
    const stretch = this.#stretches.get(queue);
    if (stretch === undefined || offset < stretch.first) return undefined;
    const at = (offset - stretch.first) * ENTRY_SIZE_BYTES;
    if (stretch.entries.length - at < count * ENTRY_SIZE_BYTES || count <= 0) return undefined;
    this.#stretches.delete(queue);
    this.#stretches.set(queue, stretch);
    return stretch.entries.subarray(at);
  }

  /** Keeps what was read, and gives it back. */
  keep(queue: EntryQueue, first: number, entries: Uint8Array): Uint8Array {
    this.#stretches.delete(queue);
    if (entries.length > ENTRY_SIZE_BYTES) this.#stretches.set(queue, { first, entries });
    if (this.#stretches.size > MAX_STRETCHES) {
      for (const oldest of this.#stretches.keys()) {
        this.#stretches.delete(oldest);
        break;
      }
    }
    return entries;
  }
}
