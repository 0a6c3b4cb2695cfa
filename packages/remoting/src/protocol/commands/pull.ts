/** Pulling messages of one queue. */
import { defineCommand, defineHeader, type Header, optional, required } from '../header-schema.js';
import { topicRequestFields } from './inherited-fields.js';

export const PullMessageRequestHeader = defineHeader(
  'PullMessageRequestHeader',
  {
    consumerGroup: required('string'),
    topic: required('string'),
    liteTopic: optional('string', { doc: 'Lite topic under the parent topic.' }),
    queueId: required('int'),
    queueOffset: required('long', { doc: 'First queue offset wanted.' }),
    maxMsgNums: required('int', { doc: 'Most messages wanted.' }),
    sysFlag: required('int', {
      doc: 'Bits: 1 commit offset, 2 may be parked, 4 subscription given, 8 class filter, 16 lite pull.',
    }),
    commitOffset: required('long', { doc: 'Next queue offset to consume.' }),
    suspendTimeoutMillis: required('long', { doc: 'How long the broker may park the pull, ms.' }),
    subscription: optional('string', { doc: 'Filter expression; only when the system flag says so.' }),
    subVersion: required('long', { doc: 'Version of the subscription the client pulls with (its clock in ms).' }),
    expressionType: optional('string', { doc: '`TAG` or `SQL92`.' }),
    maxMsgBytes: optional('int', { doc: 'Upper limit of the answer, in bytes.' }),
    requestSource: optional('int', {
      doc: 'Who pulls: -1 a client, 0 proxy (ordered), 1 proxy (broadcast), 2 proxy (stream).',
    }),
    proxyFrowardClientId: optional('string', { doc: 'Client behind the proxy (spelled so on the wire).' }),
    ...topicRequestFields,
  },
  { hot: true },
);
export type PullMessageRequestHeader = Header<typeof PullMessageRequestHeader>;

export const PullMessageResponseHeader = defineHeader(
  'PullMessageResponseHeader',
  {
    suggestWhichBrokerId: required('long', { doc: 'Broker id to pull from next.' }),
    nextBeginOffset: required('long', { doc: 'Queue offset for the next pull.' }),
    minOffset: required('long', { doc: 'First queue offset still there.' }),
    maxOffset: required('long'),
    offsetDelta: optional('long', {
      doc: 'What to add to the offsets of the messages to get offsets of the logical queue.',
    }),
    topicSysFlag: optional('int', { doc: 'System flag of the topic.' }),
    groupSysFlag: optional('int', { doc: 'System flag of the group.' }),
    forbiddenType: optional('int', { doc: 'Why the group may not consume, when the answer is NO_PERMISSION.' }),
  },
  { hot: true },
);
export type PullMessageResponseHeader = Header<typeof PullMessageResponseHeader>;

export const PULL_MESSAGE = defineCommand({
  code: 11,
  name: 'PULL_MESSAGE',
  to: ['broker', 'proxy'],
  request: PullMessageRequestHeader,
  response: PullMessageResponseHeader,
  doc: 'Reads messages of a queue from an offset; the broker may park the request until one arrives.',
});

export const LITE_PULL_MESSAGE = defineCommand({
  code: 361,
  name: 'LITE_PULL_MESSAGE',
  to: ['broker', 'proxy'],
  request: PullMessageRequestHeader,
  response: PullMessageResponseHeader,
  doc: 'PULL_MESSAGE of the lite pull consumer; the broker runs it in a lane of its own.',
});
