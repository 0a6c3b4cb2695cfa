/** A count with what it was in the last minute, hour and day. */

interface Snapshot {
  readonly timestamp: number;
  readonly times: number;
  readonly value: number;
}

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

/** Snapshots at a fixed interval, of which the oldest and the newest make the window. */
class Window {
  readonly #snapshots: Snapshot[] = [];

  constructor(
    private readonly intervalMs: number,
    private readonly capacity: number,
  ) {}

  sample(nowMs: number, value: number, times: number): void {
    if (this.#snapshots.length === 0) {
      this.#snapshots.push({ timestamp: nowMs - this.intervalMs, times: 0, value: 0 });
    }
    this.#snapshots.push({ timestamp: nowMs, times, value });
    if (this.#snapshots.length > this.capacity) this.#snapshots.shift();
  }

  get stats(): WindowStats {
    const first = this.#snapshots[0];
    const last = this.#snapshots.at(-1);
    if (first === undefined || last === undefined || first === last) return EMPTY;
    const sum = last.value - first.value;
    const times = last.times - first.times;
    const elapsedMs = last.timestamp - first.timestamp;
    return { sum, times, tps: elapsedMs > 0 ? (sum * 1000) / elapsedMs : 0, avgpt: times > 0 ? sum / times : 0 };
  }
}

const SECONDS_10_MS = 10_000;
const MINUTES_10_MS = 600_000;
const HOUR_MS = 3_600_000;

/** Numbers of which some are counts; the array may be replaced by a longer one. */
export interface CounterCells {
  readonly cells: Float64Array;
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
  readonly #minute = new Window(SECONDS_10_MS, 7);
  readonly #hour = new Window(MINUTES_10_MS, 7);
  readonly #day = new Window(HOUR_MS, 25);
  readonly #source: CounterCells;
  readonly #place: CounterPlace;
  #sampledTimes = 0;

  /** Counts on its own, or shows what is counted in `source`. */
  constructor(nowMs: number, source: CounterCells = { cells: new Float64Array(2) }, place = ALONE) {
    this.lastChangeMs = nowMs;
    this.#source = source;
    this.#place = place;
  }

  get value(): number {
    return this.#source.cells[this.#place.valueAt]!;
  }

  get times(): number {
    return this.#source.cells[this.#place.timesAt]!;
  }

  add(value: number, times: number): void {
    const { cells } = this.#source;
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
    if (this.times !== this.#sampledTimes) this.lastChangeMs = nowMs;
    this.#sampledTimes = this.times;
    this.#minute.sample(nowMs, this.value, this.times);
  }

  /** Every ten minutes. */
  sampleMinutes(nowMs: number): void {
    this.#hour.sample(nowMs, this.value, this.times);
  }

  /** Every hour. */
  sampleHour(nowMs: number): void {
    this.#day.sample(nowMs, this.value, this.times);
  }
}
