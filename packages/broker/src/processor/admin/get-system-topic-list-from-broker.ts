/** GET_SYSTEM_TOPIC_LIST_FROM_BROKER: the topics that are not the users'. */
import { SYSTEM_TOPICS } from '@rocketmq-ts/common';
import {
  GET_SYSTEM_TOPIC_LIST_FROM_BROKER,
  type Processor,
  processor,
  ResponseCode,
  TopicList,
} from '@rocketmq-ts/remoting';
import type { TopicConfigManager } from '../../topic/topic-config-manager.js';
import { Lanes } from '../lanes.js';

/** Source: AdminBrokerProcessor#getSystemTopicListFromBroker. */
export function getSystemTopicListFromBroker({
  topics,
}: {
  topics: Pick<TopicConfigManager, 'systemTopics'>;
}): Processor {
  return processor(GET_SYSTEM_TOPIC_LIST_FROM_BROKER, Lanes.ADMIN, () => ({
    code: ResponseCode.SUCCESS,
    body: TopicList.encode({ topicList: [...new Set([...SYSTEM_TOPICS, ...topics.systemTopics])] }),
  }));
}
