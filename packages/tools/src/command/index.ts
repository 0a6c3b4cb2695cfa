/** The one index of commands: each is loaded when it is asked for, so that starting costs only what is run. */
import type { Command } from './command.js';

/** Every command by its name, in the order in which help lists them. A new command gets one line here. */
export const COMMANDS: ReadonlyMap<string, () => Promise<Command>> = new Map(
  Object.entries({
    updateTopic: async () => (await import('./topic/update-topic.js')).updateTopic,
    updateTopicList: async () => (await import('./topic/update-topic-list.js')).updateTopicList,
    deleteTopic: async () => (await import('./topic/delete-topic.js')).deleteTopic,
    updateTopicPerm: async () => (await import('./topic/update-topic-perm.js')).updateTopicPerm,
    topicRoute: async () => (await import('./topic/topic-route.js')).topicRoute,
    topicStatus: async () => (await import('./topic/topic-status.js')).topicStatus,
    topicClusterList: async () => (await import('./topic/topic-cluster-list.js')).topicClusterList,
    topicList: async () => (await import('./topic/topic-list.js')).topicList,
    updateOrderConf: async () => (await import('./topic/update-order-conf.js')).updateOrderConf,
    allocateMQ: async () => (await import('./topic/allocate-mq.js')).allocateMQ,
    clusterList: async () => (await import('./cluster/cluster-list.js')).clusterList,
    brokerStatus: async () => (await import('./broker/broker-status.js')).brokerStatus,
    getBrokerConfig: async () => (await import('./broker/broker-config.js')).getBrokerConfig,
    updateBrokerConfig: async () => (await import('./broker/broker-config.js')).updateBrokerConfig,
    brokerConsumeStats: async () => (await import('./broker/broker-consume-stats.js')).brokerConsumeStats,
    cleanExpiredCQ: async () => (await import('./broker/cleaning.js')).cleanExpiredCQ,
    cleanUnusedTopic: async () => (await import('./broker/cleaning.js')).cleanUnusedTopic,
    deleteExpiredCommitLog: async () => (await import('./broker/cleaning.js')).deleteExpiredCommitLog,
    haStatus: async () => (await import('./broker/ha-status.js')).haStatus,
    producerConnection: async () => (await import('./connection/producer-connection.js')).producerConnection,
    consumerConnection: async () => (await import('./connection/consumer-connection.js')).consumerConnection,
    producer: async () => (await import('./connection/producer.js')).producer,
    updateKvConfig: async () => (await import('./namesrv/kv-config.js')).updateKvConfig,
    deleteKvConfig: async () => (await import('./namesrv/kv-config.js')).deleteKvConfig,
    wipeWritePerm: async () => (await import('./namesrv/write-perm.js')).wipeWritePerm,
    addWritePerm: async () => (await import('./namesrv/write-perm.js')).addWritePerm,
    getNamesrvConfig: async () => (await import('./namesrv/namesrv-config.js')).getNamesrvConfig,
    updateNamesrvConfig: async () => (await import('./namesrv/namesrv-config.js')).updateNamesrvConfig,
  }),
);

/** Commands of the reference that this version does not have: they administer what is not built yet. */
export const NOT_YET: readonly string[] = [
  ...['addBroker', 'removeBroker', 'resetMasterFlushOffset', 'queryMsgTraceById', 'startMonitoring'],
  ...['updateStaticTopic', 'remappingStaticTopic', 'exportMetadataInRocksDB', 'exportPopRecord'],
  ...['getSyncStateSet', 'getBrokerEpoch', 'getControllerMetaData', 'getControllerConfig', 'updateControllerConfig'],
  ...['electMaster', 'cleanBrokerMetadata', 'dumpCompactionLog', 'getColdDataFlowCtrInfo'],
  ...['updateColdDataFlowCtrGroupConfig', 'removeColdDataFlowCtrGroupConfig', 'setCommitLogReadAheadMode'],
  ...['createUser', 'updateUser', 'deleteUser', 'getUser', 'listUser', 'copyUser'],
  ...['createAcl', 'updateAcl', 'deleteAcl', 'getAcl', 'listAcl', 'copyAcl'],
  ...['rocksDBConfigToJson', 'checkRocksdbCqWriteProgress', 'switchTimerEngine'],
  ...['getBrokerLiteInfo', 'getParentTopicInfo', 'getLiteTopicInfo', 'getLiteClientInfo', 'getLiteGroupInfo'],
  'triggerLiteDispatch',
];
