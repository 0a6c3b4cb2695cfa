/** Counts what a scenario sent and what came back: lost, doubled, out of order, altered, and how long it took. */
import type { Clock } from '@rocketmq-ts/common';

/** What a finished scenario shows. */
export interface TallyResult {
  readonly expected: number;
  readonly received: number;
  readonly doubled: number;
  readonly unexpected: number;
  readonly outOfOrder: number;
  /** From before the first send to the last receipt. */
  readonly elapsedMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** How many problems a result has; 0 is what it should be. */
export function problemsOf(result: TallyResult): number {
  return result.expected - result.received + result.doubled + result.unexpected + result.outOfOrder;
}

export class Tally {
  readonly #clock: Clock;
  readonly #startedMs: number;
  readonly #sentMs = new Map<string, number>();
  readonly #latenciesMs: number[] = [];
  readonly #seen = new Set<string>();
  readonly #lastOfKey = new Map<string, number>();
  #expected = 0;
  #doubled = 0;
  #unexpected = 0;
  #outOfOrder = 0;
  #lastReceiptMs: number;
  #onComplete: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedMs = this.#lastReceiptMs = clock.monotonicMs();
  }

  get received(): number {
    return this.#seen.size;
  }

  /** A message that must arrive once is about to be sent. */
  sending(id: string): void {
    this.#expected++;
    this.#sentMs.set(id, this.#clock.monotonicMs());
  }

  /** A message arrived; with a key, `sequence` must grow among those of the key. */
  arrived(id: string, order?: { readonly key: string; readonly sequence: number }): void {
    const sentMs = this.#sentMs.get(id);
    if (sentMs === undefined) {
      this.#unexpected++;
      return;
    }
    if (this.#seen.has(id)) {
      this.#doubled++;
      return;
    }
    this.#seen.add(id);
    this.#lastReceiptMs = this.#clock.monotonicMs();
    this.#latenciesMs.push(this.#lastReceiptMs - sentMs);
    if (order !== undefined) this.#checkOrder(order);
    if (this.#seen.size === this.#expected) this.#onComplete?.();
  }

  /** Something arrived as it must not: too early, altered. */
  wrong(): void {
    this.#unexpected++;
  }

  /** Resolves when all that was announced has arrived, or after `timeoutMs`. */
  async complete(timeoutMs: number): Promise<void> {
    if (this.#seen.size === this.#expected) return;
    await new Promise<void>((resolve) => {
      const timer = this.#clock.setTimer(timeoutMs, resolve);
      this.#onComplete = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  result(): TallyResult {
    const sorted = [...this.#latenciesMs].sort((a, b) => a - b);
    const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
    return {
      expected: this.#expected,
      received: this.#seen.size,
      doubled: this.#doubled,
      unexpected: this.#unexpected,
      outOfOrder: this.#outOfOrder,
      elapsedMs: this.#lastReceiptMs - this.#startedMs,
      p50Ms: at(0.5),
      p99Ms: at(0.99),
    };
  }

  #checkOrder({ key, sequence }: { readonly key: string; readonly sequence: number }): void {
    const last = this.#lastOfKey.get(key) ?? -1;
    if (sequence <= last) this.#outOfOrder++;
    this.#lastOfKey.set(key, sequence);
  }
}
