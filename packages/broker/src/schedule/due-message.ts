/** Makes the message that is delivered out of the record that waited. */
import {
  findProperty,
  MessageConst,
  MessageFormatError,
  MessageRecord,
  readRecord,
  removeProperty,
  SystemTopic,
  tagsCode,
  viewOf,
} from '@rocketmq-ts/common';
import type { PutMessage } from '@rocketmq-ts/store';

/** Why a record that waited can never be delivered. */
export class UndeliverableError extends Error {
  override readonly name = 'UndeliverableError';
}

/**
 * The message for its real topic and queue. Its properties stay as they are, DELAY and REAL_TOPIC included,
 * as consumers of the reference see them; only a CRC that belongs to the record that waited goes.
 * @throws UndeliverableError when the record does not say where it belongs, or must not go there
 * Source: ScheduleMessageService#messageTimeUp.
 */
export function dueMessage(bytes: Uint8Array): PutMessage {
  const record = recordOf(bytes);
  const properties = removeProperty(record.propertiesText, MessageConst.PROPERTY_CRC32);
  const topic = findProperty(properties, MessageConst.PROPERTY_REAL_TOPIC);
  const queueId = findProperty(properties, MessageConst.PROPERTY_REAL_QUEUE_ID);
  if (topic === undefined) throw new UndeliverableError('it has no REAL_TOPIC');
  if (queueId === undefined || !/^\d{1,9}$/.test(queueId)) {
    throw new UndeliverableError(`its REAL_QID '${queueId ?? ''}' is not the number of a queue`);
  }
  if (topic === SystemTopic.TRANS_HALF || topic === SystemTopic.SCHEDULE) {
    throw new UndeliverableError(`its REAL_TOPIC is ${topic}`);
  }
  const tags = findProperty(properties, MessageConst.PROPERTY_TAGS);
  return {
    topic,
    queueId: Number(queueId),
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

function recordOf(bytes: Uint8Array): MessageRecord {
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
