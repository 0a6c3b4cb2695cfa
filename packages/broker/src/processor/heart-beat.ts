/** HEART_BEAT: a client announces its groups and subscriptions. */
import {
  buildTopicSysFlag,
  type Clock,
  PermName,
  RocketMQError,
  retryTopicOf,
  validateGroup,
} from '@rocketmq-ts/common';
import { FILTER_LIMITS } from '@rocketmq-ts/filter';
import {
  type ConsumerData,
  type Exchange,
  HEART_BEAT,
  type HeartbeatData,
  type HeartbeatResponseHeader,
  type Processor,
  processor,
  ResponseCode,
  type SubscriptionData,
} from '@rocketmq-ts/remoting';
import { type ClientChannel, MAX_CLIENT_ID_CHARS } from '../client/client-channel.js';
import type { ConsumerManager } from '../client/consumer-manager.js';
import { LastHeartbeats } from '../client/last-heartbeats.js';
import type { ProducerManager } from '../client/producer-manager.js';
import type { BrokerConfig } from '../config.js';
import type { SubscriptionGroupManager } from '../subscription/subscription-group-manager.js';
import type { TopicConfigManager } from '../topic/topic-config-manager.js';
import { Lanes } from './lanes.js';

export interface HeartBeatParts {
  readonly config: Pick<BrokerConfig, 'rejectPullConsumerEnable'>;
  readonly clock: Clock;
  readonly consumers: Pick<ConsumerManager, 'find' | 'register'>;
  readonly producers: Pick<ProducerManager, 'register' | 'lease' | 'renew'>;
  readonly topics: Pick<TopicConfigManager, 'createInSendBack' | 'isOrderTopic'>;
  readonly groups: Pick<SubscriptionGroupManager, 'find'>;
}

const MAX_GROUPS = 2000;
const MAX_SUBSCRIPTIONS = 10_000;
const MAX_TOPIC_CHARS = 255;
/** Fingerprints that are kept at most. */
const MAX_FINGERPRINTS = 100_000;

/** Source: ClientManageProcessor#heartBeat, #heartBeatV2. */
export function heartBeat(parts: HeartBeatParts): Processor {
  /** The fingerprint of each group's last heartbeat, the latest last. */
  const fingerprints = new Map<string, number>();
  const lastHeartbeats = new LastHeartbeats();

  const takeFingerprint = (group: string, fingerprint: number): boolean => {
    const known = fingerprints.get(group);
    fingerprints.delete(group);
    fingerprints.set(group, fingerprint);
    if (fingerprints.size > MAX_FINGERPRINTS) {
      const oldest = fingerprints.keys().next();
      if (!oldest.done) fingerprints.delete(oldest.value);
    }
    return known !== undefined && known !== fingerprint;
  };

  return processor(HEART_BEAT, Lanes.HEARTBEAT, (_header, exchange) => {
    const last = lastHeartbeats.decode(exchange);
    const { heartbeat } = last;
    const fingerprint = heartbeat.heartbeatFingerprint;
    let isSubChange = fingerprint === 0;
    // What thousands of idle clients say all the time.
    if (last.lease !== undefined && parts.producers.renew(last.lease)) return answer(isSubChange);
    mustBeAcceptable(heartbeat);
    const channel = channelOf(heartbeat, exchange, parts.clock);
    for (const consumer of heartbeat.consumerDataSet) {
      if (parts.config.rejectPullConsumerEnable && consumer.consumeType === 'CONSUME_ACTIVELY') continue;
      if (validateGroup(consumer.groupName) !== undefined) continue;
      if (takeFingerprint(consumer.groupName, fingerprint) && fingerprint !== 0) isSubChange = true;
      registerConsumer(parts, { channel, consumer, withoutSub: fingerprint !== 0 && heartbeat.withoutSub });
    }
    const producers: (ClientChannel | undefined)[] = [];
    for (const { groupName } of heartbeat.producerDataSet) {
      if (validateGroup(groupName) === undefined) producers.push(parts.producers.register(groupName, channel));
    }
    last.lease = heartbeat.consumerDataSet.length === 0 ? parts.producers.lease(producers) : undefined;
    return answer(isSubChange);
  });
}

function answer(isSubChange: boolean) {
  return { code: ResponseCode.SUCCESS, header: { isSupportHeartBeatV2: true, isSubChange } };
}

function mustBeAcceptable(heartbeat: HeartbeatData): void {
  const { clientID, producerDataSet, consumerDataSet } = heartbeat;
  if (clientID === '' || clientID.length > MAX_CLIENT_ID_CHARS) {
    throw new RocketMQError(
      ResponseCode.INVALID_PARAMETER,
      `the client id has ${clientID.length} characters, it must have 1 to ${MAX_CLIENT_ID_CHARS}`,
    );
  }
  if (producerDataSet.length > MAX_GROUPS || consumerDataSet.length > MAX_GROUPS) {
    throw new RocketMQError(ResponseCode.INVALID_PARAMETER, `a heartbeat may name ${MAX_GROUPS} groups at most`);
  }
}

function channelOf(heartbeat: HeartbeatData, exchange: Exchange<HeartbeatResponseHeader>, clock: Clock): ClientChannel {
  return {
    connection: exchange.connection,
    clientId: heartbeat.clientID,
    language: exchange.command.language,
    version: exchange.command.version,
    lastUpdateTimestamp: clock.now(),
  };
}

function registerConsumer(
  { consumers, topics, groups }: HeartBeatParts,
  { channel, consumer, withoutSub }: { channel: ClientChannel; consumer: ConsumerData; withoutSub: boolean },
): void {
  const { groupName, consumeType, messageModel, consumeFromWhere } = consumer;
  const group = groups.find(groupName);
  if (group === undefined) return;
  const subscriptions = withoutSub
    ? [...(consumers.find(groupName)?.subscriptions.values() ?? [])]
    : consumer.subscriptionDataSet.filter(isAcceptable).slice(0, MAX_SUBSCRIPTIONS);
  topics.createInSendBack({
    topic: retryTopicOf(groupName),
    queueNums: group.retryQueueNums,
    perm: PermName.READ | PermName.WRITE,
    order: subscriptions.some(({ topic }) => topics.isOrderTopic(topic)),
    sysFlag: consumer.unitMode ? buildTopicSysFlag({ hasUnitSub: true }) : 0,
  });
  consumers.register({
    group: groupName,
    channel,
    profile: { consumeType, messageModel, consumeFromWhere },
    subscriptions: withoutSub ? undefined : subscriptions,
    notify: group.notifyConsumerIdsChangedEnable,
  });
}

function isAcceptable({ topic, subString, tagsSet, codeSet }: SubscriptionData): boolean {
  return (
    topic !== '' &&
    topic.length <= MAX_TOPIC_CHARS &&
    subString.length <= FILTER_LIMITS.expressionLength &&
    tagsSet.size <= FILTER_LIMITS.terms &&
    codeSet.size <= FILTER_LIMITS.terms
  );
}
