/** DELETE_TOPIC_IN_BROKER: removes a topic, its offsets, its queues, and the POP retry topics that belong to it. */
import { popRetryTopicV1, popRetryTopicV2 } from '@rocketmq-ts/common';
import { DELETE_TOPIC_IN_BROKER, type Processor, processor, ResponseCode } from '@rocketmq-ts/remoting';
import type { Store, TimerMessageStore } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../../config.js';
import type { ConsumerOffsetManager } from '../../offset/consumer-offset-manager.js';
import type { BrokerStats } from '../../stats/broker-stats.js';
import type { TopicConfigManager } from '../../topic/topic-config-manager.js';
import { Lanes } from '../lanes.js';

export interface DeleteTopicParts {
  readonly config: Pick<
    BrokerConfig,
    'autoDeleteUnusedStats' | 'clearRetryTopicWhenDeleteTopic' | 'validateSystemTopicWhenUpdateTopic'
  >;
  readonly topics: Pick<TopicConfigManager, 'delete' | 'has' | 'isSystem'>;
  readonly offsets: Pick<ConsumerOffsetManager, 'groupsOf' | 'removeTopic'>;
  readonly store: Pick<Store, 'deleteTopics'>;
  readonly stats: Pick<BrokerStats, 'onTopicDeleted'>;
  /** Undefined without `timerWheelEnable`. */
  readonly timer: Pick<TimerMessageStore, 'metrics'> | undefined;
}

/** Source: AdminBrokerProcessor#deleteTopic. */
export function deleteTopicInBroker({ config, topics, offsets, store, stats, timer }: DeleteTopicParts): Processor {
  const retryTopicsOf = (topic: string): string[] => {
    if (!config.clearRetryTopicWhenDeleteTopic) return [];
    return [...offsets.groupsOf(topic)]
      .flatMap((group) => [popRetryTopicV2(topic, group), popRetryTopicV1(topic, group)])
      .filter((retryTopic) => topics.has(retryTopic));
  };

  return processor(DELETE_TOPIC_IN_BROKER, Lanes.ADMIN, ({ topic = '' }) => {
    if (topic.trim() === '') {
      return { code: ResponseCode.INVALID_PARAMETER, remark: 'The specified topic is blank.' };
    }
    if (config.validateSystemTopicWhenUpdateTopic && topics.isSystem(topic)) {
      return {
        code: ResponseCode.INVALID_PARAMETER,
        remark: `The topic[${topic}] is conflict with system topic.`,
      };
    }
    const gone = [topic, ...retryTopicsOf(topic)];
    for (const name of gone) {
      topics.delete(name);
      offsets.removeTopic(name);
      timer?.metrics.remove(name);
      if (config.autoDeleteUnusedStats) stats.onTopicDeleted(name);
    }
    store.deleteTopics(gone);
    return { code: ResponseCode.SUCCESS };
  });
}
