/** GET_CONSUMER_LIST_BY_GROUP: the client ids that share a group's queues. */
import {
  GET_CONSUMER_LIST_BY_GROUP,
  GetConsumerListByGroupResponseBody,
  type Processor,
  processor,
  ResponseCode,
} from '@rocketmq-ts/remoting';
import type { ConsumerManager } from '../client/consumer-manager.js';
import { Lanes } from './lanes.js';

/** Source: ConsumerManageProcessor#getConsumerListByGroup. */
export function getConsumerListByGroup({ consumers }: { consumers: Pick<ConsumerManager, 'find'> }): Processor {
  return processor(GET_CONSUMER_LIST_BY_GROUP, Lanes.CONSUMER_MANAGE, ({ consumerGroup }) => {
    const info = consumers.find(consumerGroup);
    if (info === undefined || info.channels.size === 0) {
      return { code: ResponseCode.SYSTEM_ERROR, remark: `no consumer for this group, ${consumerGroup}` };
    }
    const body = GetConsumerListByGroupResponseBody.encode({ consumerIdList: info.clientIds });
    return { code: ResponseCode.SUCCESS, body };
  });
}
