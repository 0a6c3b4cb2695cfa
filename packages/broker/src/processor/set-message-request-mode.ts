/** SET_MESSAGE_REQUEST_MODE: chooses between pull and pop for a group on a topic. */
import { isRetryTopic } from '@rocketmq-ts/common';
import {
  type Processor,
  processor,
  ResponseCode,
  SET_MESSAGE_REQUEST_MODE,
  SetMessageRequestModeRequestBody,
} from '@rocketmq-ts/remoting';
import type { MessageRequestModeManager } from '../client/message-request-mode-manager.js';
import type { SubscriptionGroupManager } from '../subscription/subscription-group-manager.js';
import type { TopicConfigManager } from '../topic/topic-config-manager.js';
import { decodeBody } from './decode-body.js';
import { Lanes } from './lanes.js';

export interface SetMessageRequestModeParts {
  readonly topics: Pick<TopicConfigManager, 'has'>;
  readonly groups: Pick<SubscriptionGroupManager, 'find'>;
  readonly modes: Pick<MessageRequestModeManager, 'set'>;
}

/** Source: QueryAssignmentProcessor#setMessageRequestMode. */
export function setMessageRequestMode({ topics, groups, modes }: SetMessageRequestModeParts): Processor {
  return processor(SET_MESSAGE_REQUEST_MODE, Lanes.LOAD_BALANCE, (_header, exchange) => {
    const body = decodeBody(SetMessageRequestModeRequestBody, exchange);
    const { topic = '', consumerGroup = '' } = body;
    if (isRetryTopic(topic)) {
      return { code: ResponseCode.NO_PERMISSION, remark: 'retry topic is not allowed to set mode' };
    }
    if (!topics.has(topic)) return { code: ResponseCode.TOPIC_NOT_EXIST, remark: `topic[${topic}] not exist` };
    if (groups.find(consumerGroup) === undefined) {
      return { code: ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, remark: 'subscription group does not exist' };
    }
    modes.set(topic, consumerGroup, body);
    return { code: ResponseCode.SUCCESS };
  });
}
