/** CONSUME_MESSAGE_DIRECTLY: makes one consumer process a given message. */
import { decodeMessageId, MessageFormatError } from '@rocketmq-ts/common';
import {
  type Answer,
  CONSUME_MESSAGE_DIRECTLY,
  ConsumeMessageDirectlyResultRequestHeader,
  codecOf,
  type Processor,
  processor,
  ResponseCode,
} from '@rocketmq-ts/remoting';
import type { Store } from '@rocketmq-ts/store';
import type { ConsumerManager } from '../../client/consumer-manager.js';
import type { BrokerConfig } from '../../config.js';
import type { SubscriptionGroupManager } from '../../subscription/subscription-group-manager.js';
import type { TopicConfigManager } from '../../topic/topic-config-manager.js';
import { callConsumer } from '../call-client.js';
import { Lanes } from '../lanes.js';

export interface ConsumeMessageDirectlyParts {
  readonly config: Pick<BrokerConfig, 'brokerName'>;
  readonly consumers: Pick<ConsumerManager, 'findChannel'>;
  readonly topics: Pick<TopicConfigManager, 'select'>;
  readonly groups: Pick<SubscriptionGroupManager, 'find'>;
  readonly store: Pick<Store, 'recordAt'>;
}

const CODEC = codecOf(ConsumeMessageDirectlyResultRequestHeader);

/** Source: AdminBrokerProcessor#consumeMessageDirectly. */
export function consumeMessageDirectly(parts: ConsumeMessageDirectlyParts): Processor {
  const { config, consumers, topics, groups, store } = parts;
  const { code, name } = CONSUME_MESSAGE_DIRECTLY;
  return processor(CONSUME_MESSAGE_DIRECTLY, Lanes.ADMIN, async (header): Promise<Answer<never>> => {
    const { consumerGroup: group, clientId = '', topic, msgId = '' } = header;
    const offset = physicalOffsetOf(msgId);
    const body = offset === undefined ? undefined : await store.recordAt(offset);
    if (body === undefined) {
      return { code: ResponseCode.SYSTEM_ERROR, remark: `can not find message by the id, ${msgId.slice(0, 64)}` };
    }
    const values = {
      ...header,
      brokerName: config.brokerName,
      topicSysFlag: topic === undefined ? undefined : topics.select(topic)?.topicSysFlag,
      groupSysFlag: groups.find(group)?.groupSysFlag,
    };
    const request = { code, name, codec: CODEC, values, body };
    return callConsumer(consumers, { group, clientId }, request);
  });
}

function physicalOffsetOf(msgId: string): number | undefined {
  try {
    return decodeMessageId(msgId).offset;
  } catch (error) {
    if (error instanceof MessageFormatError) return undefined;
    throw error;
  }
}
