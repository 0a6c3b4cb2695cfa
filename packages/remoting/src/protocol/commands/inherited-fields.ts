/** Fields that most request headers share; spread into their declarations after their own. */
import { defineHeader, type Header, optional } from '../header-schema.js';

/** Fields of every request that can be forwarded. Source: RpcRequestHeader. */
export const rpcRequestFields = {
  ns: optional('string', { doc: 'Namespace of the sender.' }),
  nsd: optional('boolean', { doc: 'True when names already carry the namespace.' }),
  bname: optional('string', { doc: 'Broker name the request is meant for.' }),
  oway: optional('boolean', { doc: 'The sender wants no answer.' }),
} as const;

/** Fields of requests about a topic. Source: TopicRequestHeader. */
export const topicRequestFields = {
  lo: optional('boolean', {
    doc: 'Queue ids are logical ids of a static topic (default); false: physical ids of this broker.',
  }),
  ...rpcRequestFields,
} as const;

export const RpcRequestHeader = defineHeader('RpcRequestHeader', rpcRequestFields);
export type RpcRequestHeader = Header<typeof RpcRequestHeader>;

export const TopicRequestHeader = defineHeader('TopicRequestHeader', topicRequestFields);
export type TopicRequestHeader = Header<typeof TopicRequestHeader>;

export const TopicQueueRequestHeader = defineHeader('TopicQueueRequestHeader', topicRequestFields);
export type TopicQueueRequestHeader = Header<typeof TopicQueueRequestHeader>;
