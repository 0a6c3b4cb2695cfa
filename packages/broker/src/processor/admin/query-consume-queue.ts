/** QUERY_CONSUME_QUEUE: entries of a consume queue. */
import {
  type ConsumeQueueData,
  type Processor,
  processor,
  QUERY_CONSUME_QUEUE,
  type QueryConsumeQueueRequestHeader,
  QueryConsumeQueueResponseBody,
  ResponseCode,
} from '@rocketmq-ts/remoting';
import type { Store } from '@rocketmq-ts/store';
import type { ConsumerManager } from '../../client/consumer-manager.js';
import type { ConsumerFilterManager } from '../../filter/consumer-filter-manager.js';
import { Lanes } from '../lanes.js';
import { UNTOUCHED_REMARK } from './create-topic-rules.js';

export interface QueryConsumeQueueParts {
  readonly store: Pick<Store, 'maxOffsetInQueue' | 'minOffsetInQueue' | 'queueEntries' | 'queueIdsOf'>;
  readonly consumers: Pick<ConsumerManager, 'findSubscription'>;
  readonly filters: Pick<ConsumerFilterManager, 'find'>;
}

/** Entries that one answer has at most. */
const MAX_COUNT = 2000;

/** Source: AdminBrokerProcessor#queryConsumeQueue. */
export function queryConsumeQueue(parts: QueryConsumeQueueParts): Processor {
  const { store } = parts;
  return processor(QUERY_CONSUME_QUEUE, Lanes.ADMIN, async (header) => {
    const { topic = '', queueId, index } = header;
    if (!store.queueIdsOf(topic).includes(queueId)) {
      return { code: ResponseCode.SYSTEM_ERROR, remark: `${queueId}@${topic} is not exist!` };
    }
    const maxQueueIndex = store.maxOffsetInQueue(topic, queueId);
    const minQueueIndex = store.minOffsetInQueue(topic, queueId);
    if (index < 0 || index > maxQueueIndex) {
      return { code: ResponseCode.SUCCESS, remark: `Index ${index} of ${queueId}@${topic} is not exist!` };
    }
    const body = QueryConsumeQueueResponseBody.encode({
      ...filterFields(parts, header),
      queueData: await entriesFrom(parts, header),
      maxQueueIndex,
      minQueueIndex,
    });
    return { code: ResponseCode.SUCCESS, remark: UNTOUCHED_REMARK, body };
  });
}

function filterFields({ consumers, filters }: QueryConsumeQueueParts, header: QueryConsumeQueueRequestHeader) {
  const { topic = '', consumerGroup } = header;
  if (consumerGroup === undefined) return {};
  const subscriptionData = consumers.findSubscription(consumerGroup, topic);
  if (subscriptionData === undefined) return { filterData: `${consumerGroup}@${topic} is not online!` };
  const filterData = filters.find(topic, consumerGroup);
  return { subscriptionData, filterData: JSON.stringify(filterData?.toJson() ?? null, undefined, '\t') };
}

async function entriesFrom(
  { store }: QueryConsumeQueueParts,
  { topic = '', queueId, index, count }: QueryConsumeQueueRequestHeader,
): Promise<ConsumeQueueData[]> {
  const entries = await store.queueEntries(topic, queueId, index, Math.max(0, Math.min(count, MAX_COUNT)));
  return entries.map(({ physicalOffset, sizeBytes, tagsCode }) => ({
    physicOffset: physicalOffset,
    physicSize: sizeBytes,
    tagsCode,
    eval: false,
  }));
}
