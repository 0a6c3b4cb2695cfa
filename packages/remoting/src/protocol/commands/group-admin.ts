/** Consumer groups on a broker. */
import { defaulted, defineCommand, defineHeader, type Header, optional, required } from '../header-schema.js';
import { rpcRequestFields, topicRequestFields } from './inherited-fields.js';

export const UPDATE_AND_CREATE_SUBSCRIPTIONGROUP = defineCommand({
  code: 200,
  name: 'UPDATE_AND_CREATE_SUBSCRIPTIONGROUP',
  to: ['broker'],
  doc: 'Creates a consumer group or changes it.',
});

export const UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST = defineCommand({
  code: 225,
  name: 'UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST',
  to: ['broker'],
  doc: 'Creates or changes many consumer groups.',
});

export const GetAllSubscriptionGroupRequestHeader = defineHeader('GetAllSubscriptionGroupRequestHeader', {
  groupSeq: optional('int', {
    doc: 'Index of the first group of the page; clients before 5.4 leave it out and get everything.',
  }),
  dataVersion: optional('string', { doc: 'JSON of the data version that the earlier pages had.' }),
  maxGroupNum: optional('int', { doc: 'Size of the page.' }),
});
export type GetAllSubscriptionGroupRequestHeader = Header<typeof GetAllSubscriptionGroupRequestHeader>;

export const GetAllSubscriptionGroupResponseHeader = defineHeader('GetAllSubscriptionGroupResponseHeader', {
  totalGroupNum: optional('int'),
});
export type GetAllSubscriptionGroupResponseHeader = Header<typeof GetAllSubscriptionGroupResponseHeader>;

export const GET_ALL_SUBSCRIPTIONGROUP_CONFIG = defineCommand({
  code: 201,
  name: 'GET_ALL_SUBSCRIPTIONGROUP_CONFIG',
  to: ['broker'],
  request: GetAllSubscriptionGroupRequestHeader,
  response: GetAllSubscriptionGroupResponseHeader,
  doc: 'Hands out the table of consumer groups, whole or by pages; slaves copy it.',
});

export const DeleteSubscriptionGroupRequestHeader = defineHeader('DeleteSubscriptionGroupRequestHeader', {
  groupName: required('string'),
  cleanOffset: defaulted('boolean', false, { doc: 'Also forget the offsets of the group.' }),
  ...rpcRequestFields,
});
export type DeleteSubscriptionGroupRequestHeader = Header<typeof DeleteSubscriptionGroupRequestHeader>;

export const DELETE_SUBSCRIPTIONGROUP = defineCommand({
  code: 207,
  name: 'DELETE_SUBSCRIPTIONGROUP',
  to: ['broker'],
  request: DeleteSubscriptionGroupRequestHeader,
  doc: 'Removes a consumer group.',
});

export const GetSubscriptionGroupConfigRequestHeader = defineHeader('GetSubscriptionGroupConfigRequestHeader', {
  group: required('string'),
  ...rpcRequestFields,
});
export type GetSubscriptionGroupConfigRequestHeader = Header<typeof GetSubscriptionGroupConfigRequestHeader>;

export const GET_SUBSCRIPTIONGROUP_CONFIG = defineCommand({
  code: 352,
  name: 'GET_SUBSCRIPTIONGROUP_CONFIG',
  to: ['broker'],
  request: GetSubscriptionGroupConfigRequestHeader,
  doc: 'Tells the configuration of one consumer group.',
});

export const UpdateGroupForbiddenRequestHeader = defineHeader('UpdateGroupForbiddenRequestHeader', {
  group: required('string'),
  topic: required('string'),
  readable: optional('boolean', { doc: 'New state of the read permission; leave it out to query only.' }),
  ...topicRequestFields,
});
export type UpdateGroupForbiddenRequestHeader = Header<typeof UpdateGroupForbiddenRequestHeader>;

export const UPDATE_AND_GET_GROUP_FORBIDDEN = defineCommand({
  code: 353,
  name: 'UPDATE_AND_GET_GROUP_FORBIDDEN',
  to: ['broker'],
  request: UpdateGroupForbiddenRequestHeader,
  doc: 'Reads or changes whether a group may consume a topic.',
});

export const GetConsumeStatsRequestHeader = defineHeader('GetConsumeStatsRequestHeader', {
  consumerGroup: required('string'),
  topic: optional('string'),
  topicList: optional('string', { doc: 'Topics to look at, separated by semicolons; none means all.' }),
  ...topicRequestFields,
});
export type GetConsumeStatsRequestHeader = Header<typeof GetConsumeStatsRequestHeader>;

export const GET_CONSUME_STATS = defineCommand({
  code: 208,
  name: 'GET_CONSUME_STATS',
  to: ['broker'],
  request: GetConsumeStatsRequestHeader,
  doc: 'Compares the offsets of a group with those of its queues.',
});

export const GetConsumeStatsInBrokerHeader = defineHeader('GetConsumeStatsInBrokerHeader', {
  isOrder: defaulted('boolean', false, { doc: 'Count only groups that consume in order.' }),
});
export type GetConsumeStatsInBrokerHeader = Header<typeof GetConsumeStatsInBrokerHeader>;

export const GET_BROKER_CONSUME_STATS = defineCommand({
  code: 317,
  name: 'GET_BROKER_CONSUME_STATS',
  to: ['broker'],
  request: GetConsumeStatsInBrokerHeader,
  doc: 'Consume statistics of all groups of a broker.',
});

export const QueryTopicsByConsumerRequestHeader = defineHeader('QueryTopicsByConsumerRequestHeader', {
  group: required('string'),
  ...rpcRequestFields,
});
export type QueryTopicsByConsumerRequestHeader = Header<typeof QueryTopicsByConsumerRequestHeader>;

export const QUERY_TOPICS_BY_CONSUMER = defineCommand({
  code: 343,
  name: 'QUERY_TOPICS_BY_CONSUMER',
  to: ['broker'],
  request: QueryTopicsByConsumerRequestHeader,
  doc: 'Lists the topics a group has offsets for.',
});

export const QuerySubscriptionByConsumerRequestHeader = defineHeader('QuerySubscriptionByConsumerRequestHeader', {
  group: required('string'),
  topic: optional('string'),
  ...topicRequestFields,
});
export type QuerySubscriptionByConsumerRequestHeader = Header<typeof QuerySubscriptionByConsumerRequestHeader>;

export const QUERY_SUBSCRIPTION_BY_CONSUMER = defineCommand({
  code: 345,
  name: 'QUERY_SUBSCRIPTION_BY_CONSUMER',
  to: ['broker'],
  request: QuerySubscriptionByConsumerRequestHeader,
  doc: 'Tells what a group subscribes to in a topic.',
});

export const SUSPEND_CONSUMER = defineCommand({
  code: 209,
  name: 'SUSPEND_CONSUMER',
  to: [],
  unused: true,
  doc: 'Never implemented by the reference.',
});

export const RESUME_CONSUMER = defineCommand({
  code: 210,
  name: 'RESUME_CONSUMER',
  to: [],
  unused: true,
  doc: 'Never implemented by the reference.',
});

export const RESET_CONSUMER_OFFSET_IN_CONSUMER = defineCommand({
  code: 211,
  name: 'RESET_CONSUMER_OFFSET_IN_CONSUMER',
  to: [],
  unused: true,
  doc: 'Never implemented by the reference.',
});

export const RESET_CONSUMER_OFFSET_IN_BROKER = defineCommand({
  code: 212,
  name: 'RESET_CONSUMER_OFFSET_IN_BROKER',
  to: [],
  unused: true,
  doc: 'Never implemented by the reference.',
});

export const ADJUST_CONSUMER_THREAD_POOL = defineCommand({
  code: 213,
  name: 'ADJUST_CONSUMER_THREAD_POOL',
  to: [],
  unused: true,
  doc: 'Never implemented by the reference.',
});

export const WHO_CONSUME_THE_MESSAGE = defineCommand({
  code: 214,
  name: 'WHO_CONSUME_THE_MESSAGE',
  to: [],
  unused: true,
  doc: 'Never implemented by the reference.',
});
