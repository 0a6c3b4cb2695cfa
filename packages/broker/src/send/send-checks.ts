/** Whether a message may be sent where it wants to go; makes the topic when it is missing and may be made. */
import {
  isRetryTopic,
  isWriteable,
  PermName,
  RocketMQError,
  type TopicConfig,
  TopicSysFlag,
  validateTopic,
} from '@rocketmq-ts/common';
import { ResponseCode } from '@rocketmq-ts/remoting';
import { SUGGEST_FAQ } from '../processor/faq.js';
import type { SendExchange, SendHeader, SendParts } from './send-parts.js';
import { type SendTopic, SendTopics } from './send-topics.js';

/** Source: AbstractSendMessageProcessor#msgCheck, SendMessageProcessor#preSend. */
export class SendChecks {
  readonly #parts: Pick<SendParts, 'config' | 'clock' | 'topics'>;
  readonly #topics: SendTopics;

  constructor(parts: Pick<SendParts, 'config' | 'clock' | 'topics' | 'store' | 'stats'>) {
    this.#parts = parts;
    this.#topics = new SendTopics(parts);
  }

  /** The topic that the message goes to; a refusal is thrown as RocketMQError. */
  mustTopic(header: SendHeader, exchange: SendExchange): SendTopic {
    this.#mustAccept();
    const { config, topics } = this.#parts;
    const { topic } = header;
    if (!isWriteable(config.brokerPermission) && topics.isOrderTopic(topic)) {
      throw new RocketMQError(
        ResponseCode.NO_PERMISSION,
        `the broker[${config.brokerIP1}] sending message is forbidden`,
      );
    }
    // A topic that is configured passed the checks of its name when it was made.
    const sendTopic = this.#topics.find(topic) ?? this.#topics.of(this.#createTopic(header, exchange));
    if (sendTopic.isForbidden) {
      throw new RocketMQError(ResponseCode.NO_PERMISSION, `Sending message to topic[${topic}] is forbidden.`);
    }
    if (header.queueId >= sendTopic.queueNums) {
      const topicConfig = sendTopic.config;
      throw new RocketMQError(
        ResponseCode.INVALID_PARAMETER,
        `request queueId[${header.queueId}] is illegal, topic ${topic} has ${topicConfig.writeQueueNums} write and ${topicConfig.readQueueNums} read queues. Producer: ${exchange.connection.remoteAddress}`,
      );
    }
    return sendTopic;
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

  #mustAccept(): void {
    const from = this.#parts.config.startAcceptSendRequestTimeStamp;
    if (from > 0 && this.#parts.clock.now() < from) {
      throw new RocketMQError(
        ResponseCode.SYSTEM_ERROR,
        `broker unable to service, until ${new Date(from).toISOString()}`,
      );
    }
  }
}
