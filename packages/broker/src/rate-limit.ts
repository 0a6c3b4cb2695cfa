/** Bounds how many things clients may bring into being by themselves. */
import type { Clock } from '@rocketmq-ts/common';

const MINUTE_MS = 60_000;

/** At most `perMinute` events in each minute of the clock. */
export class RateLimit {
  readonly #clock: Clock;
  readonly #perMinute: number;
  #windowStartMs = Number.NEGATIVE_INFINITY;
  #count = 0;

  constructor(clock: Clock, perMinute: number) {
    this.#clock = clock;
    this.#perMinute = perMinute;
  }

  /** Counts one event; false when there were too many in this minute. */
  tryTake(): boolean {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#windowStartMs >= MINUTE_MS) {
      this.#windowStartMs = nowMs;
      this.#count = 0;
    }
    if (this.#count >= this.#perMinute) return false;
    this.#count++;
    return true;
  }
}
