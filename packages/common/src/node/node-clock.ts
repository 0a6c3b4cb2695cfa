import type { Clock, Timer, TimerOptions } from '../ports/clock.js';

/** The system's clock and Node's timers. */
export class NodeClock implements Clock {
  now(): number {
    return Date.now();
  }

  monotonicMs(): number {
    return performance.now();
  }

  setTimer(delayMs: number, callback: () => void, options?: TimerOptions): Timer {
    const timer = setTimeout(callback, delayMs);
    if (options?.background) timer.unref();
    return { cancel: () => clearTimeout(timer) };
  }

  setRepeating(intervalMs: number, callback: () => void, options?: TimerOptions): Timer {
    const timer = setInterval(callback, intervalMs);
    if (options?.background) timer.unref();
    return { cancel: () => clearInterval(timer) };
  }

  endOfTurn(callback: () => void): void {
    setImmediate(callback);
  }
}
