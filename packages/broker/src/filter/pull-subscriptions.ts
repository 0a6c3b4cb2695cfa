/** Finds what a pull is filtered by: the subscription of the group's heartbeats, or the one in the request. */
import {
  type Clock,
  isRetryTopic,
  PullSysFlag,
  RocketMQError,
  type SubscriptionGroupConfig,
} from '@rocketmq-ts/common';
import {
  type ConsumerFilterData,
  ExpressionFilter,
  FilterError,
  isTagType,
  type MessageFilter,
  parseSubscription,
  RetryExpressionFilter,
  type SubscriptionData,
  TagFilter,
} from '@rocketmq-ts/filter';
import { type Exchange, type PullMessageRequestHeader, ResponseCode } from '@rocketmq-ts/remoting';
import type { ConsumerGroupInfo } from '../client/consumer-group-info.js';
import type { ConsumerManager } from '../client/consumer-manager.js';
import type { BrokerConfig } from '../config.js';
import { SUGGEST_FAQ } from '../processor/faq.js';
import type { PullSubscription, PullSubscriptions } from '../pull/pull-parts.js';
import type { SubscriptionGroupManager } from '../subscription/subscription-group-manager.js';
import type { ConsumerFilterManager } from './consumer-filter-manager.js';

export interface HeldPullSubscriptionsParts {
  readonly config: Pick<BrokerConfig, 'enablePropertyFilter' | 'filterSupportRetry' | 'rejectPullConsumerEnable'>;
  readonly clock: Clock;
  readonly consumers: Pick<ConsumerManager, 'find' | 'compensate'>;
  readonly groups: Pick<SubscriptionGroupManager, 'isReadForbidden'>;
  readonly filters: Pick<ConsumerFilterManager, 'find' | 'build' | 'bloomFilter'>;
}

/** Subscriptions of requests that are kept parsed. */
const MAX_PARSED = 4096;
/** Longer expressions are parsed anew for each pull. */
const MAX_PARSED_CHARS = 1024;
/** Groups of the reference's own tools that may always pull. Source: MixAll#isSysConsumerGroupPullMessage. */
const SYSTEM_PULL_GROUPS: ReadonlySet<string> = new Set([
  'DEFAULT_CONSUMER',
  'TOOLS_CONSUMER',
  'SCHEDULE_CONSUMER',
  'FILTERSRV_CONSUMER',
  '__MONITOR_CONSUMER',
  'SELF_TEST_C_GROUP',
  'CID_ONS-HTTP-PROXY',
  'CID_ONSAPI_PERMISSION',
  'CID_ONSAPI_OWNER',
  'CID_ONSAPI_PULL',
  'CID_RMQ_SYS_TRANS',
]);

/** Source: PullMessageProcessor#processRequest, the checks between topic and store. */
export class HeldPullSubscriptions implements PullSubscriptions {
  readonly #parts: HeldPullSubscriptionsParts;
  /** What requests brought, parsed, the latest used last. */
  readonly #parsed = new Map<string, PullSubscription>();
  /** By the subscription of a heartbeat, or by the filter data of one. */
  readonly #held = new WeakMap<SubscriptionData | ConsumerFilterData, PullSubscription>();

  constructor(parts: HeldPullSubscriptionsParts) {
    this.#parts = parts;
  }

  mustFind(header: PullMessageRequestHeader, group: SubscriptionGroupConfig, exchange: Exchange): PullSubscription {
    const subscription =
      (header.sysFlag & PullSysFlag.SUBSCRIPTION) !== 0 ? this.#ofRequest(header) : this.#ofHeartbeat(header, group);
    const { expressionType } = subscription.data;
    if (!this.#parts.config.enablePropertyFilter && !isTagType(expressionType)) {
      throw new RocketMQError(
        ResponseCode.SYSTEM_ERROR,
        `The broker does not support consumer to filter message by ${expressionType}`,
      );
    }
    if (this.#parts.config.rejectPullConsumerEnable) this.#mustMayPull(header.consumerGroup, exchange);
    return subscription;
  }

  #ofRequest(header: PullMessageRequestHeader): PullSubscription {
    const { topic, subscription = '', expressionType, consumerGroup } = header;
    const key = isTagType(expressionType)
      ? `${topic} ${subscription}`
      : `${topic} ${expressionType} ${consumerGroup} ${subscription}`;
    const known = this.#parsed.get(key);
    const found = known ?? this.#parse(header);
    if (known === undefined && key.length <= MAX_PARSED_CHARS) this.#remember(key, found);
    this.#parts.consumers.compensate(consumerGroup, found.data);
    return found;
  }

  #parse(header: PullMessageRequestHeader): PullSubscription {
    const { topic, subscription, expressionType, consumerGroup, subVersion } = header;
    try {
      const data = parseSubscription(topic, subscription, expressionType, this.#parts.clock.now());
      if (isTagType(data.expressionType)) return { data, filter: new TagFilter(data) };
      return this.#byExpression(data, this.#parts.filters.build(consumerGroup, data, subVersion));
    } catch (error) {
      if (!(error instanceof FilterError)) throw error;
      throw new RocketMQError(ResponseCode.SUBSCRIPTION_PARSE_FAILED, "parse the consumer's subscription failed", {
        cause: error,
      });
    }
  }

  #remember(key: string, subscription: PullSubscription): void {
    this.#parsed.set(key, subscription);
    if (this.#parsed.size <= MAX_PARSED) return;
    const oldest = this.#parsed.keys().next();
    if (!oldest.done) this.#parsed.delete(oldest.value);
  }

  #ofHeartbeat(header: PullMessageRequestHeader, group: SubscriptionGroupConfig): PullSubscription {
    const { consumerGroup, topic, subVersion } = header;
    const info = this.#mustInfo(consumerGroup);
    if (!group.consumeBroadcastEnable && info.isBroadcast) {
      throw new RocketMQError(
        ResponseCode.NO_PERMISSION,
        `the consumer group[${consumerGroup}] can not consume by broadcast way`,
      );
    }
    if (this.#parts.groups.isReadForbidden(group.groupName, topic)) {
      throw new RocketMQError(
        ResponseCode.NO_PERMISSION,
        `the consumer group[${consumerGroup}] is forbidden for topic[${topic}]`,
      );
    }
    const data = info.subscriptions.get(topic);
    if (data === undefined) {
      throw new RocketMQError(
        ResponseCode.SUBSCRIPTION_NOT_EXIST,
        `the consumer's subscription not exist${SUGGEST_FAQ}`,
      );
    }
    if (data.subVersion < subVersion) {
      throw new RocketMQError(ResponseCode.SUBSCRIPTION_NOT_LATEST, "the consumer's subscription not latest");
    }
    return isTagType(data.expressionType) ? this.#heldByTags(data) : this.#heldByExpression(data, header);
  }

  #mustInfo(group: string): ConsumerGroupInfo {
    const info = this.#parts.consumers.find(group);
    if (info !== undefined) return info;
    throw new RocketMQError(ResponseCode.SUBSCRIPTION_NOT_EXIST, `the consumer's group info not exist${SUGGEST_FAQ}`);
  }

  #heldByTags(data: SubscriptionData): PullSubscription {
    const known = this.#held.get(data);
    if (known !== undefined) return known;
    const made = { data, filter: mustFilter(() => new TagFilter(data)) };
    this.#held.set(data, made);
    return made;
  }

  #heldByExpression(data: SubscriptionData, header: PullMessageRequestHeader): PullSubscription {
    const filterData = this.#parts.filters.find(header.topic, header.consumerGroup);
    if (filterData === undefined) {
      throw new RocketMQError(
        ResponseCode.FILTER_DATA_NOT_EXIST,
        "The broker's consumer filter data is not exist!Your expression may be wrong!",
      );
    }
    if (filterData.clientVersion < header.subVersion) {
      throw new RocketMQError(ResponseCode.FILTER_DATA_NOT_LATEST, "the consumer's consumer filter data not latest");
    }
    const known = this.#held.get(filterData);
    if (known !== undefined && known.data === data) return known;
    const made = this.#byExpression(data, filterData);
    this.#held.set(filterData, made);
    return made;
  }

  #byExpression(data: SubscriptionData, filterData: ConsumerFilterData): PullSubscription {
    const { config, filters } = this.#parts;
    if (config.filterSupportRetry && isRetryTopic(data.topic)) {
      const filterDataOf = (topic: string) => filters.find(topic, filterData.consumerGroup);
      return { data, filter: mustFilter(() => new RetryExpressionFilter({ subscription: data, filterDataOf })) };
    }
    const options = { subscription: data, bloomFilter: filters.bloomFilter };
    return { data, filter: mustFilter(() => new ExpressionFilter(filterData, options)) };
  }

  /** Pull consumers have to be known by heartbeats when others are refused. */
  #mustMayPull(group: string, exchange: Exchange): void {
    const info = this.#parts.consumers.find(group);
    if (info !== undefined && info.profile.consumeType !== 'CONSUME_ACTIVELY') return;
    if (info?.channels.has(exchange.connection) || SYSTEM_PULL_GROUPS.has(group)) return;
    throw new RocketMQError(
      ResponseCode.SUBSCRIPTION_NOT_EXIST,
      `the consumer's group info not exist, or the pull consumer is rejected by server.${SUGGEST_FAQ}`,
    );
  }
}

/** Subscriptions that no filter serves are answered, not thrown. */
function mustFilter(make: () => MessageFilter): MessageFilter {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    throw new RocketMQError(ResponseCode.SUBSCRIPTION_PARSE_FAILED, error.message, { cause: error });
  }
}
