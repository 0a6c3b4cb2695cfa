/** GET_MIN_OFFSET: the offset of the oldest message of a queue. */
import { GET_MIN_OFFSET, type Processor, processor, ResponseCode } from '@rocketmq-ts/remoting';
import type { Store } from '@rocketmq-ts/store';
import { Lanes } from './lanes.js';

/** Source: AdminBrokerProcessor#getMinOffset. */
export function getMinOffset({ store }: { store: Pick<Store, 'minOffsetInQueue'> }): Processor {
  return processor(GET_MIN_OFFSET, Lanes.ADMIN, ({ topic, queueId }) => ({
    code: ResponseCode.SUCCESS,
    remark: '',
    header: { offset: store.minOffsetInQueue(topic, queueId) },
  }));
}
