/** GET_ALL_SUBSCRIPTIONGROUP_CONFIG: the table of consumer groups, whole or by pages. */
import {
  GET_ALL_SUBSCRIPTIONGROUP_CONFIG,
  type Processor,
  processor,
  ResponseCode,
  SubscriptionGroupWrapper,
} from '@rocketmq-ts/remoting';
import type { BrokerConfig } from '../../config.js';
import type { SubscriptionGroupManager } from '../../subscription/subscription-group-manager.js';
import { Lanes } from '../lanes.js';
import { pageOf } from './pages.js';

export interface GetAllSubscriptionGroupParts {
  readonly config: Pick<BrokerConfig, 'enableSplitMetadata' | 'splitMetadataSize'>;
  readonly groups: Pick<SubscriptionGroupManager, 'table' | 'forbiddenTable' | 'dataVersion'>;
}

/** Source: AdminBrokerProcessor#getAllSubscriptionGroup. */
export function getAllSubscriptionGroupConfig({ config, groups }: GetAllSubscriptionGroupParts): Processor {
  return processor(GET_ALL_SUBSCRIPTIONGROUP_CONFIG, Lanes.ADMIN, ({ groupSeq, maxGroupNum, dataVersion }) => {
    const whole = groupSeq === undefined && maxGroupNum === undefined && dataVersion === undefined;
    const page = { start: groupSeq, size: maxGroupNum, dataVersion };
    const subscriptionGroupTable =
      whole || !config.enableSplitMetadata
        ? groups.table
        : pageOf(groups.table, groups.dataVersion, page, config.splitMetadataSize);
    const forbiddenTable = new Map([...groups.forbiddenTable].filter(([group]) => subscriptionGroupTable.has(group)));
    const body = SubscriptionGroupWrapper.encode({
      subscriptionGroupTable,
      forbiddenTable,
      dataVersion: groups.dataVersion,
    });
    return { code: ResponseCode.SUCCESS, header: { totalGroupNum: groups.table.size }, body };
  });
}
