/** Counts what the store does, and tells it as the reference's runtime info does. Source: StoreStatsService. */
import type { Clock } from '@rocketmq-ts/common';

const SAMPLE_LIMIT = 601;
const DISTRIBUTION_RESET_MS = 60_000;

/** Upper bounds (ms, included up to) of the classes of put times, and their names. */
const TIME_CLASSES: readonly [number, string][] = [
  [0, '[<=0ms]'],
  [10, '[0~10ms]'],
  [50, '[10~50ms]'],
  [100, '[50~100ms]'],
  [200, '[100~200ms]'],
  [500, '[200~500ms]'],
  [1000, '[500ms~1s]'],
  [2000, '[1~2s]'],
  [3000, '[2~3s]'],
  [4000, '[3~4s]'],
  [5000, '[4~5s]'],
  [10_000, '[5~10s]'],
  [Number.POSITIVE_INFINITY, '[10s~]'],
];

interface Sample {
  readonly timestamp: number;
  readonly putTimes: number;
  readonly getFound: number;
  readonly getMiss: number;
  readonly transferred: number;
}

export class StoreStats {
  readonly #clock: Clock;
  readonly #bootTimestamp: number;
  putTimes = 0;
  putBytes = 0;
  putFailedTimes = 0;
  getFoundTimes = 0;
  getMissTimes = 0;
  transferredMessages = 0;
  /** Messages that were not served because they or their queue entries are damaged. */
  skippedMessages = 0;
  #putMaxMs = 0;
  #getMaxMs = 0;
  #samples: Sample[] = [];
  #distribution = new Array<number>(TIME_CLASSES.length).fill(0);
  #lastDistribution = new Array<number>(TIME_CLASSES.length).fill(0);
  #distributionSince: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#bootTimestamp = clock.now();
    this.#distributionSince = this.#bootTimestamp;
  }

  /** Counts `count` messages that were written in a stroke of `elapsedMs`. */
  wrote(count: number, elapsedMs: number): void {
    const whole = Math.floor(elapsedMs);
    if (whole > this.#putMaxMs) this.#putMaxMs = whole;
    let index = 0;
    while (whole > TIME_CLASSES[index]![0]) index++;
    this.#distribution[index]! += count;
  }

  got(elapsedMs: number): void {
    const whole = Math.floor(elapsedMs);
    if (whole > this.#getMaxMs) this.#getMaxMs = whole;
  }

  /** Takes a sample; to be called each second. */
  sample(): void {
    const timestamp = this.#clock.now();
    this.#samples.push({
      timestamp,
      putTimes: this.putTimes,
      getFound: this.getFoundTimes,
      getMiss: this.getMissTimes,
      transferred: this.transferredMessages,
    });
    if (this.#samples.length > SAMPLE_LIMIT) this.#samples.shift();
    if (timestamp - this.#distributionSince < DISTRIBUTION_RESET_MS) return;
    this.#distributionSince = timestamp;
    this.#lastDistribution = this.#distribution;
    this.#distribution = new Array<number>(TIME_CLASSES.length).fill(0);
  }

  /** Adds this part of the runtime info to `info`. Source: StoreStatsService#getRuntimeInfo. */
  describe(info: Map<string, string>): void {
    const totalTimes = this.putTimes === 0 ? 1 : this.putTimes;
    info.set('bootTimestamp', String(this.#bootTimestamp));
    info.set('runtime', formatRuntime(this.#clock.now() - this.#bootTimestamp));
    info.set('putMessageEntireTimeMax', String(this.#putMaxMs));
    info.set('putMessageTimesTotal', String(totalTimes));
    info.set('putMessageFailedTimes', String(this.putFailedTimes));
    info.set('putMessageSizeTotal', String(this.putBytes));
    info.set('putMessageDistributeTime', this.#distributionText());
    info.set('putMessageAverageSize', javaDouble(this.putBytes / totalTimes));
    info.set('dispatchMaxBuffer', '0');
    info.set('getMessageEntireTimeMax', String(this.#getMaxMs));
    info.set(
      'putTps',
      this.#windows((sample) => sample.putTimes),
    );
    info.set(
      'getFoundTps',
      this.#windows((sample) => sample.getFound),
    );
    info.set(
      'getMissTps',
      this.#windows((sample) => sample.getMiss),
    );
    info.set('getTotalTps', this.#totalWindows());
    info.set(
      'getTransferredTps',
      this.#windows((sample) => sample.transferred),
    );
    info.set('putLatency99', this.#latency(0.99));
    info.set('putLatency999', this.#latency(0.999));
  }

  /** Rates over 10, 60 and 600 samples; empty where there are not enough. */
  #windows(value: (sample: Sample) => number): string {
    return [10, 60, 600].map((count) => this.#rateText(count, value)).join(' ');
  }

  #totalWindows(): string {
    return [10, 60, 600]
      .map((count) => javaDouble(this.#rate(count, (sample) => sample.getFound + sample.getMiss) ?? 0))
      .join(' ');
  }

  #rateText(count: number, value: (sample: Sample) => number): string {
    const rate = this.#rate(count, value);
    return rate === undefined ? '' : javaDouble(rate);
  }

  #rate(count: number, value: (sample: Sample) => number): number | undefined {
    const last = this.#samples.at(-1);
    const before = this.#samples.at(-count - 1);
    if (last === undefined || before === undefined) return undefined;
    const elapsed = last.timestamp - before.timestamp;
    return elapsed <= 0 ? 0 : ((value(last) - value(before)) / elapsed) * 1000;
  }

  #distributionText(): string {
    return TIME_CLASSES.map(([, name], index) => `${name}:${this.#lastDistribution[index]} `).join('');
  }

  /** Upper bound of the class in which the fraction of the puts of the last minute is reached. */
  #latency(fraction: number): string {
    const total = this.#lastDistribution.reduce((sum, count) => sum + count, 0);
    let passed = 0;
    for (const [index, [bound]] of TIME_CLASSES.entries()) {
      const count = this.#lastDistribution[index]!;
      if (total > 0 && passed + count >= total * fraction) return Math.min(bound, this.#putMaxMs).toFixed(2);
      passed += count;
    }
    return '0.00';
  }
}

/** A number as Java's `Double.toString` writes it in the ordinary range. */
export function javaDouble(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

function formatRuntime(elapsedMs: number): string {
  const seconds = Math.floor(elapsedMs / 1000);
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return `[ ${days} days, ${hours} hours, ${minutes} minutes, ${seconds % 60} seconds ]`;
}
