/** GET_SYSTEM_TOPIC_LIST_FROM_NS: the names of clusters and brokers, and a broker that knows the other system topics. */
import { GET_SYSTEM_TOPIC_LIST_FROM_NS, type Processor, processor } from '@rocketmq-ts/remoting';
import { successWith } from './answers.js';
import { Lanes, type NamesrvContext } from './context.js';

/** Source: DefaultRequestProcessor#getSystemTopicListFromNs. */
export function getSystemTopicListFromNs({ routes }: Pick<NamesrvContext, 'routes'>): Processor {
  return processor(GET_SYSTEM_TOPIC_LIST_FROM_NS, Lanes.DEFAULT, () => successWith(routes.systemTopics()));
}
