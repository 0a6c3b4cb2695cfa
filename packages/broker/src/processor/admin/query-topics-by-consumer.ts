/** QUERY_TOPICS_BY_CONSUMER: the topics that a group has offsets for. */
import { type Processor, processor, QUERY_TOPICS_BY_CONSUMER, ResponseCode, TopicList } from '@rocketmq-ts/remoting';
import type { ConsumerOffsetManager } from '../../offset/consumer-offset-manager.js';
import { Lanes } from '../lanes.js';

export interface QueryTopicsByConsumerParts {
  readonly address: string;
  readonly offsets: Pick<ConsumerOffsetManager, 'topicsOf'>;
}

/** Source: AdminBrokerProcessor#queryTopicsByConsumer. */
export function queryTopicsByConsumer({ address, offsets }: QueryTopicsByConsumerParts): Processor {
  return processor(QUERY_TOPICS_BY_CONSUMER, Lanes.ADMIN, ({ group }) => ({
    code: ResponseCode.SUCCESS,
    body: TopicList.encode({ topicList: [...offsets.topicsOf(group)], brokerAddr: address }),
  }));
}
