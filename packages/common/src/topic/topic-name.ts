/** Names with a meaning: system topics and groups, and the names derived from topics and groups (retry, DLQ, POP retry, reply, light queues). */

export const RETRY_TOPIC_PREFIX = '%RETRY%';
export const DLQ_TOPIC_PREFIX = '%DLQ%';
export const LMQ_PREFIX = '%LMQ%';
export const SYSTEM_TOPIC_PREFIX = 'rmq_sys_';
export const SYSTEM_GROUP_PREFIX = 'CID_RMQ_SYS_';
export const REPLY_TOPIC_POSTFIX = 'REPLY_TOPIC';
/** Separates light queues in the property INNER_MULTI_DISPATCH. */
export const LMQ_DISPATCH_SEPARATOR = ',';
/** Queue id of every light queue. */
export const LMQ_QUEUE_ID = 0;

/** Topics of the system itself. Source: TopicValidator. */
export const SystemTopic = {
  /** Its settings are inherited by topics that are created automatically. */
  AUTO_CREATE_TOPIC_KEY: 'TBW102',
  SCHEDULE: 'SCHEDULE_TOPIC_XXXX',
  BENCHMARK: 'BenchmarkTest',
  TRANS_HALF: 'RMQ_SYS_TRANS_HALF_TOPIC',
  ROCKSDB_TRANS_HALF: 'RMQ_SYS_ROCKSDB_TRANS_HALF_TOPIC',
  TRACE: 'RMQ_SYS_TRACE_TOPIC',
  TRANS_OP_HALF: 'RMQ_SYS_TRANS_OP_HALF_TOPIC',
  ROCKSDB_TRANS_OP_HALF: 'RMQ_SYS_ROCKSDB_TRANS_OP_HALF_TOPIC',
  TRANS_CHECK_MAX_TIME: 'TRANS_CHECK_MAX_TIME_TOPIC',
  SELF_TEST: 'SELF_TEST_TOPIC',
  OFFSET_MOVED_EVENT: 'OFFSET_MOVED_EVENT',
  ROCKSDB_OFFSET: 'CHECKPOINT_TOPIC',
} as const;

/** Where timed messages wait, in its queue 0. Brokers without the timer wheel do not have it. Source: TimerMessageStore. */
export const TIMER_TOPIC = `${SYSTEM_TOPIC_PREFIX}wheel_timer`;

/** All fixed system topics; a broker adds names of its own (cluster, broker, reply, revive …) to a set of its own. */
export const SYSTEM_TOPICS: ReadonlySet<string> = new Set(Object.values(SystemTopic));

/** Topics that a client may not send to. Source: TopicValidator#NOT_ALLOWED_SEND_TOPIC_SET. */
export const NOT_ALLOWED_SEND_TOPICS: ReadonlySet<string> = new Set([
  SystemTopic.SCHEDULE,
  SystemTopic.TRANS_HALF,
  SystemTopic.TRANS_OP_HALF,
  SystemTopic.TRANS_CHECK_MAX_TIME,
  SystemTopic.SELF_TEST,
  SystemTopic.OFFSET_MOVED_EVENT,
  SystemTopic.ROCKSDB_TRANS_HALF,
  SystemTopic.ROCKSDB_TRANS_OP_HALF,
]);

/** A fixed system topic, or one with the system's prefix. Source: TopicValidator#isSystemTopic. */
export function isSystemTopic(topic: string): boolean {
  return SYSTEM_TOPICS.has(topic) || topic.startsWith(SYSTEM_TOPIC_PREFIX);
}

/** Source: TopicValidator#isNotAllowedSendTopic. */
export function isNotAllowedSendTopic(topic: string): boolean {
  return NOT_ALLOWED_SEND_TOPICS.has(topic);
}

/** Groups with a meaning. Source: MixAll. */
export const PredefinedGroup = {
  DEFAULT_PRODUCER: 'DEFAULT_PRODUCER',
  DEFAULT_CONSUMER: 'DEFAULT_CONSUMER',
  TOOLS_CONSUMER: 'TOOLS_CONSUMER',
  SCHEDULE_CONSUMER: 'SCHEDULE_CONSUMER',
  FILTERSRV_CONSUMER: 'FILTERSRV_CONSUMER',
  MONITOR_CONSUMER: '__MONITOR_CONSUMER',
  CLIENT_INNER_PRODUCER: 'CLIENT_INNER_PRODUCER',
  SELF_TEST_PRODUCER: 'SELF_TEST_P_GROUP',
  SELF_TEST_CONSUMER: 'SELF_TEST_C_GROUP',
  ONS_HTTP_PROXY: 'CID_ONS-HTTP-PROXY',
  CID_ONSAPI_PERMISSION: 'CID_ONSAPI_PERMISSION',
  CID_ONSAPI_OWNER: 'CID_ONSAPI_OWNER',
  CID_ONSAPI_PULL: 'CID_ONSAPI_PULL',
  CID_SYS_RMQ_TRANS: 'CID_RMQ_SYS_TRANS',
} as const;

const PREDEFINED_GROUPS: ReadonlySet<string> = new Set(Object.values(PredefinedGroup));

/** Source: MixAll#isPredefinedGroup. */
export function isPredefinedGroup(group: string): boolean {
  return PREDEFINED_GROUPS.has(group);
}

/** Source: MixAll#isSysConsumerGroup. */
export function isSystemGroup(group: string): boolean {
  return group.startsWith(SYSTEM_GROUP_PREFIX);
}

/** Topic for messages that a group consumes again. */
export function retryTopicOf(group: string): string {
  return RETRY_TOPIC_PREFIX + group;
}

/** Topic for messages that a group gave up. */
export function dlqTopicOf(group: string): string {
  return DLQ_TOPIC_PREFIX + group;
}

/** Topic for the replies of request-reply in a cluster. */
export function replyTopicOf(clusterName: string): string {
  return `${clusterName}_${REPLY_TOPIC_POSTFIX}`;
}

/** True for `%RETRY%…`, retry topics of POP included. */
export function isRetryTopic(name: string): boolean {
  return name.startsWith(RETRY_TOPIC_PREFIX);
}

/** True for `%DLQ%…`. */
export function isDlqTopic(name: string): boolean {
  return name.startsWith(DLQ_TOPIC_PREFIX);
}

/** Retry topic of POP, in the form before `enableRetryTopicV2`. Source: KeyBuilder#buildPopRetryTopicV1. */
export function popRetryTopicV1(topic: string, group: string): string {
  return `${RETRY_TOPIC_PREFIX}${group}_${topic}`;
}

/** Retry topic of POP, in the form of `enableRetryTopicV2`. Source: KeyBuilder#buildPopRetryTopicV2. */
export function popRetryTopicV2(topic: string, group: string): string {
  return `${RETRY_TOPIC_PREFIX}${group}+${topic}`;
}

/** Source: KeyBuilder#isPopRetryTopicV2. */
export function isPopRetryTopicV2(topic: string): boolean {
  return isRetryTopic(topic) && topic.includes('+');
}

/** The topic behind a POP retry topic of a group, of either form; other topics are themselves. Source: KeyBuilder#parseNormalTopic. */
export function normalTopicOf(topic: string, group: string): string {
  // Both forms have one separator between group and topic, so the length alone says where the topic starts.
  return isRetryTopic(topic) ? topic.substring(RETRY_TOPIC_PREFIX.length + group.length + 1) : topic;
}

/** The topic behind a POP retry topic V2; others are themselves. Source: KeyBuilder#parseNormalTopic(retryTopic). */
export function normalTopicOfV2(retryTopic: string): string {
  const parts = isPopRetryTopicV2(retryTopic) ? retryTopic.split('+') : [];
  return parts.length === 2 && parts[1] !== '' ? parts[1]! : retryTopic;
}

/** The group of a retry topic. Source: KeyBuilder#parseGroup. */
export function groupOfRetryTopic(retryTopic: string): string {
  const parts = isPopRetryTopicV2(retryTopic) ? retryTopic.split('+') : [];
  const head = parts.length === 2 && parts[1] !== '' ? parts[0]! : retryTopic;
  return head.substring(RETRY_TOPIC_PREFIX.length);
}

/** Key under which long polling of POP waits. Source: KeyBuilder#buildPollingKey. */
export function pollingKey(topic: string, group: string, queueId: number): string {
  return `${topic}@${group}@${queueId}`;
}

/** True for the name of a light queue. Source: MixAll#isLmq. */
export function isLmq(name: string | undefined): boolean {
  return name?.startsWith(LMQ_PREFIX) ?? false;
}

const LITE_TOPIC_PREFIX = `${LMQ_PREFIX}$`;

/** Light queue of a lite topic; `undefined` when a part is empty. Source: LiteUtil#toLmqName. */
export function liteLmqName(parentTopic: string, liteTopic: string): string | undefined {
  return parentTopic === '' || liteTopic === '' ? undefined : `${LITE_TOPIC_PREFIX}${parentTopic}$${liteTopic}`;
}

/** True for the light queue of a lite topic, by its prefix. Source: LiteUtil#isLiteTopicQueue. */
export function isLiteTopicQueue(lmqName: string | undefined): boolean {
  return lmqName?.startsWith(LITE_TOPIC_PREFIX) ?? false;
}

/** Parent and lite topic of a light queue; `undefined` when it is none of a lite topic. Source: LiteUtil#getParentTopic, #getLiteTopic. */
export function parseLiteLmqName(
  lmqName: string,
): { readonly parentTopic: string; readonly liteTopic: string } | undefined {
  if (!isLiteTopicQueue(lmqName)) return undefined;
  const parts = lmqName.substring(LITE_TOPIC_PREFIX.length).split('$');
  const [parentTopic, liteTopic] = parts;
  return parts.length === 2 && parentTopic && liteTopic ? { parentTopic, liteTopic } : undefined;
}
