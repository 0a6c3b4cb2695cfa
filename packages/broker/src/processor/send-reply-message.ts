/** SEND_REPLY_MESSAGE and its V2: delivers a reply to the producer that waits for it. */
import {
  type Clock,
  findProperty,
  HostAddress,
  MessageConst,
  type Random,
  RocketMQError,
  setProperty,
  type TopicConfig,
  tagsCode,
} from '@rocketmq-ts/common';
import {
  type Answer,
  codecOf,
  type Exchange,
  type Processor,
  PUSH_REPLY_MESSAGE_TO_CLIENT,
  processor,
  RemotingError,
  ReplyMessageRequestHeader,
  ResponseCode,
  SEND_REPLY_MESSAGE,
  SEND_REPLY_MESSAGE_V2,
  type SendMessageRequestHeader,
  type SendMessageResponseHeader,
} from '@rocketmq-ts/remoting';
import type { AppendResult, PutMessage, PutMessageStatus, Store } from '@rocketmq-ts/store';
import type { ProducerManager } from '../client/producer-manager.js';
import type { BrokerConfig } from '../config.js';
import type { TopicConfigManager } from '../topic/topic-config-manager.js';
import { callClient } from './call-client.js';
import { SUGGEST_FAQ } from './faq.js';
import { Lanes } from './lanes.js';

export interface SendReplyMessageParts {
  readonly config: Pick<BrokerConfig, 'regionId' | 'storeReplyMessageEnable' | 'traceOn'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly topics: Pick<TopicConfigManager, 'select'>;
  readonly producers: Pick<ProducerManager, 'findConnection'>;
  readonly store: Pick<Store, 'put'>;
  readonly storeHost: Uint8Array;
}

type ReplyAnswer = Answer<SendMessageResponseHeader>;
type ReplyExchange = Exchange<SendMessageResponseHeader>;
type ReceivedHeader = Omit<SendMessageRequestHeader, 'lo' | 'ns' | 'nsd' | 'bname' | 'oway' | 'topicSysFlag'>;
type ReplyHeader = ReceivedHeader & { readonly properties: string };

const HEADER_CODEC = codecOf(ReplyMessageRequestHeader);

/** Source: ReplyMessageProcessor. */
export function sendReplyMessageProcessors(parts: SendReplyMessageParts): Processor[] {
  const relay = new ReplyRelay(parts);
  return [
    processor(SEND_REPLY_MESSAGE, Lanes.REPLY, (header, exchange) => relay.run(header, exchange)),
    processor(SEND_REPLY_MESSAGE_V2, Lanes.REPLY, (header, exchange) => relay.run(header, exchange)),
  ];
}

class ReplyRelay {
  readonly #parts: SendReplyMessageParts;
  readonly #storeHostText: string;

  constructor(parts: SendReplyMessageParts) {
    this.#parts = parts;
    this.#storeHostText = HostAddress.fromBytes(parts.storeHost).toString();
  }

  async run(received: ReceivedHeader, exchange: ReplyExchange): Promise<ReplyAnswer> {
    const header: ReplyHeader = { ...received, properties: String(received.properties ?? '') };
    const topic = this.#mustTopic(header, exchange);
    const body = Buffer.from(exchange.command.body ?? []);
    const queueId = header.queueId < 0 ? this.#parts.random.nextInt(Math.max(1, topic.writeQueueNums)) : header.queueId;
    const failure = await this.#push(header, exchange, body);
    const stored = this.#parts.config.storeReplyMessageEnable
      ? await this.#store(header, exchange, { body, queueId })
      : undefined;
    if (failure !== undefined) return { code: ResponseCode.SYSTEM_ERROR, remark: failure };
    const { regionId, traceOn } = this.#parts.config;
    // The id is of no use to anybody, but clients decode it.
    const msgId = stored === undefined ? '0' : this.#msgId(stored);
    const queueOffset = stored?.queueOffset ?? 0;
    return { code: ResponseCode.SUCCESS, header: { msgId, queueId, queueOffset, regionId, traceOn } };
  }

  #mustTopic({ topic, queueId }: ReplyHeader, exchange: ReplyExchange): TopicConfig {
    const config = this.#parts.topics.select(topic);
    if (config === undefined) {
      throw new RocketMQError(
        ResponseCode.TOPIC_NOT_EXIST,
        `topic[${topic}] not exist, apply first please!${SUGGEST_FAQ}`,
      );
    }
    if (queueId >= Math.max(config.writeQueueNums, config.readQueueNums)) {
      throw new RocketMQError(
        ResponseCode.INVALID_PARAMETER,
        `request queueId[${queueId}] is illegal, topic ${topic}. Producer: ${exchange.connection.remoteAddress}`,
      );
    }
    return config;
  }

  /** What went wrong, or undefined when the producer has the reply. */
  async #push(header: ReplyHeader, exchange: ReplyExchange, body: Buffer): Promise<string | undefined> {
    const { properties } = header;
    const clientId = findProperty(properties, MessageConst.PROPERTY_MESSAGE_REPLY_TO_CLIENT);
    if (clientId === undefined) {
      return `reply message properties[${MessageConst.PROPERTY_MESSAGE_REPLY_TO_CLIENT}] is null`;
    }
    const connection = this.#parts.producers.findConnection(clientId);
    if (connection === undefined) return `push reply message fail, channel of <${clientId}> not found.`;
    const nowMs = this.#parts.clock.now();
    const { code, name } = PUSH_REPLY_MESSAGE_TO_CLIENT;
    const values = {
      ...header,
      properties: setProperty(properties, MessageConst.PROPERTY_PUSH_REPLY_TIME, String(nowMs)),
      bornHost: exchange.connection.remoteAddress,
      storeHost: this.#storeHostText,
      storeTimestamp: nowMs,
    };
    try {
      const answer = await callClient(connection, { code, name, codec: HEADER_CODEC, values, body });
      return answer.code === ResponseCode.SUCCESS ? undefined : `push reply message to ${clientId}fail.`;
    } catch (error) {
      if (!(error instanceof RemotingError)) throw error;
      return `push reply message to ${clientId}fail.`;
    }
  }

  #store(
    header: ReplyHeader,
    exchange: ReplyExchange,
    { body, queueId }: { body: Buffer; queueId: number },
  ): Promise<AppendResult | undefined> {
    const { properties } = header;
    const tags = findProperty(properties, MessageConst.PROPERTY_TAGS);
    const message: PutMessage = {
      topic: header.topic,
      queueId,
      flag: header.flag,
      sysFlag: header.sysFlag,
      bornTimestamp: header.bornTimestamp,
      bornHost: exchange.connection.remoteHost.bytes,
      reconsumeTimes: header.reconsumeTimes ?? 0,
      preparedTransactionOffset: 0,
      body,
      properties,
      tagsCode: tagsCode(tags),
      keys: findProperty(properties, MessageConst.PROPERTY_KEYS),
      uniqKey: findProperty(properties, MessageConst.PROPERTY_UNIQ_CLIENT_MESSAGE_ID_KEYIDX),
      tags,
      waitStoreMsgOk: true,
    };
    return new Promise((resolve) => {
      this.#parts.store.put(message, {
        putDone: (_status: PutMessageStatus, result: AppendResult | undefined) => resolve(result),
      });
    });
  }

  #msgId({ physicalOffset }: AppendResult): string {
    const host = Buffer.from(this.#parts.storeHost).toString('hex');
    return (host + physicalOffset.toString(16).padStart(16, '0')).toUpperCase();
  }
}
