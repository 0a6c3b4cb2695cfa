/** Transactional messages. */
import { defaulted, defineCommand, defineHeader, type Header, optional, required } from '../header-schema.js';
import { rpcRequestFields } from './inherited-fields.js';

export const EndTransactionRequestHeader = defineHeader('EndTransactionRequestHeader', {
  topic: optional('string'),
  producerGroup: required('string'),
  tranStateTableOffset: required('long', { doc: 'Queue offset of the half message.' }),
  commitLogOffset: required('long', { doc: 'Physical offset of the half message, in bytes.' }),
  commitOrRollback: required('int', { doc: 'Transaction bits of the system flag: 0 unknown, 8 commit, 12 rollback.' }),
  fromTransactionCheck: defaulted('boolean', false, { doc: 'True in the answer to a check-back.' }),
  msgId: required('string'),
  transactionId: optional('string'),
  ...rpcRequestFields,
});
export type EndTransactionRequestHeader = Header<typeof EndTransactionRequestHeader>;

export const END_TRANSACTION = defineCommand({
  code: 37,
  name: 'END_TRANSACTION',
  to: ['broker', 'proxy'],
  request: EndTransactionRequestHeader,
  doc: 'A producer commits, rolls back or leaves open a half message.',
});

export const CheckTransactionStateRequestHeader = defineHeader('CheckTransactionStateRequestHeader', {
  topic: optional('string'),
  tranStateTableOffset: required('long', { doc: 'Queue offset of the half message.' }),
  commitLogOffset: required('long', { doc: 'Physical offset of the half message, in bytes.' }),
  msgId: optional('string'),
  transactionId: optional('string'),
  offsetMsgId: optional('string'),
  ...rpcRequestFields,
});
export type CheckTransactionStateRequestHeader = Header<typeof CheckTransactionStateRequestHeader>;

export const CHECK_TRANSACTION_STATE = defineCommand({
  code: 39,
  name: 'CHECK_TRANSACTION_STATE',
  to: ['client'],
  request: CheckTransactionStateRequestHeader,
  doc: 'The broker asks a producer what became of a half message.',
});

export const ResumeCheckHalfMessageRequestHeader = defineHeader('ResumeCheckHalfMessageRequestHeader', {
  topic: optional('string'),
  msgId: optional('string'),
});
export type ResumeCheckHalfMessageRequestHeader = Header<typeof ResumeCheckHalfMessageRequestHeader>;

export const RESUME_CHECK_HALF_MESSAGE = defineCommand({
  code: 323,
  name: 'RESUME_CHECK_HALF_MESSAGE',
  to: ['broker'],
  request: ResumeCheckHalfMessageRequestHeader,
  doc: 'Puts a half message that was given up back under check.',
});

export const CheckTransactionStateResponseHeader = defineHeader('CheckTransactionStateResponseHeader', {
  producerGroup: required('string'),
  tranStateTableOffset: required('long', { doc: 'Queue offset of the half message.' }),
  commitLogOffset: required('long', { doc: 'Physical offset of the half message, in bytes.' }),
  commitOrRollback: required('int', { doc: 'Transaction bits of the system flag: 0 unknown, 8 commit, 12 rollback.' }),
});
export type CheckTransactionStateResponseHeader = Header<typeof CheckTransactionStateResponseHeader>;

export const EndTransactionResponseHeader = defineHeader('EndTransactionResponseHeader', {});
export type EndTransactionResponseHeader = Header<typeof EndTransactionResponseHeader>;
