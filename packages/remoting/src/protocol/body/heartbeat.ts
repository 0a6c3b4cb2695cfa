/** What a client announces: its groups and subscriptions. */
import { javaHashCode } from '@rocketmq-ts/common';
import {
  type Body,
  type BodyType,
  choice,
  defineBody,
  flag,
  int,
  listOf,
  long,
  maybe,
  setOf,
  text,
} from './body-schema.js';

function textOr(fallback: string): BodyType<string> {
  return {
    read: (value, where) => (value === undefined || value === null ? fallback : text.read(value, where)),
    write: (value) => value,
  };
}

/** One subscription; has the shape of the filter package's `SubscriptionData`. */
export const SubscriptionData = defineBody('SubscriptionData', {
  classFilterMode: flag,
  topic: textOr(''),
  subString: textOr(''),
  tagsSet: setOf(text),
  codeSet: setOf(int),
  /** ms since the epoch at the client; of two the greater is the newer. */
  subVersion: long,
  expressionType: textOr('TAG'),
});
export type SubscriptionData = Body<typeof SubscriptionData>;

/** Who starts a consumption: the application, the client or the broker. Source: ConsumeType. */
export const ConsumeType = choice('CONSUME_ACTIVELY', 'CONSUME_PASSIVELY', 'CONSUME_POP');
export type ConsumeType = ReturnType<typeof ConsumeType.read>;

/** Whether each consumer of a group gets every message, or one of them each. Source: MessageModel. */
export const MessageModel = choice('BROADCASTING', 'CLUSTERING', 'LITE_SELECTIVE');
export type MessageModel = ReturnType<typeof MessageModel.read>;

/** Where a group without offsets begins; the three in the middle are deprecated. Source: ConsumeFromWhere. */
export const ConsumeFromWhere = choice(
  'CONSUME_FROM_LAST_OFFSET',
  'CONSUME_FROM_LAST_OFFSET_AND_FROM_MIN_WHEN_BOOT_FIRST',
  'CONSUME_FROM_MIN_OFFSET',
  'CONSUME_FROM_MAX_OFFSET',
  'CONSUME_FROM_FIRST_OFFSET',
  'CONSUME_FROM_TIMESTAMP',
);
export type ConsumeFromWhere = ReturnType<typeof ConsumeFromWhere.read>;

export const ConsumerData = defineBody('ConsumerData', {
  groupName: text,
  consumeType: maybe(ConsumeType),
  messageModel: maybe(MessageModel),
  consumeFromWhere: maybe(ConsumeFromWhere),
  subscriptionDataSet: listOf(SubscriptionData),
  unitMode: flag,
});
export type ConsumerData = Body<typeof ConsumerData>;

export const ProducerData = defineBody('ProducerData', { groupName: text });
export type ProducerData = Body<typeof ProducerData>;

/** A heartbeat: the old form has fingerprint 0; one without subscriptions (`withoutSub`) refers to the last fingerprint. */
export const HeartbeatData = defineBody('HeartbeatData', {
  clientID: text,
  producerDataSet: listOf(ProducerData),
  consumerDataSet: listOf(ConsumerData),
  heartbeatFingerprint: int,
  withoutSub: flag,
});
export type HeartbeatData = Body<typeof HeartbeatData>;

/**
 * The fingerprint of what a client announces: the same as long as groups and
 * subscriptions (apart from their versions) stay the same and in the same order.
 * Source: HeartbeatData#computeHeartbeatFingerprint.
 */
export function heartbeatFingerprint(heartbeat: HeartbeatData): number {
  const neutral: HeartbeatData = {
    ...heartbeat,
    clientID: '',
    heartbeatFingerprint: 0,
    withoutSub: false,
    consumerDataSet: heartbeat.consumerDataSet.map((consumer) => ({
      ...consumer,
      subscriptionDataSet: consumer.subscriptionDataSet.map((subscription) => ({ ...subscription, subVersion: 0 })),
    })),
  };
  return javaHashCode(HeartbeatData.encode(neutral).toString('utf8'));
}
