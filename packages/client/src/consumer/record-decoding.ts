/** Decodes messages that come outside of pulls. */
import {
  CompressionType,
  compressionTypeOf,
  MessageFormatError,
  MessageRecord,
  MessageSysFlag,
  readRecord,
  viewOf,
} from '@rocketmq-ts/common';
import { type MessageSource, ReceivedMessage } from './received-message.js';

/** Decodes one record. @throws MessageFormatError */
export function decodeRecord<T>(bytes: Buffer, brokerName: string, source: MessageSource<T>): ReceivedMessage<T> {
  const record = new MessageRecord();
  const size = readRecord(bytes, viewOf(bytes), 0, bytes.length, record);
  if (size !== bytes.length) throw new MessageFormatError(`${bytes.length - size} bytes follow the message`);
  const { topic, queueId } = record;
  return new ReceivedMessage(record, { topic, brokerName, queueId }, source, 0);
}

/** Whether a body of these flags can only be read after the compressor was loaded. */
export function needsLoading(sysFlag: number): boolean {
  return (sysFlag & MessageSysFlag.COMPRESSED) !== 0 && compressionTypeOf(sysFlag) === CompressionType.ZSTD;
}
