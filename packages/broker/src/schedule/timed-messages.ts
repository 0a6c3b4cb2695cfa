/** Messages that ask for a time of delivery: whether they may have it, and how they are put off until then. */
import { type Clock, decodeProperties, encodeProperties, MessageConst, TIMER_TOPIC } from '@rocketmq-ts/common';
import type { MessageStoreConfig, PutMessageStatus, TimerMessageStore } from '@rocketmq-ts/store';
import { mayBePutOff, type Postponable } from './delay-levels.js';

export interface TimedMessagesParts {
  readonly config: Pick<MessageStoreConfig, 'timerMaxDelaySec' | 'timerPrecisionMs'>;
  readonly clock: Pick<Clock, 'now'>;
  /** Undefined without `timerWheelEnable`. */
  readonly timer: Pick<TimerMessageStore, 'isReject'> | undefined;
}

/** What became of a message that asks for a time: it waits for its slot, or it is refused. */
export type TimedOutcome = { readonly outMs: number } | { readonly refused: PutMessageStatus };

/** In the order in which they count. */
const TIMES = [
  [MessageConst.PROPERTY_TIMER_DELAY_SEC, 1000],
  [MessageConst.PROPERTY_TIMER_DELAY_MS, 1],
] as const;
const ILLEGAL: TimedOutcome = { refused: 'WHEEL_TIMER_MSG_ILLEGAL' };

/** Source: HookUtils#handleScheduleMessage, #checkIfTimerMessage, #transformTimerMessage. */
export class TimedMessages {
  readonly #parts: TimedMessagesParts;

  constructor(parts: TimedMessagesParts) {
    this.#parts = parts;
  }

  /**
   * Sends a message that asks for a time in the future to the timer's topic, with its real topic and queue
   * among its properties. Undefined when the message is to be stored as it is: it asks for no time, or for one
   * that is over. A message with a delay level must not come here: the level takes precedence.
   */
  postpone(message: Postponable): TimedOutcome | undefined {
    if (message.topic === TIMER_TOPIC || !mayBePutOff(message.sysFlag)) return undefined;
    const properties = decodeProperties(message.properties);
    if (properties.has(MessageConst.PROPERTY_TIMER_OUT_MS) || !asksForTime(properties)) return undefined;
    const { timer, clock, config } = this.#parts;
    if (timer === undefined) return { refused: 'WHEEL_TIMER_NOT_ENABLE' };
    const now = clock.now();
    const deliverMs = deliverTime(properties, now);
    if (Number.isNaN(deliverMs)) return ILLEGAL;
    if (deliverMs <= now) return properties.has(MessageConst.PROPERTY_TIMER_DEL_UNIQKEY) ? ILLEGAL : undefined;
    if (deliverMs - now > config.timerMaxDelaySec * 1000) return ILLEGAL;
    const outMs = slotBefore(deliverMs, config.timerPrecisionMs);
    if (timer.isReject(outMs)) return { refused: 'WHEEL_TIMER_FLOW_CONTROL' };
    properties.set(MessageConst.PROPERTY_TIMER_OUT_MS, String(outMs));
    properties.set(MessageConst.PROPERTY_REAL_TOPIC, message.topic);
    properties.set(MessageConst.PROPERTY_REAL_QUEUE_ID, String(message.queueId));
    message.properties = encodeProperties(properties);
    message.topic = TIMER_TOPIC;
    message.queueId = 0;
    return { outMs };
  }
}

function asksForTime(properties: ReadonlyMap<string, string>): boolean {
  return properties.has(MessageConst.PROPERTY_TIMER_DELIVER_MS) || TIMES.some(([name]) => properties.has(name));
}

/** Ms since the epoch; NaN for what is no whole number of 64 bits. */
function deliverTime(properties: ReadonlyMap<string, string>, now: number): number {
  for (const [name, unitMs] of TIMES) {
    const text = properties.get(name);
    if (text !== undefined) return now + parseLong(text) * unitMs;
  }
  return parseLong(properties.get(MessageConst.PROPERTY_TIMER_DELIVER_MS) ?? '');
}

function parseLong(text: string): number {
  return /^[+-]?\d{1,19}$/.test(text) ? Number(text) : Number.NaN;
}

/** The slot after which a time comes: the one before it, also for a time that begins a slot. A slot is delivered when the next begins. */
function slotBefore(deliverMs: number, precisionMs: number): number {
  const into = deliverMs % precisionMs;
  return deliverMs - (into === 0 ? precisionMs : into);
}
