/** Which brokers to avoid for a while, from how long they took to answer. */
import type { Clock } from '@rocketmq-ts/common';

/** From a latency on, a broker is avoided for so long; the first that fits, ms. */
export interface AvoidanceRule {
  readonly latencyMs: number;
  readonly avoidMs: number;
}

/** Source: MQFaultStrategy. */
export const DEFAULT_AVOIDANCE: readonly AvoidanceRule[] = [
  { latencyMs: 15_000, avoidMs: 30_000 },
  { latencyMs: 5000, avoidMs: 10_000 },
  { latencyMs: 3000, avoidMs: 6000 },
  { latencyMs: 1800, avoidMs: 5000 },
  { latencyMs: 550, avoidMs: 2000 },
  { latencyMs: 0, avoidMs: 0 },
];

/** A broker that failed counts as one that took so long, ms. */
const FAILURE_LATENCY_MS = 10_000;

/** Source: MQFaultStrategy#updateFaultItem, LatencyFaultToleranceImpl. */
export class LatencyFaultTolerance {
  readonly #clock: Clock;
  readonly #rules: readonly AvoidanceRule[];
  /** End of the avoidance by broker name, monotonic ms. */
  readonly #avoidedUntil = new Map<string, number>();

  constructor(clock: Clock, rules: readonly AvoidanceRule[] = DEFAULT_AVOIDANCE) {
    this.#clock = clock;
    this.#rules = [...rules].sort((a, b) => b.latencyMs - a.latencyMs);
  }

  /** A broker answered after so many ms. */
  answered(brokerName: string, latencyMs: number): void {
    const avoidMs = this.#rules.find((rule) => latencyMs >= rule.latencyMs)?.avoidMs ?? 0;
    if (avoidMs === 0) this.#avoidedUntil.delete(brokerName);
    else this.#avoidedUntil.set(brokerName, this.#clock.monotonicMs() + avoidMs);
  }

  /** A broker did not answer, or could not be reached. */
  failed(brokerName: string): void {
    this.answered(brokerName, FAILURE_LATENCY_MS);
  }

  isAvailable(brokerName: string): boolean {
    const until = this.#avoidedUntil.get(brokerName);
    return until === undefined || until <= this.#clock.monotonicMs();
  }
}

/** From a producer's option: off, the reference's rules, or rules of its own. */
export function faultToleranceOf(
  option: boolean | readonly AvoidanceRule[] | undefined,
  clock: Clock,
): LatencyFaultTolerance | undefined {
  if (option === undefined || option === false) return undefined;
  return new LatencyFaultTolerance(clock, option === true ? undefined : option);
}
