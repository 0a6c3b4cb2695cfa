/** GET_ALL_TOPIC_LIST_FROM_NAMESERVER: the names of all topics, unless `enableAllTopicList` is off. */
import { GET_ALL_TOPIC_LIST_FROM_NAMESERVER, type Processor, processor } from '@rocketmq-ts/remoting';
import { LIST_DISABLED, successWith } from './answers.js';
import { Lanes, type NamesrvContext } from './context.js';

/** Source: DefaultRequestProcessor#getAllTopicListFromNameserver. */
export function getAllTopicListFromNameserver({
  routes,
  config,
}: Pick<NamesrvContext, 'routes' | 'config'>): Processor {
  return processor(GET_ALL_TOPIC_LIST_FROM_NAMESERVER, Lanes.DEFAULT, () =>
    config.enableAllTopicList ? successWith(routes.allTopics()) : LIST_DISABLED,
  );
}
