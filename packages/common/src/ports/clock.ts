/** A timer that was set and can be taken back. */
export interface Timer {
  /** Takes the timer back; does nothing when it has fired. */
  cancel(): void;
}

export interface TimerOptions {
  /** A background timer does not keep the process alive. Default: false. */
  background?: boolean;
}

/**
 * The only source of time. Node's implementation is `NodeClock`; tests use the
 * virtual one of `@rocketmq-ts/testkit`, where time moves only when told.
 */
export interface Clock {
  /** Wall clock, ms since the epoch; may step when the system's clock is set. */
  now(): number;
  /** Monotonic ms with fraction, from an arbitrary start: for durations. */
  monotonicMs(): number;
  /** Calls back once after `delayMs`. */
  setTimer(delayMs: number, callback: () => void, options?: TimerOptions): Timer;
  /**
   * Calls back every `intervalMs`, the first time after one interval; background
   * timers of whole seconds up to a second later, together with others.
   */
  setRepeating(intervalMs: number, callback: () => void, options?: TimerOptions): Timer;
  /** Calls back once after the I/O events of the current turn of the event loop were handled. */
  endOfTurn(callback: () => void): void;
}

/** Resolves after `delayMs` of the clock's time. */
export function sleep(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimer(delayMs, resolve);
  });
}
