/** Lite topics: many small topics under one parent. */
import { defaulted, defineCommand, defineHeader, type Header, optional, required } from '../header-schema.js';
import { rpcRequestFields } from './inherited-fields.js';

export const PopLiteMessageRequestHeader = defineHeader('PopLiteMessageRequestHeader', {
  clientId: required('string'),
  consumerGroup: required('string'),
  topic: required('string'),
  maxMsgNum: defaulted('int', 0, { doc: 'Most messages wanted.' }),
  invisibleTime: defaulted('long', 0, { doc: 'How long the messages stay hidden from others, ms.' }),
  pollTime: defaulted('long', 0, { doc: 'How long the broker may park the request, ms.' }),
  bornTime: defaulted('long', 0, {
    doc: 'Client clock when the poll began, ms since the epoch; 0 lets the broker stamp it.',
  }),
  attemptId: optional('string', {
    doc: 'Names one try of an orderly pop, so that its repetition gets the same messages.',
  }),
  ...rpcRequestFields,
});
export type PopLiteMessageRequestHeader = Header<typeof PopLiteMessageRequestHeader>;

export const PopLiteMessageResponseHeader = defineHeader('PopLiteMessageResponseHeader', {
  popTime: defaulted('long', 0, { doc: 'Broker clock at the pop, ms since the epoch.' }),
  invisibleTime: defaulted('long', 0, { doc: 'How long the messages stay hidden from others, ms.' }),
  reviveQid: defaulted('int', 0, { doc: 'Queue of the revive topic that holds the checkpoint.' }),
  startOffsetInfo: optional('string', { doc: 'First queue offset per queue, `topic queueId offset;…`.' }),
  msgOffsetInfo: optional('string', { doc: 'Queue offsets per queue, `topic queueId offset,offset;…`.' }),
  orderCountInfo: optional('string', { doc: 'Delivery counts of orderly messages.' }),
});
export type PopLiteMessageResponseHeader = Header<typeof PopLiteMessageResponseHeader>;

export const POP_LITE_MESSAGE = defineCommand({
  code: 200070,
  name: 'POP_LITE_MESSAGE',
  to: ['broker'],
  request: PopLiteMessageRequestHeader,
  response: PopLiteMessageResponseHeader,
  doc: 'Takes messages of the lite topics a client has subscribed to.',
});

export const LiteSubscriptionCtlRequestHeader = defineHeader('LiteSubscriptionCtlRequestHeader', {
  ...rpcRequestFields,
});
export type LiteSubscriptionCtlRequestHeader = Header<typeof LiteSubscriptionCtlRequestHeader>;

export const LITE_SUBSCRIPTION_CTL = defineCommand({
  code: 200071,
  name: 'LITE_SUBSCRIPTION_CTL',
  to: ['broker'],
  request: LiteSubscriptionCtlRequestHeader,
  doc: 'Adds, removes or replaces the lite subscriptions of a client.',
});

export const ACK_LITE_MESSAGE = defineCommand({
  code: 200072,
  name: 'ACK_LITE_MESSAGE',
  to: [],
  unused: true,
  doc: 'Never implemented: lite messages are acknowledged with ACK_MESSAGE.',
});

export const NotifyUnsubscribeLiteRequestHeader = defineHeader('NotifyUnsubscribeLiteRequestHeader', {
  liteTopic: required('string', { doc: 'Lite topic under the parent topic.' }),
  consumerGroup: required('string'),
  clientId: required('string'),
  ...rpcRequestFields,
});
export type NotifyUnsubscribeLiteRequestHeader = Header<typeof NotifyUnsubscribeLiteRequestHeader>;

export const NOTIFY_UNSUBSCRIBE_LITE = defineCommand({
  code: 200073,
  name: 'NOTIFY_UNSUBSCRIBE_LITE',
  to: ['client'],
  request: NotifyUnsubscribeLiteRequestHeader,
  unused: true,
  doc: 'The broker tells a client that one of its lite subscriptions has ended.',
});

export const GET_BROKER_LITE_INFO = defineCommand({
  code: 200074,
  name: 'GET_BROKER_LITE_INFO',
  to: ['broker'],
  doc: 'Counts the lite topics and subscriptions of a broker.',
});

export const GetParentTopicInfoRequestHeader = defineHeader('GetParentTopicInfoRequestHeader', {
  topic: required('string'),
});
export type GetParentTopicInfoRequestHeader = Header<typeof GetParentTopicInfoRequestHeader>;

export const GET_PARENT_TOPIC_INFO = defineCommand({
  code: 200075,
  name: 'GET_PARENT_TOPIC_INFO',
  to: ['broker'],
  request: GetParentTopicInfoRequestHeader,
  doc: 'Describes the lite topics under one parent topic.',
});

export const GetLiteTopicInfoRequestHeader = defineHeader('GetLiteTopicInfoRequestHeader', {
  parentTopic: optional('string'),
  liteTopic: optional('string', { doc: 'Lite topic under the parent topic.' }),
});
export type GetLiteTopicInfoRequestHeader = Header<typeof GetLiteTopicInfoRequestHeader>;

export const GET_LITE_TOPIC_INFO = defineCommand({
  code: 200076,
  name: 'GET_LITE_TOPIC_INFO',
  to: ['broker'],
  request: GetLiteTopicInfoRequestHeader,
  doc: 'Describes offsets and subscribers of one lite topic.',
});

export const GetLiteClientInfoRequestHeader = defineHeader('GetLiteClientInfoRequestHeader', {
  parentTopic: optional('string'),
  group: optional('string'),
  clientId: optional('string'),
  maxCount: defaulted('int', 1000, { doc: 'Most lite topics to name; must be positive.' }),
});
export type GetLiteClientInfoRequestHeader = Header<typeof GetLiteClientInfoRequestHeader>;

export const GET_LITE_CLIENT_INFO = defineCommand({
  code: 200077,
  name: 'GET_LITE_CLIENT_INFO',
  to: ['broker'],
  request: GetLiteClientInfoRequestHeader,
  doc: 'Lists the lite subscriptions of a client.',
});

export const GetLiteGroupInfoRequestHeader = defineHeader('GetLiteGroupInfoRequestHeader', {
  group: required('string'),
  liteTopic: optional('string', { doc: 'Lite topic under the parent topic.' }),
  topK: defaulted('int', 0, { doc: 'How many lite topics with the largest lag to name.' }),
});
export type GetLiteGroupInfoRequestHeader = Header<typeof GetLiteGroupInfoRequestHeader>;

export const GET_LITE_GROUP_INFO = defineCommand({
  code: 200078,
  name: 'GET_LITE_GROUP_INFO',
  to: ['broker'],
  request: GetLiteGroupInfoRequestHeader,
  doc: 'Measures how far a group lags behind in lite topics.',
});

export const TriggerLiteDispatchRequestHeader = defineHeader('TriggerLiteDispatchRequestHeader', {
  group: required('string'),
  clientId: optional('string'),
});
export type TriggerLiteDispatchRequestHeader = Header<typeof TriggerLiteDispatchRequestHeader>;

export const TRIGGER_LITE_DISPATCH = defineCommand({
  code: 200079,
  name: 'TRIGGER_LITE_DISPATCH',
  to: ['broker'],
  request: TriggerLiteDispatchRequestHeader,
  doc: 'Has a group or client look again at lite topics that hold messages.',
});
