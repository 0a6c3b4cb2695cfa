/** VIEW_BROKER_STATS_DATA: one counter over a minute, an hour and a day. */
import {
  BrokerStatsData,
  type Processor,
  processor,
  ResponseCode,
  VIEW_BROKER_STATS_DATA,
} from '@rocketmq-ts/remoting';
import type { BrokerStats } from '../../stats/broker-stats.js';
import { Lanes } from '../lanes.js';

/** Source: AdminBrokerProcessor#ViewBrokerStatsData. */
export function viewBrokerStatsData({ stats }: { stats: Pick<BrokerStats, 'find'> }): Processor {
  return processor(VIEW_BROKER_STATS_DATA, Lanes.ADMIN, ({ statsName, statsKey }) => {
    const counter = stats.find(statsName, statsKey);
    if (counter === undefined) {
      return { code: ResponseCode.SYSTEM_ERROR, remark: `The stats <${statsName}> <${statsKey}> not exist` };
    }
    const body = BrokerStatsData.encode({
      statsMinute: counter.minute,
      statsHour: counter.hour,
      statsDay: counter.day,
    });
    return { code: ResponseCode.SUCCESS, body };
  });
}
