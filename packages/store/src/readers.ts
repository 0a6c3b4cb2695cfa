/**
 * Who may still look at memory of the log: readers see messages by views, and
 * memory that was given up is used again only when no view of it can be left.
 */
import type { Turn } from '@rocketmq-ts/common';

/** Which of two alternating generations a reader belongs to. */
export type Generation = 0 | 1;

/** Memory that waits for its readers beyond this is left to the garbage collector. */
const MAX_RETIRED = 64;

/**
 * Readers enter before they look at shared memory, and leave with the turn in
 * which they have answered: views must not be kept beyond it. A generation ends
 * when the last reader of the one before has left, so that what was retired in
 * it is seen by nobody after two ends.
 */
export class Readers {
  readonly #turn: Turn;
  readonly #active = [0, 0];
  readonly #leaving = [0, 0];
  readonly #retired: (() => void)[][] = [[], []];
  #current: Generation = 0;
  #leaveScheduled = false;
  readonly #leaveNow = (): void => this.#endOfTurn();

  constructor(turn: Turn) {
    this.#turn = turn;
  }

  /** A reader begins; what it sees stays as it is until it has left. */
  enter(): Generation {
    this.#active[this.#current]!++;
    return this.#current;
  }

  /** The reader's views are needed until the end of this turn, and no longer. */
  leave(generation: Generation): void {
    this.#leaving[generation]!++;
    if (this.#leaveScheduled) return;
    this.#leaveScheduled = true;
    this.#turn.output(this.#leaveNow);
  }

  /** Calls `reuse` once nobody can see what was retired; perhaps at once, perhaps never. */
  retire(reuse: () => void): void {
    if (this.#retired[this.#current]!.length < MAX_RETIRED) this.retireLent(reuse);
    else this.#advance();
  }

  /** As `retire`, and never forgets it: for memory of which there are few pieces. */
  retireLent(giveBack: () => void): void {
    this.#retired[this.#current]!.push(giveBack);
    this.#advance();
  }

  #endOfTurn(): void {
    this.#leaveScheduled = false;
    for (const generation of [0, 1]) {
      this.#active[generation]! -= this.#leaving[generation]!;
      this.#leaving[generation] = 0;
    }
    this.#advance();
  }

  /** Starts generations as long as the one before has no reader left. */
  #advance(): void {
    for (let ends = 0; ends < 2; ends++) {
      const other: Generation = this.#current === 0 ? 1 : 0;
      if (this.#active[other]! > 0) return;
      const unseen = this.#retired[other]!;
      this.#retired[other] = [];
      for (const reuse of unseen) reuse();
      this.#current = other;
    }
  }
}
