/** Which brokers to avoid for a while, from how long they took to answer. */
import type { Clock } from '@rocketmq-ts/common';

/** From a latency on, a broker is avoided for so long; the first that fits, ms. */
export interface AvoidanceRule {
  readonly latencyMs: number;
  readonly avoidMs: number;
}

/** Source: MQFaultStrategy. */
const DEFAULT_AVOIDANCE: readonly AvoidanceRule[] = [
  { latencyMs: 15_000, avoidMs: 30_000 },
  { latencyMs: 5000, avoidMs: 10_000 },
  { latencyMs: 3000, avoidMs: 6000 },
  { latencyMs: 1800, avoidMs: 5000 },
  { latencyMs: 550, avoidMs: 2000 },
  { latencyMs: 0, avoidMs: 0 },
];

/** What a producer is told of slow and lost brokers. */
export interface LatencyFaultToleranceOptions {
  /** Default: those of the reference. */
  readonly rules?: readonly AvoidanceRule[];
  /** Asks brokers that were lost whether they are back, and avoids them until then; true for the defaults. Default: false. */
  readonly detect?: boolean | DetectorOptions;
}

/** How lost brokers are asked. */
export interface DetectorOptions {
  /** Default: 3000. */
  readonly intervalMs?: number;
  /** Default: 200. */
  readonly timeoutMs?: number;
}

/** A broker that failed counts as one that took so long, ms. */
const FAILURE_LATENCY_MS = 10_000;

/** Source: MQFaultStrategy#updateFaultItem, LatencyFaultToleranceImpl. */
export class LatencyFaultTolerance {
  readonly #clock: Clock;
  readonly #rules: readonly AvoidanceRule[];
  /** End of the avoidance by broker name, monotonic ms. */
  readonly #avoidedUntil = new Map<string, number>();
  readonly #lost = new Set<string>();
  /** Told of each broker that is lost, and to call `found`; without it, time alone heals. */
  onLost: ((brokerName: string) => void) | undefined;

  constructor(clock: Clock, rules: readonly AvoidanceRule[] = DEFAULT_AVOIDANCE) {
    this.#clock = clock;
    this.#rules = [...rules].sort((a, b) => b.latencyMs - a.latencyMs);
  }

  /** The brokers that could not be reached, and were not found since. */
  get lost(): ReadonlySet<string> {
    return this.#lost;
  }

  /** A broker took a message after so many ms. */
  answered(brokerName: string, latencyMs: number): void {
    this.#lost.delete(brokerName);
    const avoidMs = this.#rules.find((rule) => latencyMs >= rule.latencyMs)?.avoidMs ?? 0;
    if (avoidMs === 0) this.#avoidedUntil.delete(brokerName);
    else this.#avoidedUntil.set(brokerName, this.#clock.monotonicMs() + avoidMs);
  }

  /** A broker answered with an error. */
  refused(brokerName: string): void {
    this.answered(brokerName, FAILURE_LATENCY_MS);
  }

  /** A broker did not answer, or could not be reached. */
  failed(brokerName: string): void {
    this.refused(brokerName);
    if (this.onLost === undefined) return;
    this.#lost.add(brokerName);
    this.onLost(brokerName);
  }

  /** A lost broker is back, or of no more interest. */
  found(brokerName: string): void {
    if (this.#lost.delete(brokerName)) this.#avoidedUntil.delete(brokerName);
  }

  isAvailable(brokerName: string): boolean {
    if (this.#lost.has(brokerName)) return false;
    const until = this.#avoidedUntil.get(brokerName);
    return until === undefined || until <= this.#clock.monotonicMs();
  }
}
