/** UPDATE_CONSUMER_OFFSET: a group commits how far it has consumed a queue. */
import { type Processor, processor, ResponseCode, UPDATE_CONSUMER_OFFSET } from '@rocketmq-ts/remoting';
import type { BrokerConfig } from '../config.js';
import type { ConsumerOffsetManager } from '../offset/consumer-offset-manager.js';
import type { SubscriptionGroupManager } from '../subscription/subscription-group-manager.js';
import { MAX_QUEUE_NUMS, type TopicConfigManager } from '../topic/topic-config-manager.js';
import { Lanes } from './lanes.js';

export interface UpdateConsumerOffsetParts {
  readonly config: Pick<BrokerConfig, 'useServerSideResetOffset'>;
  readonly topics: Pick<TopicConfigManager, 'has'>;
  readonly groups: Pick<SubscriptionGroupManager, 'has'>;
  readonly offsets: Pick<ConsumerOffsetManager, 'commit' | 'hasReset'>;
}

/** Source: ConsumerManageProcessor#updateConsumerOffset. */
export function updateConsumerOffset({ config, topics, groups, offsets }: UpdateConsumerOffsetParts): Processor {
  return processor(UPDATE_CONSUMER_OFFSET, Lanes.CONSUMER_MANAGE, (header, exchange) => {
    const { consumerGroup: group, topic, queueId, commitOffset: offset } = header;
    if (!groups.has(group)) {
      return { code: ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, remark: `Group ${group} not exist!` };
    }
    if (!topics.has(topic)) return { code: ResponseCode.TOPIC_NOT_EXIST, remark: `Topic ${topic} not exist!` };
    if (queueId < 0 || queueId >= MAX_QUEUE_NUMS) {
      return { code: ResponseCode.INVALID_PARAMETER, remark: `QueueId[${queueId}] is illegal, topic is ${topic}` };
    }
    if (config.useServerSideResetOffset && offsets.hasReset(topic, group, queueId)) {
      return { code: ResponseCode.SUCCESS, remark: 'Offset has been previously reset' };
    }
    offsets.commit({ clientHost: exchange.connection.remoteAddress, group, topic, queueId, offset });
    return { code: ResponseCode.SUCCESS };
  });
}
