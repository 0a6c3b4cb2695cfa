/** GET_BROKER_CLUSTER_INFO: all clusters, brokers and addresses. */
import { GET_BROKER_CLUSTER_INFO, type Processor, processor } from '@rocketmq-ts/remoting';
import { successWith } from './answers.js';
import { Lanes, type NamesrvContext } from './context.js';

/** Source: DefaultRequestProcessor#getBrokerClusterInfo. */
export function getBrokerClusterInfo({ routes }: Pick<NamesrvContext, 'routes'>): Processor {
  return processor(GET_BROKER_CLUSTER_INFO, Lanes.DEFAULT, () => successWith(routes.clusterInfo()));
}
