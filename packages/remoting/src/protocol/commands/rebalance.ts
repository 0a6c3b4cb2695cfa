/** Who consumes which queue, and in which mode. */
import { defineCommand, defineHeader, type Header } from '../header-schema.js';
import { rpcRequestFields } from './inherited-fields.js';

export const LockBatchMqRequestHeader = defineHeader('LockBatchMqRequestHeader', {
  ...rpcRequestFields,
});
export type LockBatchMqRequestHeader = Header<typeof LockBatchMqRequestHeader>;

export const LOCK_BATCH_MQ = defineCommand({
  code: 41,
  name: 'LOCK_BATCH_MQ',
  to: ['broker', 'proxy'],
  request: LockBatchMqRequestHeader,
  doc: 'Locks queues for a consumer that needs them in order.',
});

export const UnlockBatchMqRequestHeader = defineHeader('UnlockBatchMqRequestHeader', {
  ...rpcRequestFields,
});
export type UnlockBatchMqRequestHeader = Header<typeof UnlockBatchMqRequestHeader>;

export const UNLOCK_BATCH_MQ = defineCommand({
  code: 42,
  name: 'UNLOCK_BATCH_MQ',
  to: ['broker', 'proxy'],
  request: UnlockBatchMqRequestHeader,
  doc: 'Releases locked queues.',
});

export const QUERY_ASSIGNMENT = defineCommand({
  code: 400,
  name: 'QUERY_ASSIGNMENT',
  to: ['broker'],
  doc: 'Asks the broker which queues a client shall consume.',
});

export const SET_MESSAGE_REQUEST_MODE = defineCommand({
  code: 401,
  name: 'SET_MESSAGE_REQUEST_MODE',
  to: ['broker'],
  doc: 'Chooses between pull and pop for a group on a topic.',
});

export const GET_ALL_MESSAGE_REQUEST_MODE = defineCommand({
  code: 402,
  name: 'GET_ALL_MESSAGE_REQUEST_MODE',
  to: ['broker'],
  doc: 'Hands out all choices between pull and pop; slaves copy them.',
});
