/** Writes a config file once at the end of the turn in which its state changed, before the turn's answers leave. */
import type { Turn } from '@rocketmq-ts/common';

/** Gathers the changes of one turn into one write: an answer that tells of a change is sent after the change is on disk. */
export class ChangeLog {
  readonly #turn: Turn;
  readonly #persist: () => void;
  #scheduled = false;
  readonly #run = (): void => {
    this.#scheduled = false;
    this.#persist();
  };

  constructor(turn: Turn, persist: () => void) {
    this.#turn = turn;
    this.#persist = persist;
  }

  /** The state changed. */
  changed(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#turn.commit(this.#run);
  }
}
