/** Messages that are stored in ways of their own: batches as one record, messages of lite topics, messages with a priority. */
import {
  countBatchItems,
  findProperty,
  liteLmqName,
  MessageConst,
  MessageFormatError,
  MessageSysFlag,
  messageTypeOf,
  removeProperty,
  setProperty,
  type TopicConfig,
} from '@rocketmq-ts/common';
import type { PutMessage } from '@rocketmq-ts/store';

/** True for a topic that stores a batch as one record. Source: QueueTypeUtils#isBatchCq. */
export function storesBatchesWhole(topic: TopicConfig): boolean {
  return topic.attributes.get('queue.type') === 'BatchCQ';
}

/** Makes the batch an inner batch: one record with as many offsets as it has messages. Source: SendMessageProcessor#sendBatchMessage. */
export function makeInnerBatch(message: PutMessage): void {
  message.sysFlag |= MessageSysFlag.NEED_UNWRAP | MessageSysFlag.INNER_BATCH;
  const count = countMessages(message.body);
  message.properties = setProperty(message.properties, MessageConst.PROPERTY_INNER_NUM, String(count));
}

/** A malformed batch counts as empty, which the store refuses. */
function countMessages(body: Uint8Array): number {
  try {
    return countBatchItems(Buffer.from(body.buffer, body.byteOffset, body.byteLength));
  } catch (error) {
    if (error instanceof MessageFormatError) return 0;
    throw error;
  }
}

/** The properties with the light queue of the lite topic that they name. Source: SendMessageProcessor#sendMessage. */
export function withLiteTopic(properties: string, topic: string, liteTopic: string): string {
  const queue = liteLmqName(topic, liteTopic);
  return queue === undefined ? properties : setProperty(properties, MessageConst.PROPERTY_INNER_MULTI_DISPATCH, queue);
}

/** The queue of a message with a priority, which is the queue's number; without one when the message is of another kind. */
export interface PriorityPlace {
  readonly queueId: number | undefined;
  readonly properties: string;
}

const MAX_INT32 = 2_147_483_647;

/** Where a message with the property goes. Source: SendMessageProcessor#sendMessage, Message#getPriority. */
export function placeByPriority(properties: string, priority: string, topic: TopicConfig): PriorityPlace {
  const level = /^\+?\d{1,10}$/.test(priority) ? Number(priority) : -1;
  if (level < 0 || level > MAX_INT32) return { queueId: undefined, properties };
  if (messageTypeOf((name) => findProperty(properties, name)) === 'PRIORITY') {
    return { queueId: Math.min(level, topic.writeQueueNums - 1), properties };
  }
  return { queueId: undefined, properties: removeProperty(properties, MessageConst.PROPERTY_PRIORITY) };
}
