/** GET_HAS_UNIT_SUB_TOPIC_LIST: the topics with the unit subscription flag, unless `enableTopicList` is off. */
import { GET_HAS_UNIT_SUB_TOPIC_LIST, type Processor, processor } from '@rocketmq-ts/remoting';
import { LIST_DISABLED, successWith } from './answers.js';
import { Lanes, type NamesrvContext } from './context.js';

/** Source: DefaultRequestProcessor#getHasUnitSubTopicList. */
export function getHasUnitSubTopicList({ routes, config }: Pick<NamesrvContext, 'routes' | 'config'>): Processor {
  return processor(GET_HAS_UNIT_SUB_TOPIC_LIST, Lanes.DEFAULT, () =>
    config.enableTopicList ? successWith(routes.unitTopics('unitSub')) : LIST_DISABLED,
  );
}
