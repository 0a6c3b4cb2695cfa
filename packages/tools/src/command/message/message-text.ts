/** Messages as the reference prints them, and as JSON. */

import { isUtf8 } from 'node:buffer';
import { keysOf, tagsOf, uniqueIdOf } from '@rocketmq-ts/client';
import type { MessageExt, MessageQueue } from '@rocketmq-ts/common';
import { UsageError } from '../../cli/parse-options.js';

function mapText(map: ReadonlyMap<string, string>): string {
  return `{${Array.from(map, ([key, value]) => `${key}=${value}`).join(', ')}}`;
}

/** Properties as Java prints a map: `{a=1, b=2}`. */
export function propertiesText({ properties }: MessageExt): string {
  return mapText(properties);
}

/** All of a message in one line. Source: MessageExt#toString. */
export function messageText(message: MessageExt): string {
  const { topic, flag, properties, body, transactionId, bornHost, storeHost } = message;
  const bytes = Array.from(body, (byte) => (byte << 24) >> 24).join(', ');
  const inner =
    `Message{topic='${topic}', flag=${flag}, properties=${mapText(properties)}` +
    `, body=[${bytes}], transactionId='${transactionId ?? null}'}`;
  return (
    `MessageExt [brokerName=${message.brokerName ?? null}, queueId=${message.queueId}, storeSize=${message.storeSize}` +
    `, queueOffset=${message.queueOffset}, sysFlag=${message.sysFlag}, bornTimestamp=${message.bornTimestamp}` +
    `, bornHost=/${bornHost}, storeTimestamp=${message.storeTimestamp}, storeHost=/${storeHost}` +
    `, msgId=${message.msgId}, commitLogOffset=${message.commitLogOffset}, bodyCRC=${message.bodyCRC}` +
    `, reconsumeTimes=${message.reconsumeTimes}, preparedTransactionOffset=${message.preparedTransactionOffset}` +
    `, toString()=${inner}]`
  );
}

/** The JSON of a message: the body as text where it is UTF-8, else in base 64. */
export function messageJson(message: MessageExt): object {
  const { body, bornHost, storeHost, msgId, transactionId: _, ...rest } = message;
  return {
    msgId: uniqueIdOf(message),
    offsetMsgId: msgId,
    tags: tagsOf(message),
    keys: keysOf(message),
    ...rest,
    bornHost: bornHost.toString(),
    storeHost: storeHost.toString(),
    ...(isUtf8(body) ? { body: body.toString('utf8') } : { bodyBase64: body.toString('base64') }),
  };
}

/** A decoder of bodies. @throws UsageError for a character set that nobody knows */
export function bodyDecoder(charset: string): (message: MessageExt) => string {
  try {
    const decoder = new TextDecoder(charset);
    return ({ body }) => decoder.decode(body);
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(`'${charset}' is no known character set`);
    throw error;
  }
}

/** The queue as the reference's consumers print it. */
export function queueText({ topic, brokerName, queueId }: MessageQueue): string {
  return `MessageQueue [topic=${topic}, brokerName=${brokerName}, queueId=${queueId}]`;
}
