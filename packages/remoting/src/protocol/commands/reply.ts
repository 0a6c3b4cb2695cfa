/** The request-reply pattern: a reply is sent to the broker and pushed on to whoever asked. */
import { defaulted, defineCommand, defineHeader, type Header, optional, required } from '../header-schema.js';
import { topicRequestFields } from './inherited-fields.js';
import { SendMessageRequestHeader, SendMessageRequestHeaderV2, SendMessageResponseHeader } from './send.js';

export const SEND_REPLY_MESSAGE = defineCommand({
  code: 324,
  name: 'SEND_REPLY_MESSAGE',
  to: ['broker'],
  request: SendMessageRequestHeader,
  response: SendMessageResponseHeader,
  doc: 'Delivers a reply; the header spells its names out.',
});

export const SEND_REPLY_MESSAGE_V2 = defineCommand({
  code: 325,
  name: 'SEND_REPLY_MESSAGE_V2',
  to: ['broker'],
  request: SendMessageRequestHeaderV2,
  response: SendMessageResponseHeader,
  doc: 'Delivers a reply; the header has one-letter names.',
});

export const ReplyMessageRequestHeader = defineHeader('ReplyMessageRequestHeader', {
  producerGroup: required('string'),
  topic: required('string'),
  defaultTopic: required('string', { doc: 'Topic whose settings a topic created on the fly inherits.' }),
  defaultTopicQueueNums: required('int', { doc: 'Queues of a topic created on the fly.' }),
  queueId: required('int'),
  sysFlag: required('int', { doc: 'System flag bits.' }),
  bornTimestamp: required('long', { doc: 'Client clock, ms since the epoch.' }),
  flag: required('int', { doc: 'Application flag of the message; the broker only stores it.' }),
  properties: optional('string', { doc: 'Message properties in their stored form.' }),
  reconsumeTimes: optional('int', { doc: 'Deliveries so far.' }),
  unitMode: defaulted('boolean', false, { doc: 'The sender works in units (regions with their own topics).' }),
  bornHost: required('string', { doc: 'Address of the sender of the reply, `host:port`.' }),
  storeHost: required('string', { doc: 'Address of the broker that relays the reply.' }),
  storeTimestamp: defaulted('long', 0, { doc: 'Broker clock, ms since the epoch.' }),
  ...topicRequestFields,
});
export type ReplyMessageRequestHeader = Header<typeof ReplyMessageRequestHeader>;

export const PUSH_REPLY_MESSAGE_TO_CLIENT = defineCommand({
  code: 326,
  name: 'PUSH_REPLY_MESSAGE_TO_CLIENT',
  to: ['client'],
  request: ReplyMessageRequestHeader,
  doc: 'The broker pushes a reply to the producer that waits for it.',
});
