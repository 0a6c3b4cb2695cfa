/** CLONE_GROUP_OFFSET: copies the offsets of one group to another. */
import { validateGroup } from '@rocketmq-ts/common';
import { CLONE_GROUP_OFFSET, type Processor, processor, ResponseCode } from '@rocketmq-ts/remoting';
import type { ConsumerManager } from '../../client/consumer-manager.js';
import type { ConsumerOffsetManager } from '../../offset/consumer-offset-manager.js';
import type { TopicConfigManager } from '../../topic/topic-config-manager.js';
import { Lanes } from '../lanes.js';
import { isSubscribed } from './consume-stats.js';

export interface CloneGroupOffsetParts {
  readonly topics: Pick<TopicConfigManager, 'has'>;
  readonly consumers: Pick<ConsumerManager, 'find' | 'findSubscription'>;
  readonly offsets: Pick<ConsumerOffsetManager, 'clone' | 'topicsOf'>;
}

/**
 * Unlike the reference, which copies nothing when no topic is named, that means all topics of the group.
 * Source: AdminBrokerProcessor#cloneGroupOffset.
 */
export function cloneGroupOffset({ topics, consumers, offsets }: CloneGroupOffsetParts): Processor {
  return processor(CLONE_GROUP_OFFSET, Lanes.ADMIN, ({ srcGroup, destGroup, topic = '', offline }) => {
    const invalid = validateGroup(destGroup);
    if (invalid !== undefined) return { code: ResponseCode.INVALID_PARAMETER, remark: invalid };
    const names = topic.trim() === '' ? offsets.topicsOf(srcGroup) : [topic];
    for (const name of names) {
      if (topics.has(name) && (offline || isSubscribed({ consumers }, srcGroup, name))) {
        offsets.clone(srcGroup, destGroup, name);
      }
    }
    return { code: ResponseCode.SUCCESS };
  });
}
