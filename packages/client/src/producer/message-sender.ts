/** One try to store a message in one queue: request, answer, result. Knows nothing of retries. */
import { type Compressor, compressionFlag, MessageConst, type MessageQueue, MessageSysFlag } from '@rocketmq-ts/common';
import {
  type RemotingResponse,
  ResponseCode,
  SEND_BATCH_MESSAGE,
  SEND_MESSAGE_V2,
  SEND_REPLY_MESSAGE_V2,
  type SendMessageRequestHeaderV2,
  type SendMessageResponseHeader,
  V5_0_0,
} from '@rocketmq-ts/remoting';
import type { ClientInstance } from '../client-instance.js';
import { BrokerError } from '../errors.js';
import { settledWithin } from '../lifetime.js';
import { DEFAULT_REGION_ID, type SendResult, type SendStatus } from './send-result.js';

/** What travels in one request: a message, or a batch of them as one body. */
export interface Sendable {
  /** With the namespace. */
  readonly topic: string;
  readonly body: Uint8Array;
  readonly propertiesText: string;
  readonly messageId: string;
  readonly flag: number;
  readonly isBatch?: boolean;
  /** The unique id that lets a topic of batches store them as one message. */
  readonly batchId?: string;
  /** The answer to a request: the broker passes it on to whoever asked. */
  readonly isReply?: boolean;
  /** Further bits of the system flag. */
  readonly sysFlag?: number;
  /** Of messages that a consumer group gets again. */
  readonly reconsumeTimes?: number;
  readonly maxReconsumeTimes?: number;
}

export interface SenderOptions {
  /** With the namespace. */
  readonly group: string;
  readonly defaultTopic: string;
  readonly defaultTopicQueueNums: number;
}

export interface AttemptOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Source: DefaultMQProducerImpl#sendKernelImpl, MQClientAPIImpl#processSendResponse. */
export class MessageSender {
  readonly #client: ClientInstance;
  readonly #options: SenderOptions;

  constructor(client: ClientInstance, options: SenderOptions) {
    this.#client = client;
    this.#options = options;
  }

  /**
   * Sends and waits for the acknowledgement.
   *
   * @throws BrokerError, BrokerNotFoundError and the errors of remoting
   */
  async send(message: Sendable, queue: MessageQueue, options: AttemptOptions): Promise<SendResult> {
    const address = this.#master(queue) ?? (await this.#client.routes.mustMasterOf(queue));
    const command = commandOf(message);
    let { propertiesText } = message;
    let { timeoutMs } = options;
    if (message.batchId !== undefined) {
      const startMs = this.#client.ports.clock.monotonicMs();
      propertiesText = await this.#batchProperties(message, address, timeoutMs);
      timeoutMs = Math.max(1, timeoutMs - (this.#client.ports.clock.monotonicMs() - startMs));
    }
    const answer = await this.#client.remoting.invoke(address, command, this.#header(message, queue, propertiesText), {
      timeoutMs,
      body: message.body,
      signal: options.signal,
    });
    return resultOf(answer, message, queue);
  }

  /** Sends without an acknowledgement: resolves when the message was handed to the connection. */
  async sendOneway(message: Sendable, queue: MessageQueue, options: AttemptOptions): Promise<void> {
    const address = this.#master(queue) ?? (await this.#client.routes.mustMasterOf(queue));
    const command = commandOf(message);
    await this.#client.remoting.oneway(address, command, this.#header(message, queue, message.propertiesText), {
      timeoutMs: options.timeoutMs,
      body: message.body,
    });
  }

  #master(queue: MessageQueue): string | undefined {
    const { routes } = this.#client;
    return routes.masterAddress(routes.brokerNameOf(queue));
  }

  /** Brokers of the 4.x line would give all messages of the batch its id. */
  async #batchProperties({ batchId, propertiesText }: Sendable, address: string, timeoutMs: number): Promise<string> {
    const { ports } = this.#client;
    const asking = this.#client.brokerVersion(address);
    const version = (await settledWithin(ports.clock, asking, timeoutMs)) ? await asking : undefined;
    if (version === undefined || version < V5_0_0) return propertiesText;
    return `${propertiesText}${MessageConst.PROPERTY_UNIQ_CLIENT_MESSAGE_ID_KEYIDX}\u0001${batchId}\u0002`;
  }

  #header(message: Sendable, queue: MessageQueue, properties: string): SendMessageRequestHeaderV2 {
    const { group, defaultTopic, defaultTopicQueueNums } = this.#options;
    return {
      producerGroup: group,
      topic: message.topic,
      defaultTopic,
      defaultTopicQueueNums,
      queueId: queue.queueId,
      sysFlag: message.sysFlag ?? 0,
      bornTimestamp: this.#client.ports.clock.now(),
      flag: message.flag,
      properties,
      reconsumeTimes: message.reconsumeTimes ?? 0,
      unitMode: this.#client.options.unitMode,
      maxReconsumeTimes: message.maxReconsumeTimes,
      batch: message.isBatch ?? false,
      brokerName: this.#client.routes.brokerNameOf(queue),
    };
  }
}

function commandOf({ isBatch, isReply }: Sendable): typeof SEND_MESSAGE_V2 {
  if (isBatch === true) return SEND_BATCH_MESSAGE;
  return isReply === true ? SEND_REPLY_MESSAGE_V2 : SEND_MESSAGE_V2;
}

/** The message with its body compressed. */
export function compressed(message: Sendable, compressor: Compressor, level: number): Sendable {
  return {
    ...message,
    body: compressor.compress(message.body, level),
    sysFlag: (message.sysFlag ?? 0) | MessageSysFlag.COMPRESSED | compressionFlag(compressor.type),
  };
}

function resultOf(
  answer: RemotingResponse<SendMessageResponseHeader>,
  message: Sendable,
  queue: MessageQueue,
): SendResult {
  const status = statusOf(answer.code);
  if (status === undefined) {
    const what = `send to queue ${queue.queueId} of topic '${message.topic}' on broker '${queue.brokerName}'`;
    throw new BrokerError(answer.code, answer.remark, answer.address, what);
  }
  const header = answer.header();
  const isSameQueue = header.queueId === queue.queueId;
  return {
    status,
    messageId: header.batchUniqId ?? message.messageId,
    offsetMessageId: header.msgId,
    queue: isSameQueue ? queue : { topic: queue.topic, brokerName: queue.brokerName, queueId: header.queueId },
    queueOffset: header.queueOffset,
    transactionId: header.transactionId,
    recallHandle: header.recallHandle,
    regionId: header.regionId || DEFAULT_REGION_ID,
    traceOn: header.traceOn !== false,
  };
}

function statusOf(code: number): SendStatus | undefined {
  switch (code) {
    case ResponseCode.SUCCESS:
      return 'SEND_OK';
    case ResponseCode.FLUSH_DISK_TIMEOUT:
      return 'FLUSH_DISK_TIMEOUT';
    case ResponseCode.FLUSH_SLAVE_TIMEOUT:
      return 'FLUSH_SLAVE_TIMEOUT';
    case ResponseCode.SLAVE_NOT_AVAILABLE:
      return 'SLAVE_NOT_AVAILABLE';
    default:
      return undefined;
  }
}
