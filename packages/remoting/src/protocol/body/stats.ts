/** Bodies of statistics: topics, groups, broker counters, time spans. */
import {
  type Body,
  defineBody,
  double,
  listOf,
  long,
  mapOf,
  maybe,
  messageQueue,
  queueMapOf,
  text,
} from './body-schema.js';

export const TopicOffset = defineBody('TopicOffset', { minOffset: long, maxOffset: long, lastUpdateTimestamp: long });
export type TopicOffset = Body<typeof TopicOffset>;

export const TopicStatsTable = defineBody('TopicStatsTable', {
  offsetTable: queueMapOf(TopicOffset),
  topicPutTps: double,
});
export type TopicStatsTable = Body<typeof TopicStatsTable>;

export const OffsetWrapper = defineBody('OffsetWrapper', {
  brokerOffset: long,
  consumerOffset: long,
  pullOffset: long,
  lastTimestamp: long,
});
export type OffsetWrapper = Body<typeof OffsetWrapper>;

export const ConsumeStats = defineBody('ConsumeStats', { offsetTable: queueMapOf(OffsetWrapper), consumeTps: double });
export type ConsumeStats = Body<typeof ConsumeStats>;

/** The statistics of all groups of a broker: one map per group, from group to its statistics. */
export const ConsumeStatsList = defineBody('ConsumeStatsList', {
  consumeStatsList: listOf(mapOf(listOf(ConsumeStats))),
  brokerAddr: maybe(text),
  totalDiff: long,
  totalInflightDiff: long,
});
export type ConsumeStatsList = Body<typeof ConsumeStatsList>;

export const BrokerStatsItem = defineBody('BrokerStatsItem', { sum: long, tps: double, avgpt: double });
export type BrokerStatsItem = Body<typeof BrokerStatsItem>;

export const BrokerStatsData = defineBody('BrokerStatsData', {
  statsMinute: maybe(BrokerStatsItem),
  statsHour: maybe(BrokerStatsItem),
  statsDay: maybe(BrokerStatsItem),
});
export type BrokerStatsData = Body<typeof BrokerStatsData>;

/** Message times of a queue, ms since the epoch; the `…Str` forms are for people. */
export const QueueTimeSpan = defineBody('QueueTimeSpan', {
  messageQueue: maybe(messageQueue),
  minTimeStamp: long,
  minTimeStampStr: maybe(text),
  maxTimeStamp: long,
  maxTimeStampStr: maybe(text),
  consumeTimeStamp: long,
  consumeTimeStampStr: maybe(text),
  delayTime: long,
});
export type QueueTimeSpan = Body<typeof QueueTimeSpan>;

export const QueryConsumeTimeSpanBody = defineBody('QueryConsumeTimeSpanBody', {
  consumeTimeSpanSet: listOf(QueueTimeSpan),
});
export type QueryConsumeTimeSpanBody = Body<typeof QueryConsumeTimeSpanBody>;
