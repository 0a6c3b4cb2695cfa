/** What a topic must be like that an administrator creates or changes. */
import { type TopicConfig, validateTopic } from '@rocketmq-ts/common';
import { type Answer, ResponseCode } from '@rocketmq-ts/remoting';
import type { BrokerConfig } from '../../config.js';
import { MAX_QUEUE_NUMS, type TopicConfigManager } from '../../topic/topic-config-manager.js';

export interface CreateTopicParts {
  readonly config: Pick<BrokerConfig, 'enableMixedMessageType' | 'validateSystemTopicWhenUpdateTopic'>;
  readonly topics: Pick<TopicConfigManager, 'isSystem' | 'select' | 'update'>;
}

/** The remark that the reference leaves on answers it says nothing else about. */
export const UNTOUCHED_REMARK = 'not set any response code';

/** Why a topic is refused, or undefined. */
export function topicRefusal({ config, topics }: CreateTopicParts, topic: TopicConfig): Answer<never> | undefined {
  const { topicName, readQueueNums, writeQueueNums, perm, attributes } = topic;
  const invalid = validateTopic(topicName);
  if (invalid !== undefined) return refusal(invalid);
  if (config.validateSystemTopicWhenUpdateTopic && topics.isSystem(topicName)) {
    return refusal(`The topic[${topicName}] is conflict with system topic.`);
  }
  if (!config.enableMixedMessageType && attributes.get('+message.type') === 'MIXED') {
    return refusal('MIXED message type is not supported.');
  }
  for (const count of [readQueueNums, writeQueueNums]) {
    if (count < 0 || count > MAX_QUEUE_NUMS) {
      return refusal(`The topic[${topicName}] may have 0 to ${MAX_QUEUE_NUMS} queues, not ${count}.`);
    }
  }
  if (perm < 0 || perm > MAX_PERM) return refusal(`The perm[${perm}] of topic[${topicName}] is illegal.`);
  return undefined;
}

const MAX_PERM = 15;

function refusal(remark: string): Answer<never> {
  return { code: ResponseCode.INVALID_PARAMETER, remark };
}
