/** Bodies of queue assignment by the broker and of the choice between pull and pop. */
import {
  type Body,
  type BodyType,
  choice,
  defineBody,
  int,
  listOf,
  mapOf,
  maybe,
  messageQueue,
  text,
} from './body-schema.js';
import { MessageModel } from './heartbeat.js';

const modeName = choice('PULL', 'POP');

/** `PULL` when absent. */
export const MessageRequestMode: BodyType<'PULL' | 'POP'> = {
  read: (value, where) => (value === undefined || value === null ? 'PULL' : modeName.read(value, where)),
  write: (value) => value,
};
export type MessageRequestMode = 'PULL' | 'POP';

export const QueryAssignmentRequestBody = defineBody('QueryAssignmentRequestBody', {
  topic: maybe(text),
  consumerGroup: maybe(text),
  clientId: maybe(text),
  strategyName: maybe(text),
  messageModel: maybe(MessageModel),
});
export type QueryAssignmentRequestBody = Body<typeof QueryAssignmentRequestBody>;

export const MessageQueueAssignment = defineBody('MessageQueueAssignment', {
  messageQueue: maybe(messageQueue),
  mode: MessageRequestMode,
  attachments: maybe(mapOf(text)),
});
export type MessageQueueAssignment = Body<typeof MessageQueueAssignment>;

export const QueryAssignmentResponseBody = defineBody('QueryAssignmentResponseBody', {
  messageQueueAssignments: maybe(listOf(MessageQueueAssignment)),
});
export type QueryAssignmentResponseBody = Body<typeof QueryAssignmentResponseBody>;

export const SetMessageRequestModeRequestBody = defineBody('SetMessageRequestModeRequestBody', {
  topic: maybe(text),
  consumerGroup: maybe(text),
  mode: MessageRequestMode,
  popShareQueueNum: int,
});
export type SetMessageRequestModeRequestBody = Body<typeof SetMessageRequestModeRequestBody>;

/** The modes of a broker by topic, then group. */
export const MessageRequestModeSerializeWrapper = defineBody('MessageRequestModeSerializeWrapper', {
  messageRequestModeMap: mapOf(mapOf(SetMessageRequestModeRequestBody)),
});
export type MessageRequestModeSerializeWrapper = Body<typeof MessageRequestModeSerializeWrapper>;
