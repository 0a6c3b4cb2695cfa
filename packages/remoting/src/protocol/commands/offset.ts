/** Offsets of queues and of consumer groups: reading, committing, moving. */
import { defaulted, defineCommand, defineHeader, type Header, optional, required } from '../header-schema.js';
import { rpcRequestFields, topicRequestFields } from './inherited-fields.js';

export const QUERY_BROKER_OFFSET = defineCommand({
  code: 13,
  name: 'QUERY_BROKER_OFFSET',
  to: [],
  unused: true,
  doc: 'Never implemented by the reference.',
});

export const QueryConsumerOffsetRequestHeader = defineHeader('QueryConsumerOffsetRequestHeader', {
  consumerGroup: required('string'),
  topic: required('string'),
  queueId: required('int'),
  setZeroIfNotFound: optional('boolean', {
    doc: 'Answer 0 instead of QUERY_NOT_FOUND for a group that never committed.',
  }),
  ...topicRequestFields,
});
export type QueryConsumerOffsetRequestHeader = Header<typeof QueryConsumerOffsetRequestHeader>;

export const QueryConsumerOffsetResponseHeader = defineHeader('QueryConsumerOffsetResponseHeader', {
  offset: required('long'),
});
export type QueryConsumerOffsetResponseHeader = Header<typeof QueryConsumerOffsetResponseHeader>;

export const QUERY_CONSUMER_OFFSET = defineCommand({
  code: 14,
  name: 'QUERY_CONSUMER_OFFSET',
  to: ['broker', 'proxy'],
  request: QueryConsumerOffsetRequestHeader,
  response: QueryConsumerOffsetResponseHeader,
  doc: 'Reads the committed offset of a group on a queue.',
});

export const UpdateConsumerOffsetRequestHeader = defineHeader('UpdateConsumerOffsetRequestHeader', {
  consumerGroup: required('string'),
  topic: required('string'),
  queueId: required('int'),
  commitOffset: required('long', { doc: 'Next queue offset to consume.' }),
  ...topicRequestFields,
});
export type UpdateConsumerOffsetRequestHeader = Header<typeof UpdateConsumerOffsetRequestHeader>;

export const UpdateConsumerOffsetResponseHeader = defineHeader('UpdateConsumerOffsetResponseHeader', {});
export type UpdateConsumerOffsetResponseHeader = Header<typeof UpdateConsumerOffsetResponseHeader>;

export const UPDATE_CONSUMER_OFFSET = defineCommand({
  code: 15,
  name: 'UPDATE_CONSUMER_OFFSET',
  to: ['broker', 'proxy'],
  request: UpdateConsumerOffsetRequestHeader,
  response: UpdateConsumerOffsetResponseHeader,
  doc: 'Commits the offset of a group on a queue.',
});

export const SearchOffsetRequestHeader = defineHeader('SearchOffsetRequestHeader', {
  topic: required('string'),
  liteTopic: optional('string', { doc: 'Lite topic under the parent topic.' }),
  queueId: required('int'),
  timestamp: required('long', { doc: 'Store time, ms since the epoch.' }),
  boundaryType: optional('string', {
    doc: '`LOWER` or `UPPER`: which of several messages with the same time is meant; anything unknown is `LOWER`.',
  }),
  ...topicRequestFields,
});
export type SearchOffsetRequestHeader = Header<typeof SearchOffsetRequestHeader>;

export const SearchOffsetResponseHeader = defineHeader('SearchOffsetResponseHeader', {
  offset: required('long'),
});
export type SearchOffsetResponseHeader = Header<typeof SearchOffsetResponseHeader>;

export const SEARCH_OFFSET_BY_TIMESTAMP = defineCommand({
  code: 29,
  name: 'SEARCH_OFFSET_BY_TIMESTAMP',
  to: ['broker', 'proxy'],
  request: SearchOffsetRequestHeader,
  response: SearchOffsetResponseHeader,
  doc: 'Finds the queue offset that belongs to a store time.',
});

export const GetMaxOffsetRequestHeader = defineHeader('GetMaxOffsetRequestHeader', {
  topic: required('string'),
  queueId: required('int'),
  committed: defaulted('boolean', true, {
    doc: 'Count only what is readable; false includes what is appended but not yet confirmed.',
  }),
  ...topicRequestFields,
});
export type GetMaxOffsetRequestHeader = Header<typeof GetMaxOffsetRequestHeader>;

export const GetMaxOffsetResponseHeader = defineHeader('GetMaxOffsetResponseHeader', {
  offset: required('long'),
});
export type GetMaxOffsetResponseHeader = Header<typeof GetMaxOffsetResponseHeader>;

export const GET_MAX_OFFSET = defineCommand({
  code: 30,
  name: 'GET_MAX_OFFSET',
  to: ['broker', 'proxy'],
  request: GetMaxOffsetRequestHeader,
  response: GetMaxOffsetResponseHeader,
  doc: 'Tells the offset that the next message of a queue will get.',
});

export const GetMinOffsetRequestHeader = defineHeader('GetMinOffsetRequestHeader', {
  topic: required('string'),
  queueId: required('int'),
  ...topicRequestFields,
});
export type GetMinOffsetRequestHeader = Header<typeof GetMinOffsetRequestHeader>;

export const GetMinOffsetResponseHeader = defineHeader('GetMinOffsetResponseHeader', {
  offset: required('long'),
});
export type GetMinOffsetResponseHeader = Header<typeof GetMinOffsetResponseHeader>;

export const GET_MIN_OFFSET = defineCommand({
  code: 31,
  name: 'GET_MIN_OFFSET',
  to: ['broker', 'proxy'],
  request: GetMinOffsetRequestHeader,
  response: GetMinOffsetResponseHeader,
  doc: 'Tells the offset of the oldest message of a queue.',
});

export const GetEarliestMsgStoretimeRequestHeader = defineHeader('GetEarliestMsgStoretimeRequestHeader', {
  topic: required('string'),
  queueId: required('int'),
  ...topicRequestFields,
});
export type GetEarliestMsgStoretimeRequestHeader = Header<typeof GetEarliestMsgStoretimeRequestHeader>;

export const GetEarliestMsgStoretimeResponseHeader = defineHeader('GetEarliestMsgStoretimeResponseHeader', {
  timestamp: required('long', { doc: 'Store time, ms since the epoch.' }),
});
export type GetEarliestMsgStoretimeResponseHeader = Header<typeof GetEarliestMsgStoretimeResponseHeader>;

export const GET_EARLIEST_MSG_STORETIME = defineCommand({
  code: 32,
  name: 'GET_EARLIEST_MSG_STORETIME',
  to: ['broker'],
  request: GetEarliestMsgStoretimeRequestHeader,
  response: GetEarliestMsgStoretimeResponseHeader,
  doc: 'Tells the store time of the oldest message of a queue.',
});

export const GET_ALL_CONSUMER_OFFSET = defineCommand({
  code: 43,
  name: 'GET_ALL_CONSUMER_OFFSET',
  to: ['broker'],
  doc: 'Hands out the whole consumer offset table; slaves copy it.',
});

export const GET_ALL_DELAY_OFFSET = defineCommand({
  code: 45,
  name: 'GET_ALL_DELAY_OFFSET',
  to: ['broker'],
  doc: 'Hands out how far each delay level has been delivered; slaves copy it.',
});

export const ResetOffsetRequestHeader = defineHeader('ResetOffsetRequestHeader', {
  group: required('string'),
  topic: required('string'),
  queueId: defaulted('int', -1, { doc: 'Negative: all queues.' }),
  offset: optional('long', { doc: 'Reset to this queue offset; `timestamp` is then ignored.' }),
  timestamp: defaulted('long', 0, {
    doc: 'Reset to this store time, ms since the epoch; -1 is the newest, -2 the oldest.',
  }),
  isForce: defaulted('boolean', false, { doc: 'Also move the offset forward.' }),
  ...topicRequestFields,
});
export type ResetOffsetRequestHeader = Header<typeof ResetOffsetRequestHeader>;

export const RESET_CONSUMER_CLIENT_OFFSET = defineCommand({
  code: 220,
  name: 'RESET_CONSUMER_CLIENT_OFFSET',
  to: ['client'],
  request: ResetOffsetRequestHeader,
  doc: 'The broker tells consumers where to continue after a reset.',
});

export const GetConsumerStatusRequestHeader = defineHeader('GetConsumerStatusRequestHeader', {
  topic: required('string'),
  group: required('string'),
  clientAddr: optional('string', { doc: 'Ask only the client at this address; empty means all.' }),
  ...topicRequestFields,
});
export type GetConsumerStatusRequestHeader = Header<typeof GetConsumerStatusRequestHeader>;

export const GET_CONSUMER_STATUS_FROM_CLIENT = defineCommand({
  code: 221,
  name: 'GET_CONSUMER_STATUS_FROM_CLIENT',
  to: ['client'],
  request: GetConsumerStatusRequestHeader,
  doc: 'The broker asks a consumer how far it has got.',
});

export const INVOKE_BROKER_TO_RESET_OFFSET = defineCommand({
  code: 222,
  name: 'INVOKE_BROKER_TO_RESET_OFFSET',
  to: ['broker'],
  request: ResetOffsetRequestHeader,
  doc: 'Moves the offsets of a group to a point in time or to an offset.',
});

export const INVOKE_BROKER_TO_GET_CONSUMER_STATUS = defineCommand({
  code: 223,
  name: 'INVOKE_BROKER_TO_GET_CONSUMER_STATUS',
  to: ['broker'],
  request: GetConsumerStatusRequestHeader,
  doc: 'Asks all clients of a group how far they have got.',
});

export const QueryCorrectionOffsetHeader = defineHeader('QueryCorrectionOffsetHeader', {
  filterGroups: optional('string', { doc: 'Groups to leave out, separated by commas.' }),
  compareGroup: required('string', { doc: 'Group whose offsets serve as the measure.' }),
  topic: required('string'),
  ...topicRequestFields,
});
export type QueryCorrectionOffsetHeader = Header<typeof QueryCorrectionOffsetHeader>;

export const QUERY_CORRECTION_OFFSET = defineCommand({
  code: 308,
  name: 'QUERY_CORRECTION_OFFSET',
  to: ['broker'],
  request: QueryCorrectionOffsetHeader,
  doc: 'Computes corrected offsets of a topic from what other groups have consumed.',
});

export const CloneGroupOffsetRequestHeader = defineHeader('CloneGroupOffsetRequestHeader', {
  srcGroup: required('string'),
  destGroup: required('string'),
  topic: optional('string', { doc: 'Only this topic; empty means all.' }),
  offline: defaulted('boolean', false, { doc: 'Accepted for compatibility; has no effect.' }),
  ...rpcRequestFields,
});
export type CloneGroupOffsetRequestHeader = Header<typeof CloneGroupOffsetRequestHeader>;

export const CLONE_GROUP_OFFSET = defineCommand({
  code: 314,
  name: 'CLONE_GROUP_OFFSET',
  to: ['broker'],
  request: CloneGroupOffsetRequestHeader,
  doc: 'Copies the offsets of one group to another.',
});

export const InitConsumerOffsetRequestHeader = defineHeader('InitConsumerOffsetRequestHeader', {
  topic: optional('string'),
  initMode: defaulted('int', 0, { doc: 'Where a new group starts: 0 at the oldest, 1 at the newest message.' }),
  ...topicRequestFields,
});
export type InitConsumerOffsetRequestHeader = Header<typeof InitConsumerOffsetRequestHeader>;
