/** GET_CONSUMER_CONNECTION_LIST: the connections and subscriptions of a consumer group. */
import {
  ConsumerConnection,
  GET_CONSUMER_CONNECTION_LIST,
  type Processor,
  processor,
  ResponseCode,
} from '@rocketmq-ts/remoting';
import type { ConsumerManager } from '../../client/consumer-manager.js';
import { Lanes } from '../lanes.js';
import { clientConnections } from './client-connections.js';

/** Source: AdminBrokerProcessor#getConsumerConnectionList. */
export function getConsumerConnectionList({ consumers }: { consumers: Pick<ConsumerManager, 'find'> }): Processor {
  return processor(GET_CONSUMER_CONNECTION_LIST, Lanes.ADMIN, ({ consumerGroup }) => {
    const info = consumers.find(consumerGroup);
    if (info === undefined) {
      return {
        code: ResponseCode.CONSUMER_NOT_ONLINE,
        remark: `the consumer group[${consumerGroup}] not online`,
      };
    }
    const body = ConsumerConnection.encode({
      ...info.profile,
      connectionSet: clientConnections(info.channels.values()),
      subscriptionTable: info.subscriptions,
    });
    return { code: ResponseCode.SUCCESS, body };
  });
}
