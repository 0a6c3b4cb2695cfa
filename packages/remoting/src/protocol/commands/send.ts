/** Storing messages: single, batch, returned for retry, and taking a delayed one back. */
import {
  defaulted,
  defineCommand,
  defineHeader,
  type Header,
  type HeaderInit,
  optional,
  required,
} from '../header-schema.js';
import { rpcRequestFields, topicRequestFields } from './inherited-fields.js';

export const SendMessageRequestHeader = defineHeader(
  'SendMessageRequestHeader',
  {
    producerGroup: required('string'),
    topic: required('string'),
    defaultTopic: required('string', { doc: 'Topic whose settings a topic created on the fly inherits.' }),
    defaultTopicQueueNums: required('int', { doc: 'Queues of a topic created on the fly.' }),
    queueId: required('int', { doc: 'Queue index; negative lets the broker choose.' }),
    sysFlag: required('int', { doc: 'System flag bits.' }),
    bornTimestamp: required('long', { doc: 'Client clock, ms since the epoch.' }),
    flag: required('int', { doc: 'Application flag of the message; the broker only stores it.' }),
    properties: optional('text', { doc: 'Message properties in their stored form.' }),
    reconsumeTimes: optional('int', { doc: 'Deliveries so far.' }),
    unitMode: optional('boolean', { doc: 'The sender works in units (regions with their own topics).' }),
    batch: optional('boolean', { doc: 'The body holds a client batch.' }),
    maxReconsumeTimes: optional('int', { doc: 'Deliveries after which the message goes to the dead letter queue.' }),
    ...topicRequestFields,
  },
  { hot: true },
);
export type SendMessageRequestHeader = Header<typeof SendMessageRequestHeader>;

export const SendMessageResponseHeader = defineHeader(
  'SendMessageResponseHeader',
  {
    msgId: required('ascii', { doc: 'Offset message id (store host and physical offset), not the unique id.' }),
    queueId: required('int', { doc: 'Queue the message went to.' }),
    queueOffset: required('long', { doc: 'Index of the message in its queue.' }),
    transactionId: optional('ascii'),
    batchUniqId: optional('string', { doc: 'Unique id of a batch stored as one message.' }),
    recallHandle: optional('string', { doc: 'Handle with which the delayed message can be taken back.' }),
    regionId: optional('string', { wire: 'MSG_REGION', doc: 'Region of the broker; for message traces.' }),
    traceOn: optional('boolean', { wire: 'TRACE_ON', doc: 'Whether the broker lets clients trace messages.' }),
  },
  { hot: true },
);
export type SendMessageResponseHeader = Header<typeof SendMessageResponseHeader>;
/** What the answer to a send is written from. */
export type SendMessageResponseInit = HeaderInit<typeof SendMessageResponseHeader>;

export const SEND_MESSAGE = defineCommand({
  code: 10,
  name: 'SEND_MESSAGE',
  to: ['broker', 'proxy'],
  request: SendMessageRequestHeader,
  response: SendMessageResponseHeader,
  doc: 'Stores one message; the header spells its names out. Superseded by SEND_MESSAGE_V2, never removed.',
});

export const SendMessageRequestHeaderV2 = defineHeader(
  'SendMessageRequestHeaderV2',
  {
    producerGroup: required('string', { wire: 'a' }),
    topic: required('string', { wire: 'b' }),
    defaultTopic: required('string', { wire: 'c', doc: 'Topic whose settings a topic created on the fly inherits.' }),
    defaultTopicQueueNums: required('int', { wire: 'd', doc: 'Queues of a topic created on the fly.' }),
    queueId: required('int', { wire: 'e', doc: 'Queue index; negative lets the broker choose.' }),
    sysFlag: required('int', { wire: 'f', doc: 'System flag bits.' }),
    bornTimestamp: required('long', { wire: 'g', doc: 'Client clock, ms since the epoch.' }),
    flag: required('int', { wire: 'h', doc: 'Application flag of the message; the broker only stores it.' }),
    properties: optional('text', { wire: 'i', doc: 'Message properties in their stored form.' }),
    reconsumeTimes: optional('int', { wire: 'j', doc: 'Deliveries so far.' }),
    unitMode: optional('boolean', { wire: 'k', doc: 'The sender works in units (regions with their own topics).' }),
    maxReconsumeTimes: optional('int', {
      wire: 'l',
      doc: 'Deliveries after which the message goes to the dead letter queue.',
    }),
    batch: optional('boolean', { wire: 'm', doc: 'The body holds a client batch.' }),
    brokerName: optional('string', {
      wire: 'n',
      doc: 'Broker that the sender meant; tells logical queues of static topics apart.',
    }),
    ...topicRequestFields,
  },
  { hot: true },
);
export type SendMessageRequestHeaderV2 = Header<typeof SendMessageRequestHeaderV2>;

export const SEND_MESSAGE_V2 = defineCommand({
  code: 310,
  name: 'SEND_MESSAGE_V2',
  to: ['broker', 'proxy'],
  request: SendMessageRequestHeaderV2,
  response: SendMessageResponseHeader,
  doc: 'Stores one message; the header has one-letter names. What clients send by default.',
});

export const SEND_BATCH_MESSAGE = defineCommand({
  code: 320,
  name: 'SEND_BATCH_MESSAGE',
  to: ['broker', 'proxy'],
  request: SendMessageRequestHeaderV2,
  response: SendMessageResponseHeader,
  doc: 'Stores a batch of messages of one topic.',
});

export const ConsumerSendMsgBackRequestHeader = defineHeader('ConsumerSendMsgBackRequestHeader', {
  offset: required('long', { doc: 'Physical offset of the message, in bytes.' }),
  group: required('string'),
  delayLevel: required('int', {
    doc: 'Negative: straight to the dead letter queue; 0: the broker chooses; else the level.',
  }),
  originMsgId: optional('string', { doc: 'Id of the message as it was first sent.' }),
  originTopic: optional('string'),
  unitMode: defaulted('boolean', false, { doc: 'The sender works in units (regions with their own topics).' }),
  maxReconsumeTimes: optional('int', { doc: 'Deliveries after which the message goes to the dead letter queue.' }),
  ...rpcRequestFields,
});
export type ConsumerSendMsgBackRequestHeader = Header<typeof ConsumerSendMsgBackRequestHeader>;

export const CONSUMER_SEND_MSG_BACK = defineCommand({
  code: 36,
  name: 'CONSUMER_SEND_MSG_BACK',
  to: ['broker', 'proxy'],
  request: ConsumerSendMsgBackRequestHeader,
  doc: 'A consumer hands back a message that it could not process: retry later, or dead letter queue.',
});

export const RecallMessageRequestHeader = defineHeader('RecallMessageRequestHeader', {
  producerGroup: optional('string'),
  topic: required('string'),
  recallHandle: required('string', { doc: 'Handle with which the delayed message can be taken back.' }),
  ...topicRequestFields,
});
export type RecallMessageRequestHeader = Header<typeof RecallMessageRequestHeader>;

export const RecallMessageResponseHeader = defineHeader('RecallMessageResponseHeader', {
  msgId: required('string'),
  regionId: optional('string', { wire: 'MSG_REGION', doc: 'Region of the broker; for message traces.' }),
});
export type RecallMessageResponseHeader = Header<typeof RecallMessageResponseHeader>;

export const RECALL_MESSAGE = defineCommand({
  code: 370,
  name: 'RECALL_MESSAGE',
  to: ['broker', 'proxy'],
  request: RecallMessageRequestHeader,
  response: RecallMessageResponseHeader,
  doc: 'Takes a delayed message back before it is due.',
});
