/** The text of `consumerOffset.json` and of `lmqConsumerOffset.json`, which has the offsets of light groups in a table of their own. */
import { type DataVersion, isLmq, LMQ_QUEUE_ID, parseJson, writeJson } from '@rocketmq-ts/common';
import { ConsumerOffsetSerializeWrapper, LmqConsumerOffsetSerializeWrapper } from '@rocketmq-ts/remoting';

/** Offsets by `topic@group`, then queue id. */
export type OffsetTable = Map<string, Map<number, number>>;

/** Between topic and group: neither has one in its name. */
export const SEPARATOR = '@';

/** The text of a file; light groups have their own table when there are light topics. Source: ConsumerOffsetManager#encode, LmqConsumerOffsetManager#encode. */
export function encodeOffsets(offsets: OffsetTable, dataVersion: DataVersion, enableLmq: boolean): string {
  if (!enableLmq) {
    return writeJson(ConsumerOffsetSerializeWrapper.write({ offsetTable: offsets, dataVersion }), { pretty: true });
  }
  const offsetTable: OffsetTable = new Map();
  const lmqOffsetTable = new Map<string, number>();
  for (const [key, queues] of offsets) {
    const offset = isLmq(key.slice(key.indexOf(SEPARATOR) + 1)) ? queues.get(LMQ_QUEUE_ID) : undefined;
    if (offset === undefined) offsetTable.set(key, queues);
    else lmqOffsetTable.set(key, offset);
  }
  const wrapper = { offsetTable, lmqOffsetTable, dataVersion };
  return writeJson(LmqConsumerOffsetSerializeWrapper.write(wrapper), { pretty: true });
}

/** Reads either file. Throws MalformedDataError. */
export function decodeOffsets(text: string): {
  readonly offsets: OffsetTable;
  readonly dataVersion: LmqConsumerOffsetSerializeWrapper['dataVersion'];
} {
  const read = LmqConsumerOffsetSerializeWrapper.read(parseJson(text), 'consumerOffset.json');
  const offsets: OffsetTable = new Map();
  for (const [key, queues] of read.offsetTable) offsets.set(key, new Map(queues));
  for (const [key, offset] of read.lmqOffsetTable ?? []) offsets.set(key, new Map([[LMQ_QUEUE_ID, offset]]));
  return { offsets, dataVersion: read.dataVersion };
}
