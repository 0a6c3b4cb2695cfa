/** From start to stop of something that runs by itself: pauses that end early and signals that tell. */
import type { Clock, Timer } from '@rocketmq-ts/common';

/** Ends once. Its timers and signal end with it, so that nothing keeps the process alive. */
export class Lifetime {
  readonly #clock: Clock;
  readonly #controller = new AbortController();
  readonly #pauses = new Map<() => void, Timer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get ended(): boolean {
    return this.#controller.signal.aborted;
  }

  /** Aborts at the end. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Resolves after `delayMs`, or at the end. */
  pause(delayMs: number): Promise<void> {
    if (this.ended) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#pauses.delete(wake);
        resolve();
      };
      this.#pauses.set(wake, this.#clock.setTimer(delayMs, wake));
    });
  }

  /** Ends all pauses that are under way now. */
  wake(): void {
    for (const [wake, timer] of [...this.#pauses]) {
      timer.cancel();
      wake();
    }
  }

  end(): void {
    if (this.ended) return;
    this.#controller.abort();
    this.wake();
  }
}

/**
 * Waits for `promise`, but not beyond `timeoutMs`; tells whether it settled in time.
 * What it rejects with is the caller's only when it settles in time.
 */
export async function settledWithin(clock: Clock, promise: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  let timer: Timer | undefined;
  const late = new Promise<false>((resolve) => {
    timer = clock.setTimer(Math.max(0, timeoutMs), () => resolve(false));
  });
  try {
    return await Promise.race([promise.then(() => true as const), late]);
  } finally {
    timer?.cancel();
  }
}
