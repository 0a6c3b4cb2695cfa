/** Hands messages that could not be consumed back to the broker, which delivers them to the group again later. */
import { encodeProperties, MessageConst, PredefinedGroup, retryTopicOf } from '@rocketmq-ts/common';
import { CONSUMER_SEND_MSG_BACK, RemotingError } from '@rocketmq-ts/remoting';
import type { ClientInstance } from '../client-instance.js';
import { ClientError } from '../errors.js';
import { MessageSender, type Sendable } from '../producer/message-sender.js';
import { DEFAULT_TOPIC, resolveProducerOptions } from '../producer/producer-options.js';
import { SendAttempts } from '../producer/send-attempts.js';
import { isLogicalBroker } from '../route/static-topic.js';
import { mustSucceed } from './broker-calls.js';
import type { ReceivedMessage } from './received-message.js';

const SEND_BACK_TIMEOUT_MS = 5000;
/** The delay level after the first failure: 10 seconds. */
const FIRST_RETRY_LEVEL = 3;

export interface SendBackOptions {
  readonly client: ClientInstance;
  /** With the namespace. */
  readonly group: string;
  /** Deliveries after which the message goes to the dead letter queue. */
  readonly maxReconsumeTimes: number;
  /** The topic with its namespace. */
  readonly inward: (topic: string) => string;
}

/** Source: DefaultMQPushConsumerImpl#sendMessageBack. */
export class SendBack {
  readonly #options: SendBackOptions;
  readonly #attempts: SendAttempts;

  constructor(options: SendBackOptions) {
    this.#options = options;
    const { client } = options;
    const producer = resolveProducerOptions({});
    const { defaultTopicQueueNums } = producer;
    const sender = new MessageSender(client, {
      group: PredefinedGroup.CLIENT_INNER_PRODUCER,
      defaultTopic: DEFAULT_TOPIC,
      defaultTopicQueueNums,
    });
    this.#attempts = new SendAttempts({ client, sender, options: producer, faults: undefined });
  }

  /**
   * Asks the broker that holds the message to deliver it again. `delayLevel`: 0
   * lets the broker choose, by the number of deliveries; negative means the
   * dead letter queue at once. When the broker cannot, the message is sent anew to the topic of the group's retries.
   *
   * @throws SendFailedError and its like when that fails too
   */
  async handBack(message: ReceivedMessage<unknown>, delayLevel: number): Promise<void> {
    if (!isLogicalBroker(message.queue.brokerName)) {
      try {
        await this.#request(message, delayLevel);
        return;
      } catch (error) {
        if (!(error instanceof ClientError) && !(error instanceof RemotingError)) throw error;
        const { logger } = this.#options.client.options;
        logger.warn('broker does not take a message back', { message: message.messageId, ...message.queue, error });
      }
    }
    await this.sendAnew(message, message.reconsumeTimes + 1);
  }

  /** Sends the message to the topic of the group's retries; the broker moves it to the dead letters when it has been delivered often enough. */
  async sendAnew(message: ReceivedMessage<unknown>, reconsumeTimes: number): Promise<void> {
    const { group, maxReconsumeTimes, inward } = this.#options;
    const properties = new Map(message.properties);
    properties.delete(MessageConst.PROPERTY_TRANSACTION_PREPARED);
    properties.set(MessageConst.PROPERTY_RETRY_TOPIC, inward(message.topic));
    if (!properties.has(MessageConst.PROPERTY_ORIGIN_MESSAGE_ID)) {
      properties.set(MessageConst.PROPERTY_ORIGIN_MESSAGE_ID, message.messageId);
    }
    properties.set(MessageConst.PROPERTY_DELAY_TIME_LEVEL, String(FIRST_RETRY_LEVEL + message.reconsumeTimes));
    const sendable: Sendable = {
      topic: retryTopicOf(group),
      body: message.body,
      propertiesText: encodeProperties(properties),
      messageId: message.messageId,
      flag: message.flag,
      reconsumeTimes,
      maxReconsumeTimes,
    };
    await this.#attempts.send(sendable, { timeoutMs: SEND_BACK_TIMEOUT_MS });
  }

  async #request(message: ReceivedMessage<unknown>, delayLevel: number): Promise<void> {
    const { client, group, maxReconsumeTimes, inward } = this.#options;
    const address = await client.routes.mustMasterOf(message.queue);
    const answer = await client.remoting.invoke(
      address,
      CONSUMER_SEND_MSG_BACK,
      {
        offset: message.commitLogOffset,
        group,
        delayLevel,
        originMsgId: message.messageId,
        originTopic: inward(message.topic),
        unitMode: false,
        maxReconsumeTimes,
        bname: client.routes.brokerNameOf(message.queue),
      },
      { timeoutMs: SEND_BACK_TIMEOUT_MS },
    );
    mustSucceed(answer, `handing back of message ${message.messageId}`);
  }
}
