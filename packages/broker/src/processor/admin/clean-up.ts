/** CLEAN_EXPIRED_CONSUMEQUEUE, DELETE_EXPIRED_COMMITLOG and CLEAN_UNUSED_TOPIC: clean up now rather than at the usual time. */
import {
  CLEAN_EXPIRED_CONSUMEQUEUE,
  CLEAN_UNUSED_TOPIC,
  DELETE_EXPIRED_COMMITLOG,
  type Processor,
  processor,
  ResponseCode,
} from '@rocketmq-ts/remoting';
import type { Store } from '@rocketmq-ts/store';
import type { TopicConfigManager } from '../../topic/topic-config-manager.js';
import { Lanes } from '../lanes.js';

export interface CleanUpParts {
  readonly store: Pick<Store, 'cleanExpiredQueues' | 'cleanUnusedTopics' | 'deleteExpiredFiles'>;
  readonly topics: Pick<TopicConfigManager, 'table'>;
}

/** Source: AdminBrokerProcessor#cleanExpiredConsumeQueue, #deleteExpiredCommitLog, #cleanUnusedTopic. */
export function cleanUpProcessors({ store, topics }: CleanUpParts): Processor[] {
  return [
    processor(CLEAN_EXPIRED_CONSUMEQUEUE, Lanes.ADMIN, async () => {
      await store.cleanExpiredQueues();
      return { code: ResponseCode.SUCCESS };
    }),
    processor(DELETE_EXPIRED_COMMITLOG, Lanes.ADMIN, () => {
      store.deleteExpiredFiles();
      return { code: ResponseCode.SUCCESS };
    }),
    processor(CLEAN_UNUSED_TOPIC, Lanes.ADMIN, () => {
      store.cleanUnusedTopics(new Set(topics.table.keys()));
      return { code: ResponseCode.SUCCESS };
    }),
  ];
}
