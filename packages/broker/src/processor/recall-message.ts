/** RECALL_MESSAGE: takes a timed message back before it is due, by a mark that waits beside it. */
import {
  type Clock,
  decodeRecallMessageHandle,
  encodeProperties,
  isWriteable,
  MessageConst,
  type RecallMessageHandle,
  RocketMQError,
  type TopicConfig,
  tagsCode,
} from '@rocketmq-ts/common';
import {
  type Answer,
  type Exchange,
  type Processor,
  processor,
  RECALL_MESSAGE,
  type RecallMessageRequestHeader,
  type RecallMessageResponseHeader,
  ResponseCode,
} from '@rocketmq-ts/remoting';
import type { AppendResult, MessageStoreConfig, PutMessage, PutMessageStatus, Store } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../config.js';
import type { TimedMessages } from '../schedule/timed-messages.js';
import { Lanes } from './lanes.js';

export interface RecallMessageParts {
  readonly config: Pick<
    BrokerConfig,
    | 'allowRecallWhenBrokerNotWriteable'
    | 'brokerName'
    | 'brokerPermission'
    | 'recallMessageEnable'
    | 'regionId'
    | 'startAcceptSendRequestTimeStamp'
  >;
  readonly storeConfig: Pick<MessageStoreConfig, 'appendTopicForTimerDeleteKey' | 'brokerRole' | 'timerMaxDelaySec'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly store: Pick<Store, 'put'>;
  readonly topics: { select(topic: string): TopicConfig | undefined };
  readonly timedMessages: Pick<TimedMessages, 'postpone'>;
  readonly stats: {
    onPut(topic: string, queueId: number, put: { count: number; sizeBytes: number; latencyMs: number }): void;
  };
}

type RecallExchange = Exchange<RecallMessageResponseHeader>;
type RecallAnswer = Answer<RecallMessageResponseHeader>;

/** Source: RecallMessageProcessor#RECALL_MESSAGE_TAG. */
const RECALL_TAG = '_RECALL_TAG_';
const MARK_BODY = Buffer.from('0');
/** The mark is stored, though perhaps not as safely as asked. */
const STORED: ReadonlySet<PutMessageStatus> = new Set([
  'PUT_OK',
  'FLUSH_DISK_TIMEOUT',
  'FLUSH_SLAVE_TIMEOUT',
  'SLAVE_NOT_AVAILABLE',
]);

/** Source: RecallMessageProcessor. */
export function recallMessage(parts: RecallMessageParts): Processor {
  return processor(RECALL_MESSAGE, Lanes.SEND, (header, exchange) => {
    mustServe(parts);
    const handle = mustHandle(parts, header);
    const message = markOf(parts, header, handle, exchange);
    const outcome = parts.timedMessages.postpone(message);
    // Without a slot the mark would be stored as a message of its own.
    if (outcome === undefined || 'refused' in outcome) return failed();
    return put(parts, message, handle.messageId, exchange);
  });
}

function mustServe({ config, storeConfig, clock }: RecallMessageParts): void {
  if (!config.recallMessageEnable) {
    throw new RocketMQError(ResponseCode.NO_PERMISSION, 'recall failed, operation is forbidden');
  }
  const unavailable = 'recall failed, broker service not available';
  if (storeConfig.brokerRole === 'SLAVE') throw new RocketMQError(ResponseCode.SLAVE_NOT_AVAILABLE, unavailable);
  const isWritable = isWriteable(config.brokerPermission) || config.allowRecallWhenBrokerNotWriteable;
  if (clock.now() < config.startAcceptSendRequestTimeStamp || !isWritable) {
    throw new RocketMQError(ResponseCode.SERVICE_NOT_AVAILABLE, unavailable);
  }
}

function mustHandle(parts: RecallMessageParts, header: RecallMessageRequestHeader): RecallMessageHandle {
  const { config, storeConfig, clock, topics } = parts;
  if (topics.select(header.topic) === undefined) {
    throw new RocketMQError(ResponseCode.TOPIC_NOT_EXIST, `recall failed, the topic[${header.topic}] not exist`);
  }
  const illegal = (remark: string) => new RocketMQError(ResponseCode.ILLEGAL_OPERATION, remark);
  const handle = decodeRecallMessageHandle(header.recallHandle);
  if (handle === undefined) throw illegal('recall handle is invalid');
  if (handle.topic !== header.topic) throw illegal('recall failed, topic not match');
  if (handle.brokerName !== config.brokerName) throw illegal('recall failed, broker service not available');
  const timestamp = /^\d{1,15}$/.test(handle.timestamp) ? Number(handle.timestamp) : -1;
  const leftMs = timestamp - clock.now();
  if (leftMs <= 0 || leftMs >= storeConfig.timerMaxDelaySec * 1000) throw illegal('recall failed, timestamp invalid');
  return handle;
}

/** Source: RecallMessageProcessor#buildMessage, TimerMessageStore#buildDeleteKey. */
function markOf(
  { clock, storeConfig }: RecallMessageParts,
  { producerGroup }: RecallMessageRequestHeader,
  { topic, messageId, timestamp }: RecallMessageHandle,
  { connection }: RecallExchange,
): PutMessage {
  const now = clock.now();
  const properties: [string, string][] = [
    [
      MessageConst.PROPERTY_TIMER_DEL_UNIQKEY,
      storeConfig.appendTopicForTimerDeleteKey ? `${topic}+${messageId}` : messageId,
    ],
    [MessageConst.PROPERTY_UNIQ_CLIENT_MESSAGE_ID_KEYIDX, messageId],
    [MessageConst.PROPERTY_TIMER_DELIVER_MS, timestamp],
    [MessageConst.PROPERTY_BORN_TIMESTAMP, String(now)],
    [MessageConst.PROPERTY_TRACE_CONTEXT, ''],
    [MessageConst.PROPERTY_TAGS, RECALL_TAG],
  ];
  if (producerGroup !== undefined) properties.push([MessageConst.PROPERTY_PRODUCER_GROUP, producerGroup]);
  return {
    topic,
    queueId: 0,
    flag: 0,
    sysFlag: 0,
    bornTimestamp: now,
    bornHost: connection.remoteHost.bytes,
    reconsumeTimes: 0,
    preparedTransactionOffset: 0,
    body: MARK_BODY,
    properties: encodeProperties(properties),
    tagsCode: tagsCode(RECALL_TAG),
    uniqKey: messageId,
    tags: RECALL_TAG,
    waitStoreMsgOk: true,
  };
}

function put(
  { store, stats, clock, config }: RecallMessageParts,
  message: PutMessage,
  msgId: string,
  { arrivedMs }: RecallExchange,
): Promise<RecallAnswer> {
  const { topic, queueId } = message;
  const answerOf = (status: PutMessageStatus, result: AppendResult | undefined): RecallAnswer => {
    if (result === undefined || !STORED.has(status)) return failed();
    const { messageCount: count, sizeBytes } = result;
    if (status === 'PUT_OK') stats.onPut(topic, queueId, { count, sizeBytes, latencyMs: clock.now() - arrivedMs });
    return { code: ResponseCode.SUCCESS, header: { msgId, regionId: config.regionId } };
  };
  return new Promise((resolve) => {
    store.put(message, { putDone: (status, result) => resolve(answerOf(status, result)) });
  });
}

function failed(): RecallAnswer {
  return { code: ResponseCode.SYSTEM_ERROR, remark: 'recall failed, execute error' };
}
