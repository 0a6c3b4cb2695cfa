/**
 * SEND_MESSAGE, SEND_MESSAGE_V2 and SEND_BATCH_MESSAGE: checks a message, gives
 * it to the store, and answers where it landed.
 */
import {
  dlqTopicOf,
  encodeRecallMessageHandle,
  findProperty,
  groupOfRetryTopic,
  isRetryTopic,
  MessageConst,
  MessageSysFlag,
  PermName,
  PropertyScanner,
  RocketMQError,
  removeProperty,
  setProperty,
  tagsCode,
} from '@rocketmq-ts/common';
import {
  type Processor,
  processor,
  ResponseCode,
  SEND_BATCH_MESSAGE,
  SEND_MESSAGE,
  SEND_MESSAGE_V2,
  V3_4_9,
} from '@rocketmq-ts/remoting';
import type { PutMessage, PutMessageStatus } from '@rocketmq-ts/store';
import { parseLevel } from '../schedule/delay-levels.js';
import { AsciiMessages } from '../send/ascii-messages.js';
import { makeInnerBatch, placeByPriority, storesBatchesWhole, withLiteTopic } from '../send/message-kinds.js';
import { SCANNED_PROPERTIES, Slot } from '../send/scanned-properties.js';
import { SendAnswers, SendWaiter } from '../send/send-answers.js';
import { SendChecks } from '../send/send-checks.js';
import type { SendAnswer, SendExchange, SendHeader, SendParts } from '../send/send-parts.js';
import type { SendTopic } from '../send/send-topics.js';
import { SUGGEST_FAQ } from './faq.js';

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
  readonly #checks: SendChecks;
  readonly #answers: SendAnswers;
  readonly #scanner = new PropertyScanner(SCANNED_PROPERTIES);
  /** The store reads a message during the call only, so one object serves all. */
  readonly #message: PutMessage;
  /** What the broker adds to the properties of each message; the three keys in one text, made once. */
  readonly #addedProperties: string;
  readonly #asciiMessages: AsciiMessages;

  constructor(parts: SendParts) {
    this.#parts = parts;
    this.#checks = new SendChecks(parts);
    this.#answers = new SendAnswers(parts);
    this.#addedProperties = this.#propertiesToAdd();
    this.#asciiMessages = new AsciiMessages(this.#addedProperties);
    this.#message = {
      topic: '',
      place: undefined,
      queueId: 0,
      flag: 0,
      sysFlag: 0,
      bornTimestamp: 0,
      bornHost: EMPTY_BODY,
      reconsumeTimes: 0,
      preparedTransactionOffset: 0,
      body: EMPTY_BODY,
      properties: '',
      ascii: undefined,
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
    const topic = this.#checks.mustTopic(header, exchange);
    const queueId = header.queueId < 0 ? this.#parts.random.nextInt(topic.writeQueueNums) : header.queueId;
    const message = this.#message;
    // The table's own text: every table that is asked by it has met it, and compares addresses instead of letters.
    message.topic = topic.name;
    message.place = topic.place;
    message.queueId = queueId;
    message.flag = header.flag;
    message.sysFlag = topic.isMultiTag ? header.sysFlag | MessageSysFlag.MULTI_TAGS : header.sysFlag;
    message.bornTimestamp = header.bornTimestamp;
    message.bornHost = exchange.connection.remoteHost.bytes;
    message.reconsumeTimes = header.reconsumeTimes ?? 0;
    message.body = exchange.command.body ?? EMPTY_BODY;
    message.ascii = undefined;
    if (header.batch === true) this.#putBatch(header, topic, exchange);
    else if (!this.#putAscii(header, topic, exchange)) this.#putOne(header, topic, exchange);
    return undefined;
  }

  /** As `#putOne`, for nearly all messages; false for one of which more is to be known. */
  #putAscii({ properties }: SendHeader, sendTopic: SendTopic, exchange: SendExchange): boolean {
    if (typeof properties !== 'object' || sendTopic.isRetry || sendTopic.isCompacted) return false;
    const message = this.#message;
    const uniqKey = this.#asciiMessages.read(properties, message);
    if (uniqKey === undefined) return false;
    this.#parts.store.put(message, new SendWaiter(this.#answers, exchange, sendTopic.puts, message.queueId, uniqKey));
    return true;
  }

  #putOne(header: SendHeader, sendTopic: SendTopic, exchange: SendExchange): void {
    const message = this.#message;
    const scanner = this.#scanner;
    let properties = String(header.properties ?? '');
    scanner.scan(properties);
    if (scanner.has(Slot.PopCk)) properties = removeProperty(properties, MessageConst.PROPERTY_POP_CK);
    let delayLevel = this.#delayLevel(header.reconsumeTimes ?? 0);
    if (sendTopic.isRetry && this.#redirectExhaustedRetry(header, exchange)) {
      properties = setProperty(properties, MessageConst.PROPERTY_DELAY_TIME_LEVEL, '-1');
      delayLevel = 0;
    }
    const keys = scanner.value(Slot.Keys);
    if (keys === undefined && sendTopic.isCompacted) {
      throw new RocketMQError(ResponseCode.MESSAGE_ILLEGAL, 'Required message key is missing');
    }
    let uniqKey = scanner.value(Slot.UniqKey);
    if (uniqKey === undefined) {
      uniqKey = this.#parts.uniqueIds.next();
      properties = setProperty(properties, MessageConst.PROPERTY_UNIQ_CLIENT_MESSAGE_ID_KEYIDX, uniqKey);
    }
    const liteTopic = scanner.value(Slot.LiteTopic);
    if (liteTopic !== undefined) properties = withLiteTopic(properties, header.topic, liteTopic);
    const priority = scanner.value(Slot.Priority);
    if (priority !== undefined) {
      const place = placeByPriority(properties, priority, sendTopic.config);
      properties = place.properties;
      message.queueId = place.queueId ?? message.queueId;
    }
    message.keys = keys;
    message.uniqKey = uniqKey;
    message.tags = scanner.value(Slot.Tags);
    message.tagsCode = tagsCode(message.tags);
    message.waitStoreMsgOk = scanner.value(Slot.Wait)?.toLowerCase() !== 'false';
    message.properties = this.#withBrokerProperties(properties);
    const { topic, queueId } = message;
    const contradicts = scanner.has(Slot.InnerNum) && (message.sysFlag & MessageSysFlag.INNER_BATCH) === 0;
    let refusal: PutMessageStatus | undefined = contradicts ? 'MESSAGE_ILLEGAL' : undefined;
    let recallHandle: string | undefined;
    if (delayLevel > 0) this.#parts.delayLevels.postpone(message, delayLevel);
    else if (this.#asksForTime()) {
      const outcome = this.#parts.timedMessages.postpone(message);
      if (outcome !== undefined && 'refused' in outcome) refusal ??= outcome.refused;
      else if (outcome !== undefined) recallHandle = this.#recallHandle(topic, uniqKey, outcome.outMs);
    }
    const puts = message.topic === sendTopic.name ? sendTopic.puts : this.#parts.stats.putsOf(message.topic);
    const waiter = new SendWaiter(this.#answers, exchange, puts, queueId, uniqKey);
    waiter.recallHandle = recallHandle;
    if (refusal === undefined) this.#parts.store.put(message, waiter);
    else waiter.putDone(refusal, undefined);
  }

  /** The properties of a batch's header hold for the batch; those of its messages are in the body. */
  #putBatch(header: SendHeader, sendTopic: SendTopic, exchange: SendExchange): void {
    const { topic } = header;
    if (topic.length > MAX_BATCH_TOPIC_CHARS) {
      throw new RocketMQError(ResponseCode.MESSAGE_ILLEGAL, `message topic length too long ${topic.length}`);
    }
    if (isRetryTopic(topic)) {
      throw new RocketMQError(ResponseCode.MESSAGE_ILLEGAL, `batch request does not support retry group ${topic}`);
    }
    const message = this.#message;
    const properties = String(header.properties ?? '');
    message.keys = undefined;
    message.uniqKey = undefined;
    message.tags = undefined;
    message.tagsCode = 0;
    message.waitStoreMsgOk =
      findProperty(properties, MessageConst.PROPERTY_WAIT_STORE_MSG_OK)?.toLowerCase() !== 'false';
    this.#scanner.scan(properties);
    message.properties = this.#withBrokerProperties(properties);
    // The reference takes it and loses the messages: they do not carry the properties of their batch.
    if (parseLevel(this.#scanner.value(Slot.DelayLevel)) > 0 || this.#asksForTime()) {
      throw new RocketMQError(ResponseCode.MESSAGE_ILLEGAL, 'TimeDelayLevel is not supported for batching');
    }
    const uniqKey = this.#scanner.value(Slot.UniqKey);
    if (uniqKey !== undefined && storesBatchesWhole(sendTopic.config)) {
      this.#putInnerBatch(uniqKey, sendTopic, exchange);
      return;
    }
    const waiter = new SendWaiter(this.#answers, exchange, sendTopic.puts, message.queueId, undefined);
    this.#parts.store.putBatch(message, waiter);
  }

  /** The batch that `#putBatch` has prepared, as one record. Clients that know of it give the batch a unique id. */
  #putInnerBatch(uniqKey: string, sendTopic: SendTopic, exchange: SendExchange): void {
    const message = this.#message;
    message.uniqKey = uniqKey;
    message.keys = this.#scanner.value(Slot.Keys);
    message.tags = this.#scanner.value(Slot.Tags);
    message.tagsCode = tagsCode(message.tags);
    makeInnerBatch(message);
    const waiter = new SendWaiter(this.#answers, exchange, sendTopic.puts, message.queueId, uniqKey);
    waiter.batchUniqId = uniqKey;
    this.#parts.store.put(message, waiter);
  }

  /** The level of the message that was scanned last, 0 for none. What asks for a transaction must not be delivered now. */
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
    return Math.max(0, level);
  }

  #asksForTime(): boolean {
    const scanner = this.#scanner;
    return scanner.has(Slot.TimerDelaySec) || scanner.has(Slot.TimerDelayMs) || scanner.has(Slot.TimerDeliverMs);
  }

  /** Any moment of the message's slot finds it; a retry can not be taken back. Source: SendMessageProcessor#attachRecallHandle. */
  #recallHandle(topic: string, messageId: string, outMs: number): string | undefined {
    if (isRetryTopic(topic)) return undefined;
    const { brokerName } = this.#parts.config;
    return encodeRecallMessageHandle({ topic, brokerName, timestamp: String(outMs + 1), messageId });
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
}
