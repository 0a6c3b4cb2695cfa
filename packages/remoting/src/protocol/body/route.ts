/** Bodies of the name server: routes, clusters, members of a broker name, topic lists. */
import { type Body, defineBody, flag, int, listOf, mapOf, maybe, numberMapOf, text } from './body-schema.js';
import { TopicQueueMappingInfo } from './static-topic.js';

/** How many queues of a topic a broker has. */
export const QueueData = defineBody('QueueData', {
  brokerName: text,
  readQueueNums: int,
  writeQueueNums: int,
  /** Bits of `PermName`. */
  perm: int,
  topicSysFlag: int,
});
export type QueueData = Body<typeof QueueData>;

/** The addresses of a broker name. */
export const BrokerData = defineBody('BrokerData', {
  cluster: maybe(text),
  brokerName: text,
  /** Address by broker id; 0 is the master. */
  brokerAddrs: numberMapOf(text),
  zoneName: maybe(text),
  enableActingMaster: flag,
});
export type BrokerData = Body<typeof BrokerData>;

/** Where a topic is. */
export const TopicRouteData = defineBody('TopicRouteData', {
  orderTopicConf: maybe(text),
  queueDatas: listOf(QueueData),
  brokerDatas: listOf(BrokerData),
  /** Filter servers by broker address; always empty since they are gone. */
  filterServerTable: mapOf(listOf(text)),
  /** Static topics only, by broker name. */
  topicQueueMappingByBroker: maybe(mapOf(TopicQueueMappingInfo)),
});
export type TopicRouteData = Body<typeof TopicRouteData>;

/** All brokers, and which cluster they are in. */
export const ClusterInfo = defineBody('ClusterInfo', {
  brokerAddrTable: mapOf(BrokerData),
  clusterAddrTable: mapOf(listOf(text)),
});
export type ClusterInfo = Body<typeof ClusterInfo>;

/** The members of one broker name. */
export const BrokerMemberGroup = defineBody('BrokerMemberGroup', {
  cluster: maybe(text),
  brokerName: maybe(text),
  brokerAddrs: numberMapOf(text),
});
export type BrokerMemberGroup = Body<typeof BrokerMemberGroup>;

export const GetBrokerMemberGroupResponseBody = defineBody('GetBrokerMemberGroupResponseBody', {
  brokerMemberGroup: maybe(BrokerMemberGroup),
});
export type GetBrokerMemberGroupResponseBody = Body<typeof GetBrokerMemberGroupResponseBody>;

export const TopicList = defineBody('TopicList', {
  topicList: listOf(text),
  brokerAddr: maybe(text),
});
export type TopicList = Body<typeof TopicList>;

/** Any table of texts: runtime figures, key-value configuration. */
export const KVTable = defineBody('KVTable', { table: mapOf(text) });
export type KVTable = Body<typeof KVTable>;
