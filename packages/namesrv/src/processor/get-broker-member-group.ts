/** GET_BROKER_MEMBER_GROUP: the members of one broker name; none for an unknown name. */
import { GET_BROKER_MEMBER_GROUP, type Processor, processor, ResponseCode } from '@rocketmq-ts/remoting';
import { Lanes, type NamesrvContext } from './context.js';

/** Source: DefaultRequestProcessor#getBrokerMemberGroup, which leaves the remark of a fresh response in place. */
export function getBrokerMemberGroup({ routes }: Pick<NamesrvContext, 'routes'>): Processor {
  return processor(GET_BROKER_MEMBER_GROUP, Lanes.DEFAULT, ({ clusterName, brokerName }) => ({
    code: ResponseCode.SUCCESS,
    remark: 'not set any response code',
    body: routes.brokerMemberGroup({ clusterName, brokerName }),
  }));
}
