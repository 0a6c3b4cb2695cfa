/** Topics on a broker. */
import { defaulted, defineCommand, defineHeader, type Header, optional, required } from '../header-schema.js';
import { rpcRequestFields, topicRequestFields } from './inherited-fields.js';

export const CreateTopicRequestHeader = defineHeader('CreateTopicRequestHeader', {
  topic: required('string'),
  defaultTopic: required('string', { doc: 'Topic whose settings a topic created on the fly inherits.' }),
  readQueueNums: required('int'),
  writeQueueNums: required('int'),
  perm: required('int', { doc: 'Permission bits: 4 read, 2 write, 1 inherit.' }),
  topicFilterType: required('string', { doc: '`SINGLE_TAG` or `MULTI_TAG`.' }),
  topicSysFlag: optional('int', { doc: 'System flag of the topic.' }),
  order: defaulted('boolean', false, { doc: 'Topic for ordered messages; recorded only.' }),
  attributes: optional('string', { doc: 'Changes of topic attributes: `+key=value` or `-key`, separated by commas.' }),
  force: defaulted('boolean', false, { doc: 'Accept mapping details that look older than the present ones.' }),
  ...topicRequestFields,
});
export type CreateTopicRequestHeader = Header<typeof CreateTopicRequestHeader>;

export const UPDATE_AND_CREATE_TOPIC = defineCommand({
  code: 17,
  name: 'UPDATE_AND_CREATE_TOPIC',
  to: ['broker'],
  request: CreateTopicRequestHeader,
  doc: 'Creates a topic or changes it.',
});

export const CreateTopicListRequestHeader = defineHeader('CreateTopicListRequestHeader', {
  ...rpcRequestFields,
});
export type CreateTopicListRequestHeader = Header<typeof CreateTopicListRequestHeader>;

export const UPDATE_AND_CREATE_TOPIC_LIST = defineCommand({
  code: 18,
  name: 'UPDATE_AND_CREATE_TOPIC_LIST',
  to: ['broker'],
  request: CreateTopicListRequestHeader,
  doc: 'Creates or changes many topics.',
});

export const UPDATE_AND_CREATE_STATIC_TOPIC = defineCommand({
  code: 513,
  name: 'UPDATE_AND_CREATE_STATIC_TOPIC',
  to: ['broker'],
  request: CreateTopicRequestHeader,
  doc: 'Creates a static topic, or moves its logical queues.',
});

export const GetAllTopicConfigRequestHeader = defineHeader('GetAllTopicConfigRequestHeader', {
  topicSeq: optional('int', {
    doc: 'Index of the first topic of the page; clients before 5.4 leave it out and get everything.',
  }),
  dataVersion: optional('string', { doc: 'JSON of the data version that the earlier pages had.' }),
  maxTopicNum: optional('int', { doc: 'Size of the page.' }),
});
export type GetAllTopicConfigRequestHeader = Header<typeof GetAllTopicConfigRequestHeader>;

export const GetAllTopicConfigResponseHeader = defineHeader('GetAllTopicConfigResponseHeader', {
  totalTopicNum: optional('int'),
});
export type GetAllTopicConfigResponseHeader = Header<typeof GetAllTopicConfigResponseHeader>;

export const GET_ALL_TOPIC_CONFIG = defineCommand({
  code: 21,
  name: 'GET_ALL_TOPIC_CONFIG',
  to: ['broker'],
  request: GetAllTopicConfigRequestHeader,
  response: GetAllTopicConfigResponseHeader,
  doc: 'Hands out the topic table, whole or by pages; slaves copy it.',
});

export const GET_TOPIC_CONFIG_LIST = defineCommand({
  code: 22,
  name: 'GET_TOPIC_CONFIG_LIST',
  to: [],
  unused: true,
  doc: 'Never implemented by the reference.',
});

export const GET_TOPIC_NAME_LIST = defineCommand({
  code: 23,
  name: 'GET_TOPIC_NAME_LIST',
  to: [],
  unused: true,
  doc: 'Never implemented by the reference.',
});

export const GetTopicStatsInfoRequestHeader = defineHeader('GetTopicStatsInfoRequestHeader', {
  topic: required('string'),
  ...topicRequestFields,
});
export type GetTopicStatsInfoRequestHeader = Header<typeof GetTopicStatsInfoRequestHeader>;

export const GET_TOPIC_STATS_INFO = defineCommand({
  code: 202,
  name: 'GET_TOPIC_STATS_INFO',
  to: ['broker'],
  request: GetTopicStatsInfoRequestHeader,
  doc: 'Tells offsets and the last update of each queue of a topic.',
});

export const DeleteTopicRequestHeader = defineHeader('DeleteTopicRequestHeader', {
  topic: optional('string'),
  ...topicRequestFields,
});
export type DeleteTopicRequestHeader = Header<typeof DeleteTopicRequestHeader>;

export const DELETE_TOPIC_IN_BROKER = defineCommand({
  code: 215,
  name: 'DELETE_TOPIC_IN_BROKER',
  to: ['broker'],
  request: DeleteTopicRequestHeader,
  doc: 'Removes a topic and the retry topics that belong to it.',
});

export const QueryTopicConsumeByWhoRequestHeader = defineHeader('QueryTopicConsumeByWhoRequestHeader', {
  topic: required('string'),
  ...topicRequestFields,
});
export type QueryTopicConsumeByWhoRequestHeader = Header<typeof QueryTopicConsumeByWhoRequestHeader>;

export const QUERY_TOPIC_CONSUME_BY_WHO = defineCommand({
  code: 300,
  name: 'QUERY_TOPIC_CONSUME_BY_WHO',
  to: ['broker'],
  request: QueryTopicConsumeByWhoRequestHeader,
  doc: 'Lists the groups that consume a topic.',
});

export const GET_SYSTEM_TOPIC_LIST_FROM_BROKER = defineCommand({
  code: 305,
  name: 'GET_SYSTEM_TOPIC_LIST_FROM_BROKER',
  to: ['broker'],
  doc: 'Lists the system topics of a broker.',
});

export const CLEAN_UNUSED_TOPIC = defineCommand({
  code: 316,
  name: 'CLEAN_UNUSED_TOPIC',
  to: ['broker'],
  doc: 'Deletes the queue files of topics that no longer exist.',
});

export const GetTopicConfigRequestHeader = defineHeader('GetTopicConfigRequestHeader', {
  topic: required('string'),
  ...topicRequestFields,
});
export type GetTopicConfigRequestHeader = Header<typeof GetTopicConfigRequestHeader>;

export const GET_TOPIC_CONFIG = defineCommand({
  code: 351,
  name: 'GET_TOPIC_CONFIG',
  to: ['broker'],
  request: GetTopicConfigRequestHeader,
  doc: 'Tells the configuration of one topic and its queue mapping.',
});
