/** Bodies about single messages of a group, consume queue entries and subscriptions. */
import { type Body, choice, defineBody, flag, flagOr, int, listOf, long, maybe, text } from './body-schema.js';
import { SubscriptionData } from './heartbeat.js';

/** How a consumer's listener took a message that was handed to it directly. Source: CMResult. */
export const CMResult = choice(
  'CR_SUCCESS',
  'CR_LATER',
  'CR_ROLLBACK',
  'CR_COMMIT',
  'CR_THROW_EXCEPTION',
  'CR_RETURN_NULL',
);
/** One of the names of CMResult. */
export type CMResult = ReturnType<typeof CMResult.read>;

export const ConsumeMessageDirectlyResult = defineBody('ConsumeMessageDirectlyResult', {
  order: flag,
  autoCommit: flagOr(true),
  consumeResult: maybe(CMResult),
  remark: maybe(text),
  /** ms */
  spentTimeMills: long,
});
export type ConsumeMessageDirectlyResult = Body<typeof ConsumeMessageDirectlyResult>;

export const ConsumeQueueData = defineBody('ConsumeQueueData', {
  physicOffset: long,
  physicSize: int,
  tagsCode: long,
  extendDataJson: maybe(text),
  bitMap: maybe(text),
  /** Whether the group's filter takes the message. */
  eval: flag,
  msg: maybe(text),
});
export type ConsumeQueueData = Body<typeof ConsumeQueueData>;

export const QueryConsumeQueueResponseBody = defineBody('QueryConsumeQueueResponseBody', {
  subscriptionData: maybe(SubscriptionData),
  filterData: maybe(text),
  queueData: maybe(listOf(ConsumeQueueData)),
  maxQueueIndex: long,
  minQueueIndex: long,
});
export type QueryConsumeQueueResponseBody = Body<typeof QueryConsumeQueueResponseBody>;

export const QuerySubscriptionResponseBody = defineBody('QuerySubscriptionResponseBody', {
  subscriptionData: maybe(SubscriptionData),
  group: maybe(text),
  topic: maybe(text),
});
export type QuerySubscriptionResponseBody = Body<typeof QuerySubscriptionResponseBody>;
