/** QUERY_CONSUMER_OFFSET: how far a group has consumed a queue. */
import { type Processor, processor, QUERY_CONSUMER_OFFSET, ResponseCode } from '@rocketmq-ts/remoting';
import type { Store } from '@rocketmq-ts/store';
import type { ConsumerOffsetManager } from '../offset/consumer-offset-manager.js';
import { Lanes } from './lanes.js';

export interface QueryConsumerOffsetParts {
  readonly offsets: Pick<ConsumerOffsetManager, 'query'>;
  readonly store: Pick<Store, 'minOffsetInQueue' | 'maxOffsetInQueue' | 'minPhysicalOffset' | 'maxPhysicalOffset'>;
}

/** A log of this size counts as being in memory: a new group then starts with the first message. */
const IN_MEMORY_BYTES = 1024 * 1024 * 1024;

/** Source: ConsumerManageProcessor#queryConsumerOffset. */
export function queryConsumerOffset({ offsets, store }: QueryConsumerOffsetParts): Processor {
  const isFirstMessageInMemory = (topic: string, queueId: number): boolean =>
    store.minOffsetInQueue(topic, queueId) <= 0 &&
    store.maxOffsetInQueue(topic, queueId) > 0 &&
    store.maxPhysicalOffset - store.minPhysicalOffset <= IN_MEMORY_BYTES;

  return processor(QUERY_CONSUMER_OFFSET, Lanes.CONSUMER_MANAGE, (header) => {
    const { consumerGroup, topic, queueId, setZeroIfNotFound } = header;
    const offset = offsets.query(consumerGroup, topic, queueId);
    if (offset >= 0) return { code: ResponseCode.SUCCESS, header: { offset } };
    if (setZeroIfNotFound === false) {
      return {
        code: ResponseCode.QUERY_NOT_FOUND,
        remark: 'Not found, do not set to zero, maybe this group boot first',
      };
    }
    if (isFirstMessageInMemory(topic, queueId)) return { code: ResponseCode.SUCCESS, header: { offset: 0 } };
    return {
      code: ResponseCode.QUERY_NOT_FOUND,
      remark: 'Not found, V3_0_6_SNAPSHOT maybe this group consumer boot first',
    };
  });
}
