/** Pop consumption: messages are lent for a time and acknowledged one by one. */
import { defaulted, defineCommand, defineHeader, type Header, optional, required } from '../header-schema.js';
import { topicRequestFields } from './inherited-fields.js';

export const PopMessageRequestHeader = defineHeader('PopMessageRequestHeader', {
  consumerGroup: required('string'),
  topic: required('string'),
  queueId: defaulted('int', 0, { doc: 'Negative: any queue.' }),
  maxMsgNums: defaulted('int', 0, { doc: 'Most messages wanted.' }),
  invisibleTime: defaulted('long', 0, { doc: 'How long the messages stay hidden from others, ms.' }),
  pollTime: defaulted('long', 0, { doc: 'How long the broker may park the request, ms.' }),
  bornTime: defaulted('long', 0, {
    doc: 'Client clock when the poll began, ms since the epoch; 0 lets the broker stamp it.',
  }),
  initMode: defaulted('int', 0, { doc: 'Where a new group starts: 0 at the oldest, 1 at the newest message.' }),
  expType: optional('string', { doc: '`TAG` or `SQL92`.' }),
  exp: optional('string', { doc: 'Filter expression.' }),
  order: defaulted('boolean', false, { doc: 'Orderly consumption: at most one delivery per queue at a time.' }),
  attemptId: optional('string', {
    doc: 'Names one try of an orderly pop, so that its repetition gets the same messages.',
  }),
  ...topicRequestFields,
});
export type PopMessageRequestHeader = Header<typeof PopMessageRequestHeader>;

export const PopMessageResponseHeader = defineHeader('PopMessageResponseHeader', {
  popTime: defaulted('long', 0, { doc: 'Broker clock at the pop, ms since the epoch.' }),
  invisibleTime: defaulted('long', 0, { doc: 'How long the messages stay hidden from others, ms.' }),
  reviveQid: defaulted('int', 0, { doc: 'Queue of the revive topic that holds the checkpoint.' }),
  restNum: defaulted('long', 0, { doc: 'Messages that wait behind these.' }),
  startOffsetInfo: optional('string', { doc: 'First queue offset per queue, `topic queueId offset;…`.' }),
  msgOffsetInfo: optional('string', { doc: 'Queue offsets per queue, `topic queueId offset,offset;…`.' }),
  orderCountInfo: optional('string', { doc: 'Delivery counts of orderly messages.' }),
});
export type PopMessageResponseHeader = Header<typeof PopMessageResponseHeader>;

export const POP_MESSAGE = defineCommand({
  code: 200050,
  name: 'POP_MESSAGE',
  to: ['broker', 'proxy'],
  request: PopMessageRequestHeader,
  response: PopMessageResponseHeader,
  doc: 'Takes messages and hides them from other consumers for a while.',
});

export const AckMessageRequestHeader = defineHeader('AckMessageRequestHeader', {
  consumerGroup: required('string'),
  topic: required('string'),
  queueId: required('int'),
  extraInfo: required('string', { doc: 'Receipt handle of the popped message.' }),
  offset: required('long', { doc: 'Queue offset of the message.' }),
  liteTopic: optional('string', { doc: 'Lite topic under the parent topic.' }),
  ...topicRequestFields,
});
export type AckMessageRequestHeader = Header<typeof AckMessageRequestHeader>;

export const ACK_MESSAGE = defineCommand({
  code: 200051,
  name: 'ACK_MESSAGE',
  to: ['broker', 'proxy'],
  request: AckMessageRequestHeader,
  doc: 'Acknowledges one popped message.',
});

export const BATCH_ACK_MESSAGE = defineCommand({
  code: 200151,
  name: 'BATCH_ACK_MESSAGE',
  to: ['broker'],
  doc: 'Acknowledges many popped messages at once.',
});

export const PeekMessageRequestHeader = defineHeader('PeekMessageRequestHeader', {
  topic: required('string'),
  queueId: defaulted('int', 0),
  maxMsgNums: defaulted('int', 0, { doc: 'Most messages wanted.' }),
  consumerGroup: required('string'),
  ...topicRequestFields,
});
export type PeekMessageRequestHeader = Header<typeof PeekMessageRequestHeader>;

export const PEEK_MESSAGE = defineCommand({
  code: 200052,
  name: 'PEEK_MESSAGE',
  to: ['broker'],
  request: PeekMessageRequestHeader,
  response: PopMessageResponseHeader,
  doc: 'Looks at the next messages of a group without taking them.',
});

export const ChangeInvisibleTimeRequestHeader = defineHeader('ChangeInvisibleTimeRequestHeader', {
  consumerGroup: required('string'),
  topic: required('string'),
  queueId: required('int'),
  extraInfo: required('string', { doc: 'Receipt handle of the popped message.' }),
  offset: required('long', { doc: 'Queue offset of the message.' }),
  invisibleTime: required('long', { doc: 'How long the messages stay hidden from others, ms.' }),
  liteTopic: optional('string', { doc: 'Lite topic under the parent topic.' }),
  suspend: defaulted('boolean', false, { doc: 'The client cannot use the message now: do not count the delivery.' }),
  ...topicRequestFields,
});
export type ChangeInvisibleTimeRequestHeader = Header<typeof ChangeInvisibleTimeRequestHeader>;

export const ChangeInvisibleTimeResponseHeader = defineHeader('ChangeInvisibleTimeResponseHeader', {
  popTime: defaulted('long', 0, { doc: 'Broker clock at the pop, ms since the epoch.' }),
  invisibleTime: defaulted('long', 0, { doc: 'How long the messages stay hidden from others, ms.' }),
  reviveQid: defaulted('int', 0, { doc: 'Queue of the revive topic that holds the checkpoint.' }),
});
export type ChangeInvisibleTimeResponseHeader = Header<typeof ChangeInvisibleTimeResponseHeader>;

export const CHANGE_MESSAGE_INVISIBLETIME = defineCommand({
  code: 200053,
  name: 'CHANGE_MESSAGE_INVISIBLETIME',
  to: ['broker', 'proxy'],
  request: ChangeInvisibleTimeRequestHeader,
  response: ChangeInvisibleTimeResponseHeader,
  doc: 'Changes how long a popped message stays hidden.',
});

export const NotificationRequestHeader = defineHeader('NotificationRequestHeader', {
  consumerGroup: required('string'),
  topic: required('string'),
  queueId: defaulted('int', 0),
  pollTime: defaulted('long', 0, { doc: 'How long the broker may park the request, ms.' }),
  bornTime: defaulted('long', 0, {
    doc: 'Client clock when the poll began, ms since the epoch; 0 lets the broker stamp it.',
  }),
  order: defaulted('boolean', false),
  attemptId: optional('string', {
    doc: 'Names one try of an orderly pop, so that its repetition gets the same messages.',
  }),
  expType: optional('string', { doc: '`TAG` or `SQL92`.' }),
  exp: optional('string', { doc: 'Filter expression.' }),
  ...topicRequestFields,
});
export type NotificationRequestHeader = Header<typeof NotificationRequestHeader>;

export const NotificationResponseHeader = defineHeader('NotificationResponseHeader', {
  hasMsg: defaulted('boolean', false, { doc: 'True when a message is waiting.' }),
  pollingFull: defaulted('boolean', false, { doc: 'True when too many polls are parked already.' }),
});
export type NotificationResponseHeader = Header<typeof NotificationResponseHeader>;

export const NOTIFICATION = defineCommand({
  code: 200054,
  name: 'NOTIFICATION',
  to: ['broker'],
  request: NotificationRequestHeader,
  response: NotificationResponseHeader,
  doc: 'Waits until a queue has messages, without reading them.',
});

export const PollingInfoRequestHeader = defineHeader('PollingInfoRequestHeader', {
  consumerGroup: required('string'),
  topic: required('string'),
  queueId: defaulted('int', 0),
  ...topicRequestFields,
});
export type PollingInfoRequestHeader = Header<typeof PollingInfoRequestHeader>;

export const PollingInfoResponseHeader = defineHeader('PollingInfoResponseHeader', {
  pollingNum: defaulted('int', 0),
});
export type PollingInfoResponseHeader = Header<typeof PollingInfoResponseHeader>;

export const POLLING_INFO = defineCommand({
  code: 200055,
  name: 'POLLING_INFO',
  to: ['broker'],
  request: PollingInfoRequestHeader,
  response: PollingInfoResponseHeader,
  doc: 'Counts the parked polls of a queue.',
});

export const POP_ROLLBACK = defineCommand({
  code: 200056,
  name: 'POP_ROLLBACK',
  to: ['broker'],
  doc: 'Writes pop checkpoints kept in the key-value store back to the revive topic.',
});
