/** One timer for everything that is looked at every few seconds. */
import type { Timer } from '../ports/clock.js';

/** What repeats in multiples of this shares its wake-ups. */
export const BEAT_MS = 1000;

interface Rhythm {
  readonly beats: number;
  readonly callback: () => void;
  left: number;
}

/**
 * Calls back what repeats every so many seconds, all of it in one turn of the
 * event loop. To wake a process that sleeps costs more than what a dozen of such
 * timers do in an idle server, and each would wake it by itself.
 */
export class Beat {
  readonly #rhythms = new Set<Rhythm>();
  #timer: NodeJS.Timeout | undefined;

  /** Calls back every `beats` beats, the first time after that and up to one beat more. Keeps no process alive. */
  add(beats: number, callback: () => void): Timer {
    const isFirst = this.#timer === undefined;
    // The next beat comes too soon to count.
    const rhythm = { beats, callback, left: isFirst ? beats : beats + 1 };
    this.#rhythms.add(rhythm);
    this.#timer ??= setInterval(() => this.#strike(), BEAT_MS).unref();
    return { cancel: () => this.#remove(rhythm) };
  }

  #remove(rhythm: Rhythm): void {
    this.#rhythms.delete(rhythm);
    if (this.#rhythms.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #strike(): void {
    const due: Rhythm[] = [];
    for (const rhythm of this.#rhythms) {
      if (--rhythm.left > 0) continue;
      rhythm.left = rhythm.beats;
      due.push(rhythm);
    }
    this.#run(due);
  }

  /** What one of them throws is no reason to leave out the others. */
  #run(due: readonly Rhythm[]): void {
    let next = 0;
    try {
      while (next < due.length) {
        const rhythm = due[next++]!;
        if (this.#rhythms.has(rhythm)) rhythm.callback();
      }
    } finally {
      const rest = due.slice(next);
      if (rest.length > 0) setImmediate(() => this.#run(rest));
    }
  }
}
