/** The topics that a broker makes for itself when it starts, with the settings the reference gives them. */
import {
  createTopicConfig,
  PermName,
  replyTopicOf,
  SystemTopic,
  TIMER_TOPIC,
  type TopicConfig,
} from '@rocketmq-ts/common';
import type { BrokerConfig } from '../config.js';

/** What decides which system topics there are. */
export type SystemTopicConfig = Pick<
  BrokerConfig,
  | 'autoCreateTopicEnable'
  | 'brokerClusterName'
  | 'brokerName'
  | 'brokerTopicEnable'
  | 'clusterTopicEnable'
  | 'defaultTopicQueueNums'
  | 'msgTraceTopicName'
  | 'reviveQueueNum'
  | 'traceTopicEnable'
>;

const READ_WRITE = PermName.READ | PermName.WRITE;
const BENCHMARK_QUEUES = 1024;
const SCHEDULE_QUEUES = 18;
/** Where the check points and acknowledgements of POP go. Source: PopAckConstants. */
const REVIVE_TOPIC_PREFIX = 'rmq_sys_REVIVE_LOG_';
/** Source: TopicValidator. */
const SYNC_BROKER_MEMBER_GROUP_PREFIX = 'rmq_sys_SYNC_BROKER_MEMBER_';

function withQueues(topic: string, queueNums: number, perm: number = READ_WRITE): TopicConfig {
  return createTopicConfig(topic, { readQueueNums: queueNums, writeQueueNums: queueNums, perm });
}

function permOf(enabled: boolean): number {
  return PermName.INHERIT | (enabled ? READ_WRITE : 0);
}

/** Source: TopicConfigManager#init. */
export function systemTopicConfigs(config: SystemTopicConfig, timerWheelEnable: boolean): TopicConfig[] {
  const { brokerClusterName, brokerName } = config;
  const topics = [withQueues(SystemTopic.SELF_TEST, 1)];
  if (config.autoCreateTopicEnable) {
    topics.push(withQueues(SystemTopic.AUTO_CREATE_TOPIC_KEY, config.defaultTopicQueueNums, permOf(true)));
  }
  topics.push(
    withQueues(SystemTopic.BENCHMARK, BENCHMARK_QUEUES),
    createTopicConfig(brokerClusterName, { perm: permOf(config.clusterTopicEnable) }),
    withQueues(brokerName, 1, permOf(config.brokerTopicEnable)),
    withQueues(SystemTopic.OFFSET_MOVED_EVENT, 1),
    withQueues(SystemTopic.SCHEDULE, SCHEDULE_QUEUES),
  );
  if (config.traceTopicEnable) topics.push(withQueues(config.msgTraceTopicName, 1));
  topics.push(
    withQueues(replyTopicOf(brokerClusterName), 1),
    withQueues(REVIVE_TOPIC_PREFIX + brokerClusterName, config.reviveQueueNum),
    withQueues(SYNC_BROKER_MEMBER_GROUP_PREFIX + brokerName, 1, PermName.INHERIT),
    withQueues(SystemTopic.TRANS_HALF, 1),
    withQueues(SystemTopic.TRANS_OP_HALF, 1),
    withQueues(SystemTopic.ROCKSDB_TRANS_HALF, 1),
    withQueues(SystemTopic.ROCKSDB_TRANS_OP_HALF, 1),
  );
  if (timerWheelEnable) topics.push(withQueues(TIMER_TOPIC, 1));
  return topics;
}
