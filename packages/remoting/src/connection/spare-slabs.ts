/** Memory for the answers of connections that have little to send. */

/** Room for a usual header, and a body that is not long. */
export const SPARE_SLAB_BYTES = 4096;
/** As many connections as are mostly answered in one turn. */
const MAX_KEPT = 256;

/**
 * Small slabs that connections hand on to each other, the last one first.
 * Thousands of clients that send a heartbeat now and then would each take memory
 * of their own otherwise, cold, and for a second.
 */
export class SpareSlabs {
  readonly #kept: Buffer[] = [];

  /** A slab of `SPARE_SLAB_BYTES`, which is the caller's until it gives it. */
  take(): Buffer {
    return this.#kept.pop() ?? Buffer.allocUnsafeSlow(SPARE_SLAB_BYTES);
  }

  /** Takes a slab that nobody reads or writes any more, if it is of that size; true when it was taken. */
  tryGive(slab: Buffer): boolean {
    if (slab.length !== SPARE_SLAB_BYTES) return false;
    if (this.#kept.length < MAX_KEPT) this.#kept.push(slab);
    return true;
  }
}
