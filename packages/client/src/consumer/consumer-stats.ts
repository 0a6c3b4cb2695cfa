/** Counts and rates of a consumer by topic, as the reference's tools ask for them. */
import type { Clock } from '@rocketmq-ts/common';
import type { ConsumeStatus } from '@rocketmq-ts/remoting';

const SECONDS = 60;

/** Counts of the last minute, by second. */
class Window {
  readonly #counts = new Float64Array(SECONDS);
  readonly #sums = new Float64Array(SECONDS);
  readonly #second = new Float64Array(SECONDS).fill(-1);

  add(second: number, count: number, sum: number): void {
    const slot = second % SECONDS;
    if (this.#second[slot] !== second) {
      this.#second[slot] = second;
      this.#counts[slot] = 0;
      this.#sums[slot] = 0;
    }
    this.#counts[slot]! += count;
    this.#sums[slot]! += sum;
  }

  /** Count and sum of the last minute. */
  total(second: number): { count: number; sum: number } {
    let count = 0;
    let sum = 0;
    for (let slot = 0; slot < SECONDS; slot++) {
      if (this.#second[slot]! <= second - SECONDS) continue;
      count += this.#counts[slot]!;
      sum += this.#sums[slot]!;
    }
    return { count, sum };
  }
}

class TopicStats {
  readonly pulled = new Window();
  readonly pulls = new Window();
  readonly consumed = new Window();
  readonly failed = new Window();
  /** Since the start. */
  failedMessages = 0;
}

/** Source: ConsumerStatsManager; rates are those of the last minute. */
export class ConsumerStats {
  readonly #clock: Clock;
  readonly #topics = new Map<string, TopicStats>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A pull of a topic brought messages, `tookMs` after it was sent. */
  pulled(topic: string, count: number, tookMs: number): void {
    const stats = this.#of(topic);
    stats.pulled.add(this.#second, count, 0);
    stats.pulls.add(this.#second, 1, tookMs);
  }

  handled(topic: string, count: number, tookMs: number, failed: boolean): void {
    const stats = this.#of(topic);
    if (failed) {
      stats.failedMessages += count;
      stats.failed.add(this.#second, count, tookMs);
    } else stats.consumed.add(this.#second, count, tookMs);
  }

  /** The topics that something is known of. */
  get topics(): Iterable<string> {
    return this.#topics.keys();
  }

  statusOf(topic: string): ConsumeStatus {
    const stats = this.#of(topic);
    const second = this.#second;
    const pulls = stats.pulls.total(second);
    const consumed = stats.consumed.total(second);
    const failed = stats.failed.total(second);
    const handled = consumed.count + failed.count;
    return {
      pullRT: pulls.count === 0 ? 0 : pulls.sum / pulls.count,
      pullTPS: stats.pulled.total(second).count / SECONDS,
      consumeRT: handled === 0 ? 0 : (consumed.sum + failed.sum) / handled,
      consumeOKTPS: consumed.count / SECONDS,
      consumeFailedTPS: failed.count / SECONDS,
      consumeFailedMsgs: stats.failedMessages,
    };
  }

  get #second(): number {
    return Math.floor(this.#clock.monotonicMs() / 1000);
  }

  #of(topic: string): TopicStats {
    let stats = this.#topics.get(topic);
    if (stats === undefined) {
      stats = new TopicStats();
      this.#topics.set(topic, stats);
    }
    return stats;
  }
}
