/** Counts events and tells how many there were per second lately. Source: PerfCounter#getLastTps. */
import type { Clock } from '@rocketmq-ts/common';

const WINDOW_MS = 10_000;

/** Looks back at whole windows of ten seconds, without a timer of its own. */
export class RateCounter {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  #startMs: number;
  #count = 0;
  #perSecond = 0;

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
    this.#startMs = clock.monotonicMs();
  }

  add(count: number): void {
    this.#turnOver();
    this.#count += count;
  }

  /** Events per second in the last window; 0 when it ended long ago. */
  get perSecond(): number {
    this.#turnOver();
    return this.#perSecond;
  }

  #turnOver(): void {
    const now = this.#clock.monotonicMs();
    const elapsedMs = now - this.#startMs;
    if (elapsedMs < WINDOW_MS) return;
    this.#perSecond = elapsedMs < 2 * WINDOW_MS ? (this.#count * 1000) / elapsedMs : 0;
    this.#startMs = now;
    this.#count = 0;
  }
}
