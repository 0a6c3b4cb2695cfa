import type { Clock } from './ports/clock.js';

/**
 * Work that is gathered while the events of one turn of the event loop are
 * handled and done once at its end: first the commits (a store writes what was
 * appended and acknowledges it), then the outputs (connections send what was
 * answered). This is what makes one write to disk and one to each socket serve
 * all the messages of a turn.
 *
 * Callbacks should be long-lived functions: scheduling allocates nothing then.
 */
export class Turn {
  readonly #clock: Clock;
  #commits: (() => void)[] = [];
  #outputs: (() => void)[] = [];
  #scheduled = false;
  readonly #run = (): void => this.#finish();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Runs `callback` once at the end of this turn, before all outputs. The caller must not schedule it twice. */
  commit(callback: () => void): void {
    this.#commits.push(callback);
    this.#schedule();
  }

  /** Runs `callback` once at the end of this turn, after all commits. The caller must not schedule it twice. */
  output(callback: () => void): void {
    this.#outputs.push(callback);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#clock.endOfTurn(this.#run);
  }

  #finish(): void {
    // A callback that throws must not take the others' turn away: what is left runs at the next end of turn.
    try {
      while (this.#commits.length > 0 || this.#outputs.length > 0) {
        const callback = this.#commits.length > 0 ? this.#commits.shift() : this.#outputs.shift();
        callback?.();
      }
    } finally {
      this.#scheduled = false;
      if (this.#commits.length > 0 || this.#outputs.length > 0) this.#schedule();
    }
  }
}
