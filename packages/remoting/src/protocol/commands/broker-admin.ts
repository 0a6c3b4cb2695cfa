/** A broker as a whole: configuration, statistics, files. */
import { defaulted, defineCommand, defineHeader, type Header, optional, required } from '../header-schema.js';

export const UPDATE_BROKER_CONFIG = defineCommand({
  code: 25,
  name: 'UPDATE_BROKER_CONFIG',
  to: ['broker', 'container'],
  doc: 'Changes settings of a running broker.',
});

export const GetBrokerConfigResponseHeader = defineHeader('GetBrokerConfigResponseHeader', {
  version: required('string', { doc: 'JSON of the data version of the configuration.' }),
});
export type GetBrokerConfigResponseHeader = Header<typeof GetBrokerConfigResponseHeader>;

export const GET_BROKER_CONFIG = defineCommand({
  code: 26,
  name: 'GET_BROKER_CONFIG',
  to: ['broker', 'container'],
  response: GetBrokerConfigResponseHeader,
  doc: 'Prints the settings of a broker as properties text.',
});

export const TRIGGER_DELETE_FILES = defineCommand({
  code: 27,
  name: 'TRIGGER_DELETE_FILES',
  to: [],
  unused: true,
  doc: 'Never implemented by the reference.',
});

export const GET_BROKER_RUNTIME_INFO = defineCommand({
  code: 28,
  name: 'GET_BROKER_RUNTIME_INFO',
  to: ['broker'],
  doc: 'Figures about a running broker.',
});

export const CLEAN_EXPIRED_CONSUMEQUEUE = defineCommand({
  code: 306,
  name: 'CLEAN_EXPIRED_CONSUMEQUEUE',
  to: ['broker'],
  doc: 'Deletes consume queues that only point at messages long gone.',
});

export const ViewBrokerStatsDataRequestHeader = defineHeader('ViewBrokerStatsDataRequestHeader', {
  statsName: required('string', { doc: 'Name of the counter, e.g. `TOPIC_PUT_NUMS`.' }),
  statsKey: required('string', { doc: 'Key of the item, e.g. `topic@group`.' }),
});
export type ViewBrokerStatsDataRequestHeader = Header<typeof ViewBrokerStatsDataRequestHeader>;

export const VIEW_BROKER_STATS_DATA = defineCommand({
  code: 315,
  name: 'VIEW_BROKER_STATS_DATA',
  to: ['broker'],
  request: ViewBrokerStatsDataRequestHeader,
  doc: 'Reads one counter over a minute, an hour and a day.',
});

export const DELETE_EXPIRED_COMMITLOG = defineCommand({
  code: 329,
  name: 'DELETE_EXPIRED_COMMITLOG',
  to: ['broker'],
  doc: 'Deletes expired commit log files at once.',
});

export const CheckRocksdbCqWriteProgressRequestHeader = defineHeader('CheckRocksdbCqWriteProgressRequestHeader', {
  topic: optional('string'),
  checkStoreTime: defaulted('long', 0, { doc: 'Compare messages from this store time on, ms since the epoch.' }),
});
export type CheckRocksdbCqWriteProgressRequestHeader = Header<typeof CheckRocksdbCqWriteProgressRequestHeader>;

export const CHECK_ROCKSDB_CQ_WRITE_PROGRESS = defineCommand({
  code: 354,
  name: 'CHECK_ROCKSDB_CQ_WRITE_PROGRESS',
  to: ['broker'],
  request: CheckRocksdbCqWriteProgressRequestHeader,
  doc: 'Compares the consume queues in RocksDB with those in files.',
});

export const ExportRocksDBConfigToJsonRequestHeader = defineHeader('ExportRocksDBConfigToJsonRequestHeader', {
  configType: required('string', {
    doc: 'Which tables to export, separated by semicolons: topics, subscriptionGroups, consumerOffsets.',
  }),
});
export type ExportRocksDBConfigToJsonRequestHeader = Header<typeof ExportRocksDBConfigToJsonRequestHeader>;

export const EXPORT_ROCKSDB_CONFIG_TO_JSON = defineCommand({
  code: 355,
  name: 'EXPORT_ROCKSDB_CONFIG_TO_JSON',
  to: ['broker'],
  request: ExportRocksDBConfigToJsonRequestHeader,
  doc: 'Exports tables kept in RocksDB as JSON files.',
});

export const REGISTER_FILTER_SERVER = defineCommand({
  code: 301,
  name: 'REGISTER_FILTER_SERVER',
  to: [],
  unused: true,
  doc: 'Belonged to the filter server, which is gone.',
});

export const REGISTER_MESSAGE_FILTER_CLASS = defineCommand({
  code: 302,
  name: 'REGISTER_MESSAGE_FILTER_CLASS',
  to: [],
  unused: true,
  doc: 'Belonged to the filter server, which is gone.',
});
