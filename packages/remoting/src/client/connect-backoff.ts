/** When an address that could not be reached may be tried again. */
import type { Clock, Random } from '@rocketmq-ts/common';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 3000;
/** Addresses that are remembered at most; those beyond are tried without a pause. */
const MAX_ADDRESSES = 1024;

interface Failure {
  readonly error: unknown;
  readonly times: number;
  readonly untilMs: number;
}

/**
 * Pauses grow from 100 ms to 3 s, and half of each is left to chance, so that
 * the clients of a server that is gone do not come back all at once.
 */
export class ConnectBackoff {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #failures = new Map<string, Failure>();

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Why the address is left alone now: the last failure; undefined when it may be tried. */
  blockedBy(address: string): unknown {
    const failure = this.#failures.get(address);
    return failure !== undefined && this.#clock.monotonicMs() < failure.untilMs ? failure.error : undefined;
  }

  failed(address: string, error: unknown): void {
    const before = this.#failures.get(address);
    if (before === undefined && this.#failures.size >= MAX_ADDRESSES) this.#forgetOldest();
    const times = before === undefined ? 0 : before.times + 1;
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(times, 10));
    const untilMs = this.#clock.monotonicMs() + pauseMs * (0.5 + this.#random.nextDouble() / 2);
    this.#failures.delete(address);
    this.#failures.set(address, { error, times, untilMs });
  }

  succeeded(address: string): void {
    this.#failures.delete(address);
  }

  #forgetOldest(): void {
    for (const address of this.#failures.keys()) {
      this.#failures.delete(address);
      return;
    }
  }
}
