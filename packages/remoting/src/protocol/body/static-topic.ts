/** How the logical queues of a static topic lie on the queues of brokers. */
import { type Body, defineBody, flag, int, listOf, long, longOr, maybe, numberMapOf, text } from './body-schema.js';

const SCOPE = { read: readScope, write: (scope: string) => scope };

function readScope(value: unknown): string {
  return typeof value === 'string' ? value : '__global__';
}

const mappingFields = {
  topic: maybe(text),
  scope: SCOPE,
  totalQueues: int,
  bname: maybe(text),
  epoch: long,
  dirty: flag,
  /** Physical queue id by logical one. */
  currIdMap: numberMapOf(int),
};

export const TopicQueueMappingInfo = defineBody('TopicQueueMappingInfo', mappingFields);
export type TopicQueueMappingInfo = Body<typeof TopicQueueMappingInfo>;

/** A stretch of a logical queue that lies on one broker. */
export const LogicQueueMappingItem = defineBody('LogicQueueMappingItem', {
  gen: int,
  queueId: int,
  bname: maybe(text),
  logicOffset: long,
  startOffset: long,
  endOffset: longOr(-1),
  timeOfStart: longOr(-1),
  timeOfEnd: longOr(-1),
});
export type LogicQueueMappingItem = Body<typeof LogicQueueMappingItem>;

export const TopicQueueMappingDetail = defineBody('TopicQueueMappingDetail', {
  ...mappingFields,
  hostedQueues: numberMapOf(listOf(LogicQueueMappingItem)),
});
export type TopicQueueMappingDetail = Body<typeof TopicQueueMappingDetail>;
