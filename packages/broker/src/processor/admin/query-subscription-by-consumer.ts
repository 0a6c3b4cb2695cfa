/** QUERY_SUBSCRIPTION_BY_CONSUMER: what a group subscribes to in a topic. */
import {
  type Processor,
  processor,
  QUERY_SUBSCRIPTION_BY_CONSUMER,
  QuerySubscriptionResponseBody,
  ResponseCode,
} from '@rocketmq-ts/remoting';
import type { ConsumerManager } from '../../client/consumer-manager.js';
import { Lanes } from '../lanes.js';

/** Source: AdminBrokerProcessor#querySubscriptionByConsumer. */
export function querySubscriptionByConsumer({
  consumers,
}: {
  consumers: Pick<ConsumerManager, 'findSubscription'>;
}): Processor {
  return processor(QUERY_SUBSCRIPTION_BY_CONSUMER, Lanes.ADMIN, ({ group, topic = '' }) => {
    const subscriptionData = consumers.findSubscription(group, topic);
    return {
      code: ResponseCode.SUCCESS,
      body: QuerySubscriptionResponseBody.encode({ group, topic, subscriptionData }),
    };
  });
}
