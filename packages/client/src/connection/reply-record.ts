/** The record of a reply that a broker pushes: header and body of a request put together as one message. */
import { HostAddress, MessageConst, MessageRecord, setProperty } from '@rocketmq-ts/common';
import type { ReplyMessageRequestHeader } from '@rocketmq-ts/remoting';

/** Source: ClientRemotingProcessor#receiveReplyMessage. */
export function replyRecordOf(header: ReplyMessageRequestHeader, body: Uint8Array, nowMs: number): MessageRecord {
  const record = new MessageRecord();
  const arrival = MessageConst.PROPERTY_REPLY_MESSAGE_ARRIVE_TIME;
  record.topic = header.topic;
  record.queueId = header.queueId;
  record.sysFlag = header.sysFlag;
  record.flag = header.flag;
  record.bornTimestamp = header.bornTimestamp;
  record.storeTimestamp = header.storeTimestamp;
  record.reconsumeTimes = header.reconsumeTimes ?? 0;
  record.bornHost = hostOf(header.bornHost) ?? record.bornHost;
  record.storeHost = hostOf(header.storeHost) ?? record.storeHost;
  record.propertiesText = setProperty(header.properties ?? '', arrival, String(nowMs));
  record.body = Buffer.from(body);
  record.storeSize = body.length;
  return record;
}

/** Informational only: a broker that writes it in another way has its reply delivered nevertheless. */
function hostOf(text: string): Uint8Array | undefined {
  try {
    return HostAddress.parse(text).bytes;
  } catch (error) {
    if (!(error instanceof TypeError) && !(error instanceof RangeError)) throw error;
    return undefined;
  }
}
