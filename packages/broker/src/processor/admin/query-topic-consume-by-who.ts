/** QUERY_TOPIC_CONSUME_BY_WHO: the groups that consume a topic or have. */
import { GroupList, type Processor, processor, QUERY_TOPIC_CONSUME_BY_WHO, ResponseCode } from '@rocketmq-ts/remoting';
import type { ConsumerManager } from '../../client/consumer-manager.js';
import type { ConsumerOffsetManager } from '../../offset/consumer-offset-manager.js';
import { Lanes } from '../lanes.js';

export interface QueryTopicConsumeByWhoParts {
  readonly consumers: Pick<ConsumerManager, 'groupsOf'>;
  readonly offsets: Pick<ConsumerOffsetManager, 'groupsOf'>;
}

/** Source: AdminBrokerProcessor#queryTopicConsumeByWho. */
export function queryTopicConsumeByWho({ consumers, offsets }: QueryTopicConsumeByWhoParts): Processor {
  return processor(QUERY_TOPIC_CONSUME_BY_WHO, Lanes.ADMIN, ({ topic }) => ({
    code: ResponseCode.SUCCESS,
    body: GroupList.encode({ groupList: [...new Set([...consumers.groupsOf(topic), ...offsets.groupsOf(topic)])] }),
  }));
}
