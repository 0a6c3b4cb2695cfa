/** A count with what it was in the last minute, hour and day. */

/** What a window holds. Source: StatsSnapshot. */
export interface WindowStats {
  readonly sum: number;
  /** Per second. */
  readonly tps: number;
  /** Average of one event. */
  readonly avgpt: number;
  readonly times: number;
}

const EMPTY: WindowStats = { sum: 0, tps: 0, avgpt: 0, times: 0 };

/** When samples were taken, of all counters at once: a sample is known by its number. */
export class SampleTimes {
  /** Number of the newest sample; 0 before the first. */
  newest = 0;
  readonly #times: number[];

  /** Of the newest `capacity` samples the times are known. */
  constructor(
    readonly intervalMs: number,
    readonly capacity: number,
  ) {
    this.#times = new Array<number>(capacity).fill(0);
  }

  /** A sample is taken now. */
  next(nowMs: number): void {
    if (this.newest === 0) this.#times[0] = nowMs - this.intervalMs;
    this.newest++;
    this.#times[this.newest % this.capacity] = nowMs;
  }

  /** When the sample was taken, one of the newest. */
  timeOf(sample: number): number {
    return this.#times[sample % this.capacity]!;
  }
}

interface Snapshot {
  readonly sample: number;
  readonly times: number;
  readonly value: number;
}

/**
 * What a count was at the newest samples, of which the oldest and the newest make the window. Only samples that
 * found a change are kept: a broker has thousands of counters, of which most stand still.
 */
class Window {
  readonly #samples: SampleTimes;
  readonly #snapshots: Snapshot[] = [];

  constructor(samples: SampleTimes) {
    this.#samples = samples;
    // The count began with 0 after the sample before.
    this.#snapshots.push({ sample: samples.newest, times: 0, value: 0 });
  }

  /** The newest sample found this. */
  sample(value: number, times: number): void {
    const last = this.#snapshots.at(-1)!;
    if (last.times === times && last.value === value) return;
    this.#snapshots.push({ sample: this.#samples.newest, times, value });
    this.#dropOld();
  }

  get stats(): WindowStats {
    this.#dropOld();
    const first = this.#snapshots[0]!;
    const last = this.#snapshots.at(-1)!;
    const begin = Math.max(first.sample, this.#oldest);
    if (begin === this.#samples.newest) return EMPTY;
    const sum = last.value - first.value;
    const times = last.times - first.times;
    const elapsedMs = this.#samples.timeOf(this.#samples.newest) - this.#samples.timeOf(begin);
    return { sum, times, tps: elapsedMs > 0 ? (sum * 1000) / elapsedMs : 0, avgpt: times > 0 ? sum / times : 0 };
  }

  get #oldest(): number {
    return Math.max(0, this.#samples.newest - this.#samples.capacity + 1);
  }

  /** What was found at the oldest sample, or before when it had not changed, stays. */
  #dropOld(): void {
    const oldest = this.#oldest;
    while (this.#snapshots.length > 1 && this.#snapshots[1]!.sample <= oldest) this.#snapshots.shift();
  }
}

/** The samples that counters are in. */
export interface CounterSamples {
  /** Every ten seconds, for a minute. */
  readonly seconds: SampleTimes;
  /** Every ten minutes, for an hour. */
  readonly minutes: SampleTimes;
  /** Every hour, for a day. */
  readonly hours: SampleTimes;
}

/** No sample was taken yet. */
export function counterSamples(): CounterSamples {
  return {
    seconds: new SampleTimes(10_000, 7),
    minutes: new SampleTimes(600_000, 7),
    hours: new SampleTimes(3_600_000, 25),
  };
}

/** Where a count stands among others: its sum, and how many times something was added to it. */
export interface CounterPlace {
  readonly valueAt: number;
  readonly timesAt: number;
}

const ALONE: CounterPlace = { valueAt: 0, timesAt: 1 };

/** Source: StatsItem. */
export class Counter {
  /** Clock time of the last sample that found a change, ms. */
  lastChangeMs: number;
  readonly #minute: Window;
  readonly #hour: Window;
  readonly #day: Window;
  readonly #cells: number[];
  readonly #place: CounterPlace;
  #sampledTimes = 0;

  /** Counts on its own, or shows what is counted in `cells`. */
  constructor(nowMs: number, samples: CounterSamples, cells: number[] = [0, 0], place = ALONE) {
    this.lastChangeMs = nowMs;
    this.#minute = new Window(samples.seconds);
    this.#hour = new Window(samples.minutes);
    this.#day = new Window(samples.hours);
    this.#cells = cells;
    this.#place = place;
  }

  get value(): number {
    return this.#cells[this.#place.valueAt]!;
  }

  get times(): number {
    return this.#cells[this.#place.timesAt]!;
  }

  add(value: number, times: number): void {
    const cells = this.#cells;
    cells[this.#place.valueAt]! += value;
    cells[this.#place.timesAt]! += times;
  }

  get minute(): WindowStats {
    return this.#minute.stats;
  }

  get hour(): WindowStats {
    return this.#hour.stats;
  }

  get day(): WindowStats {
    return this.#day.stats;
  }

  /** Every ten seconds. */
  sampleSeconds(nowMs: number): void {
    const { times } = this;
    if (times === this.#sampledTimes) return;
    this.lastChangeMs = nowMs;
    this.#sampledTimes = times;
    this.#minute.sample(this.value, times);
  }

  /** Every ten minutes. */
  sampleMinutes(): void {
    this.#hour.sample(this.value, this.times);
  }

  /** Every hour. */
  sampleHour(): void {
    this.#day.sample(this.value, this.times);
  }
}
