/** Bodies of locking queues for orderly consumption. */
import { type Body, defineBody, flag, listOf, maybe, messageQueue, text } from './body-schema.js';

const lockFields = {
  consumerGroup: maybe(text),
  clientId: maybe(text),
  /** Set on requests between brokers, so that they are not passed on. */
  onlyThisBroker: flag,
  mqSet: listOf(messageQueue),
};

export const LockBatchRequestBody = defineBody('LockBatchRequestBody', lockFields);
export type LockBatchRequestBody = Body<typeof LockBatchRequestBody>;

export const LockBatchResponseBody = defineBody('LockBatchResponseBody', { lockOKMQSet: listOf(messageQueue) });
export type LockBatchResponseBody = Body<typeof LockBatchResponseBody>;

export const UnlockBatchRequestBody = defineBody('UnlockBatchRequestBody', lockFields);
export type UnlockBatchRequestBody = Body<typeof UnlockBatchRequestBody>;
