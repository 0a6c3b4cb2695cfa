/** The controller: replica sets, elections, broker ids. */
import { defaulted, defineCommand, defineHeader, type Header, optional, required } from '../header-schema.js';

export const AlterSyncStateSetRequestHeader = defineHeader('AlterSyncStateSetRequestHeader', {
  brokerName: optional('string'),
  masterBrokerId: optional('long'),
  masterEpoch: optional('int'),
  invokeTime: optional('long', {
    doc: 'Clock of the caller, ms since the epoch; the receiver stamps it when it is missing.',
  }),
});
export type AlterSyncStateSetRequestHeader = Header<typeof AlterSyncStateSetRequestHeader>;

export const AlterSyncStateSetResponseHeader = defineHeader('AlterSyncStateSetResponseHeader', {
  newSyncStateSetEpoch: defaulted('int', 0, { doc: 'Epoch of the set now in force.' }),
});
export type AlterSyncStateSetResponseHeader = Header<typeof AlterSyncStateSetResponseHeader>;

export const CONTROLLER_ALTER_SYNC_STATE_SET = defineCommand({
  code: 1001,
  name: 'CONTROLLER_ALTER_SYNC_STATE_SET',
  to: ['controller'],
  request: AlterSyncStateSetRequestHeader,
  response: AlterSyncStateSetResponseHeader,
  doc: 'A master proposes a new in-sync set.',
});

export const ElectMasterRequestHeader = defineHeader('ElectMasterRequestHeader', {
  clusterName: defaulted('string', ''),
  brokerName: defaulted('string', ''),
  brokerId: defaulted('long', -1, { doc: '-1: any broker may be elected.' }),
  designateElect: defaulted('boolean', false, { doc: 'The broker id must become master; no other will do.' }),
  invokeTime: optional('long', {
    doc: 'Clock of the caller, ms since the epoch; the receiver stamps it when it is missing.',
  }),
});
export type ElectMasterRequestHeader = Header<typeof ElectMasterRequestHeader>;

export const ElectMasterResponseHeader = defineHeader('ElectMasterResponseHeader', {
  masterBrokerId: optional('long'),
  masterAddress: optional('string'),
  masterEpoch: optional('int'),
  syncStateSetEpoch: optional('int', { doc: 'Epoch of the in-sync set.' }),
});
export type ElectMasterResponseHeader = Header<typeof ElectMasterResponseHeader>;

export const CONTROLLER_ELECT_MASTER = defineCommand({
  code: 1002,
  name: 'CONTROLLER_ELECT_MASTER',
  to: ['controller'],
  request: ElectMasterRequestHeader,
  response: ElectMasterResponseHeader,
  doc: 'Elects a master.',
});

export const RegisterBrokerToControllerRequestHeader = defineHeader('RegisterBrokerToControllerRequestHeader', {
  clusterName: optional('string'),
  brokerName: optional('string'),
  brokerId: optional('long', { doc: '0 is the master.' }),
  brokerAddress: optional('string'),
  invokeTime: optional('long', {
    doc: 'Clock of the caller, ms since the epoch; the receiver stamps it when it is missing.',
  }),
});
export type RegisterBrokerToControllerRequestHeader = Header<typeof RegisterBrokerToControllerRequestHeader>;

export const RegisterBrokerToControllerResponseHeader = defineHeader('RegisterBrokerToControllerResponseHeader', {
  clusterName: optional('string'),
  brokerName: optional('string'),
  masterBrokerId: optional('long'),
  masterAddress: optional('string'),
  masterEpoch: optional('int'),
  syncStateSetEpoch: optional('int', { doc: 'Epoch of the in-sync set.' }),
});
export type RegisterBrokerToControllerResponseHeader = Header<typeof RegisterBrokerToControllerResponseHeader>;

export const CONTROLLER_REGISTER_BROKER = defineCommand({
  code: 1003,
  name: 'CONTROLLER_REGISTER_BROKER',
  to: ['controller'],
  request: RegisterBrokerToControllerRequestHeader,
  response: RegisterBrokerToControllerResponseHeader,
  doc: 'A replica reports its address and learns who is master.',
});

export const GetReplicaInfoRequestHeader = defineHeader('GetReplicaInfoRequestHeader', {
  brokerName: optional('string'),
});
export type GetReplicaInfoRequestHeader = Header<typeof GetReplicaInfoRequestHeader>;

export const GetReplicaInfoResponseHeader = defineHeader('GetReplicaInfoResponseHeader', {
  masterBrokerId: optional('long'),
  masterAddress: optional('string'),
  masterEpoch: optional('int'),
});
export type GetReplicaInfoResponseHeader = Header<typeof GetReplicaInfoResponseHeader>;

export const CONTROLLER_GET_REPLICA_INFO = defineCommand({
  code: 1004,
  name: 'CONTROLLER_GET_REPLICA_INFO',
  to: ['controller'],
  request: GetReplicaInfoRequestHeader,
  response: GetReplicaInfoResponseHeader,
  doc: 'Tells master and in-sync set of a broker name.',
});

export const GetMetaDataResponseHeader = defineHeader('GetMetaDataResponseHeader', {
  group: optional('string'),
  controllerLeaderId: optional('string'),
  controllerLeaderAddress: optional('string'),
  isLeader: defaulted('boolean', false),
  peers: optional('string', { doc: 'Addresses of all controllers, `id-address` separated by semicolons.' }),
});
export type GetMetaDataResponseHeader = Header<typeof GetMetaDataResponseHeader>;

export const CONTROLLER_GET_METADATA_INFO = defineCommand({
  code: 1005,
  name: 'CONTROLLER_GET_METADATA_INFO',
  to: ['controller'],
  response: GetMetaDataResponseHeader,
  doc: 'Tells the leader and the members of the controller group.',
});

export const CONTROLLER_GET_SYNC_STATE_DATA = defineCommand({
  code: 1006,
  name: 'CONTROLLER_GET_SYNC_STATE_DATA',
  to: ['controller'],
  doc: 'Tells the replicas of several broker names.',
});

export const GET_BROKER_EPOCH_CACHE = defineCommand({
  code: 1007,
  name: 'GET_BROKER_EPOCH_CACHE',
  to: ['broker'],
  doc: 'Lists the master epochs that a replica has lived through.',
});

export const NotifyBrokerRoleChangedRequestHeader = defineHeader('NotifyBrokerRoleChangedRequestHeader', {
  masterAddress: optional('string'),
  masterEpoch: optional('int'),
  syncStateSetEpoch: optional('int', { doc: 'Epoch of the in-sync set.' }),
  masterBrokerId: optional('long'),
});
export type NotifyBrokerRoleChangedRequestHeader = Header<typeof NotifyBrokerRoleChangedRequestHeader>;

export const NOTIFY_BROKER_ROLE_CHANGED = defineCommand({
  code: 1008,
  name: 'NOTIFY_BROKER_ROLE_CHANGED',
  to: ['broker'],
  request: NotifyBrokerRoleChangedRequestHeader,
  doc: 'The controller tells replicas about a new master or in-sync set.',
});

export const UPDATE_CONTROLLER_CONFIG = defineCommand({
  code: 1009,
  name: 'UPDATE_CONTROLLER_CONFIG',
  to: ['controller'],
  doc: 'Changes settings of a running controller.',
});

export const GET_CONTROLLER_CONFIG = defineCommand({
  code: 1010,
  name: 'GET_CONTROLLER_CONFIG',
  to: ['controller'],
  doc: 'Prints the settings of a controller as properties text.',
});

export const CleanControllerBrokerDataRequestHeader = defineHeader('CleanControllerBrokerDataRequestHeader', {
  clusterName: optional('string'),
  brokerName: required('string'),
  brokerControllerIdsToClean: optional('string', {
    doc: 'Ids of the replicas to forget, separated by semicolons; none means all.',
  }),
  isCleanLivingBroker: defaulted('boolean', false, { doc: 'Also forget replicas that are alive.' }),
  invokeTime: optional('long', {
    doc: 'Clock of the caller, ms since the epoch; the receiver stamps it when it is missing.',
  }),
});
export type CleanControllerBrokerDataRequestHeader = Header<typeof CleanControllerBrokerDataRequestHeader>;

export const CLEAN_BROKER_DATA = defineCommand({
  code: 1011,
  name: 'CLEAN_BROKER_DATA',
  to: ['controller'],
  request: CleanControllerBrokerDataRequestHeader,
  doc: 'Forgets replicas of a broker name.',
});

export const GetNextBrokerIdRequestHeader = defineHeader('GetNextBrokerIdRequestHeader', {
  clusterName: optional('string'),
  brokerName: optional('string'),
});
export type GetNextBrokerIdRequestHeader = Header<typeof GetNextBrokerIdRequestHeader>;

export const GetNextBrokerIdResponseHeader = defineHeader('GetNextBrokerIdResponseHeader', {
  clusterName: optional('string'),
  brokerName: optional('string'),
  nextBrokerId: optional('long'),
});
export type GetNextBrokerIdResponseHeader = Header<typeof GetNextBrokerIdResponseHeader>;

export const CONTROLLER_GET_NEXT_BROKER_ID = defineCommand({
  code: 1012,
  name: 'CONTROLLER_GET_NEXT_BROKER_ID',
  to: ['controller'],
  request: GetNextBrokerIdRequestHeader,
  response: GetNextBrokerIdResponseHeader,
  doc: 'Tells the next free broker id of a broker name.',
});

export const ApplyBrokerIdRequestHeader = defineHeader('ApplyBrokerIdRequestHeader', {
  clusterName: optional('string'),
  brokerName: optional('string'),
  appliedBrokerId: optional('long', { doc: 'The id that the broker wants.' }),
  registerCheckCode: optional('string', {
    doc: 'Random text with which the broker proves later that the id is its own.',
  }),
});
export type ApplyBrokerIdRequestHeader = Header<typeof ApplyBrokerIdRequestHeader>;

export const ApplyBrokerIdResponseHeader = defineHeader('ApplyBrokerIdResponseHeader', {
  clusterName: optional('string'),
  brokerName: optional('string'),
});
export type ApplyBrokerIdResponseHeader = Header<typeof ApplyBrokerIdResponseHeader>;

export const CONTROLLER_APPLY_BROKER_ID = defineCommand({
  code: 1013,
  name: 'CONTROLLER_APPLY_BROKER_ID',
  to: ['controller'],
  request: ApplyBrokerIdRequestHeader,
  response: ApplyBrokerIdResponseHeader,
  doc: 'Claims a broker id.',
});

export const BrokerCloseChannelRequest = defineHeader('BrokerCloseChannelRequest', {
  clusterName: optional('string'),
  brokerName: optional('string'),
  brokerId: optional('long'),
});
export type BrokerCloseChannelRequest = Header<typeof BrokerCloseChannelRequest>;

export const BROKER_CLOSE_CHANNEL_REQUEST = defineCommand({
  code: 1014,
  name: 'BROKER_CLOSE_CHANNEL_REQUEST',
  to: ['controller'],
  request: BrokerCloseChannelRequest,
  doc: 'Raft entry: the connection of a broker has closed.',
});

export const CheckNotActiveBrokerRequest = defineHeader('CheckNotActiveBrokerRequest', {
  checkTimeMillis: optional('long', { doc: 'Controller clock at the scan, ms since the epoch.' }),
});
export type CheckNotActiveBrokerRequest = Header<typeof CheckNotActiveBrokerRequest>;

export const CHECK_NOT_ACTIVE_BROKER_REQUEST = defineCommand({
  code: 1015,
  name: 'CHECK_NOT_ACTIVE_BROKER_REQUEST',
  to: ['controller'],
  request: CheckNotActiveBrokerRequest,
  doc: 'Raft entry: look for brokers that have fallen silent.',
});

export const GetBrokerLiveInfoRequest = defineHeader('GetBrokerLiveInfoRequest', {
  clusterName: optional('string'),
  brokerName: optional('string'),
  brokerId: optional('long'),
});
export type GetBrokerLiveInfoRequest = Header<typeof GetBrokerLiveInfoRequest>;

export const GET_BROKER_LIVE_INFO_REQUEST = defineCommand({
  code: 1016,
  name: 'GET_BROKER_LIVE_INFO_REQUEST',
  to: ['controller'],
  request: GetBrokerLiveInfoRequest,
  doc: 'Raft entry: read which brokers are alive.',
});

export const GetSyncStateDataRequest = defineHeader('GetSyncStateDataRequest', {
  invokeTime: optional('long', {
    doc: 'Clock of the caller, ms since the epoch; the receiver stamps it when it is missing.',
  }),
});
export type GetSyncStateDataRequest = Header<typeof GetSyncStateDataRequest>;

export const GET_SYNC_STATE_DATA_REQUEST = defineCommand({
  code: 1017,
  name: 'GET_SYNC_STATE_DATA_REQUEST',
  to: ['controller'],
  request: GetSyncStateDataRequest,
  doc: 'Raft entry: read the state of replicas.',
});

export const RaftBrokerHeartBeatEventRequest = defineHeader('RaftBrokerHeartBeatEventRequest', {
  clusterNameIdentityInfo: optional('string'),
  brokerNameIdentityInfo: optional('string'),
  brokerIdIdentityInfo: optional('long'),
  brokerName: optional('string'),
  brokerAddr: optional('string'),
  heartbeatTimeoutMillis: optional('long', { doc: 'Silence after which the broker counts as gone, ms.' }),
  brokerId: optional('long'),
  lastUpdateTimestamp: optional('long'),
  epoch: optional('int', { doc: 'Master epoch the replica is in.' }),
  maxOffset: optional('long'),
  confirmOffset: optional('long', { doc: 'Physical offset up to which the replicas agree, in bytes.' }),
  electionPriority: optional('int', { doc: 'Lower is preferred in elections.' }),
});
export type RaftBrokerHeartBeatEventRequest = Header<typeof RaftBrokerHeartBeatEventRequest>;

export const RAFT_BROKER_HEART_BEAT_EVENT_REQUEST = defineCommand({
  code: 1018,
  name: 'RAFT_BROKER_HEART_BEAT_EVENT_REQUEST',
  to: ['controller'],
  request: RaftBrokerHeartBeatEventRequest,
  doc: 'Raft entry: a broker has sent a heartbeat.',
});
