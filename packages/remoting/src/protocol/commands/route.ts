/** The name server: brokers announce themselves, clients find topics. */
import { defaulted, defineCommand, defineHeader, type Header, optional, required } from '../header-schema.js';
import { topicRequestFields } from './inherited-fields.js';

export const RegisterBrokerRequestHeader = defineHeader('RegisterBrokerRequestHeader', {
  brokerName: required('string'),
  brokerAddr: required('string'),
  clusterName: required('string'),
  haServerAddr: required('string', { doc: 'Where slaves connect for replication, `host:port`.' }),
  brokerId: required('long', { doc: '0 is the master.' }),
  heartbeatTimeoutMillis: optional('long', { doc: 'Silence after which the broker counts as gone, ms.' }),
  enableActingMaster: optional('boolean', { doc: 'The lowest slave may stand in for a missing master.' }),
  compressed: defaulted('boolean', false, { doc: 'The body is a deflate stream instead of JSON.' }),
  bodyCrc32: defaulted('int', 0, { doc: 'CRC-32 of the body; 0 means unchecked.' }),
  zoneName: optional('string', { wire: '__ZONE_NAME', doc: 'Zone that the broker stands in.' }),
});
export type RegisterBrokerRequestHeader = Header<typeof RegisterBrokerRequestHeader>;

export const RegisterBrokerResponseHeader = defineHeader('RegisterBrokerResponseHeader', {
  haServerAddr: optional('string', { doc: 'Where slaves connect for replication, `host:port`.' }),
  masterAddr: optional('string'),
});
export type RegisterBrokerResponseHeader = Header<typeof RegisterBrokerResponseHeader>;

export const REGISTER_BROKER = defineCommand({
  code: 103,
  name: 'REGISTER_BROKER',
  to: ['namesrv'],
  request: RegisterBrokerRequestHeader,
  response: RegisterBrokerResponseHeader,
  doc: 'A broker announces itself and its topics.',
});

export const UnRegisterBrokerRequestHeader = defineHeader('UnRegisterBrokerRequestHeader', {
  brokerName: optional('string'),
  brokerAddr: optional('string'),
  clusterName: optional('string'),
  brokerId: optional('long', { doc: '0 is the master.' }),
});
export type UnRegisterBrokerRequestHeader = Header<typeof UnRegisterBrokerRequestHeader>;

export const UNREGISTER_BROKER = defineCommand({
  code: 104,
  name: 'UNREGISTER_BROKER',
  to: ['namesrv'],
  request: UnRegisterBrokerRequestHeader,
  doc: 'A broker leaves.',
});

export const QueryDataVersionRequestHeader = defineHeader('QueryDataVersionRequestHeader', {
  brokerName: required('string'),
  brokerAddr: required('string'),
  clusterName: required('string'),
  brokerId: required('long', { doc: '0 is the master.' }),
});
export type QueryDataVersionRequestHeader = Header<typeof QueryDataVersionRequestHeader>;

export const QueryDataVersionResponseHeader = defineHeader('QueryDataVersionResponseHeader', {
  changed: required('boolean', { doc: 'True when the name server holds other data than the broker announced.' }),
});
export type QueryDataVersionResponseHeader = Header<typeof QueryDataVersionResponseHeader>;

export const QUERY_DATA_VERSION = defineCommand({
  code: 322,
  name: 'QUERY_DATA_VERSION',
  to: ['namesrv'],
  request: QueryDataVersionRequestHeader,
  response: QueryDataVersionResponseHeader,
  doc: 'A broker asks whether the name server already has its present data.',
});

export const BrokerHeartbeatRequestHeader = defineHeader('BrokerHeartbeatRequestHeader', {
  clusterName: required('string'),
  brokerAddr: required('string'),
  brokerName: required('string'),
  brokerId: optional('long', { doc: '0 is the master.' }),
  epoch: optional('int', { doc: 'Master epoch the replica is in.' }),
  maxOffset: optional('long'),
  confirmOffset: optional('long', { doc: 'Physical offset up to which the replicas agree, in bytes.' }),
  heartbeatTimeoutMills: optional('long', {
    doc: 'Silence after which the broker counts as gone, ms (the name lacks letters on the wire).',
  }),
  electionPriority: optional('int', { doc: 'Lower is preferred in elections.' }),
});
export type BrokerHeartbeatRequestHeader = Header<typeof BrokerHeartbeatRequestHeader>;

export const BROKER_HEARTBEAT = defineCommand({
  code: 904,
  name: 'BROKER_HEARTBEAT',
  to: ['controller', 'namesrv'],
  request: BrokerHeartbeatRequestHeader,
  doc: 'A light sign of life of a broker.',
});

export const GetRouteInfoRequestHeader = defineHeader('GetRouteInfoRequestHeader', {
  topic: required('string'),
  acceptStandardJsonOnly: optional('boolean', {
    doc: 'Answer with strict JSON (quoted keys, sorted); otherwise maps keep bare number keys.',
  }),
  zoneMode: optional('boolean', { wire: '__ZONE_MODE', doc: 'Restrict the route to the brokers of one zone.' }),
  zoneName: optional('string', { wire: '__ZONE_NAME', doc: 'The zone, when `zoneMode` is set.' }),
  ...topicRequestFields,
});
export type GetRouteInfoRequestHeader = Header<typeof GetRouteInfoRequestHeader>;

export const GET_ROUTEINFO_BY_TOPIC = defineCommand({
  code: 105,
  name: 'GET_ROUTEINFO_BY_TOPIC',
  to: ['namesrv', 'proxy'],
  request: GetRouteInfoRequestHeader,
  doc: 'Finds the brokers and queues of a topic.',
});

export const GET_BROKER_CLUSTER_INFO = defineCommand({
  code: 106,
  name: 'GET_BROKER_CLUSTER_INFO',
  to: ['namesrv'],
  doc: 'Lists all clusters, brokers and addresses.',
});

export const GetBrokerMemberGroupRequestHeader = defineHeader('GetBrokerMemberGroupRequestHeader', {
  clusterName: optional('string'),
  brokerName: optional('string'),
});
export type GetBrokerMemberGroupRequestHeader = Header<typeof GetBrokerMemberGroupRequestHeader>;

export const GET_BROKER_MEMBER_GROUP = defineCommand({
  code: 901,
  name: 'GET_BROKER_MEMBER_GROUP',
  to: ['namesrv'],
  request: GetBrokerMemberGroupRequestHeader,
  doc: 'Lists the members of one broker name.',
});

export const WipeWritePermOfBrokerRequestHeader = defineHeader('WipeWritePermOfBrokerRequestHeader', {
  brokerName: optional('string'),
});
export type WipeWritePermOfBrokerRequestHeader = Header<typeof WipeWritePermOfBrokerRequestHeader>;

export const WipeWritePermOfBrokerResponseHeader = defineHeader('WipeWritePermOfBrokerResponseHeader', {
  wipeTopicCount: required('int'),
});
export type WipeWritePermOfBrokerResponseHeader = Header<typeof WipeWritePermOfBrokerResponseHeader>;

export const WIPE_WRITE_PERM_OF_BROKER = defineCommand({
  code: 205,
  name: 'WIPE_WRITE_PERM_OF_BROKER',
  to: ['namesrv'],
  request: WipeWritePermOfBrokerRequestHeader,
  response: WipeWritePermOfBrokerResponseHeader,
  doc: 'Takes the write permission from all topics of a broker.',
});

export const AddWritePermOfBrokerRequestHeader = defineHeader('AddWritePermOfBrokerRequestHeader', {
  brokerName: optional('string'),
});
export type AddWritePermOfBrokerRequestHeader = Header<typeof AddWritePermOfBrokerRequestHeader>;

export const AddWritePermOfBrokerResponseHeader = defineHeader('AddWritePermOfBrokerResponseHeader', {
  addTopicCount: required('int'),
});
export type AddWritePermOfBrokerResponseHeader = Header<typeof AddWritePermOfBrokerResponseHeader>;

export const ADD_WRITE_PERM_OF_BROKER = defineCommand({
  code: 327,
  name: 'ADD_WRITE_PERM_OF_BROKER',
  to: ['namesrv'],
  request: AddWritePermOfBrokerRequestHeader,
  response: AddWritePermOfBrokerResponseHeader,
  doc: 'Gives all topics of a broker the write permission back.',
});

export const GET_ALL_TOPIC_LIST_FROM_NAMESERVER = defineCommand({
  code: 206,
  name: 'GET_ALL_TOPIC_LIST_FROM_NAMESERVER',
  to: ['namesrv'],
  doc: 'Lists all topics.',
});

export const DeleteTopicFromNamesrvRequestHeader = defineHeader('DeleteTopicFromNamesrvRequestHeader', {
  topic: optional('string'),
  clusterName: optional('string'),
  ...topicRequestFields,
});
export type DeleteTopicFromNamesrvRequestHeader = Header<typeof DeleteTopicFromNamesrvRequestHeader>;

export const DELETE_TOPIC_IN_NAMESRV = defineCommand({
  code: 216,
  name: 'DELETE_TOPIC_IN_NAMESRV',
  to: ['namesrv'],
  request: DeleteTopicFromNamesrvRequestHeader,
  doc: 'Removes the route of a topic.',
});

export const RegisterTopicRequestHeader = defineHeader('RegisterTopicRequestHeader', {
  topic: optional('string'),
  ...topicRequestFields,
});
export type RegisterTopicRequestHeader = Header<typeof RegisterTopicRequestHeader>;

export const REGISTER_TOPIC_IN_NAMESRV = defineCommand({
  code: 217,
  name: 'REGISTER_TOPIC_IN_NAMESRV',
  to: ['namesrv'],
  request: RegisterTopicRequestHeader,
  doc: 'Enters the route of a topic by hand.',
});

export const GetTopicsByClusterRequestHeader = defineHeader('GetTopicsByClusterRequestHeader', {
  cluster: optional('string'),
});
export type GetTopicsByClusterRequestHeader = Header<typeof GetTopicsByClusterRequestHeader>;

export const GET_TOPICS_BY_CLUSTER = defineCommand({
  code: 224,
  name: 'GET_TOPICS_BY_CLUSTER',
  to: ['namesrv'],
  request: GetTopicsByClusterRequestHeader,
  doc: 'Lists the topics of a cluster.',
});

export const GET_SYSTEM_TOPIC_LIST_FROM_NS = defineCommand({
  code: 304,
  name: 'GET_SYSTEM_TOPIC_LIST_FROM_NS',
  to: ['namesrv'],
  doc: 'Lists the system topics of all brokers.',
});

export const GET_UNIT_TOPIC_LIST = defineCommand({
  code: 311,
  name: 'GET_UNIT_TOPIC_LIST',
  to: ['namesrv'],
  doc: 'Lists the topics with the unit flag.',
});

export const GET_HAS_UNIT_SUB_TOPIC_LIST = defineCommand({
  code: 312,
  name: 'GET_HAS_UNIT_SUB_TOPIC_LIST',
  to: ['namesrv'],
  doc: 'Lists the topics with the unit subscription flag.',
});

export const GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST = defineCommand({
  code: 313,
  name: 'GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST',
  to: ['namesrv'],
  doc: 'Lists the topics with the unit subscription flag but without the unit flag.',
});

export const UPDATE_NAMESRV_CONFIG = defineCommand({
  code: 318,
  name: 'UPDATE_NAMESRV_CONFIG',
  to: ['namesrv'],
  doc: 'Changes settings of a running name server.',
});

export const GET_NAMESRV_CONFIG = defineCommand({
  code: 319,
  name: 'GET_NAMESRV_CONFIG',
  to: ['namesrv'],
  doc: 'Prints the settings of a name server as properties text.',
});
