/** Bodies about connected clients. */
import { type Body, defineBody, int, listOf, long, mapOf, maybe, text } from './body-schema.js';
import { ConsumeFromWhere, ConsumeType, MessageModel, SubscriptionData } from './heartbeat.js';

/** One client connection as brokers report it. Source: body.Connection. */
export const ClientConnection = defineBody('Connection', {
  clientId: maybe(text),
  clientAddr: maybe(text),
  language: maybe(text),
  version: int,
});
export type ClientConnection = Body<typeof ClientConnection>;

export const ConsumerConnection = defineBody('ConsumerConnection', {
  connectionSet: listOf(ClientConnection),
  subscriptionTable: mapOf(SubscriptionData),
  consumeType: maybe(ConsumeType),
  messageModel: maybe(MessageModel),
  consumeFromWhere: maybe(ConsumeFromWhere),
});
export type ConsumerConnection = Body<typeof ConsumerConnection>;

export const ProducerConnection = defineBody('ProducerConnection', { connectionSet: listOf(ClientConnection) });
export type ProducerConnection = Body<typeof ProducerConnection>;

export const ProducerInfo = defineBody('ProducerInfo', {
  clientId: maybe(text),
  remoteIP: maybe(text),
  language: maybe(text),
  version: int,
  lastUpdateTimestamp: long,
});
export type ProducerInfo = Body<typeof ProducerInfo>;

export const ProducerTableInfo = defineBody('ProducerTableInfo', { data: mapOf(listOf(ProducerInfo)) });
export type ProducerTableInfo = Body<typeof ProducerTableInfo>;

export const GetConsumerListByGroupResponseBody = defineBody('GetConsumerListByGroupResponseBody', {
  consumerIdList: listOf(text),
});
export type GetConsumerListByGroupResponseBody = Body<typeof GetConsumerListByGroupResponseBody>;

export const CheckClientRequestBody = defineBody('CheckClientRequestBody', {
  clientId: maybe(text),
  group: maybe(text),
  subscriptionData: maybe(SubscriptionData),
  namespace: maybe(text),
});
export type CheckClientRequestBody = Body<typeof CheckClientRequestBody>;
