/** GET_EARLIEST_MSG_STORETIME: the store time of the oldest message of a queue. */
import { GET_EARLIEST_MSG_STORETIME, type Processor, processor, ResponseCode } from '@rocketmq-ts/remoting';
import type { Store } from '@rocketmq-ts/store';
import { Lanes } from './lanes.js';

/** Source: AdminBrokerProcessor#getEarliestMsgStoretime. */
export function getEarliestMsgStoretime({ store }: { store: Pick<Store, 'earliestStoreTimestamp'> }): Processor {
  return processor(GET_EARLIEST_MSG_STORETIME, Lanes.ADMIN, async ({ topic, queueId }) => ({
    code: ResponseCode.SUCCESS,
    header: { timestamp: await store.earliestStoreTimestamp(topic, queueId) },
  }));
}
