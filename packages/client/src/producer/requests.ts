/** Request and reply: a message that asks for an answer, and the answer's way back. */
import { MessageConst, type MessageQueue, replyTopicOf } from '@rocketmq-ts/common';
import type { ClientInstance } from '../client-instance.js';
import { bytes, type Codec } from '../codec.js';
import { ReceivedMessage } from '../consumer/received-message.js';
import { needsLoading } from '../consumer/record-decoding.js';
import { InvalidArgumentError, ReplyTimeoutError } from '../errors.js';
import type { SystemProperties } from './outgoing-message.js';
import type { SendOptions } from './producer-options.js';
import type { SendResult } from './send-result.js';

/** How a request is sent, and how its reply is read. */
export interface RequestOptions<T, R> extends SendOptions<T> {
  /** From `request` until the reply. Default: that of sends. */
  readonly timeoutMs?: number;
  /** How the `value` of the reply is read. Default: the bytes. */
  readonly replyCodec?: Codec<R>;
}

/** What a reply has to repeat of its request. */
export interface ReplyAddress {
  /** Brokers of the request's cluster pass replies on that are sent to it. */
  readonly topic: string;
  readonly properties: SystemProperties;
}

/** What a message tells that can be replied to. */
export type Repliable = Pick<ReceivedMessage<unknown>, 'messageId' | 'property'>;

const REPLY_MESSAGE_FLAG = 'reply';

/** Source: MessageUtil#createReplyMessage. @throws InvalidArgumentError when the message does not ask for a reply */
export function replyAddressOf(request: Repliable): ReplyAddress {
  const must = (name: string): string => {
    const value = request.property(name);
    if (value !== undefined) return value;
    throw new InvalidArgumentError(`message ${request.messageId} asks for no reply: it has no property '${name}'`);
  };
  const ttl = request.property(MessageConst.PROPERTY_MESSAGE_TTL);
  const copied: [string, string][] = [
    [MessageConst.PROPERTY_MESSAGE_TYPE, REPLY_MESSAGE_FLAG],
    [MessageConst.PROPERTY_CORRELATION_ID, must(MessageConst.PROPERTY_CORRELATION_ID)],
    [MessageConst.PROPERTY_MESSAGE_REPLY_TO_CLIENT, must(MessageConst.PROPERTY_MESSAGE_REPLY_TO_CLIENT)],
  ];
  if (ttl !== undefined) copied.push([MessageConst.PROPERTY_MESSAGE_TTL, ttl]);
  return { topic: replyTopicOf(must(MessageConst.PROPERTY_CLUSTER)), properties: copied };
}

export interface Request<R> {
  /** As the application names it. */
  readonly topic: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly codec: Codec<R> | undefined;
  readonly topicOf: (storedTopic: string) => string;
  /** Sends the message with these properties. */
  readonly send: (system: SystemProperties) => Promise<SendResult>;
}

/** Sends a request and waits for the reply. Source: DefaultMQProducerImpl#request. */
export async function requestAndWait<R>(client: ClientInstance, request: Request<R>): Promise<ReceivedMessage<R>> {
  const { topic, timeoutMs, signal, codec, topicOf, send } = request;
  const correlationId = client.uniqueIds.next();
  let queue: MessageQueue | undefined;
  const late = (): Error => new ReplyTimeoutError(topic, queue, timeoutMs);
  const reply = client.replies.expect(correlationId, { timeoutMs, signal, late });
  send([
    [MessageConst.PROPERTY_CORRELATION_ID, correlationId],
    [MessageConst.PROPERTY_MESSAGE_REPLY_TO_CLIENT, client.clientId],
    [MessageConst.PROPERTY_MESSAGE_TTL, String(timeoutMs)],
  ]).then(
    (result) => {
      queue = result.queue;
    },
    (error: unknown) => client.replies.fail(correlationId, error),
  );
  const record = await reply;
  if (needsLoading(record.sysFlag)) await client.compressors.loadAll();
  const source = { codec: codec ?? (bytes as Codec<unknown> as Codec<R>), compressors: client.compressors, topicOf };
  return new ReceivedMessage<R>(record, { topic: record.topic, brokerName: '', queueId: record.queueId }, source, 0);
}
