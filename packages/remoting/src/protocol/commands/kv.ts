/** The key-value table of the name server. */
import { defineCommand, defineHeader, type Header, optional, required } from '../header-schema.js';

export const PutKVConfigRequestHeader = defineHeader('PutKVConfigRequestHeader', {
  namespace: required('string'),
  key: required('string'),
  value: required('string'),
});
export type PutKVConfigRequestHeader = Header<typeof PutKVConfigRequestHeader>;

export const PUT_KV_CONFIG = defineCommand({
  code: 100,
  name: 'PUT_KV_CONFIG',
  to: ['namesrv'],
  request: PutKVConfigRequestHeader,
  doc: 'Stores a value under a key of a namespace.',
});

export const GetKVConfigRequestHeader = defineHeader('GetKVConfigRequestHeader', {
  namespace: optional('string'),
  key: optional('string'),
});
export type GetKVConfigRequestHeader = Header<typeof GetKVConfigRequestHeader>;

export const GetKVConfigResponseHeader = defineHeader('GetKVConfigResponseHeader', {
  value: optional('string'),
});
export type GetKVConfigResponseHeader = Header<typeof GetKVConfigResponseHeader>;

export const GET_KV_CONFIG = defineCommand({
  code: 101,
  name: 'GET_KV_CONFIG',
  to: ['namesrv'],
  request: GetKVConfigRequestHeader,
  response: GetKVConfigResponseHeader,
  doc: 'Reads the value of a key.',
});

export const DeleteKVConfigRequestHeader = defineHeader('DeleteKVConfigRequestHeader', {
  namespace: optional('string'),
  key: optional('string'),
});
export type DeleteKVConfigRequestHeader = Header<typeof DeleteKVConfigRequestHeader>;

export const DELETE_KV_CONFIG = defineCommand({
  code: 102,
  name: 'DELETE_KV_CONFIG',
  to: ['namesrv'],
  request: DeleteKVConfigRequestHeader,
  doc: 'Removes a key.',
});

export const GetKVListByNamespaceRequestHeader = defineHeader('GetKVListByNamespaceRequestHeader', {
  namespace: optional('string'),
});
export type GetKVListByNamespaceRequestHeader = Header<typeof GetKVListByNamespaceRequestHeader>;

export const GET_KVLIST_BY_NAMESPACE = defineCommand({
  code: 219,
  name: 'GET_KVLIST_BY_NAMESPACE',
  to: ['namesrv'],
  request: GetKVListByNamespaceRequestHeader,
  doc: 'Reads all keys of a namespace.',
});

export const RegisterOrderTopicRequestHeader = defineHeader('RegisterOrderTopicRequestHeader', {
  topic: required('string'),
  orderTopicString: required('string'),
});
export type RegisterOrderTopicRequestHeader = Header<typeof RegisterOrderTopicRequestHeader>;
