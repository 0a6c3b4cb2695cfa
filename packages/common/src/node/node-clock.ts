import type { Clock, Timer, TimerOptions } from '../ports/clock.js';
import { BEAT_MS, Beat } from './beat.js';

/** Node fires a timer that is longer than this (24.8 days) at once. */
const MAX_NODE_DELAY_MS = 2 ** 31 - 1;

/** The system's clock and Node's timers, of any length. */
export class NodeClock implements Clock {
  readonly #beat = new Beat();

  now(): number {
    return Date.now();
  }

  monotonicMs(): number {
    return performance.now();
  }

  setTimer(delayMs: number, callback: () => void, options?: TimerOptions): Timer {
    if (delayMs > MAX_NODE_DELAY_MS) return this.#setLongTimer(delayMs, callback, options);
    const timer = setTimeout(callback, delayMs);
    if (options?.background) timer.unref();
    return { cancel: () => clearTimeout(timer) };
  }

  setRepeating(intervalMs: number, callback: () => void, options?: TimerOptions): Timer {
    if (options?.background && intervalMs > 0 && intervalMs % BEAT_MS === 0) {
      return this.#beat.add(intervalMs / BEAT_MS, callback);
    }
    // A longer interval would tick without pause; ticking a little too often every 24.8 days is harmless.
    const timer = setInterval(callback, Math.min(intervalMs, MAX_NODE_DELAY_MS));
    if (options?.background) timer.unref();
    return { cancel: () => clearInterval(timer) };
  }

  endOfTurn(callback: () => void): void {
    setImmediate(callback);
  }

  #setLongTimer(delayMs: number, callback: () => void, options?: TimerOptions): Timer {
    let timer = this.setTimer(
      MAX_NODE_DELAY_MS,
      () => {
        timer = this.setTimer(delayMs - MAX_NODE_DELAY_MS, callback, options);
      },
      options,
    );
    return { cancel: () => timer.cancel() };
  }
}
