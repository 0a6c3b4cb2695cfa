/** DELETE_SUBSCRIPTIONGROUP: removes a consumer group, with its offsets when asked to. */
import { DELETE_SUBSCRIPTIONGROUP, type Processor, processor, ResponseCode } from '@rocketmq-ts/remoting';
import type { BrokerConfig } from '../../config.js';
import type { ConsumerOffsetManager } from '../../offset/consumer-offset-manager.js';
import type { BrokerStats } from '../../stats/broker-stats.js';
import type { SubscriptionGroupManager } from '../../subscription/subscription-group-manager.js';
import { Lanes } from '../lanes.js';

export interface DeleteSubscriptionGroupParts {
  readonly config: Pick<BrokerConfig, 'autoDeleteUnusedStats'>;
  readonly groups: Pick<SubscriptionGroupManager, 'delete'>;
  readonly offsets: Pick<ConsumerOffsetManager, 'removeGroup'>;
  readonly stats: Pick<BrokerStats, 'onGroupDeleted'>;
}

/** Source: AdminBrokerProcessor#deleteSubscriptionGroup. */
export function deleteSubscriptionGroup({ config, groups, offsets, stats }: DeleteSubscriptionGroupParts): Processor {
  return processor(DELETE_SUBSCRIPTIONGROUP, Lanes.ADMIN, ({ groupName, cleanOffset }) => {
    groups.delete(groupName);
    if (cleanOffset) offsets.removeGroup(groupName);
    if (config.autoDeleteUnusedStats) stats.onGroupDeleted(groupName);
    return { code: ResponseCode.SUCCESS };
  });
}
