/** GET_CONSUMER_RUNNING_INFO: the inner state of one consumer, asked of it. */
import {
  codecOf,
  GET_CONSUMER_RUNNING_INFO,
  GetConsumerRunningInfoRequestHeader,
  type Processor,
  processor,
} from '@rocketmq-ts/remoting';
import type { ConsumerManager } from '../../client/consumer-manager.js';
import { callConsumer } from '../call-client.js';
import { Lanes } from '../lanes.js';

const CODEC = codecOf(GetConsumerRunningInfoRequestHeader);

/** Source: AdminBrokerProcessor#getConsumerRunningInfo. */
export function getConsumerRunningInfo({ consumers }: { consumers: Pick<ConsumerManager, 'findChannel'> }): Processor {
  const { code, name } = GET_CONSUMER_RUNNING_INFO;
  return processor(GET_CONSUMER_RUNNING_INFO, Lanes.ADMIN, (header) => {
    const { consumerGroup: group, clientId } = header;
    return callConsumer(consumers, { group, clientId }, { code, name, codec: CODEC, values: header });
  });
}
