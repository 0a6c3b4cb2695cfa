/** The delay levels of a broker, and how a message is put off by one: it waits in a queue of its level. */
import {
  decodeProperties,
  encodeProperties,
  MessageConst,
  MessageSysFlag,
  RocketMQError,
  SystemTopic,
  transactionValue,
} from '@rocketmq-ts/common';
import { ResponseCode } from '@rocketmq-ts/remoting';
import { type PutMessage, parseDelayLevels } from '@rocketmq-ts/store';

/** The part of a message that changes when it is put off. */
export type Postponable = Pick<PutMessage, 'topic' | 'queueId' | 'properties' | 'sysFlag'>;

/** A delay level takes precedence over times that are set besides. */
const OVERRULED_PROPERTIES = [
  MessageConst.PROPERTY_TIMER_DELIVER_MS,
  MessageConst.PROPERTY_TIMER_DELAY_SEC,
  MessageConst.PROPERTY_TIMER_DELAY_MS,
];
const MAX_INT32 = 0x7fff_ffff;

/** The queue of SCHEDULE_TOPIC_XXXX in which messages of a level wait. Source: ScheduleMessageService#delayLevel2QueueId. */
export function queueIdOfLevel(level: number): number {
  return level - 1;
}

/** The level of the messages in a queue of SCHEDULE_TOPIC_XXXX. Source: ScheduleMessageService#queueId2DelayLevel. */
export function levelOfQueueId(queueId: number): number {
  return queueId + 1;
}

/**
 * The number in a DELAY property; what is not above 0 means no delay.
 * @throws RocketMQError when it is no 32-bit number: the sender meant a delay, and which one is unknown
 */
export function parseLevel(text: string | undefined): number {
  if (text === undefined) return 0;
  const level = /^[+-]?\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (Math.abs(level) <= MAX_INT32) return level;
  throw new RocketMQError(
    ResponseCode.SYSTEM_ERROR,
    `the delay level '${text.slice(0, 32)}' is not a number: set property DELAY to a level such as 3`,
  );
}

/** The levels of `messageDelayLevel`. Source: ScheduleMessageService#parseDelayLevel, HookUtils#handleScheduleMessage. */
export class DelayLevels {
  readonly #delaysMs: readonly number[];

  /** Throws for a text that is no list of times such as `1s 5s 10s`. */
  constructor(messageDelayLevel: string) {
    this.#delaysMs = parseDelayLevels(messageDelayLevel);
  }

  /** The highest level. */
  get max(): number {
    return this.#delaysMs.length;
  }

  /** How long messages of a level wait, ms; undefined for a level that is not configured. */
  delayMs(level: number): number | undefined {
    return this.#delaysMs[level - 1];
  }

  /**
   * Sends the message to the queue of its level instead, with its real topic and queue among its properties;
   * levels above the highest count as the highest. Half messages and roll-backs are never put off.
   */
  postpone(message: Postponable, level: number): void {
    if (level <= 0 || !mayBePutOff(message.sysFlag)) return;
    const cut = Math.min(level, this.max);
    const properties = decodeProperties(message.properties);
    for (const overruled of OVERRULED_PROPERTIES) properties.delete(overruled);
    properties.set(MessageConst.PROPERTY_DELAY_TIME_LEVEL, String(cut));
    properties.set(MessageConst.PROPERTY_REAL_TOPIC, message.topic);
    properties.set(MessageConst.PROPERTY_REAL_QUEUE_ID, String(message.queueId));
    message.properties = encodeProperties(properties);
    message.topic = SystemTopic.SCHEDULE;
    message.queueId = queueIdOfLevel(cut);
  }
}

/** Half messages and roll-backs of transactions are never put off. */
export function mayBePutOff(sysFlag: number): boolean {
  const transaction = transactionValue(sysFlag);
  return transaction === MessageSysFlag.TRANSACTION_NOT || transaction === MessageSysFlag.TRANSACTION_COMMIT;
}
