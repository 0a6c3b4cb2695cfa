/** SEARCH_OFFSET_BY_TIMESTAMP: the queue offset that belongs to a store time. */
import { type Processor, processor, ResponseCode, SEARCH_OFFSET_BY_TIMESTAMP } from '@rocketmq-ts/remoting';
import type { Store } from '@rocketmq-ts/store';
import { Lanes } from './lanes.js';

/** Source: AdminBrokerProcessor#searchOffsetByTimestamp, BoundaryType. */
export function searchOffsetByTimestamp({ store }: { store: Pick<Store, 'offsetByTimestamp'> }): Processor {
  return processor(SEARCH_OFFSET_BY_TIMESTAMP, Lanes.ADMIN, async ({ topic, queueId, timestamp, boundaryType }) => {
    const boundary = boundaryType?.toUpperCase() === 'UPPER' ? 'UPPER' : 'LOWER';
    const offset = await store.offsetByTimestamp(topic, queueId, timestamp, boundary);
    return { code: ResponseCode.SUCCESS, header: { offset } };
  });
}
