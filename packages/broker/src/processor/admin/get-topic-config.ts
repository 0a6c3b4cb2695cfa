/** GET_TOPIC_CONFIG: the settings of one topic. */
import {
  GET_TOPIC_CONFIG,
  type Processor,
  processor,
  ResponseCode,
  TopicConfigAndQueueMapping,
} from '@rocketmq-ts/remoting';
import type { TopicConfigManager } from '../../topic/topic-config-manager.js';
import { Lanes } from '../lanes.js';

/** Source: AdminBrokerProcessor#getTopicConfig. */
export function getTopicConfig({ topics }: { topics: Pick<TopicConfigManager, 'select'> }): Processor {
  return processor(GET_TOPIC_CONFIG, Lanes.ADMIN, ({ topic }) => {
    const topicConfig = topics.select(topic);
    if (topicConfig === undefined) {
      return { code: ResponseCode.TOPIC_NOT_EXIST, remark: `No topic in this broker. topic: ${topic}` };
    }
    const body = TopicConfigAndQueueMapping.encode({ topicConfig, mappingDetail: undefined });
    return { code: ResponseCode.SUCCESS, body };
  });
}
