/** The table of the name server: every command that it handles. */
import type { Processor } from '@rocketmq-ts/remoting';
import { addWritePermOfBroker } from './add-write-perm-of-broker.js';
import { brokerHeartbeat } from './broker-heartbeat.js';
import type { NamesrvContext } from './context.js';
import { deleteKvConfig } from './delete-kv-config.js';
import { deleteTopicInNamesrv } from './delete-topic-in-namesrv.js';
import { getAllTopicListFromNameserver } from './get-all-topic-list-from-nameserver.js';
import { getBrokerClusterInfo } from './get-broker-cluster-info.js';
import { getBrokerMemberGroup } from './get-broker-member-group.js';
import { getHasUnitSubTopicList } from './get-has-unit-sub-topic-list.js';
import { getHasUnitSubUnunitTopicList } from './get-has-unit-sub-ununit-topic-list.js';
import { getKvConfig } from './get-kv-config.js';
import { getKvListByNamespace } from './get-kvlist-by-namespace.js';
import { getNamesrvConfig } from './get-namesrv-config.js';
import { getRouteInfoByTopic } from './get-routeinfo-by-topic.js';
import { getSystemTopicListFromNs } from './get-system-topic-list-from-ns.js';
import { getTopicsByCluster } from './get-topics-by-cluster.js';
import { getUnitTopicList } from './get-unit-topic-list.js';
import { putKvConfig } from './put-kv-config.js';
import { queryDataVersion } from './query-data-version.js';
import { registerBroker } from './register-broker.js';
import { registerTopicInNamesrv } from './register-topic-in-namesrv.js';
import { unregisterBroker } from './unregister-broker.js';
import { updateNamesrvConfig } from './update-namesrv-config.js';
import { wipeWritePermOfBroker } from './wipe-write-perm-of-broker.js';

/** All processors, over one context. */
export function namesrvProcessors(context: NamesrvContext): Processor[] {
  return [
    putKvConfig(context),
    getKvConfig(context),
    deleteKvConfig(context),
    getKvListByNamespace(context),
    registerBroker(context),
    unregisterBroker(context),
    brokerHeartbeat(context),
    queryDataVersion(context),
    getRouteInfoByTopic(context),
    getBrokerClusterInfo(context),
    getBrokerMemberGroup(context),
    wipeWritePermOfBroker(context),
    addWritePermOfBroker(context),
    getAllTopicListFromNameserver(context),
    getTopicsByCluster(context),
    getSystemTopicListFromNs(context),
    getUnitTopicList(context),
    getHasUnitSubTopicList(context),
    getHasUnitSubUnunitTopicList(context),
    deleteTopicInNamesrv(context),
    registerTopicInNamesrv(context),
    getNamesrvConfig(context),
    updateNamesrvConfig(context),
  ];
}
