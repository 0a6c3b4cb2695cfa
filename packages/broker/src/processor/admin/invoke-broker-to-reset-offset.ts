/** INVOKE_BROKER_TO_RESET_OFFSET: moves the offsets of a group to a point in time or to an offset. */
import type { MessageQueue } from '@rocketmq-ts/common';
import {
  type Answer,
  codecOf,
  INVOKE_BROKER_TO_RESET_OFFSET,
  type Processor,
  processor,
  RESET_CONSUMER_CLIENT_OFFSET,
  ResetOffsetBody,
  ResetOffsetRequestHeader,
  ResponseCode,
} from '@rocketmq-ts/remoting';
import type { MessageStoreConfig, Store } from '@rocketmq-ts/store';
import type { ConsumerManager } from '../../client/consumer-manager.js';
import type { BrokerConfig } from '../../config.js';
import type { ConsumerOffsetManager } from '../../offset/consumer-offset-manager.js';
import type { SubscriptionGroupManager } from '../../subscription/subscription-group-manager.js';
import { MAX_QUEUE_NUMS, type TopicConfigManager } from '../../topic/topic-config-manager.js';
import { Lanes } from '../lanes.js';
import { isTooOldForResets, tooOld } from './client-age.js';

export interface ResetOffsetParts {
  readonly config: Pick<BrokerConfig, 'brokerName' | 'useServerSideResetOffset'>;
  readonly storeConfig: Pick<MessageStoreConfig, 'brokerRole'>;
  readonly topics: Pick<TopicConfigManager, 'select'>;
  readonly groups: Pick<SubscriptionGroupManager, 'has'>;
  readonly consumers: Pick<ConsumerManager, 'find'>;
  readonly offsets: Pick<ConsumerOffsetManager, 'assignReset' | 'query'>;
  readonly store: Pick<Store, 'maxOffsetInQueue' | 'minOffsetInQueue' | 'offsetByTimestamp'>;
}

type ResetAnswer = Answer<never>;

const HEADER_CODEC = codecOf(ResetOffsetRequestHeader);

/** Source: AdminBrokerProcessor#resetOffset. */
export function invokeBrokerToResetOffset(parts: ResetOffsetParts): Processor {
  return processor(
    INVOKE_BROKER_TO_RESET_OFFSET,
    Lanes.ADMIN,
    (header, { command }): Promise<ResetAnswer> =>
      parts.config.useServerSideResetOffset
        ? resetHere(parts, header)
        : resetAtClients(parts, header, { listForm: command.language === 'CPP' }),
  );
}

/** The broker keeps the new offsets and tells each queue's consumer when it pulls next. Source: #resetOffsetInner. */
async function resetHere(parts: ResetOffsetParts, header: ResetOffsetRequestHeader): Promise<ResetAnswer> {
  const { topics, groups, offsets, storeConfig, config } = parts;
  const { topic, group, queueId } = header;
  if (storeConfig.brokerRole === 'SLAVE') return failure('Can not reset offset in slave broker');
  const topicConfig = topics.select(topic);
  if (topicConfig === undefined) {
    return { code: ResponseCode.TOPIC_NOT_EXIST, remark: `Topic ${topic} does not exist` };
  }
  if (!groups.has(group)) {
    return { code: ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, remark: `Group ${group} does not exist` };
  }
  if (queueId >= MAX_QUEUE_NUMS) return failure(`queueId[${queueId}] is illegal`);
  const refusal = rangeRefusal(parts, header);
  if (refusal !== undefined) return refusal;
  const queueIds = queueId >= 0 ? [queueId] : Array.from({ length: topicConfig.readQueueNums }, (_, id) => id);
  if (queueIds.length === 0) return failure('No queues to reset.');
  const offsetTable = new Map<MessageQueue, number>();
  for (const id of queueIds) {
    const target = await targetOffset(parts, header, id);
    offsetTable.set({ topic, brokerName: config.brokerName, queueId: id }, target);
  }
  for (const [queue, offset] of offsetTable) offsets.assignReset(topic, group, queue.queueId, offset);
  return { code: ResponseCode.SUCCESS, body: ResetOffsetBody.encode({ offsetTable }) };
}

function rangeRefusal({ store }: ResetOffsetParts, header: ResetOffsetRequestHeader): ResetAnswer | undefined {
  const { topic, queueId, offset } = header;
  if (!isGivenOffset(header) || offset === undefined) return undefined;
  const min = store.minOffsetInQueue(topic, queueId);
  const max = store.maxOffsetInQueue(topic, queueId);
  if ((min >= 0 && offset < min) || offset > max + 1 || offset < 0) {
    return failure(`Target offset ${offset} not in consume queue range [${min}-${max}]`);
  }
  return undefined;
}

/** An offset counts only for a queue that is named. */
function isGivenOffset({ queueId, offset }: ResetOffsetRequestHeader): boolean {
  return queueId >= 0 && offset !== undefined && offset !== -1;
}

async function targetOffset(
  { store }: ResetOffsetParts,
  header: ResetOffsetRequestHeader,
  queueId: number,
): Promise<number> {
  const { topic, timestamp, offset } = header;
  if (isGivenOffset(header) && offset !== undefined) return offset;
  if (timestamp < 0) return store.maxOffsetInQueue(topic, queueId);
  return Math.max(0, await store.offsetByTimestamp(topic, queueId, timestamp));
}

/** The clients of the group are told to move, as brokers did before they kept resets. Source: Broker2Client#resetOffset. */
async function resetAtClients(
  parts: ResetOffsetParts,
  header: ResetOffsetRequestHeader,
  { listForm }: { listForm: boolean },
): Promise<ResetAnswer> {
  const { topics, consumers, offsets, store, config } = parts;
  const { topic, group, timestamp, isForce } = header;
  const topicConfig = topics.select(topic);
  if (topicConfig === undefined) {
    return {
      code: ResponseCode.TOPIC_NOT_EXIST,
      remark: `[reset-offset] reset offset failed, no topic in this broker. topic=${topic}`,
    };
  }
  const offsetTable = new Map<MessageQueue, number>();
  for (let queueId = 0; queueId < topicConfig.writeQueueNums; queueId++) {
    const current = offsets.query(group, topic, queueId);
    if (current === -1) return failure(`THe consumer group <${group}> not exist`);
    const found =
      timestamp === -1
        ? store.maxOffsetInQueue(topic, queueId)
        : Math.max(0, await store.offsetByTimestamp(topic, queueId, timestamp));
    const queue = { topic, brokerName: config.brokerName, queueId };
    offsetTable.set(queue, isForce || found < current ? found : current);
  }
  const channels = [...(consumers.find(group)?.channels.values() ?? [])];
  if (channels.length === 0) {
    const remark = `Consumer not online, so can not reset offset, Group: ${group} Topic: ${topic} Timestamp: ${timestamp}`;
    return { code: ResponseCode.CONSUMER_NOT_ONLINE, remark };
  }
  const old = channels.find(isTooOldForResets);
  if (old !== undefined) return tooOld(old);
  const { code, name } = RESET_CONSUMER_CLIENT_OFFSET;
  const body = listForm ? listBody(offsetTable) : ResetOffsetBody.encode({ offsetTable });
  const request = {
    code,
    name,
    codec: HEADER_CODEC,
    values: { topic, group, timestamp, queueId: -1, isForce: false },
    body,
  };
  for (const { connection } of channels) connection.oneway(request);
  return { code: ResponseCode.SUCCESS, body: ResetOffsetBody.encode({ offsetTable }) };
}

/** The form for clients in C++, whose maps have no objects as keys. Source: ResetOffsetBodyForC. */
function listBody(offsetTable: ReadonlyMap<MessageQueue, number>): Buffer {
  const list = [...offsetTable].map(([{ brokerName, queueId, topic }, offset]) => ({
    brokerName,
    offset,
    queueId,
    topic,
  }));
  return Buffer.from(JSON.stringify({ offsetTable: list }));
}

function failure(remark: string): ResetAnswer {
  return { code: ResponseCode.SYSTEM_ERROR, remark };
}
