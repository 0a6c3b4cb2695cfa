/** QUERY_CONSUME_TIME_SPAN: oldest, newest and consumed message times of a group, queue by queue. */
import type { Clock } from '@rocketmq-ts/common';
import {
  type Processor,
  processor,
  QUERY_CONSUME_TIME_SPAN,
  QueryConsumeTimeSpanBody,
  type QueueTimeSpan,
  ResponseCode,
} from '@rocketmq-ts/remoting';
import type { Store } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../../config.js';
import type { ConsumerOffsetManager } from '../../offset/consumer-offset-manager.js';
import type { TopicConfigManager } from '../../topic/topic-config-manager.js';
import { Lanes } from '../lanes.js';

export interface QueryConsumeTimeSpanParts {
  readonly config: Pick<BrokerConfig, 'brokerName'>;
  readonly clock: Clock;
  readonly topics: Pick<TopicConfigManager, 'select'>;
  readonly offsets: Pick<ConsumerOffsetManager, 'query'>;
  readonly store: Pick<Store, 'earliestStoreTimestamp' | 'maxOffsetInQueue' | 'storeTimestampOf'>;
}

/** Source: AdminBrokerProcessor#queryConsumeTimeSpan. */
export function queryConsumeTimeSpan({ config, clock, topics, offsets, store }: QueryConsumeTimeSpanParts): Processor {
  const spanOf = async (group: string, topic: string, queueId: number): Promise<QueueTimeSpan> => {
    const maxOffset = store.maxOffsetInQueue(topic, queueId);
    const consumerOffset = offsets.query(group, topic, queueId);
    const minTimeStamp = await store.earliestStoreTimestamp(topic, queueId);
    const timeAt = (offset: number) => store.storeTimestampOf(topic, queueId, offset);
    return {
      messageQueue: { topic, brokerName: config.brokerName, queueId },
      minTimeStamp,
      maxTimeStamp: await timeAt(maxOffset - 1),
      consumeTimeStamp: consumerOffset > 0 ? await timeAt(consumerOffset - 1) : minTimeStamp,
      delayTime: consumerOffset < maxOffset ? clock.now() - (await timeAt(consumerOffset)) : 0,
    };
  };

  return processor(QUERY_CONSUME_TIME_SPAN, Lanes.ADMIN, async ({ topic, group }) => {
    const topicConfig = topics.select(topic);
    if (topicConfig === undefined) {
      return { code: ResponseCode.TOPIC_NOT_EXIST, remark: `topic[${topic}] not exist` };
    }
    const consumeTimeSpanSet: QueueTimeSpan[] = [];
    for (let queueId = 0; queueId < topicConfig.writeQueueNums; queueId++) {
      consumeTimeSpanSet.push(await spanOf(group, topic, queueId));
    }
    return { code: ResponseCode.SUCCESS, body: QueryConsumeTimeSpanBody.encode({ consumeTimeSpanSet }) };
  });
}
