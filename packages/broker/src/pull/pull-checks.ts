/** Whether a pull may be served at all: the broker, the group, the topic and the queue that it names. */
import { isReadable, RocketMQError, type SubscriptionGroupConfig, type TopicConfig } from '@rocketmq-ts/common';
import { type PullMessageRequestHeader, ResponseCode } from '@rocketmq-ts/remoting';
import { SUGGEST_FAQ } from '../processor/faq.js';
import type { PullAnswer, PullExchange, PullParts } from './pull-parts.js';

/** Why consumption is forbidden. Source: ForbiddenType. */
export const ForbiddenType = { BROKER: 1, GROUP: 2, TOPIC: 3, BROADCASTING_DISABLED: 4, SUBSCRIPTION: 5 } as const;

/** The broker that clients read from unless told otherwise. */
export const MASTER_ID = 0;

/** What a pull that may be served reads from. */
export interface PullTarget {
  readonly topicConfig: TopicConfig;
  readonly group: SubscriptionGroupConfig;
}

/** Source: PullMessageProcessor#processRequest, its first half. */
export class PullChecks {
  readonly #parts: Pick<PullParts, 'config' | 'topics' | 'groups'>;

  constructor(parts: Pick<PullParts, 'config' | 'topics' | 'groups'>) {
    this.#parts = parts;
  }

  /** The target, or the answer that refuses; other refusals are thrown as RocketMQError. */
  check(header: PullMessageRequestHeader, exchange: PullExchange): PullTarget | PullAnswer {
    const refusal = this.#refusal(header);
    if (refusal !== undefined) return refusal;
    const group = this.#mustGroup(header.consumerGroup);
    if (!group.consumeEnable) {
      return forbidden(ForbiddenType.GROUP, `subscription group no permission, ${header.consumerGroup}`);
    }
    const topicConfig = this.#mustTopic(header.topic);
    if (!isReadable(topicConfig.perm)) {
      return forbidden(ForbiddenType.TOPIC, `the topic[${header.topic}] pulling message is forbidden`);
    }
    if (header.queueId < 0 || header.queueId >= topicConfig.readQueueNums) {
      throw new RocketMQError(
        ResponseCode.INVALID_PARAMETER,
        `queueId[${header.queueId}] is illegal, topic:[${header.topic}] topicConfig.readQueueNums:[${topicConfig.readQueueNums}] consumer:[${exchange.connection.remoteAddress}]`,
      );
    }
    return { topicConfig, group };
  }

  #refusal(header: PullMessageRequestHeader): PullAnswer | undefined {
    const { brokerPermission, brokerIP1, brokerId, slaveReadEnable } = this.#parts.config;
    if (brokerId !== MASTER_ID && !slaveReadEnable) {
      return { code: ResponseCode.SYSTEM_BUSY, remark: '[REJECTREQUEST]system busy, start flow control for a while' };
    }
    if (!isReadable(brokerPermission))
      return forbidden(ForbiddenType.BROKER, `the broker[${brokerIP1}] pulling message is forbidden`);
    if (header.maxMsgNums <= 0) {
      return {
        code: ResponseCode.INVALID_PARAMETER,
        remark: `maxMsgNums[${header.maxMsgNums}] is illegal, it must be above 0`,
      };
    }
    return undefined;
  }

  #mustGroup(name: string): SubscriptionGroupConfig {
    const group = this.#parts.groups.find(name);
    if (group === undefined) {
      throw new RocketMQError(
        ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST,
        `subscription group [${name}] does not exist, ${SUGGEST_FAQ}`,
      );
    }
    return group;
  }

  #mustTopic(topic: string): TopicConfig {
    const topicConfig = this.#parts.topics.select(topic);
    if (topicConfig === undefined) {
      throw new RocketMQError(
        ResponseCode.TOPIC_NOT_EXIST,
        `topic[${topic}] not exist, apply first please! ${SUGGEST_FAQ}`,
      );
    }
    return topicConfig;
  }
}

/** The answer to who may not consume, and why. */
export function forbidden(forbiddenType: number, remark: string): PullAnswer {
  return {
    code: ResponseCode.NO_PERMISSION,
    remark,
    header: { suggestWhichBrokerId: MASTER_ID, nextBeginOffset: 0, minOffset: 0, maxOffset: 0, forbiddenType },
  };
}
