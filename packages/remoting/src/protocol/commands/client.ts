/** Clients and their connections. */
import { defaulted, defineCommand, defineHeader, type Header, optional, required } from '../header-schema.js';
import { rpcRequestFields, topicRequestFields } from './inherited-fields.js';

export const HeartbeatRequestHeader = defineHeader('HeartbeatRequestHeader', {
  ...rpcRequestFields,
});
export type HeartbeatRequestHeader = Header<typeof HeartbeatRequestHeader>;

export const HeartbeatResponseHeader = defineHeader('HeartbeatResponseHeader', {
  isSupportHeartBeatV2: optional('boolean', {
    wire: 'IS_SUPPORT_HEART_BEAT_V2',
    doc: 'The broker takes heartbeats that hold only fingerprints.',
  }),
  isSubChange: optional('boolean', {
    wire: 'IS_SUB_CHANGE',
    doc: 'The fingerprints do not match what the broker holds: send everything again.',
  }),
});
export type HeartbeatResponseHeader = Header<typeof HeartbeatResponseHeader>;

export const HEART_BEAT = defineCommand({
  code: 34,
  name: 'HEART_BEAT',
  to: ['broker', 'proxy'],
  request: HeartbeatRequestHeader,
  response: HeartbeatResponseHeader,
  doc: 'A client announces itself, its groups and its subscriptions.',
});

export const UnregisterClientRequestHeader = defineHeader('UnregisterClientRequestHeader', {
  clientID: required('string', { doc: '`ip@instance` of the client.' }),
  producerGroup: optional('string'),
  consumerGroup: optional('string'),
  ...rpcRequestFields,
});
export type UnregisterClientRequestHeader = Header<typeof UnregisterClientRequestHeader>;

export const UnregisterClientResponseHeader = defineHeader('UnregisterClientResponseHeader', {});
export type UnregisterClientResponseHeader = Header<typeof UnregisterClientResponseHeader>;

export const UNREGISTER_CLIENT = defineCommand({
  code: 35,
  name: 'UNREGISTER_CLIENT',
  to: ['broker', 'proxy'],
  request: UnregisterClientRequestHeader,
  response: UnregisterClientResponseHeader,
  doc: 'A client leaves its groups.',
});

export const GetConsumerListByGroupRequestHeader = defineHeader('GetConsumerListByGroupRequestHeader', {
  consumerGroup: required('string'),
  ...rpcRequestFields,
});
export type GetConsumerListByGroupRequestHeader = Header<typeof GetConsumerListByGroupRequestHeader>;

export const GetConsumerListByGroupResponseHeader = defineHeader('GetConsumerListByGroupResponseHeader', {});
export type GetConsumerListByGroupResponseHeader = Header<typeof GetConsumerListByGroupResponseHeader>;

export const GET_CONSUMER_LIST_BY_GROUP = defineCommand({
  code: 38,
  name: 'GET_CONSUMER_LIST_BY_GROUP',
  to: ['broker', 'proxy'],
  request: GetConsumerListByGroupRequestHeader,
  response: GetConsumerListByGroupResponseHeader,
  doc: 'Lists the client ids of a consumer group.',
});

export const NotifyConsumerIdsChangedRequestHeader = defineHeader('NotifyConsumerIdsChangedRequestHeader', {
  consumerGroup: required('string'),
  ...rpcRequestFields,
});
export type NotifyConsumerIdsChangedRequestHeader = Header<typeof NotifyConsumerIdsChangedRequestHeader>;

export const NOTIFY_CONSUMER_IDS_CHANGED = defineCommand({
  code: 40,
  name: 'NOTIFY_CONSUMER_IDS_CHANGED',
  to: ['client'],
  request: NotifyConsumerIdsChangedRequestHeader,
  doc: 'The broker tells the members of a group that its membership has changed.',
});

export const CHECK_CLIENT_CONFIG = defineCommand({
  code: 46,
  name: 'CHECK_CLIENT_CONFIG',
  to: ['broker', 'proxy'],
  doc: 'Checks a filter expression before a client uses it.',
});

export const GET_CLIENT_CONFIG = defineCommand({
  code: 47,
  name: 'GET_CLIENT_CONFIG',
  to: [],
  unused: true,
  doc: 'Never implemented by the reference.',
});

export const GetConsumerConnectionListRequestHeader = defineHeader('GetConsumerConnectionListRequestHeader', {
  consumerGroup: required('string'),
  ...rpcRequestFields,
});
export type GetConsumerConnectionListRequestHeader = Header<typeof GetConsumerConnectionListRequestHeader>;

export const GET_CONSUMER_CONNECTION_LIST = defineCommand({
  code: 203,
  name: 'GET_CONSUMER_CONNECTION_LIST',
  to: ['broker', 'proxy'],
  request: GetConsumerConnectionListRequestHeader,
  doc: 'Lists the connections and subscriptions of a consumer group.',
});

export const GetProducerConnectionListRequestHeader = defineHeader('GetProducerConnectionListRequestHeader', {
  producerGroup: required('string'),
  ...rpcRequestFields,
});
export type GetProducerConnectionListRequestHeader = Header<typeof GetProducerConnectionListRequestHeader>;

export const GET_PRODUCER_CONNECTION_LIST = defineCommand({
  code: 204,
  name: 'GET_PRODUCER_CONNECTION_LIST',
  to: ['broker'],
  request: GetProducerConnectionListRequestHeader,
  doc: 'Lists the connections of a producer group.',
});

export const GetConsumerRunningInfoRequestHeader = defineHeader('GetConsumerRunningInfoRequestHeader', {
  consumerGroup: required('string'),
  clientId: required('string'),
  jstackEnable: defaulted('boolean', false, { doc: 'Also report what the threads are doing.' }),
  ...rpcRequestFields,
});
export type GetConsumerRunningInfoRequestHeader = Header<typeof GetConsumerRunningInfoRequestHeader>;

export const GET_CONSUMER_RUNNING_INFO = defineCommand({
  code: 307,
  name: 'GET_CONSUMER_RUNNING_INFO',
  to: ['broker', 'client'],
  request: GetConsumerRunningInfoRequestHeader,
  doc: 'Asks one consumer for its inner state; the broker passes the question on.',
});

export const ConsumeMessageDirectlyResultRequestHeader = defineHeader('ConsumeMessageDirectlyResultRequestHeader', {
  consumerGroup: required('string'),
  clientId: optional('string'),
  msgId: optional('string'),
  brokerName: optional('string'),
  topic: optional('string'),
  topicSysFlag: optional('int', { doc: 'System flag of the topic.' }),
  groupSysFlag: optional('int', { doc: 'System flag of the group.' }),
  ...topicRequestFields,
});
export type ConsumeMessageDirectlyResultRequestHeader = Header<typeof ConsumeMessageDirectlyResultRequestHeader>;

export const CONSUME_MESSAGE_DIRECTLY = defineCommand({
  code: 309,
  name: 'CONSUME_MESSAGE_DIRECTLY',
  to: ['broker', 'client'],
  request: ConsumeMessageDirectlyResultRequestHeader,
  doc: 'Makes one consumer process a given message; the broker passes the order on.',
});

export const GetAllProducerInfoRequestHeader = defineHeader('GetAllProducerInfoRequestHeader', {});
export type GetAllProducerInfoRequestHeader = Header<typeof GetAllProducerInfoRequestHeader>;

export const GET_ALL_PRODUCER_INFO = defineCommand({
  code: 328,
  name: 'GET_ALL_PRODUCER_INFO',
  to: ['broker'],
  request: GetAllProducerInfoRequestHeader,
  doc: 'Lists all producers of a broker.',
});
