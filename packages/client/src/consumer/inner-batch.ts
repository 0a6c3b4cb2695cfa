/** Records that hold a whole client batch, as topics with a batch consume queue store them. */
import { decodeBatchBody, MessageRecord } from '@rocketmq-ts/common';

/** One record per message of the batch, with consecutive queue offsets. Source: MessageDecoder#decodeMessage. */
export function innerRecords(batch: MessageRecord): MessageRecord[] {
  const { body } = batch;
  const items = decodeBatchBody(Buffer.isBuffer(body) ? body : Buffer.from(body));
  return items.map(({ flag, body: itemBody, propertiesText }, index) =>
    Object.assign(new MessageRecord(), batch, {
      flag,
      body: itemBody,
      propertiesText,
      queueOffset: batch.queueOffset + index,
      storeSize: Math.ceil(batch.storeSize / items.length),
    }),
  );
}
