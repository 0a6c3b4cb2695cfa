/** Sending messages from commands: a producer of the client package, loaded only by the commands that send. */

import { keysOf, type Producer, type SendResult, tagsOf } from '@rocketmq-ts/client';
import { MessageConst, type MessageExt } from '@rocketmq-ts/common';
import type { CommandContext } from './command.js';
import { queueText } from './message/message-text.js';

/** Works with a producer and closes it, also after a failure. */
export async function withProducer<T>(
  { nameServers, credentials }: CommandContext,
  { group, unitName }: { readonly group: string; readonly unitName?: string | undefined },
  work: (producer: Producer) => Promise<T>,
): Promise<T> {
  const { Producer: ProducerClass } = await import('@rocketmq-ts/client');
  const options = { nameServers, group, retries: 2, ...(unitName === undefined ? {} : { unitName }) };
  const producer = new ProducerClass(credentials === undefined ? options : { ...options, credentials });
  try {
    return await work(producer);
  } finally {
    await producer.close();
  }
}

/** Source: SendResult#toString. */
export function sendResultText(result: SendResult): string {
  const { status, messageId, offsetMessageId, queue, queueOffset, recallHandle } = result;
  return (
    `SendResult [sendStatus=${status}, msgId=${messageId}, offsetMsgId=${offsetMessageId}, messageQueue=${queueText(queue)}` +
    `, queueOffset=${queueOffset}, recallHandle=${recallHandle ?? null}]`
  );
}

/** Properties that belong to the stored copy of a message, not to what its sender wanted. */
const OF_THE_COPY: ReadonlySet<string> = new Set([
  MessageConst.PROPERTY_UNIQ_CLIENT_MESSAGE_ID_KEYIDX,
  MessageConst.PROPERTY_KEYS,
  MessageConst.PROPERTY_TAGS,
  MessageConst.PROPERTY_WAIT_STORE_MSG_OK,
  ...['MSG_REGION', 'TRACE_ON', 'CLUSTER', 'MIN_OFFSET', 'MAX_OFFSET', '__CRC32#'],
]);

/** Sends a stored message once more, under a new id. */
export async function resend({ out }: CommandContext, producer: Producer, message: MessageExt): Promise<void> {
  const tag = tagsOf(message);
  const keys = keysOf(message);
  const properties = Object.fromEntries([...message.properties].filter(([name]) => !OF_THE_COPY.has(name)));
  const result = await producer.send({
    topic: message.topic,
    body: message.body,
    ...(tag === undefined ? {} : { tag }),
    ...(keys === undefined ? {} : { keys: keys.split(' ') }),
    properties,
  });
  out.report(
    { originalMsgId: message.msgId, ...result },
    'prepare resend msg. originalMsgId=%s%s',
    message.msgId,
    sendResultText(result),
  );
}

/** Text of `length` bytes. */
export function filler(length: number): string {
  return 'a'.repeat(Math.max(0, length));
}
