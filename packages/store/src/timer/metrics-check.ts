/**
 * Counts the messages that wait anew, once a day: the counts by topic are kept as
 * messages come and go, and what a crash has left wrong would stay for ever.
 * Source: TimerMessageStore#checkAndReviseMetrics.
 */
import { type Clock, javaHashCode, type Logger, type Timer } from '@rocketmq-ts/common';
import type { TimerLog } from './timer-log.js';
import type { TimerMetrics } from './timer-metrics.js';
import type { TimerConfig } from './timer-parts.js';
import { countOf } from './timer-record.js';
import type { TimerWheel } from './timer-wheel.js';

export interface MetricsCheckParts {
  readonly config: Pick<
    TimerConfig,
    'timerCheckMetricsWhen' | 'timerEnableCheckMetrics' | 'timerMetricSmallThreshold' | 'timerStopEnqueue'
  >;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly log: TimerLog;
  readonly wheel: TimerWheel;
  readonly metrics: TimerMetrics;
  /** The first slot that is not done; undefined while one is under way. */
  readonly readTimeMs: () => number | undefined;
}

const INTERVAL_MS = 45 * 60_000;
const LEAST_DISTANCE_MS = 70 * 60_000;
const RECORDS_PER_TURN = 4096;

export class MetricsCheck {
  readonly #parts: MetricsCheckParts;
  #timer: Timer | undefined;
  #lastMs: number;

  constructor(parts: MetricsCheckParts) {
    this.#parts = parts;
    this.#lastMs = parts.clock.monotonicMs();
  }

  start(): void {
    const { clock, logger } = this.#parts;
    const run = (): void => {
      this.#runWhenTime().catch((error: unknown) => logger.error('timed messages could not be counted', { error }));
    };
    this.#timer = clock.setRepeating(INTERVAL_MS, run, { background: true });
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Counts, and puts right the topics that have few enough messages. */
  async run(): Promise<void> {
    const { metrics, config, logger, wheel } = this.#parts;
    const readTimeMs = this.#parts.readTimeMs();
    if (readTimeMs === undefined) return;
    const before = new Map([...metrics.topics].map((topic) => [topic, metrics.count(topic)]));
    const isEmpty = wheel.nextOccupied(readTimeMs) === undefined;
    const counts = isEmpty ? new Map<number, number>() : await this.#count(readTimeMs);
    if (this.#timer === undefined) return;
    for (const [topic, hash] of uniqueHashes(before.keys())) {
      const noted = before.get(topic) ?? 0;
      const counted = counts.get(hash) ?? 0;
      if (noted >= config.timerMetricSmallThreshold || noted === counted) continue;
      logger.info('the count of timed messages is put right', { topic, noted, counted });
      // What came and went meanwhile was counted as it did.
      metrics.correct(topic, counted + metrics.count(topic) - noted);
    }
  }

  async #runWhenTime(): Promise<void> {
    const { config, clock } = this.#parts;
    if (!config.timerEnableCheckMetrics || config.timerStopEnqueue) return;
    const hour = new Date(clock.now()).getHours();
    const isTime = config.timerCheckMetricsWhen.split(';').some((text) => text.trim() !== '' && Number(text) === hour);
    if (!isTime || clock.monotonicMs() - this.#lastMs < LEAST_DISTANCE_MS) return;
    this.#lastMs = clock.monotonicMs();
    await this.run();
  }

  /** What waits from a slot on, by hash of topic. */
  async #count(readTimeMs: number): Promise<Map<number, number>> {
    const { log, clock } = this.#parts;
    const counts = new Map<number, number>();
    const end = log.endOffset;
    for (let position = log.minOffset; position < end; ) {
      let left = RECORDS_PER_TURN;
      const reached = log.scan(position, (record, at) => {
        if (at >= end || left-- === 0) return false;
        const { topicHash, slotTimeMs } = record;
        if (slotTimeMs >= readTimeMs) counts.set(topicHash, (counts.get(topicHash) ?? 0) + countOf(record));
        return true;
      });
      if (reached === position) break;
      position = reached;
      await new Promise<void>((resolve) => clock.endOfTurn(resolve));
    }
    return counts;
  }
}

/** Topics with their hashes, without those that share one: records do not tell them apart. */
function uniqueHashes(topics: Iterable<string>): Map<string, number> {
  const hashes = [...topics].map((topic) => [topic, javaHashCode(topic)] as const);
  const times = new Map<number, number>();
  for (const [, hash] of hashes) times.set(hash, (times.get(hash) ?? 0) + 1);
  return new Map(hashes.filter(([, hash]) => times.get(hash) === 1));
}
