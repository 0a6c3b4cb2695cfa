/**
 * Messages that take more than one place: inner batches, which are one record
 * with several offsets, and messages that light queues hold besides the queue of
 * their topic. Both carry their offsets in their properties.
 */
import { findProperty, MessageConst, MessageSysFlag, setProperty } from '@rocketmq-ts/common';
import type { PutMessage } from './api.js';
import { MAX_BATCH_MESSAGES } from './batch-entry.js';
import { ClientBatch } from './client-batch.js';
import type { ConsumeQueueStore } from './consume-queue-store.js';
import { allowsLightQueues, isLightQueueName, LIGHT_QUEUE_ID, type LightPlace, splitNames } from './light-queues.js';
import type { PendingPut } from './pending-put.js';

/** What is special about a message that is to be put. */
export interface SpecialPut {
  /** Messages in the record. */
  readonly messageCount: number;
  /** Light queues that the message asks for, in the order of its property; a name may come twice. */
  readonly lightNames: readonly string[];
}

/** The settings that decide about light queues. */
export interface LightConfig {
  readonly enableLmq: boolean;
  readonly enableMultiDispatch: boolean;
  readonly enableLmqQuota: boolean;
  readonly maxLmqConsumeQueueNum: number;
}

const PLAIN: SpecialPut = { messageCount: 1, lightNames: [] };

/** What is special about the message: undefined for nearly all; a status when it is refused for it. */
export function specialOf(
  message: PutMessage,
  config: LightConfig,
  queues: ConsumeQueueStore,
): SpecialPut | 'MESSAGE_ILLEGAL' | 'LMQ_CONSUME_QUEUE_NUM_EXCEEDED' | undefined {
  const isBatch = (message.sysFlag & MessageSysFlag.INNER_BATCH) !== 0;
  const mayBeLight = config.enableLmq && config.enableMultiDispatch;
  if (!isBatch && !mayBeLight) return undefined;
  const lightNames = mayBeLight ? lightNamesOf(message) : PLAIN.lightNames;
  if (!isBatch && lightNames.length === 0) return undefined;
  const messageCount = isBatch ? innerCount(message, queues) : 1;
  if (messageCount === undefined || !lightNames.every(isLightQueueName)) return 'MESSAGE_ILLEGAL';
  if (config.enableLmqQuota && queues.lightQueueCount >= config.maxLmqConsumeQueueNum) {
    if (lightNames.some((name) => !queues.has(name, LIGHT_QUEUE_ID))) return 'LMQ_CONSUME_QUEUE_NUM_EXCEEDED';
  }
  return { messageCount, lightNames };
}

/** Where the message comes to lie in its light queues. The names must be safe. */
export function lightPlacesOf({ lightNames }: SpecialPut, queues: ConsumeQueueStore): LightPlace[] {
  return lightNames.map((name) => {
    const queue = queues.findOrCreate(queues.findOrCreateTopic(name), LIGHT_QUEUE_ID);
    return { queue, queueOffset: queue.nextOffset };
  });
}

/** The message with its offsets in its properties. Source: LmqDispatch#wrapLmqDispatch, BatchConsumeQueue#assignQueueOffset. */
export function withOffsets(message: PutMessage, queueOffset: number, light: readonly LightPlace[]): PutMessage {
  let { properties } = message;
  if ((message.sysFlag & MessageSysFlag.INNER_BATCH) !== 0) {
    properties = setProperty(properties, MessageConst.PROPERTY_INNER_BASE, String(queueOffset));
  }
  if (light.length > 0) {
    const offsets = light.map((place) => place.queueOffset).join(',');
    properties = setProperty(properties, MessageConst.PROPERTY_INNER_MULTI_QUEUE_OFFSET, offsets);
  }
  return { ...message, properties };
}

/** Gives the offsets away that the message takes in its queue and in light queues. */
export function takePlaces(put: PendingPut, messageCount: number, light: readonly LightPlace[]): void {
  put.messageCount = messageCount;
  put.queue.nextOffset += messageCount;
  if (light.length === 0) return;
  put.light = light;
  for (const { queue, queueOffset } of light) queue.nextOffset = queueOffset + 1;
}

/** Messages of an inner batch; undefined when it is none that a queue can hold. Source: DefaultMessageStore#asyncPutMessage. */
function innerCount(message: PutMessage, queues: ConsumeQueueStore): number | undefined {
  if (queues.typeOf(message.topic, message.queueId) !== 'BatchCQ') return undefined;
  const stated = findProperty(message.properties, MessageConst.PROPERTY_INNER_NUM);
  if (stated === undefined) return 1;
  // Offsets are given out by this number: it is not taken on trust.
  const batch = new ClientBatch();
  const count = batch.open(message.body) ? batch.count : 0;
  return String(count) === stated && count <= MAX_BATCH_MESSAGES ? count : undefined;
}

function lightNamesOf(message: PutMessage): readonly string[] {
  const { properties, topic } = message;
  // Looked for in the whole text first: most messages have none, and this is on the way of each.
  if (!properties.includes(MessageConst.PROPERTY_INNER_MULTI_DISPATCH) || !allowsLightQueues(topic)) return [];
  return splitNames(findProperty(properties, MessageConst.PROPERTY_INNER_MULTI_DISPATCH) ?? '');
}
