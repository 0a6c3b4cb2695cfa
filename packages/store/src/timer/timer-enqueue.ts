/** Takes messages out of the queue of `rmq_sys_wheel_timer`, in its order, and puts them into the wheel. */
import { type Clock, type Logger, TIMER_TOPIC } from '@rocketmq-ts/common';
import type { GetMessageResult } from '../api.js';
import { recordsIn, UndeliverableError } from '../waiting-record.js';
import { RateCounter } from './rate-counter.js';
import { RollWindow } from './roll-window.js';
import { RolledCopies } from './rolled-copies.js';
import { TimedMessage } from './timed-message.js';
import type { Departure, TimerDelivery } from './timer-delivery.js';
import type { NewTimerRecord, TimerLog } from './timer-log.js';
import type { TimerMetrics } from './timer-metrics.js';
import { slotOf, TIMER_QUEUE_ID, type TimedStore, type TimerConfig } from './timer-parts.js';
import { countOf, TimerMagic } from './timer-record.js';
import type { RecoveredTimer } from './timer-recovery.js';
import type { TimerWheel } from './timer-wheel.js';

export interface TimerEnqueueParts {
  readonly config: TimerConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly store: TimedStore;
  readonly log: TimerLog;
  readonly wheel: TimerWheel;
  readonly metrics: TimerMetrics;
  readonly delivery: Pick<TimerDelivery, 'deliver'>;
  /** The first slot that is not done, nor under way. */
  readonly nextSlotMs: () => number;
}

/** What becomes of a batch of messages. */
interface Plan {
  readonly records: NewTimerRecord[];
  readonly topics: (string | undefined)[];
  readonly due: Departure[];
}

const BATCH_MESSAGES = 64;
const NOBODY = (): boolean => false;

/** Source: TimerMessageStore#enqueue, #doEnqueue. */
export class TimerEnqueue {
  readonly #parts: TimerEnqueueParts;
  readonly #window: RollWindow;
  readonly rate: RateCounter;
  readonly #readTimeMs: number;
  readonly #rebuiltUntil: number | undefined;
  /** End of the queue when the broker started. */
  readonly #backlogEnd: number;
  #known: readonly number[];
  #knownIndex = 0;
  #copies: RolledCopies | undefined;
  #queueOffset: number;

  constructor(parts: TimerEnqueueParts, from: RecoveredTimer) {
    this.#parts = parts;
    this.#window = new RollWindow(parts.config);
    this.rate = new RateCounter(parts.clock);
    this.#readTimeMs = from.readTimeMs;
    this.#rebuiltUntil = from.rebuiltUntil;
    this.#known = from.known;
    this.#queueOffset = from.queueOffset;
    this.#backlogEnd = parts.store.maxOffsetInQueue(TIMER_TOPIC, TIMER_QUEUE_ID);
  }

  /** Offset of the next message. */
  get queueOffset(): number {
    return this.#queueOffset;
  }

  /** Messages that are not taken yet. */
  get behind(): number {
    return Math.max(0, this.#parts.store.maxOffsetInQueue(TIMER_TOPIC, TIMER_QUEUE_ID) - this.#queueOffset);
  }

  /** Whether everything that was there at the start is in the wheel: marks that delete must be before what they delete. */
  get hasCaughtUp(): boolean {
    return this.#queueOffset >= this.#backlogEnd;
  }

  /** Whether the timer log lacks messages that the check point on disk says it has. */
  get isRebuilding(): boolean {
    return this.#rebuiltUntil !== undefined && !this.hasCaughtUp;
  }

  /** Takes a batch; false when there is none to take. Throws what reading and writing throw, with everything as it was. */
  async step(): Promise<boolean> {
    const { config, store, logger } = this.#parts;
    if (config.timerStopEnqueue) return false;
    const minOffset = store.minOffsetInQueue(TIMER_TOPIC, TIMER_QUEUE_ID);
    if (this.#queueOffset < minOffset) {
      logger.warn('timed messages were deleted before they came into the wheel', {
        from: this.#queueOffset,
        minOffset,
      });
      this.#queueOffset = minOffset;
    }
    if (this.behind === 0) return false;
    if (this.isRebuilding) this.#copies ??= await RolledCopies.gather(store, this.#backlogEnd);
    else this.#copies = undefined;
    const request = {
      topic: TIMER_TOPIC,
      queueId: TIMER_QUEUE_ID,
      offset: this.#queueOffset,
      maxMessages: BATCH_MESSAGES,
    };
    const found = store.get(request);
    // What is in memory is lent for this turn only: no await may come in between.
    const plan = found instanceof Promise ? this.#plan(await found) : this.#plan(found);
    const { nextBeginOffset } = found instanceof Promise ? await found : found;
    if (nextBeginOffset <= this.#queueOffset) {
      throw new Error(`the messages of ${TIMER_TOPIC} from offset ${this.#queueOffset} on can not be read`);
    }
    this.#putIntoWheel(plan);
    if (plan.due.length > 0 && !(await this.#parts.delivery.deliver(plan.due, NOBODY))) return false;
    this.#queueOffset = nextBeginOffset;
    return true;
  }

  #plan(found: GetMessageResult): Plan {
    const plan: Plan = { records: [], topics: [], due: [] };
    const writeTimeMs = slotOf(this.#parts.clock.now(), this.#parts.config.timerPrecisionMs);
    for (const { offset, bytes } of recordsIn(found)) {
      try {
        const message = new TimedMessage(bytes);
        if (!this.#isDone(message, offset)) this.#planOne(plan, message, writeTimeMs);
      } catch (error) {
        if (!(error instanceof UndeliverableError)) throw error;
        this.#parts.logger.error('a message of the timer is none and is passed over', { offset, why: error.message });
      }
    }
    return plan;
  }

  #planOne({ records, topics, due }: Plan, message: TimedMessage, writeTimeMs: number): void {
    const { physicalOffset, storeSize: sizeBytes } = message.record;
    // What has waited, here or before it was readable, goes through the wheel: a mark that takes it back may follow.
    const wasLate = message.outMs < slotOf(message.record.storeTimestamp, this.#parts.config.timerPrecisionMs);
    if (wasLate && message.outMs < writeTimeMs && this.hasCaughtUp && message.rollTimes === 0) {
      due.push({ physicalOffset, sizeBytes, enqueuedMs: undefined, rolls: false });
      return;
    }
    const { slotTimeMs, rolls } = this.#window.place(message.outMs, writeTimeMs);
    const magic =
      TimerMagic.DEFAULT | (rolls ? TimerMagic.ROLL : 0) | (message.deleteKey === undefined ? 0 : TimerMagic.DELETE);
    records.push({
      magic,
      writeTimeMs,
      // The clock may have stepped back a little: what is done does not come again.
      slotTimeMs: Math.max(slotOf(slotTimeMs, this.#parts.config.timerPrecisionMs), this.#parts.nextSlotMs()),
      physicalOffset,
      sizeBytes,
      topicHash: message.topicHash,
    });
    topics.push(message.realTopic);
  }

  /** Whether the message is in the wheel already, or was delivered, or goes on as a later copy. */
  #isDone(message: TimedMessage, offset: number): boolean {
    const { physicalOffset } = message.record;
    while ((this.#known[this.#knownIndex] ?? Number.POSITIVE_INFINITY) < physicalOffset) this.#knownIndex++;
    if (this.#known[this.#knownIndex] === physicalOffset) return true;
    if (this.#knownIndex >= this.#known.length) this.#known = [];
    if (this.#copies?.supersede(message)) return true;
    return offset < (this.#rebuiltUntil ?? 0) && message.outMs < this.#readTimeMs;
  }

  #putIntoWheel({ records, topics }: Plan): void {
    if (records.length === 0) return;
    const { log, wheel, metrics } = this.#parts;
    const positions = log.append(records, (slotTimeMs) => wheel.slot(slotTimeMs)?.lastPosition ?? -1);
    records.forEach((record, i) => {
      const count = countOf(record);
      wheel.add(record.slotTimeMs, positions[i]!, count);
      const topic = topics[i];
      if (topic !== undefined) metrics.add(topic, count);
    });
    this.rate.add(records.length);
  }
}
