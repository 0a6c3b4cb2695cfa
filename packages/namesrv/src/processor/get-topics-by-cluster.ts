/** GET_TOPICS_BY_CLUSTER: the topics of a cluster, unless `enableTopicList` is off. */
import { GET_TOPICS_BY_CLUSTER, type Processor, processor } from '@rocketmq-ts/remoting';
import { LIST_DISABLED, successWith } from './answers.js';
import { Lanes, type NamesrvContext } from './context.js';

/** Source: DefaultRequestProcessor#getTopicsByCluster. */
export function getTopicsByCluster({ routes, config }: Pick<NamesrvContext, 'routes' | 'config'>): Processor {
  return processor(GET_TOPICS_BY_CLUSTER, Lanes.DEFAULT, ({ cluster }) =>
    config.enableTopicList ? successWith(routes.topicsOfCluster(cluster ?? '')) : LIST_DISABLED,
  );
}
