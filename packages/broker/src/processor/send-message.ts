/**
 * SEND_MESSAGE, SEND_MESSAGE_V2 and SEND_BATCH_MESSAGE: checks a message, gives
 * it to the store, and answers where it landed.
 */
import {
  type Clock,
  dlqTopicOf,
  findProperty,
  groupOfRetryTopic,
  isNotAllowedSendTopic,
  isRetryTopic,
  isWriteable,
  MessageConst,
  MessageSysFlag,
  PermName,
  PropertyScanner,
  type Random,
  RocketMQError,
  removeProperty,
  setProperty,
  type TopicConfig,
  TopicSysFlag,
  tagsCode,
  type UniqueIdGenerator,
  validateTopic,
} from '@rocketmq-ts/common';
import {
  type Answer,
  type Exchange,
  type Processor,
  processor,
  ResponseCode,
  SEND_BATCH_MESSAGE,
  SEND_MESSAGE,
  SEND_MESSAGE_V2,
  type SendMessageRequestHeader,
  type SendMessageResponseHeader,
  V3_4_9,
} from '@rocketmq-ts/remoting';
import type { AppendResult, PutMessage, PutMessageStatus, PutWaiter, Store } from '@rocketmq-ts/store';
import { type DelayLevels, parseLevel } from '../schedule/delay-levels.js';
import { SUGGEST_FAQ } from './faq.js';

/** What sending reads of the broker's configuration. */
export interface SendConfig {
  readonly brokerClusterName: string;
  readonly brokerIP1: string;
  readonly brokerPermission: number;
  readonly regionId: string;
  readonly traceOn: boolean;
  readonly startAcceptSendRequestTimeStamp: number;
}

/** What sending needs of the broker's other parts. */
export interface SendParts {
  readonly config: SendConfig;
  readonly clock: Clock;
  readonly random: Random;
  readonly uniqueIds: Pick<UniqueIdGenerator, 'next'>;
  readonly store: Pick<Store, 'put' | 'putBatch' | 'isOsPageCacheBusy' | 'flags'>;
  /** Largest body, for the text of refusals. */
  readonly maxMessageSize: number;
  /** `brokerIP1:listenPort` in the form messages carry it, 8 or 20 bytes. */
  readonly storeHost: Uint8Array;
  readonly topics: {
    select(topic: string): TopicConfig | undefined;
    createInSend(request: {
      topic: string;
      defaultTopic: string;
      queueNums: number;
      sysFlag: number;
      remoteAddress: string;
    }): TopicConfig | undefined;
    createInSendBack(request: {
      topic: string;
      queueNums: number;
      perm: number;
      sysFlag: number;
    }): TopicConfig | undefined;
    isOrderTopic(topic: string): boolean;
  };
  readonly delayLevels: Pick<DelayLevels, 'postpone'>;
  readonly groups: { find(group: string): { readonly retryMaxTimes: number } | undefined };
  readonly locks: { isLockAllExpired(group: string): boolean };
  readonly stats: {
    onPut(topic: string, queueId: number, put: { count: number; sizeBytes: number; latencyMs: number }): void;
  };
}

type SendExchange = Exchange<SendMessageResponseHeader>;
type SendAnswer = Answer<SendMessageResponseHeader>;

/** The part of both header versions that sending reads. */
type SendHeader = Pick<
  SendMessageRequestHeader,
  | 'topic'
  | 'defaultTopic'
  | 'defaultTopicQueueNums'
  | 'queueId'
  | 'sysFlag'
  | 'bornTimestamp'
  | 'flag'
  | 'properties'
  | 'reconsumeTimes'
  | 'unitMode'
  | 'batch'
  | 'maxReconsumeTimes'
>;

/** Where the scanner keeps the properties that sending looks at. */
enum Slot {
  Keys,
  Tags,
  UniqKey,
  Wait,
  DelayLevel,
  TimerDelaySec,
  TimerDelayMs,
  TimerDeliverMs,
  TransactionPrepared,
  PopCk,
  MsgRegion,
  TraceSwitch,
  Cluster,
}

const SCANNED_PROPERTIES = [
  MessageConst.PROPERTY_KEYS,
  MessageConst.PROPERTY_TAGS,
  MessageConst.PROPERTY_UNIQ_CLIENT_MESSAGE_ID_KEYIDX,
  MessageConst.PROPERTY_WAIT_STORE_MSG_OK,
  MessageConst.PROPERTY_DELAY_TIME_LEVEL,
  MessageConst.PROPERTY_TIMER_DELAY_SEC,
  MessageConst.PROPERTY_TIMER_DELAY_MS,
  MessageConst.PROPERTY_TIMER_DELIVER_MS,
  MessageConst.PROPERTY_TRANSACTION_PREPARED,
  MessageConst.PROPERTY_POP_CK,
  MessageConst.PROPERTY_MSG_REGION,
  MessageConst.PROPERTY_TRACE_SWITCH,
  MessageConst.PROPERTY_CLUSTER,
];

const DLQ_QUEUES = 1;
const MAX_BATCH_TOPIC_CHARS = 127;
const EMPTY_BODY = new Uint8Array(0);

/** The processors of the three sending commands. */
export function sendMessageProcessors(parts: SendParts): Processor[] {
  const sender = new MessageSender(parts);
  return [
    processor(SEND_MESSAGE, 'send', (header, exchange) => sender.send(header, exchange)),
    processor(SEND_MESSAGE_V2, 'send', (header, exchange) => sender.send(header, exchange)),
    processor(SEND_BATCH_MESSAGE, 'send', (header, exchange) => sender.send(header, exchange)),
  ];
}

/** Source: SendMessageProcessor, AbstractSendMessageProcessor. */
class MessageSender {
  readonly #parts: SendParts;
  readonly #scanner = new PropertyScanner(SCANNED_PROPERTIES);
  /** The store reads a message during the call only, so one object serves all. */
  readonly #message: PutMessage;
  readonly #msgIdPrefix: string;
  /** What the broker adds to the properties of each message; the three keys in one text, made once. */
  readonly #addedProperties: string;

  constructor(parts: SendParts) {
    this.#parts = parts;
    this.#msgIdPrefix = Buffer.from(parts.storeHost).toString('hex').toUpperCase();
    this.#addedProperties = this.#propertiesToAdd();
    this.#message = {
      topic: '',
      queueId: 0,
      flag: 0,
      sysFlag: 0,
      bornTimestamp: 0,
      bornHost: EMPTY_BODY,
      reconsumeTimes: 0,
      preparedTransactionOffset: 0,
      body: EMPTY_BODY,
      properties: '',
      tagsCode: 0,
      keys: undefined,
      uniqKey: undefined,
      tags: undefined,
      waitStoreMsgOk: true,
    };
  }

  /** Refuses at once, or answers when the store has the message. */
  send(header: SendHeader, exchange: SendExchange): SendAnswer | undefined {
    if (this.#parts.store.isOsPageCacheBusy()) {
      return { code: ResponseCode.SYSTEM_BUSY, remark: '[REJECTREQUEST]system busy, start flow control for a while' };
    }
    this.#mustAccept();
    const topicConfig = this.#mustTopic(header, exchange);
    const queueId = header.queueId < 0 ? this.#parts.random.nextInt(topicConfig.writeQueueNums) : header.queueId;
    const message = this.#message;
    message.topic = header.topic;
    message.queueId = queueId;
    message.flag = header.flag;
    message.sysFlag =
      topicConfig.topicFilterType === 'MULTI_TAG' ? header.sysFlag | MessageSysFlag.MULTI_TAGS : header.sysFlag;
    message.bornTimestamp = header.bornTimestamp;
    message.bornHost = exchange.connection.remoteHost.bytes;
    message.reconsumeTimes = header.reconsumeTimes ?? 0;
    message.body = exchange.command.body ?? EMPTY_BODY;
    if (header.batch === true) this.#putBatch(header, exchange);
    else this.#putOne(header, topicConfig, exchange);
    return undefined;
  }

  #putOne(header: SendHeader, topicConfig: TopicConfig, exchange: SendExchange): void {
    const message = this.#message;
    const scanner = this.#scanner;
    let properties = header.properties ?? '';
    scanner.scan(properties);
    if (scanner.has(Slot.PopCk)) properties = removeProperty(properties, MessageConst.PROPERTY_POP_CK);
    let delayLevel = this.#delayLevel(header.reconsumeTimes ?? 0);
    if (isRetryTopic(header.topic) && this.#redirectExhaustedRetry(header, exchange)) {
      properties = setProperty(properties, MessageConst.PROPERTY_DELAY_TIME_LEVEL, '-1');
      delayLevel = 0;
    }
    const keys = scanner.value(Slot.Keys);
    if (keys === undefined && topicConfig.attributes.get('cleanup.policy') === 'COMPACTION') {
      throw new RocketMQError(ResponseCode.MESSAGE_ILLEGAL, 'Required message key is missing');
    }
    let uniqKey = scanner.value(Slot.UniqKey);
    if (uniqKey === undefined) {
      uniqKey = this.#parts.uniqueIds.next();
      properties = setProperty(properties, MessageConst.PROPERTY_UNIQ_CLIENT_MESSAGE_ID_KEYIDX, uniqKey);
    }
    message.keys = keys;
    message.uniqKey = uniqKey;
    message.tags = scanner.value(Slot.Tags);
    message.tagsCode = tagsCode(message.tags);
    message.waitStoreMsgOk = scanner.value(Slot.Wait)?.toLowerCase() !== 'false';
    message.properties = this.#withBrokerProperties(properties);
    const { queueId } = message;
    if (delayLevel > 0) this.#parts.delayLevels.postpone(message, delayLevel);
    this.#parts.store.put(message, new SendWaiter(this, exchange, message.topic, queueId, uniqKey));
  }

  /** The properties of a batch's header hold for the batch; those of its messages are in the body. */
  #putBatch(header: SendHeader, exchange: SendExchange): void {
    const { topic } = header;
    if (topic.length > MAX_BATCH_TOPIC_CHARS) {
      throw new RocketMQError(ResponseCode.MESSAGE_ILLEGAL, `message topic length too long ${topic.length}`);
    }
    if (isRetryTopic(topic)) {
      throw new RocketMQError(ResponseCode.MESSAGE_ILLEGAL, `batch request does not support retry group ${topic}`);
    }
    const message = this.#message;
    const properties = header.properties ?? '';
    message.keys = undefined;
    message.uniqKey = undefined;
    message.tags = undefined;
    message.tagsCode = 0;
    message.waitStoreMsgOk =
      findProperty(properties, MessageConst.PROPERTY_WAIT_STORE_MSG_OK)?.toLowerCase() !== 'false';
    this.#scanner.scan(properties);
    message.properties = this.#withBrokerProperties(properties);
    // The reference takes it and loses the messages: they do not carry the properties of their batch.
    if (parseLevel(this.#scanner.value(Slot.DelayLevel)) > 0) {
      throw new RocketMQError(ResponseCode.MESSAGE_ILLEGAL, 'TimeDelayLevel is not supported for batching');
    }
    this.#parts.store.putBatch(message, new SendWaiter(this, exchange, topic, message.queueId, undefined));
  }

  /** The answer to a stored message. */
  answerStored(waiter: SendWaiter, code: number, remark: string | undefined, result: AppendResult): void {
    const { exchange, topic, queueId } = waiter;
    const { config, clock, stats } = this.#parts;
    stats.onPut(topic, queueId, {
      count: result.messageCount,
      sizeBytes: result.sizeBytes,
      latencyMs: clock.now() - exchange.arrivedMs,
    });
    exchange.answer({
      code,
      remark,
      header: {
        msgId: this.#msgIdsOf(result),
        queueId,
        queueOffset: result.queueOffset,
        transactionId: waiter.uniqKey,
        regionId: config.regionId,
        traceOn: config.traceOn,
      },
    });
  }

  /** The answer to a message that was not stored. */
  answerRefused(waiter: SendWaiter, status: PutMessageStatus): void {
    const [code, remark] = this.#refusal(status);
    waiter.exchange.answer({ code, remark });
  }

  #mustAccept(): void {
    const from = this.#parts.config.startAcceptSendRequestTimeStamp;
    if (from > 0 && this.#parts.clock.now() < from) {
      throw new RocketMQError(
        ResponseCode.SYSTEM_ERROR,
        `broker unable to service, until ${new Date(from).toISOString()}`,
      );
    }
  }

  #mustTopic(header: SendHeader, exchange: SendExchange): TopicConfig {
    const { config, topics } = this.#parts;
    const { topic } = header;
    if (!isWriteable(config.brokerPermission) && topics.isOrderTopic(topic)) {
      throw new RocketMQError(
        ResponseCode.NO_PERMISSION,
        `the broker[${config.brokerIP1}] sending message is forbidden`,
      );
    }
    // A topic that is configured passed the checks of its name when it was made.
    const known = topics.select(topic);
    const topicConfig = known ?? this.#createTopic(header, exchange);
    if (isNotAllowedSendTopic(topic)) {
      throw new RocketMQError(ResponseCode.NO_PERMISSION, `Sending message to topic[${topic}] is forbidden.`);
    }
    if (header.queueId >= Math.max(topicConfig.writeQueueNums, topicConfig.readQueueNums)) {
      throw new RocketMQError(
        ResponseCode.INVALID_PARAMETER,
        `request queueId[${header.queueId}] is illegal, topic ${topic} has ${topicConfig.writeQueueNums} write and ${topicConfig.readQueueNums} read queues. Producer: ${exchange.connection.remoteAddress}`,
      );
    }
    return topicConfig;
  }

  #createTopic(header: SendHeader, exchange: SendExchange): TopicConfig {
    const { topic } = header;
    const invalid = validateTopic(topic);
    if (invalid !== undefined) throw new RocketMQError(ResponseCode.INVALID_PARAMETER, invalid);
    const isRetry = isRetryTopic(topic);
    const sysFlag = header.unitMode === true ? (isRetry ? TopicSysFlag.UNIT_SUB : TopicSysFlag.UNIT) : 0;
    const created =
      this.#parts.topics.createInSend({
        topic,
        defaultTopic: header.defaultTopic,
        queueNums: header.defaultTopicQueueNums,
        sysFlag,
        remoteAddress: exchange.connection.remoteAddress,
      }) ??
      (isRetry
        ? this.#parts.topics.createInSendBack({ topic, queueNums: 1, perm: PermName.READ | PermName.WRITE, sysFlag })
        : undefined);
    if (created === undefined) {
      throw new RocketMQError(
        ResponseCode.TOPIC_NOT_EXIST,
        `topic[${topic}] not exist, apply first please!${SUGGEST_FAQ}`,
      );
    }
    return created;
  }

  /** The level of the message that was scanned last, 0 for none. What asks for a time or a transaction must not be delivered now. */
  #delayLevel(reconsumeTimes: number): number {
    const scanner = this.#scanner;
    const level = scanner.has(Slot.DelayLevel) ? parseLevel(scanner.value(Slot.DelayLevel)) : 0;
    // Clients before 4.6.1 send retries of transactional messages with their marks: these are no transactions.
    const isRetry = reconsumeTimes > 0 && level > 0;
    if (scanner.value(Slot.TransactionPrepared)?.toLowerCase() === 'true' && !isRetry) {
      throw new RocketMQError(
        ResponseCode.NO_PERMISSION,
        `the broker[${this.#parts.config.brokerIP1}] sending transaction message is forbidden`,
      );
    }
    if (level > 0) return level;
    if (scanner.has(Slot.TimerDelaySec) || scanner.has(Slot.TimerDelayMs) || scanner.has(Slot.TimerDeliverMs)) {
      throw new RocketMQError(ResponseCode.MESSAGE_ILLEGAL, 'timed messages are not supported by this broker');
    }
    return 0;
  }

  /** A retry that has been tried often enough, or belongs to an orderly group, goes to the dead letters: true. */
  #redirectExhaustedRetry(header: SendHeader, exchange: SendExchange): boolean {
    const { groups, locks, topics, random } = this.#parts;
    const group = groupOfRetryTopic(header.topic);
    const groupConfig = groups.find(group);
    if (groupConfig === undefined) {
      throw new RocketMQError(
        ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST,
        `subscription group not exist, ${group} ${SUGGEST_FAQ}`,
      );
    }
    const ownLimit = exchange.command.version >= V3_4_9 ? header.maxReconsumeTimes : undefined;
    const limit = ownLimit ?? groupConfig.retryMaxTimes;
    if ((header.reconsumeTimes ?? 0) <= limit && locks.isLockAllExpired(group)) return false;
    const topic = dlqTopicOf(group);
    const perm = PermName.READ | PermName.WRITE;
    if (topics.createInSendBack({ topic, queueNums: DLQ_QUEUES, perm, sysFlag: 0 }) === undefined) {
      throw new RocketMQError(ResponseCode.SYSTEM_ERROR, `topic[${topic}] not exist`);
    }
    this.#message.topic = topic;
    this.#message.queueId = random.nextInt(DLQ_QUEUES);
    return true;
  }

  #propertiesToAdd(): string {
    const { regionId, traceOn, brokerClusterName } = this.#parts.config;
    return [
      [MessageConst.PROPERTY_MSG_REGION, regionId],
      [MessageConst.PROPERTY_TRACE_SWITCH, String(traceOn)],
      [MessageConst.PROPERTY_CLUSTER, brokerClusterName],
    ].reduce((text, [key = '', value = '']) => setProperty(text, key, value), '');
  }

  /** Adds the broker's properties; `properties` is what was scanned last, give or take what the broker changed. */
  #withBrokerProperties(properties: string): string {
    const scanner = this.#scanner;
    let text = properties;
    if (scanner.has(Slot.MsgRegion)) text = removeProperty(text, MessageConst.PROPERTY_MSG_REGION);
    if (scanner.has(Slot.TraceSwitch)) text = removeProperty(text, MessageConst.PROPERTY_TRACE_SWITCH);
    if (scanner.has(Slot.Cluster)) text = removeProperty(text, MessageConst.PROPERTY_CLUSTER);
    if (text !== '' && text.charCodeAt(text.length - 1) !== 2) text += '\u0002';
    return text + this.#addedProperties;
  }

  #msgIdsOf(result: AppendResult): string {
    const { physicalOffsets } = result;
    if (physicalOffsets === undefined) return this.#msgId(result.physicalOffset);
    let ids = '';
    for (const physicalOffset of physicalOffsets)
      ids += ids === '' ? this.#msgId(physicalOffset) : `,${this.#msgId(physicalOffset)}`;
    return ids;
  }

  #msgId(physicalOffset: number): string {
    return this.#msgIdPrefix + physicalOffset.toString(16).toUpperCase().padStart(16, '0');
  }

  #refusal(status: PutMessageStatus): [number, string] {
    switch (status) {
      case 'CREATE_MAPPED_FILE_FAILED':
        return [ResponseCode.SYSTEM_ERROR, 'create mapped file failed, server is busy or broken.'];
      case 'MESSAGE_ILLEGAL':
      case 'PROPERTIES_SIZE_EXCEEDED':
        return [
          ResponseCode.MESSAGE_ILLEGAL,
          `the message is illegal, maybe msg body or properties length not matched. msg body length limit ${this.#parts.maxMessageSize}B, msg properties length limit 32KB.`,
        ];
      case 'SERVICE_NOT_AVAILABLE':
        return [
          ResponseCode.SERVICE_NOT_AVAILABLE,
          `service not available now. It may be caused by one of the following reasons: the broker's disk is full [${this.#parts.store.flags.reason}], messages are put to the slave, message store has been shut down, etc.`,
        ];
      case 'OS_PAGE_CACHE_BUSY':
        return [ResponseCode.SYSTEM_BUSY, '[PC_SYNCHRONIZED]broker busy, start flow control for a while'];
      case 'LMQ_CONSUME_QUEUE_NUM_EXCEEDED':
        return [ResponseCode.LMQ_QUOTA_EXCEEDED, '[LMQ_CONSUME_QUEUE_NUM_EXCEEDED]lmq consume queue num exceeded.'];
      default:
        return [ResponseCode.SYSTEM_ERROR, status];
    }
  }
}

/** The response code of a message that is stored, though not as safely as asked; undefined when it is not stored. */
const STORED_CODES: Partial<Record<PutMessageStatus, number>> = {
  PUT_OK: ResponseCode.SUCCESS,
  FLUSH_DISK_TIMEOUT: ResponseCode.FLUSH_DISK_TIMEOUT,
  SLAVE_NOT_AVAILABLE: ResponseCode.SLAVE_NOT_AVAILABLE,
  FLUSH_SLAVE_TIMEOUT: ResponseCode.FLUSH_SLAVE_TIMEOUT,
};

/** Answers one request when the store is done with its message. */
class SendWaiter implements PutWaiter {
  constructor(
    private readonly sender: MessageSender,
    readonly exchange: SendExchange,
    readonly topic: string,
    readonly queueId: number,
    readonly uniqKey: string | undefined,
  ) {}

  putDone(status: PutMessageStatus, result: AppendResult | undefined): void {
    if (status === 'PUT_OK' && result !== undefined) {
      this.sender.answerStored(this, ResponseCode.SUCCESS, undefined, result);
      return;
    }
    const code = STORED_CODES[status];
    if (code === undefined || result === undefined) this.sender.answerRefused(this, status);
    else this.sender.answerStored(this, code, undefined, result);
  }
}
