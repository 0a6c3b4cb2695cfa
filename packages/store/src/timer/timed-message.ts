/** A message of `rmq_sys_wheel_timer`: what the timer reads of it, and the messages that are made of it. */
import {
  findProperty,
  javaHashCode,
  MessageConst,
  type MessageRecord,
  setProperty,
  TIMER_TOPIC,
} from '@rocketmq-ts/common';
import type { PutMessage } from '../api.js';
import { PROPERTIES_LIMIT_BYTES } from '../record-layout.js';
import { putAnew, readWaiting, realPlace, UndeliverableError } from '../waiting-record.js';

/** What stands for "never was in the wheel". Source: Long.MAX_VALUE in TimerMessageStore. */
const NEVER_ENQUEUED = '9223372036854775807';
/** What the timer adds to a message takes at most this. */
const BOOKKEEPING_BYTES = 160;

/** What the timer wants to know of a message that waits. */
export class TimedMessage {
  readonly record: MessageRecord;
  /** The slot, ms since the epoch: a multiple of the precision before the time that was asked for. */
  readonly outMs: number;
  /** Topic that it is for; undefined when it does not say. */
  readonly realTopic: string | undefined;
  readonly uniqKey: string | undefined;
  /** It takes the message with this key back. */
  readonly deleteKey: string | undefined;

  /**
   * `bytes` are lent: what is made of the message holds views of them.
   * @throws UndeliverableError when the bytes are no record, or not of a timed message
   */
  constructor(bytes: Uint8Array) {
    const record = readWaiting(bytes);
    const properties = record.propertiesText;
    const out = findProperty(properties, MessageConst.PROPERTY_TIMER_OUT_MS);
    if (record.topic !== TIMER_TOPIC) throw new UndeliverableError(`it is a message of ${record.topic}`);
    if (out === undefined || !/^\d{1,15}$/.test(out)) {
      throw new UndeliverableError(`its TIMER_OUT_MS '${out ?? ''}' is not a time`);
    }
    this.record = record;
    this.outMs = Number(out);
    this.realTopic = findProperty(properties, MessageConst.PROPERTY_REAL_TOPIC);
    this.uniqKey = findProperty(properties, MessageConst.PROPERTY_UNIQ_CLIENT_MESSAGE_ID_KEYIDX);
    this.deleteKey = findProperty(properties, MessageConst.PROPERTY_TIMER_DEL_UNIQKEY);
  }

  get topicHash(): number {
    return this.realTopic === undefined ? 0 : javaHashCode(this.realTopic);
  }

  /** How often it went round the wheel already. */
  get rollTimes(): number {
    return Number(findProperty(this.record.propertiesText, MessageConst.PROPERTY_TIMER_ROLL_TIMES) ?? 0) || 0;
  }

  /** It fell due before it could be put into the wheel: it is in no count of waiting messages. */
  get wasNeverInWheel(): boolean {
    return findProperty(this.record.propertiesText, MessageConst.PROPERTY_TIMER_ENQUEUE_MS) === NEVER_ENQUEUED;
  }

  /**
   * The message for its real topic; `enqueuedMs` is undefined when it never was in the wheel.
   * @throws UndeliverableError when it does not say where it belongs, or must not go there
   * Source: TimerMessageStore#convertMessage.
   */
  due(enqueuedMs: number | undefined, nowMs: number): PutMessage {
    const { record } = this;
    return putAnew(record, realPlace(record.propertiesText), this.#properties(enqueuedMs, nowMs));
  }

  /** The message for another round of the wheel. */
  rolled(enqueuedMs: number, nowMs: number): PutMessage {
    const times = setProperty(
      this.#properties(enqueuedMs, nowMs),
      MessageConst.PROPERTY_TIMER_ROLL_TIMES,
      String(this.rollTimes + 1),
    );
    return putAnew(this.record, { topic: TIMER_TOPIC, queueId: 0 }, times);
  }

  /** Rather without the timer's notes than not at all. */
  #properties(enqueuedMs: number | undefined, nowMs: number): string {
    const text = this.record.propertiesText;
    if (Buffer.byteLength(text) > PROPERTIES_LIMIT_BYTES - BOOKKEEPING_BYTES) return text;
    const enqueued = enqueuedMs === undefined ? NEVER_ENQUEUED : String(enqueuedMs);
    const noted = setProperty(text, MessageConst.PROPERTY_TIMER_ENQUEUE_MS, enqueued);
    return setProperty(noted, MessageConst.PROPERTY_TIMER_DEQUEUE_MS, String(nowMs));
  }
}
