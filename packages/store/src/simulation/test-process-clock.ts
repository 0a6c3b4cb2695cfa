// The clock of one simulated process: what it has set ends with it.
import type { Clock, Timer, TimerOptions } from '@rocketmq-ts/common';

/** A clock whose timers end with the process that set them. */
export class ProcessClock implements Clock {
  readonly #clock: Clock;
  #isDead = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  kill(): void {
    this.#isDead = true;
  }

  now(): number {
    return this.#clock.now();
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  setTimer(delayMs: number, callback: () => void, options?: TimerOptions): Timer {
    return this.#clock.setTimer(delayMs, () => this.#call(callback), options);
  }

  setRepeating(intervalMs: number, callback: () => void, options?: TimerOptions): Timer {
    const timer = this.#clock.setRepeating(
      intervalMs,
      () => (this.#isDead ? timer.cancel() : this.#call(callback)),
      options,
    );
    return timer;
  }

  endOfTurn(callback: () => void): void {
    this.#clock.endOfTurn(() => this.#call(callback));
  }

  #call(callback: () => void): void {
    if (!this.#isDead) callback();
  }
}
