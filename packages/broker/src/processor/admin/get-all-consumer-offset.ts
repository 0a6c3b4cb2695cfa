/** GET_ALL_CONSUMER_OFFSET: the whole table of consumer offsets. */
import {
  ConsumerOffsetSerializeWrapper,
  GET_ALL_CONSUMER_OFFSET,
  type Processor,
  processor,
  ResponseCode,
} from '@rocketmq-ts/remoting';
import type { ConsumerOffsetManager } from '../../offset/consumer-offset-manager.js';
import { Lanes } from '../lanes.js';

/** Source: AdminBrokerProcessor#getAllConsumerOffset. */
export function getAllConsumerOffset({
  offsets,
}: {
  offsets: Pick<ConsumerOffsetManager, 'table' | 'dataVersion'>;
}): Processor {
  return processor(GET_ALL_CONSUMER_OFFSET, Lanes.ADMIN, () => ({
    code: ResponseCode.SUCCESS,
    body: ConsumerOffsetSerializeWrapper.encode({ offsetTable: offsets.table, dataVersion: offsets.dataVersion }),
  }));
}
