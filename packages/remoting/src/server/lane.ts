/** A bound on the requests of one kind that are under way at a time. */

/**
 * The reference gives each kind of request a thread pool with a bounded queue.
 * Here requests run at once on the event loop; a lane counts those that were
 * accepted and not answered yet (waiting for a flush, for a cold read …), and
 * what would pass the capacity is refused, as there.
 */
export class Lane {
  #inFlight = 0;
  #refused = 0;

  constructor(
    readonly name: string,
    readonly capacity: number,
  ) {}

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Requests refused because the lane was full, since the start. */
  get refused(): number {
    return this.#refused;
  }

  tryEnter(): boolean {
    if (this.#inFlight >= this.capacity) {
      this.#refused++;
      return false;
    }
    this.#inFlight++;
    return true;
  }

  leave(): void {
    this.#inFlight--;
  }
}
