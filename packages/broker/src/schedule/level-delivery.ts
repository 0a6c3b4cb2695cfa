/**
 * Delivers the messages of one delay level, in the order of their queue in
 * SCHEDULE_TOPIC_XXXX, which is that of their times. What runs it, and when, is
 * not its business: each step says how long the next one may wait.
 */
import { type Clock, type Logger, SystemTopic } from '@rocketmq-ts/common';
import {
  type AppendResult,
  type ConsumeQueueEntry,
  type GetMessageResult,
  type PutMessageStatus,
  recordsIn,
  type Store,
  UndeliverableError,
} from '@rocketmq-ts/store';
import { queueIdOfLevel } from './delay-levels.js';
import { DeliveryBatch, type DeliveryOutcome } from './delivery-batch.js';
import { dueMessage } from './due-message.js';

/** Hears of each delivered message. */
export type Delivered = (topic: string, result: AppendResult) => void;

export interface LevelDeliveryParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly store: Pick<Store, 'get' | 'put' | 'queueEntries' | 'maxOffsetInQueue' | 'minOffsetInQueue'>;
  readonly offsets: { get(level: number): number; set(level: number, offset: number): void };
  readonly delivered: Delivered;
}

export interface LevelOptions {
  readonly level: number;
  /** What the level's messages wait, ms; undefined for a level that is configured no more but has messages. */
  readonly delayMs: number | undefined;
}

/** Messages that one step delivers at most; others get their turn in between. */
const BATCH_MESSAGES = 64;
/** A step's look at the clock is this old at most, so that a clock that was set is noticed. */
const MAX_WAIT_MS = 1000;
/** So far the clock may step back without anybody having set it. */
const CLOCK_CORRECTION_MS = 5000;
/** Source: ScheduleMessageService#DELAY_FOR_A_WHILE. */
const RETRY_MS = 100;
const MAX_RETRY_MS = 2000;
/** Source: ScheduleMessageService#DELAY_FOR_A_PERIOD. */
const UNREADABLE_RETRY_MS = 10_000;

const topic = SystemTopic.SCHEDULE;

/** Source: ScheduleMessageService.DeliverDelayedMessageTimerTask. */
export class LevelDelivery {
  readonly #parts: LevelDeliveryParts;
  readonly #level: number;
  readonly #delayMs: number | undefined;
  readonly #queueId: number;
  /** The oldest waiting message, when it was looked at and found to be not due. */
  #head: ConsumeQueueEntry | undefined;
  /** Offsets beyond the level's own that are delivered already: the store refused one before them. */
  readonly #ahead = new Set<number>();
  #refusals = 0;

  constructor(parts: LevelDeliveryParts, { level, delayMs }: LevelOptions) {
    this.#parts = parts;
    this.#level = level;
    this.#delayMs = delayMs;
    this.#queueId = queueIdOfLevel(level);
  }

  /** Delivers some of what is due; answers after how many ms the next step makes sense, 0 when there may be more. */
  async step(): Promise<number> {
    const { store } = this.#parts;
    const offset = this.#correctedOffset();
    if (offset >= store.maxOffsetInQueue(topic, this.#queueId)) return this.#idleMs();
    if (this.#head?.queueOffset === offset && this.#waitMs(this.#head) > 0) return this.#waitMs(this.#head);
    const entries = await store.queueEntries(topic, this.#queueId, offset, BATCH_MESSAGES);
    const first = entries[0];
    if (first === undefined) return this.#unreadable(offset);
    const due = this.#countDue(entries);
    if (due > 0) return this.#deliver(offset, due);
    this.#head = first;
    this.#parts.offsets.set(this.#level, offset);
    return Math.max(1, this.#waitMs(first));
  }

  /** The queue may have lost its end in a crash, or its beginning to the clean-up. Source: #correctDelayOffset. */
  #correctedOffset(): number {
    const { store, offsets, logger } = this.#parts;
    const offset = offsets.get(this.#level);
    const minOffset = store.minOffsetInQueue(topic, this.#queueId);
    const maxOffset = store.maxOffsetInQueue(topic, this.#queueId);
    const corrected = Math.min(Math.max(offset, minOffset), maxOffset);
    if (corrected !== offset) {
      logger.warn('delay offset is outside of its queue', { level: this.#level, offset, minOffset, maxOffset });
      offsets.set(this.#level, corrected);
      this.#ahead.clear();
    }
    return corrected;
  }

  #idleMs(): number {
    return Math.max(RETRY_MS, Math.min(this.#delayMs ?? MAX_WAIT_MS, MAX_WAIT_MS));
  }

  /** Until an entry is due, at most the time of a look at the clock; 0 or less when it is due. */
  #waitMs({ tagsCode }: ConsumeQueueEntry): number {
    const remainingMs = tagsCode - this.#parts.clock.now();
    // Much longer than the level's delay: the clock was set back, or the delay was shortened. Source: #correctDeliverTimestamp.
    // The reference takes any millisecond for that, and delivers hours too early after a small correction of the clock.
    if (this.#delayMs !== undefined && remainingMs > this.#delayMs + CLOCK_CORRECTION_MS) return 0;
    return Math.min(remainingMs, MAX_WAIT_MS);
  }

  #countDue(entries: readonly ConsumeQueueEntry[]): number {
    const notDue = entries.findIndex((entry) => this.#waitMs(entry) > 0);
    return notDue < 0 ? entries.length : notDue;
  }

  async #deliver(offset: number, due: number): Promise<number> {
    const { store, offsets } = this.#parts;
    const request = { topic, queueId: this.#queueId, offset, maxMessages: due };
    const found = store.get(request);
    // What is in memory is lent for this turn only: no await may come in between.
    const { nextBeginOffset, batch } =
      found instanceof Promise ? this.#put(await found, offset + due) : this.#put(found, offset + due);
    await batch.finished();
    const next = batch.firstRefused ?? Math.min(nextBeginOffset, offset + due);
    offsets.set(this.#level, next);
    for (const ahead of this.#ahead) if (ahead < next) this.#ahead.delete(ahead);
    if (next > offset) this.#refusals = 0;
    if (batch.firstRefused !== undefined) return Math.min(RETRY_MS * 2 ** this.#refusals++, MAX_RETRY_MS);
    return next > offset ? 0 : this.#unreadable(offset);
  }

  /** Puts the messages before `endOffset`, up to the first that the store refuses. */
  #put(found: GetMessageResult, endOffset: number): { batch: DeliveryBatch; nextBeginOffset: number } {
    const topics = new Map<number, string>();
    const batch = new DeliveryBatch((offset, outcome, status, result) =>
      this.#ended(offset, topics.get(offset) ?? '', outcome, status, result),
    );
    for (const { offset, bytes } of recordsIn(found)) {
      if (offset >= endOffset || batch.firstRefused !== undefined) break;
      if (this.#ahead.has(offset)) continue;
      try {
        const message = dueMessage(bytes);
        topics.set(offset, message.topic);
        this.#parts.store.put(message, batch.waiter(offset));
      } catch (error) {
        if (!(error instanceof UndeliverableError)) throw error;
        this.#dropped(offset, error.message);
      }
    }
    return { batch, nextBeginOffset: found.nextBeginOffset };
  }

  #ended(
    offset: number,
    realTopic: string,
    outcome: DeliveryOutcome,
    status: PutMessageStatus,
    result: AppendResult | undefined,
  ): void {
    if (outcome === 'refused') {
      if (this.#refusals === 0)
        this.#parts.logger.warn('delayed message refused for now', { level: this.#level, offset, status });
      return;
    }
    this.#ahead.add(offset);
    if (result === undefined) this.#dropped(offset, `the store refuses it for good: ${status}`);
    else this.#parts.delivered(realTopic, result);
  }

  #dropped(offset: number, why: string): void {
    this.#parts.logger.error('delayed message can not be delivered', { level: this.#level, offset, why });
  }

  #unreadable(offset: number): number {
    this.#parts.logger.error('delayed messages can not be read', {
      level: this.#level,
      offset,
      retryMs: UNREADABLE_RETRY_MS,
    });
    return UNREADABLE_RETRY_MS;
  }
}
