/** Puts what is due into the store, and again when the store refuses it for now: nothing is dropped but what can never be stored. */
import { type Clock, type Logger, TIMER_TOPIC } from '@rocketmq-ts/common';
import type { AppendResult, PutMessage, PutMessageStatus } from '../api.js';
import { UndeliverableError } from '../waiting-record.js';
import { RateCounter } from './rate-counter.js';
import { TimedMessage } from './timed-message.js';
import type { TimerMetrics } from './timer-metrics.js';
import type { TimedStore, TimerConfig } from './timer-parts.js';

export interface TimerDeliveryParts {
  readonly config: Pick<TimerConfig, 'timerSkipUnknownError' | 'timerPrecisionMs'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly store: Pick<TimedStore, 'put' | 'recordAt'>;
  readonly metrics: Pick<TimerMetrics, 'add'>;
  readonly delivered: (topic: string, result: AppendResult) => void;
}

/** A message that is to leave the timer. */
export interface Departure {
  readonly physicalOffset: number;
  readonly sizeBytes: number;
  /** When it was put into the wheel; undefined when it never was. */
  readonly enqueuedMs: number | undefined;
  /** It goes round once more. */
  readonly rolls: boolean;
}

/** The message itself is at fault: another try would end the same way. Source: TimerMessageStore#doPut. */
const IMPOSSIBLE: ReadonlySet<PutMessageStatus> = new Set([
  'MESSAGE_ILLEGAL',
  'PROPERTIES_SIZE_EXCEEDED',
  'WHEEL_TIMER_NOT_ENABLE',
  'WHEEL_TIMER_MSG_ILLEGAL',
]);
const RETRY_MS = 500;
const MAX_RETRY_MS = 5000;

/** Source: TimerMessageStore.TimerDequeueGetMessageService, TimerDequeuePutMessageService. */
export class TimerDelivery {
  readonly #parts: TimerDeliveryParts;
  readonly rate: RateCounter;
  #stopped = false;
  #endPause: (() => void) | undefined;

  constructor(parts: TimerDeliveryParts) {
    this.#parts = parts;
    this.rate = new RateCounter(parts.clock);
  }

  /** Ends the tries of what is refused. */
  stop(): void {
    this.#stopped = true;
    this.#endPause?.();
  }

  /** The message at a place of the log; undefined, and logged, when it is not there or none of the timer's. */
  async read({ physicalOffset, sizeBytes }: Pick<Departure, 'physicalOffset' | 'sizeBytes'>) {
    try {
      const bytes = await this.#parts.store.recordAt(physicalOffset);
      if (bytes?.length === sizeBytes) return new TimedMessage(bytes);
      this.#dropped(physicalOffset, 'it is not at its place in the log');
    } catch (error) {
      if (!(error instanceof UndeliverableError)) throw error;
      this.#dropped(physicalOffset, error.message);
    }
    return undefined;
  }

  /** Delivers messages in their order, all at a time; false when it was stopped before each of them was taken. */
  async deliver(departures: readonly Departure[], isDeleted: (message: TimedMessage) => boolean): Promise<boolean> {
    const messages = await Promise.all(departures.map((departure) => this.read(departure)));
    let open: PutMessage[] = [];
    departures.forEach((departure, i) => {
      const message = messages[i];
      if (message === undefined || (!departure.rolls && this.#endsHere(message, isDeleted))) return;
      const put = this.#put(message, departure);
      if (put !== undefined) open.push(put);
    });
    for (let tries = 0; open.length > 0; tries++) {
      open = await this.#putAll(open);
      if (open.length > 0 && !this.#stopped) await this.#pause(Math.min(RETRY_MS * 2 ** tries, MAX_RETRY_MS));
      if (open.length > 0 && this.#stopped) return false;
    }
    return true;
  }

  /** Takes out messages that were taken back, and marks that came too late to take one back. */
  #endsHere(message: TimedMessage, isDeleted: (message: TimedMessage) => boolean): boolean {
    if (message.deleteKey !== undefined) return true;
    if (!isDeleted(message)) return false;
    this.#count(message, -1);
    return true;
  }

  #put(message: TimedMessage, { enqueuedMs, rolls, physicalOffset }: Departure): PutMessage | undefined {
    const now = this.#parts.clock.now();
    try {
      const put = rolls ? message.rolled(enqueuedMs ?? now, now) : message.due(enqueuedMs, now);
      // It leaves the wheel as it was counted in: a mark that deletes takes one off.
      if (enqueuedMs !== undefined) this.#count(message, message.deleteKey === undefined ? -1 : 1);
      return put;
    } catch (error) {
      if (!(error instanceof UndeliverableError)) throw error;
      this.#dropped(physicalOffset, error.message);
      return undefined;
    }
  }

  #count(message: TimedMessage, count: number): void {
    if (message.realTopic !== undefined && !message.wasNeverInWheel) this.#parts.metrics.add(message.realTopic, count);
  }

  /** Puts messages; answers those that the store refused for now. */
  #putAll(messages: readonly PutMessage[]): Promise<PutMessage[]> {
    return new Promise((resolve) => {
      const refused: PutMessage[] = [];
      let open = messages.length;
      for (const message of messages) {
        const { topic } = message;
        const putDone = (status: PutMessageStatus, result: AppendResult | undefined): void => {
          if (result !== undefined) this.#taken(topic, result);
          else if (!this.#isFinal(topic, status)) refused.push(message);
          if (--open === 0) resolve(refused);
        };
        this.#parts.store.put(message, { putDone });
      }
    });
  }

  #taken(topic: string, result: AppendResult): void {
    this.rate.add(1);
    if (topic !== TIMER_TOPIC) this.#parts.delivered(topic, result);
  }

  #isFinal(topic: string, status: PutMessageStatus): boolean {
    const { config, logger } = this.#parts;
    const final = IMPOSSIBLE.has(status) || (status === 'UNKNOWN_ERROR' && config.timerSkipUnknownError);
    if (final) logger.error('timed message can not be delivered', { topic, why: `the store refuses it: ${status}` });
    else logger.warn('timed message refused for now', { topic, status });
    return final;
  }

  #dropped(physicalOffset: number, why: string): void {
    this.#parts.logger.error('timed message can not be delivered', { physicalOffset, why });
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#parts.clock.setTimer(ms, resolve, { background: true });
      this.#endPause = () => {
        timer.cancel();
        resolve();
      };
    });
  }
}
