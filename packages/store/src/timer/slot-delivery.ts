/** Delivers the messages of one slot: first it reads the marks that take messages back, then the others leave in their order. */
import type { Logger } from '@rocketmq-ts/common';
import type { TimedMessage } from './timed-message.js';
import type { Departure, TimerDelivery } from './timer-delivery.js';
import type { TimerLog } from './timer-log.js';
import type { TimerMetrics } from './timer-metrics.js';
import { slotOf, type TimerConfig } from './timer-parts.js';
import { deletesNow, needsRoll, type TimerRecord } from './timer-record.js';
import type { TimerRecordReader } from './timer-record-reader.js';
import type { WheelSlot } from './wheel-slot.js';

export interface SlotDeliveryParts {
  readonly config: Pick<TimerConfig, 'appendTopicForTimerDeleteKey' | 'timerPrecisionMs'>;
  readonly logger: Logger;
  readonly log: TimerLog;
  readonly metrics: Pick<TimerMetrics, 'add'>;
  readonly delivery: Pick<TimerDelivery, 'read' | 'deliver'>;
}

/** Messages that one step delivers at most; others get their turn in between. */
const BATCH_MESSAGES = 64;

/** Source: TimerMessageStore#dequeue. */
export class SlotDelivery {
  readonly #parts: SlotDeliveryParts;
  readonly #slotTimeMs: number;
  readonly #slot: WheelSlot;
  readonly #reader: TimerRecordReader;
  readonly #deleted = new Set<string>();
  /** Positions of the slot's records; undefined before they were looked up. */
  #positions: readonly number[] | undefined;
  #marks: readonly number[] = [];
  #marksRead = 0;
  #next = 0;

  constructor(parts: SlotDeliveryParts, slotTimeMs: number, slot: WheelSlot) {
    this.#parts = parts;
    this.#slotTimeMs = slotTimeMs;
    this.#slot = slot;
    this.#reader = parts.log.reader();
  }

  get slotTimeMs(): number {
    return this.#slotTimeMs;
  }

  /** Goes on; true when all messages have left. False also when it was stopped. */
  async step(): Promise<boolean> {
    this.#positions ??= await this.#find();
    if (this.#marksRead < this.#marks.length) {
      await this.#readMarks();
      return false;
    }
    const batch: Departure[] = [];
    let next = this.#next;
    for (; next < this.#positions.length && batch.length < BATCH_MESSAGES; next++) {
      const record = this.#reader.read(this.#positions[next]!);
      if (record === undefined || deletesNow(record)) continue;
      const { physicalOffset, sizeBytes, writeTimeMs } = record;
      batch.push({ physicalOffset, sizeBytes, enqueuedMs: writeTimeMs, rolls: needsRoll(record) });
    }
    if (!(await this.#parts.delivery.deliver(batch, (message) => this.#isDeleted(message)))) return false;
    this.#next = next;
    return next >= this.#positions.length;
  }

  async #find(): Promise<readonly number[]> {
    const { log, logger, config } = this.#parts;
    const isOfSlot = (record: TimerRecord): boolean =>
      slotOf(record.slotTimeMs, config.timerPrecisionMs) === this.#slotTimeMs;
    let { positions, broken } = await log.positionsOf(this.#slot.lastPosition, isOfSlot);
    if (broken) {
      logger.error('the links of the timer log are damaged: it is searched', { slotTimeMs: this.#slotTimeMs });
      positions = [];
      log.scan(log.minOffset, (record, position) => {
        if (position >= log.endOffset) return false;
        if (isOfSlot(record)) positions.push(position);
        return true;
      });
    }
    this.#marks = positions.filter((position) => {
      const record = this.#reader.read(position);
      return record !== undefined && deletesNow(record);
    });
    return positions;
  }

  async #readMarks(): Promise<void> {
    const { delivery, metrics } = this.#parts;
    const end = Math.min(this.#marksRead + BATCH_MESSAGES, this.#marks.length);
    const records = this.#marks.slice(this.#marksRead, end).flatMap((position) => this.#reader.read(position) ?? []);
    const marks = await Promise.all(records.map((record) => delivery.read(record)));
    for (const mark of marks) {
      if (mark?.deleteKey === undefined) continue;
      // What it takes back is counted off when it is found: a mark that finds nothing must not count.
      if (mark.realTopic !== undefined) metrics.add(mark.realTopic, 1);
      this.#deleted.add(mark.deleteKey);
    }
    this.#marksRead = end;
  }

  #isDeleted({ uniqKey, realTopic }: TimedMessage): boolean {
    if (this.#deleted.size === 0 || uniqKey === undefined) return false;
    return this.#deleted.has(
      this.#parts.config.appendTopicForTimerDeleteKey ? `${realTopic ?? 'null'}+${uniqKey}` : uniqKey,
    );
  }
}
