/** GET_UNIT_TOPIC_LIST: the topics with the unit flag, unless `enableTopicList` is off. */
import { GET_UNIT_TOPIC_LIST, type Processor, processor } from '@rocketmq-ts/remoting';
import { LIST_DISABLED, successWith } from './answers.js';
import { Lanes, type NamesrvContext } from './context.js';

/** Source: DefaultRequestProcessor#getUnitTopicList. */
export function getUnitTopicList({ routes, config }: Pick<NamesrvContext, 'routes' | 'config'>): Processor {
  return processor(GET_UNIT_TOPIC_LIST, Lanes.DEFAULT, () =>
    config.enableTopicList ? successWith(routes.unitTopics('unit')) : LIST_DISABLED,
  );
}
