/**
 * CONSUMER_SEND_MSG_BACK: a consumer hands back a message that it could not
 * process. It is stored anew for the retry topic of the group, to be delivered
 * after a delay, or for its dead letter topic when it was tried often enough.
 */
import {
  decodeMessage,
  dlqTopicOf,
  encodeProperties,
  isWriteable,
  type Logger,
  MessageConst,
  type MessageExt,
  PermName,
  type Random,
  RocketMQError,
  retryTopicOf,
  type SubscriptionGroupConfig,
  SystemTopic,
  type TopicConfig,
  TopicSysFlag,
  tagsCode,
} from '@rocketmq-ts/common';
import {
  type Answer,
  CONSUMER_SEND_MSG_BACK,
  type ConsumerSendMsgBackRequestHeader,
  type Processor,
  processor,
  ResponseCode,
  V3_4_9,
} from '@rocketmq-ts/remoting';
import type { AppendResult, PutMessage, PutMessageStatus, Store } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../config.js';
import type { DelayLevels } from '../schedule/delay-levels.js';
import { SUGGEST_FAQ } from './faq.js';
import { Lanes } from './lanes.js';

export interface SendBackParts {
  readonly config: Pick<BrokerConfig, 'brokerIP1' | 'brokerPermission'>;
  readonly random: Pick<Random, 'nextInt'>;
  readonly logger: Logger;
  readonly store: Pick<Store, 'put' | 'recordAt' | 'isOsPageCacheBusy'>;
  readonly delayLevels: Pick<DelayLevels, 'postpone'>;
  readonly groups: { find(group: string): SubscriptionGroupConfig | undefined };
  readonly topics: {
    createInSendBack(request: {
      topic: string;
      queueNums: number;
      perm: number;
      sysFlag: number;
    }): TopicConfig | undefined;
  };
  readonly stats: {
    onTopicPut(topic: string, put: { count: number; sizeBytes: number }): void;
    onSendBack(group: string, topic: string): void;
  };
}

type Header = ConsumerSendMsgBackRequestHeader;

const DLQ_QUEUES = 1;
/** The level of the first retry; each further one is a level higher. */
const FIRST_RETRY_LEVEL = 3;
const READ_WRITE = PermName.READ | PermName.WRITE;

/** Source: AbstractSendMessageProcessor#consumerSendMsgBack. */
export function consumerSendMsgBack(parts: SendBackParts): Processor {
  return processor(CONSUMER_SEND_MSG_BACK, Lanes.SEND, (header, { command }) => {
    if (parts.store.isOsPageCacheBusy()) {
      return { code: ResponseCode.SYSTEM_BUSY, remark: '[REJECTREQUEST]system busy, start flow control for a while' };
    }
    const group = mustGroup(parts, header.group);
    if (group.retryQueueNums <= 0) return { code: ResponseCode.SUCCESS };
    const queueId = parts.random.nextInt(group.retryQueueNums);
    const sysFlag = header.unitMode ? TopicSysFlag.UNIT_SUB : 0;
    const retryTopic = mustTopic(parts, retryTopicOf(header.group), group.retryQueueNums, sysFlag);
    if (!isWriteable(retryTopic.perm)) {
      throw new RocketMQError(
        ResponseCode.NO_PERMISSION,
        `the topic[${retryTopic.topicName}] sending message is forbidden`,
      );
    }
    const ownLimit = command.version >= V3_4_9 ? header.maxReconsumeTimes : undefined;
    const place = { topic: retryTopic.topicName, queueId, maxReconsumeTimes: ownLimit ?? group.retryMaxTimes };
    return sendBack(parts, header, place);
  });
}

async function sendBack(
  parts: SendBackParts,
  header: Header,
  retry: { topic: string; queueId: number; maxReconsumeTimes: number },
): Promise<Answer<undefined>> {
  const origin = await mustMessage(parts, header.offset);
  const dead = origin.reconsumeTimes >= retry.maxReconsumeTimes || header.delayLevel < 0;
  const level = header.delayLevel === 0 ? FIRST_RETRY_LEVEL + origin.reconsumeTimes : header.delayLevel;
  const message = dead
    ? messageBack(origin, { ...deadLetterPlace(parts, header.group), delayLevel: 0 })
    : messageBack(origin, { ...retry, delayLevel: level });
  if (!dead) parts.delayLevels.postpone(message, level);
  const [status, result] = await put(parts.store, message);
  if (status !== 'PUT_OK' || result === undefined) return { code: ResponseCode.SYSTEM_ERROR, remark: status };
  const backTopic = origin.properties.get(MessageConst.PROPERTY_RETRY_TOPIC) ?? origin.topic;
  count(parts, header, backTopic, message.topic, result);
  if (dead) logDeadLetter(parts.logger, header, message);
  return { code: ResponseCode.SUCCESS };
}

function mustGroup({ groups, config }: SendBackParts, group: string): SubscriptionGroupConfig {
  const found = groups.find(group);
  if (found === undefined) {
    throw new RocketMQError(
      ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST,
      `subscription group not exist, ${group} ${SUGGEST_FAQ}`,
    );
  }
  if (!isWriteable(config.brokerPermission)) {
    throw new RocketMQError(ResponseCode.NO_PERMISSION, `the broker[${config.brokerIP1}] sending message is forbidden`);
  }
  return found;
}

function mustTopic({ topics }: SendBackParts, topic: string, queueNums: number, sysFlag: number): TopicConfig {
  const created = topics.createInSendBack({ topic, queueNums, perm: READ_WRITE, sysFlag });
  if (created === undefined) throw new RocketMQError(ResponseCode.SYSTEM_ERROR, `topic[${topic}] not exist`);
  return created;
}

async function mustMessage({ store }: SendBackParts, physicalOffset: number): Promise<MessageExt> {
  const record = physicalOffset < 0 ? undefined : await store.recordAt(physicalOffset);
  if (record === undefined) {
    throw new RocketMQError(ResponseCode.SYSTEM_ERROR, `look message by offset failed, ${physicalOffset}`);
  }
  return decodeMessage(Buffer.from(record.buffer, record.byteOffset, record.byteLength));
}

function deadLetterPlace(parts: SendBackParts, group: string): { topic: string; queueId: number } {
  const { topicName } = mustTopic(parts, dlqTopicOf(group), DLQ_QUEUES, 0);
  return { topic: topicName, queueId: parts.random.nextInt(DLQ_QUEUES) };
}

/** The message as it is stored anew: what it was at first stays among its properties. */
function messageBack(
  origin: MessageExt,
  { topic, queueId, delayLevel }: { topic: string; queueId: number; delayLevel: number },
): PutMessage {
  const properties = new Map(origin.properties);
  if (!properties.has(MessageConst.PROPERTY_RETRY_TOPIC)) {
    properties.set(MessageConst.PROPERTY_RETRY_TOPIC, origin.topic);
  }
  const originMessageId = properties.get(MessageConst.PROPERTY_ORIGIN_MESSAGE_ID)?.trim() || origin.msgId;
  properties.set(MessageConst.PROPERTY_ORIGIN_MESSAGE_ID, originMessageId);
  properties.set(MessageConst.PROPERTY_WAIT_STORE_MSG_OK, 'false');
  properties.set(MessageConst.PROPERTY_DELAY_TIME_LEVEL, String(delayLevel));
  // It guards the record that was read, not the one that will be written.
  properties.delete(MessageConst.PROPERTY_CRC32);
  const tags = properties.get(MessageConst.PROPERTY_TAGS);
  return {
    topic,
    queueId,
    flag: origin.flag,
    sysFlag: origin.sysFlag,
    bornTimestamp: origin.bornTimestamp,
    bornHost: origin.bornHost.bytes,
    reconsumeTimes: origin.reconsumeTimes + 1,
    preparedTransactionOffset: 0,
    body: origin.body,
    properties: encodeProperties(properties),
    tagsCode: tagsCode(tags),
    keys: properties.get(MessageConst.PROPERTY_KEYS),
    uniqKey: properties.get(MessageConst.PROPERTY_UNIQ_CLIENT_MESSAGE_ID_KEYIDX),
    tags,
    waitStoreMsgOk: false,
  };
}

function put(store: Pick<Store, 'put'>, message: PutMessage): Promise<[PutMessageStatus, AppendResult | undefined]> {
  return new Promise((resolve) => {
    store.put(message, { putDone: (status, result) => resolve([status, result]) });
  });
}

function count({ stats }: SendBackParts, { group }: Header, backTopic: string, putTopic: string, result: AppendResult) {
  if (putTopic === SystemTopic.SCHEDULE) {
    stats.onTopicPut(putTopic, { count: result.messageCount, sizeBytes: result.sizeBytes });
  }
  stats.onSendBack(group, backTopic);
}

function logDeadLetter(logger: Logger, { group, originTopic }: Header, { topic, uniqKey }: PutMessage): void {
  logger.warn('message sent to the dead letters', { topic, group, originTopic, uniqKey });
}
