/** GET_SUBSCRIPTIONGROUP_CONFIG: the settings of one consumer group. */
import {
  GET_SUBSCRIPTIONGROUP_CONFIG,
  type Processor,
  processor,
  ResponseCode,
  SubscriptionGroupConfigBody,
} from '@rocketmq-ts/remoting';
import type { SubscriptionGroupManager } from '../../subscription/subscription-group-manager.js';
import { Lanes } from '../lanes.js';

/** Source: AdminBrokerProcessor#getSubscriptionGroup. */
export function getSubscriptionGroupConfig({ groups }: { groups: Pick<SubscriptionGroupManager, 'find'> }): Processor {
  return processor(GET_SUBSCRIPTIONGROUP_CONFIG, Lanes.ADMIN, ({ group }) => {
    const config = groups.find(group);
    if (config === undefined) {
      return { code: ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, remark: 'No group in this broker' };
    }
    return { code: ResponseCode.SUCCESS, body: SubscriptionGroupConfigBody.encode(config) };
  });
}
