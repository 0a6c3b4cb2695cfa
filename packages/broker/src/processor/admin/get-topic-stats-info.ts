/** GET_TOPIC_STATS_INFO: offsets and last update of each queue of a topic. */
import type { MessageQueue } from '@rocketmq-ts/common';
import {
  GET_TOPIC_STATS_INFO,
  type Processor,
  processor,
  ResponseCode,
  type TopicOffset,
  TopicStatsTable,
} from '@rocketmq-ts/remoting';
import type { Store } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../../config.js';
import type { BrokerStats } from '../../stats/broker-stats.js';
import type { TopicConfigManager } from '../../topic/topic-config-manager.js';
import { Lanes } from '../lanes.js';

export interface GetTopicStatsInfoParts {
  readonly config: Pick<BrokerConfig, 'brokerName'>;
  readonly topics: Pick<TopicConfigManager, 'select'>;
  readonly store: Pick<Store, 'minOffsetInQueue' | 'maxOffsetInQueue' | 'storeTimestampOf'>;
  readonly stats: Pick<BrokerStats, 'putTps'>;
}

/** Source: AdminBrokerProcessor#getTopicStatsInfo. */
export function getTopicStatsInfo({ config, topics, store, stats }: GetTopicStatsInfoParts): Processor {
  const offsetOf = async (topic: string, queueId: number): Promise<TopicOffset> => {
    const maxOffset = store.maxOffsetInQueue(topic, queueId);
    const lastUpdateTimestamp = maxOffset > 0 ? await store.storeTimestampOf(topic, queueId, maxOffset - 1) : 0;
    return { minOffset: Math.max(0, store.minOffsetInQueue(topic, queueId)), maxOffset, lastUpdateTimestamp };
  };

  return processor(GET_TOPIC_STATS_INFO, Lanes.ADMIN, async ({ topic }) => {
    const topicConfig = topics.select(topic);
    if (topicConfig === undefined) {
      return { code: ResponseCode.TOPIC_NOT_EXIST, remark: `topic[${topic}] not exist` };
    }
    const offsetTable = new Map<MessageQueue, TopicOffset>();
    const queueCount = Math.max(topicConfig.writeQueueNums, topicConfig.readQueueNums);
    for (let queueId = 0; queueId < queueCount; queueId++) {
      offsetTable.set({ topic, brokerName: config.brokerName, queueId }, await offsetOf(topic, queueId));
    }
    return {
      code: ResponseCode.SUCCESS,
      body: TopicStatsTable.encode({ offsetTable, topicPutTps: stats.putTps(topic) }),
    };
  });
}
