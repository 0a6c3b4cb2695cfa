/** The inner state of one consumer. */
import {
  type Body,
  defineBody,
  double,
  flag,
  int,
  listOf,
  long,
  mapOf,
  maybe,
  queueMapOf,
  text,
} from './body-schema.js';
import { SubscriptionData } from './heartbeat.js';

/** Times are ms since the epoch. */
export const ProcessQueueInfo = defineBody('ProcessQueueInfo', {
  commitOffset: long,
  cachedMsgMinOffset: long,
  cachedMsgMaxOffset: long,
  cachedMsgCount: int,
  cachedMsgSizeInMiB: int,
  transactionMsgMinOffset: long,
  transactionMsgMaxOffset: long,
  transactionMsgCount: int,
  locked: flag,
  tryUnlockTimes: long,
  lastLockTimestamp: long,
  droped: flag,
  lastPullTimestamp: long,
  lastConsumeTimestamp: long,
});
export type ProcessQueueInfo = Body<typeof ProcessQueueInfo>;

export const PopProcessQueueInfo = defineBody('PopProcessQueueInfo', {
  waitAckCount: int,
  droped: flag,
  lastPopTimestamp: long,
});
export type PopProcessQueueInfo = Body<typeof PopProcessQueueInfo>;

/** Times in ms, rates per second. */
export const ConsumeStatus = defineBody('ConsumeStatus', {
  pullRT: double,
  pullTPS: double,
  consumeRT: double,
  consumeOKTPS: double,
  consumeFailedTPS: double,
  consumeFailedMsgs: long,
});
export type ConsumeStatus = Body<typeof ConsumeStatus>;

export const ConsumerRunningInfo = defineBody('ConsumerRunningInfo', {
  properties: mapOf(text),
  subscriptionSet: listOf(SubscriptionData),
  mqTable: queueMapOf(ProcessQueueInfo),
  mqPopTable: queueMapOf(PopProcessQueueInfo),
  /** By topic. */
  statusTable: mapOf(ConsumeStatus),
  userConsumerInfo: mapOf(text),
  jstack: maybe(text),
});
export type ConsumerRunningInfo = Body<typeof ConsumerRunningInfo>;
