/** Finding messages and looking into consume queues. */
import { defaulted, defineCommand, defineHeader, type Header, optional, required } from '../header-schema.js';
import { topicRequestFields } from './inherited-fields.js';

export const QueryMessageRequestHeader = defineHeader('QueryMessageRequestHeader', {
  topic: required('string'),
  key: required('string', { doc: 'Message key, or unique id.' }),
  maxNum: required('int', { doc: 'Most messages wanted.' }),
  beginTimestamp: required('long', { doc: 'Oldest store time, ms since the epoch.' }),
  endTimestamp: required('long', { doc: 'Newest store time, ms since the epoch.' }),
  indexType: optional('string', { doc: '`U` unique id, `K` key, `T` tag; none searches as before 5.4.' }),
  lastKey: optional('string', { doc: 'Where the previous page of results ended.' }),
  uniqueKeyQuery: optional('boolean', {
    wire: '_UNIQUE_KEY_QUERY',
    doc: 'True when `key` is a unique message id; the broker then ignores its own limit on results.',
  }),
  ...topicRequestFields,
});
export type QueryMessageRequestHeader = Header<typeof QueryMessageRequestHeader>;

export const QueryMessageResponseHeader = defineHeader('QueryMessageResponseHeader', {
  indexLastUpdateTimestamp: required('long', { doc: 'Store time of the newest indexed message, ms since the epoch.' }),
  indexLastUpdatePhyoffset: required('long', { doc: 'Physical offset of the newest indexed message, in bytes.' }),
});
export type QueryMessageResponseHeader = Header<typeof QueryMessageResponseHeader>;

export const QUERY_MESSAGE = defineCommand({
  code: 12,
  name: 'QUERY_MESSAGE',
  to: ['broker'],
  request: QueryMessageRequestHeader,
  response: QueryMessageResponseHeader,
  doc: 'Finds messages by key or unique id through the index.',
});

export const ViewMessageRequestHeader = defineHeader('ViewMessageRequestHeader', {
  topic: optional('string'),
  offset: required('long', { doc: 'Physical offset of the message, in bytes.' }),
});
export type ViewMessageRequestHeader = Header<typeof ViewMessageRequestHeader>;

export const VIEW_MESSAGE_BY_ID = defineCommand({
  code: 33,
  name: 'VIEW_MESSAGE_BY_ID',
  to: ['broker'],
  request: ViewMessageRequestHeader,
  doc: 'Reads the message at a physical offset.',
});

export const QueryConsumeQueueRequestHeader = defineHeader('QueryConsumeQueueRequestHeader', {
  topic: optional('string'),
  queueId: defaulted('int', 0),
  index: defaulted('long', 0),
  count: defaulted('int', 0),
  consumerGroup: optional('string'),
  ...topicRequestFields,
});
export type QueryConsumeQueueRequestHeader = Header<typeof QueryConsumeQueueRequestHeader>;

export const QUERY_CONSUME_QUEUE = defineCommand({
  code: 321,
  name: 'QUERY_CONSUME_QUEUE',
  to: ['broker'],
  request: QueryConsumeQueueRequestHeader,
  doc: 'Lists entries of a consume queue and what a filter makes of them.',
});

export const QueryConsumeTimeSpanRequestHeader = defineHeader('QueryConsumeTimeSpanRequestHeader', {
  topic: required('string'),
  group: required('string'),
  ...topicRequestFields,
});
export type QueryConsumeTimeSpanRequestHeader = Header<typeof QueryConsumeTimeSpanRequestHeader>;

export const QUERY_CONSUME_TIME_SPAN = defineCommand({
  code: 303,
  name: 'QUERY_CONSUME_TIME_SPAN',
  to: ['broker'],
  request: QueryConsumeTimeSpanRequestHeader,
  doc: 'Tells for each queue the oldest, newest and consumed message times of a group.',
});

export const StatisticsMessagesRequestHeader = defineHeader('StatisticsMessagesRequestHeader', {
  consumerGroup: required('string'),
  topic: required('string'),
  queueId: defaulted('int', 0),
  fromTime: defaulted('long', 0),
  toTime: defaulted('long', 0),
  ...topicRequestFields,
});
export type StatisticsMessagesRequestHeader = Header<typeof StatisticsMessagesRequestHeader>;

export const ViewMessageResponseHeader = defineHeader('ViewMessageResponseHeader', {});
export type ViewMessageResponseHeader = Header<typeof ViewMessageResponseHeader>;
