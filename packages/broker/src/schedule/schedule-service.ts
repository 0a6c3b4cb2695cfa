/** Delivers delayed messages when they are due, and remembers how far it got. */
import { type Clock, type Logger, SystemTopic, type Timer } from '@rocketmq-ts/common';
import type { AppendResult, MessageStoreConfig, Store } from '@rocketmq-ts/store';
import { type DelayLevels, levelOfQueueId, queueIdOfLevel } from './delay-levels.js';
import type { DelayOffsets } from './delay-offsets.js';
import { LevelDelivery } from './level-delivery.js';

export interface ScheduleServiceParts {
  readonly config: Pick<MessageStoreConfig, 'brokerRole' | 'enableScheduleMessageStats' | 'flushDelayOffsetInterval'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly store: Pick<Store, 'get' | 'put' | 'queueEntries' | 'maxOffsetInQueue' | 'minOffsetInQueue' | 'queueIdsOf'>;
  readonly levels: DelayLevels;
  readonly offsets: DelayOffsets;
  readonly stats: {
    onDelivered(topic: string, delivered: { count: number; sizeBytes: number }): void;
  };
}

/** Source: ScheduleMessageService#DELAY_FOR_A_PERIOD. */
const AFTER_ERROR_MS = 10_000;

/** Source: ScheduleMessageService. */
export class ScheduleService {
  readonly #parts: ScheduleServiceParts;
  /** The next step of each level; none for a level whose step is under way. */
  readonly #timers = new Map<number, Timer>();
  readonly #running = new Set<Promise<void>>();
  #flushTimer: Timer | undefined;
  #flushing: Promise<void> | undefined;
  #started = false;

  constructor(parts: ScheduleServiceParts) {
    this.#parts = parts;
  }

  /** Begins to deliver, first what fell due while nobody did. A slave delivers nothing. */
  start(): void {
    const { config, levels, store } = this.#parts;
    if (this.#started || config.brokerRole === 'SLAVE') return;
    this.#started = true;
    const all = new Set(store.queueIdsOf(SystemTopic.SCHEDULE).map(levelOfQueueId));
    for (let level = 1; level <= levels.max; level++) all.add(level);
    // A level that was configured once may have messages left: they keep the time they were promised.
    for (const level of all) this.#scheduleStep(level, this.#deliveryOf(level), 0);
    this.#scheduleFlush();
  }

  /** Ends the deliveries that are under way and writes the offsets. */
  async stop(): Promise<void> {
    if (!this.#started) return;
    this.#started = false;
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    this.#flushTimer?.cancel();
    await Promise.all(this.#running);
    await this.#flushing;
    await this.#parts.offsets.flush();
  }

  /** The entries of GET_BROKER_RUNTIME_INFO: by level the offset delivered next and the end of the queue. Source: #buildRunningStats. */
  runtimeInfo(): Map<string, string> {
    const { offsets, store } = this.#parts;
    const info = new Map<string, string>();
    for (const [level, offset] of offsets.table) {
      const maxOffset = store.maxOffsetInQueue(SystemTopic.SCHEDULE, queueIdOfLevel(level));
      info.set(`scheduleMessageOffset_${level}`, `${offset},${maxOffset}`);
    }
    return info;
  }

  #deliveryOf(level: number): LevelDelivery {
    const { levels } = this.#parts;
    const delivered = (topic: string, result: AppendResult): void => this.#count(topic, result);
    return new LevelDelivery({ ...this.#parts, delivered }, { level, delayMs: levels.delayMs(level) });
  }

  #scheduleStep(level: number, delivery: LevelDelivery, delayMs: number): void {
    const { clock } = this.#parts;
    const begin = (): void => {
      this.#timers.delete(level);
      const run = this.#run(level, delivery).finally(() => this.#running.delete(run));
      this.#running.add(run);
    };
    this.#timers.set(level, clock.setTimer(delayMs, begin, { background: true }));
  }

  /** Steps as long as there is something to deliver, with a turn for all others in between. */
  async #run(level: number, delivery: LevelDelivery): Promise<void> {
    let waitMs: number;
    try {
      waitMs = await delivery.step();
      while (this.#started && waitMs === 0) {
        await new Promise<void>((resolve) => this.#parts.clock.endOfTurn(resolve));
        waitMs = await delivery.step();
      }
    } catch (error) {
      // Whatever it was, the messages are still there and the other levels must go on.
      this.#parts.logger.error('delayed messages not delivered', { level, error, retryMs: AFTER_ERROR_MS });
      waitMs = AFTER_ERROR_MS;
    }
    if (this.#started) this.#scheduleStep(level, delivery, waitMs);
  }

  /** The interval is read anew each time: it may change while running. */
  #scheduleFlush(): void {
    const { clock, config, offsets, logger } = this.#parts;
    const flush = (): void => {
      this.#flushing = offsets
        .flush()
        .catch((error: unknown) => logger.error('delay offsets not written', { error }))
        .finally(() => {
          if (this.#started) this.#scheduleFlush();
        });
    };
    this.#flushTimer = clock.setTimer(config.flushDelayOffsetInterval, flush, { background: true });
  }

  #count(topic: string, { messageCount, sizeBytes }: AppendResult): void {
    const { config, stats } = this.#parts;
    if (config.enableScheduleMessageStats) stats.onDelivered(topic, { count: messageCount, sizeBytes });
  }
}
