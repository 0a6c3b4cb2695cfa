/** GET_BROKER_CONSUME_STATS: consume statistics of all groups of a broker. */
import {
  type ConsumeStats,
  ConsumeStatsList,
  GET_BROKER_CONSUME_STATS,
  type Processor,
  processor,
  ResponseCode,
} from '@rocketmq-ts/remoting';
import type { SubscriptionGroupManager } from '../../subscription/subscription-group-manager.js';
import { Lanes } from '../lanes.js';
import { type ConsumeStatsParts, collectConsumeStats, isSubscribed } from './consume-stats.js';

export interface GetBrokerConsumeStatsParts extends ConsumeStatsParts {
  readonly address: string;
  readonly groups: Pick<SubscriptionGroupManager, 'table'>;
}

/** Source: AdminBrokerProcessor#fetchAllConsumeStatsInBroker. */
export function getBrokerConsumeStats(parts: GetBrokerConsumeStatsParts): Processor {
  const ofGroup = async (group: string, isOrder: boolean): Promise<ConsumeStats[]> => {
    const list: ConsumeStats[] = [];
    for (const topic of parts.offsets.topicsOf(group)) {
      const config = parts.topics.select(topic);
      if (config === undefined || (isOrder && !config.order) || !isSubscribed(parts, group, topic)) continue;
      list.push(await collectConsumeStats(parts, group, [{ topic, queueCount: config.writeQueueNums }]));
    }
    return list;
  };

  return processor(GET_BROKER_CONSUME_STATS, Lanes.ADMIN, async ({ isOrder }) => {
    const consumeStatsList: ReadonlyMap<string, readonly ConsumeStats[]>[] = [];
    let totalDiff = 0;
    let totalInflightDiff = 0;
    for (const group of parts.groups.table.keys()) {
      const list = await ofGroup(group, isOrder);
      consumeStatsList.push(new Map([[group, list]]));
      for (const { brokerOffset, consumerOffset, pullOffset } of list.flatMap((one) => [...one.offsetTable.values()])) {
        totalDiff += brokerOffset - consumerOffset;
        totalInflightDiff += pullOffset - consumerOffset;
      }
    }
    const body = ConsumeStatsList.encode({ consumeStatsList, brokerAddr: parts.address, totalDiff, totalInflightDiff });
    return { code: ResponseCode.SUCCESS, body };
  });
}
