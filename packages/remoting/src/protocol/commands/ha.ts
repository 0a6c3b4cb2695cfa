/** Replication between master and slaves. */
import { defineCommand, defineHeader, type Header, optional, required } from '../header-schema.js';

export const NotifyMinBrokerIdChangeRequestHeader = defineHeader('NotifyMinBrokerIdChangeRequestHeader', {
  minBrokerId: optional('long'),
  brokerName: optional('string'),
  minBrokerAddr: optional('string'),
  offlineBrokerAddr: optional('string'),
  haBrokerAddr: optional('string'),
});
export type NotifyMinBrokerIdChangeRequestHeader = Header<typeof NotifyMinBrokerIdChangeRequestHeader>;

export const NOTIFY_MIN_BROKER_ID_CHANGE = defineCommand({
  code: 905,
  name: 'NOTIFY_MIN_BROKER_ID_CHANGE',
  to: ['broker'],
  request: NotifyMinBrokerIdChangeRequestHeader,
  doc: 'The name server tells a broker group that its lowest live id has changed.',
});

export const ExchangeHAInfoRequestHeader = defineHeader('ExchangeHAInfoRequestHeader', {
  masterHaAddress: optional('string'),
  masterFlushOffset: optional('long', { doc: 'Physical offset that the master has on disk, in bytes.' }),
  masterAddress: optional('string'),
});
export type ExchangeHAInfoRequestHeader = Header<typeof ExchangeHAInfoRequestHeader>;

export const ExchangeHAInfoResponseHeader = defineHeader('ExchangeHAInfoResponseHeader', {
  masterHaAddress: optional('string'),
  masterFlushOffset: optional('long', { doc: 'Physical offset that the master has on disk, in bytes.' }),
  masterAddress: optional('string'),
});
export type ExchangeHAInfoResponseHeader = Header<typeof ExchangeHAInfoResponseHeader>;

export const EXCHANGE_BROKER_HA_INFO = defineCommand({
  code: 906,
  name: 'EXCHANGE_BROKER_HA_INFO',
  to: ['broker'],
  request: ExchangeHAInfoRequestHeader,
  response: ExchangeHAInfoResponseHeader,
  doc: 'Master and slave tell each other replication addresses and flushed offsets.',
});

export const GET_BROKER_HA_STATUS = defineCommand({
  code: 907,
  name: 'GET_BROKER_HA_STATUS',
  to: ['broker'],
  doc: 'Reports the state of replication.',
});

export const ResetMasterFlushOffsetHeader = defineHeader('ResetMasterFlushOffsetHeader', {
  masterFlushOffset: required('long', { doc: 'Physical offset that the master has on disk, in bytes.' }),
});
export type ResetMasterFlushOffsetHeader = Header<typeof ResetMasterFlushOffsetHeader>;

export const RESET_MASTER_FLUSH_OFFSET = defineCommand({
  code: 908,
  name: 'RESET_MASTER_FLUSH_OFFSET',
  to: ['broker'],
  request: ResetMasterFlushOffsetHeader,
  doc: 'Tells a slave how far its master has flushed.',
});
