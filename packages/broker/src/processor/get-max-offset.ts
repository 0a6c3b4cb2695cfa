/** GET_MAX_OFFSET: the offset that the next message of a queue will get. */
import { GET_MAX_OFFSET, type Processor, processor, ResponseCode } from '@rocketmq-ts/remoting';
import type { Store } from '@rocketmq-ts/store';
import { Lanes } from './lanes.js';

/** Source: AdminBrokerProcessor#getMaxOffset. */
export function getMaxOffset({ store }: { store: Pick<Store, 'maxOffsetInQueue'> }): Processor {
  return processor(GET_MAX_OFFSET, Lanes.ADMIN, ({ topic, queueId }) => ({
    code: ResponseCode.SUCCESS,
    header: { offset: store.maxOffsetInQueue(topic, queueId) },
  }));
}
