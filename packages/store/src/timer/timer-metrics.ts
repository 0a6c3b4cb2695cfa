/** How many messages of each topic wait for their time, and `config/timermetrics`. Source: TimerMetrics. */
import {
  type Clock,
  ConfigManager,
  DataVersion,
  type Files,
  isJsonObject,
  type JsonValue,
  jsonEntries,
  type Logger,
  MalformedDataError,
  parseJson,
  writeJson,
} from '@rocketmq-ts/common';

export interface TimerMetricsParts {
  readonly path: string;
  readonly files: Files;
  readonly logger: Logger;
  readonly clock: Pick<Clock, 'now'>;
}

/** A type, not an interface: as such it is JSON to the compiler. */
type Metric = { count: number; timeStamp: number };

/** Topics that are counted at most: a file may say anything. */
const MAX_TOPICS = 1_000_000;

export class TimerMetrics extends ConfigManager {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #counts = new Map<string, Metric>();
  readonly dataVersion: DataVersion;
  #dirty = false;

  constructor(parts: TimerMetricsParts) {
    super(parts.path, parts);
    this.#clock = parts.clock;
    this.dataVersion = new DataVersion(parts.clock.now());
  }

  /** Messages of a topic that wait. */
  count(topic: string): number {
    return this.#counts.get(topic)?.count ?? 0;
  }

  get topics(): Iterable<string> {
    return this.#counts.keys();
  }

  add(topic: string, count: number): void {
    const now = this.#clock.now();
    const metric = this.#counts.get(topic);
    if (metric === undefined) this.#counts.set(topic, { count, timeStamp: now });
    else {
      metric.count += count;
      metric.timeStamp = now;
    }
    this.dataVersion.next(now);
    this.#dirty = true;
  }

  /** Puts what was counted anew in place of what was noted. */
  correct(topic: string, count: number): void {
    if (this.count(topic) === count) return;
    this.#counts.set(topic, { count, timeStamp: this.#clock.now() });
    this.#dirty = true;
  }

  /** Forgets a topic that was deleted. */
  remove(topic: string): void {
    if (this.#counts.delete(topic)) this.#dirty = true;
  }

  /** Forgets all counts: what waits is counted anew as it comes into the wheel. */
  clear(): void {
    this.#counts.clear();
    this.#dirty = true;
  }

  /** Writes the counts when they have changed. */
  async flush(): Promise<void> {
    if (!this.#dirty) return;
    this.#dirty = false;
    if (!(await this.persist())) this.#dirty = true;
  }

  /** As the file holds it, and the answer to GET_TIMER_METRICS. */
  override encode(): string {
    return writeJson({ dataVersion: { ...this.dataVersion.toJSON() }, timingCount: this.#counts });
  }

  protected override decode(text: string): void {
    const root = parseJson(text);
    if (!isJsonObject(root)) throw new MalformedDataError('timermetrics: expected a JSON object');
    const counts: [string, Metric][] = [];
    for (const [topic, value] of jsonEntries(root.timingCount)) {
      if (typeof topic !== 'string' || !isJsonObject(value)) throw new MalformedDataError('timermetrics: no metric');
      counts.push([topic, { count: numberIn(value.count), timeStamp: numberIn(value.timeStamp) }]);
    }
    if (counts.length > MAX_TOPICS) throw new MalformedDataError(`timermetrics: ${counts.length} topics`);
    this.dataVersion.assign(DataVersion.fromJson(root.dataVersion ?? {}));
    for (const [topic, metric] of counts) this.#counts.set(topic, metric);
  }
}

function numberIn(value: JsonValue | undefined): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw new MalformedDataError('timermetrics: a count or time is not a whole number');
}
