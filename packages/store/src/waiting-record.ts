/** Messages that wait in a queue of the system until they are put anew: reading their records, and making the message that is put. */
import {
  findProperty,
  MessageConst,
  MessageFormatError,
  MessageRecord,
  readRecord,
  removeProperty,
  SystemTopic,
  TIMER_TOPIC,
  tagsCode,
  viewOf,
} from '@rocketmq-ts/common';
import type { GetMessageResult, PutMessage } from './api.js';

/** Why a record that waited can never be delivered. */
export class UndeliverableError extends Error {
  override readonly name = 'UndeliverableError';
}

/** Where a message is put. */
export interface MessagePlace {
  readonly topic: string;
  readonly queueId: number;
}

/** Topics whose messages have meanings of their own: what waited must not get there. */
const CLOSED_TOPICS: ReadonlySet<string> = new Set([SystemTopic.TRANS_HALF, SystemTopic.SCHEDULE, TIMER_TOPIC]);

/** Cuts an answer into its records. The bytes are lent for this turn. */
export function* recordsIn({
  bodyChunks,
  queueOffsets,
}: GetMessageResult): Generator<{ offset: number; bytes: Uint8Array }> {
  let index = 0;
  for (const chunk of bodyChunks) {
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    for (let at = 0; at < chunk.length && index < queueOffsets.length; index++) {
      const sizeBytes = view.getInt32(at);
      yield { offset: queueOffsets[index]!, bytes: chunk.subarray(at, at + sizeBytes) };
      at += sizeBytes;
    }
  }
}

/**
 * Reads a record; its body is a view of `bytes`.
 * @throws UndeliverableError when the bytes are no record
 */
export function readWaiting(bytes: Uint8Array): MessageRecord {
  const record = new MessageRecord();
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    readRecord(buffer, viewOf(buffer), 0, buffer.length, record);
  } catch (error) {
    if (error instanceof MessageFormatError) throw new UndeliverableError(error.message, { cause: error });
    throw error;
  }
  return record;
}

/**
 * The topic and queue that a waiting message is meant for.
 * @throws UndeliverableError when its properties do not say, or it must not go there
 */
export function realPlace(properties: string): MessagePlace {
  const topic = findProperty(properties, MessageConst.PROPERTY_REAL_TOPIC);
  const queueId = findProperty(properties, MessageConst.PROPERTY_REAL_QUEUE_ID);
  if (topic === undefined) throw new UndeliverableError('it has no REAL_TOPIC');
  if (queueId === undefined || !/^\d{1,9}$/.test(queueId)) {
    throw new UndeliverableError(`its REAL_QID '${queueId ?? ''}' is not the number of a queue`);
  }
  if (CLOSED_TOPICS.has(topic)) throw new UndeliverableError(`its REAL_TOPIC is ${topic}`);
  return { topic, queueId: Number(queueId) };
}

/** The message that is put in place of the one that waited; a CRC that belongs to the record that waited goes. */
export function putAnew(record: MessageRecord, { topic, queueId }: MessagePlace, text: string): PutMessage {
  const properties = removeProperty(text, MessageConst.PROPERTY_CRC32);
  const tags = findProperty(properties, MessageConst.PROPERTY_TAGS);
  return {
    topic,
    queueId,
    flag: record.flag,
    sysFlag: record.sysFlag,
    bornTimestamp: record.bornTimestamp,
    bornHost: record.bornHost,
    reconsumeTimes: record.reconsumeTimes,
    preparedTransactionOffset: 0,
    body: record.body,
    properties,
    tagsCode: tagsCode(tags),
    keys: findProperty(properties, MessageConst.PROPERTY_KEYS),
    uniqKey: findProperty(properties, MessageConst.PROPERTY_UNIQ_CLIENT_MESSAGE_ID_KEYIDX),
    tags,
    waitStoreMsgOk: false,
  };
}
