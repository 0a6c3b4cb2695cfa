/** The state of replication and of the timer, as brokers report it. */
import { type Body, defineBody, flag, int, listOf, long, mapOf, maybe, text } from './body-schema.js';
import { dataVersion } from './topic.js';

export const HAConnectionRuntimeInfo = defineBody('HARuntimeInfo$HAConnectionRuntimeInfo', {
  addr: maybe(text),
  slaveAckOffset: long,
  diff: long,
  inSync: flag,
  transferredByteInSecond: long,
  transferFromWhere: long,
});
export type HAConnectionRuntimeInfo = Body<typeof HAConnectionRuntimeInfo>;

export const HAClientRuntimeInfo = defineBody('HARuntimeInfo$HAClientRuntimeInfo', {
  masterAddr: maybe(text),
  transferredByteInSecond: long,
  maxOffset: long,
  lastReadTimestamp: long,
  lastWriteTimestamp: long,
  masterFlushOffset: long,
});
export type HAClientRuntimeInfo = Body<typeof HAClientRuntimeInfo>;

export const HARuntimeInfo = defineBody('HARuntimeInfo', {
  master: flag,
  masterCommitLogMaxOffset: long,
  inSyncSlaveNums: int,
  haConnectionInfo: listOf(HAConnectionRuntimeInfo),
  haClientRuntimeInfo: maybe(HAClientRuntimeInfo),
});
export type HARuntimeInfo = Body<typeof HARuntimeInfo>;

export const TimerMetric = defineBody('Metric', { count: long, timeStamp: long });
export type TimerMetric = Body<typeof TimerMetric>;

/** Delayed messages that wait, by topic. */
export const TimerMetricsSerializeWrapper = defineBody('TimerMetricsSerializeWrapper', {
  timingCount: mapOf(TimerMetric),
  dataVersion,
});
export type TimerMetricsSerializeWrapper = Body<typeof TimerMetricsSerializeWrapper>;
