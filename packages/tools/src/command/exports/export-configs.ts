/** `mqadmin exportConfigs`: the settings of a cluster's brokers that matter for moving it. */
import { replicaGroupsOfCluster } from '@rocketmq-ts/client';
import { requiredText } from '../../cli/option-declaration.js';
import { defineCommand } from '../command.js';
import { exportDirectory, writeExport } from './json-export.js';

const EXPORTED = [
  ...['brokerClusterName', 'brokerId', 'brokerName', 'brokerRole', 'fileReservedTime', 'filterServerNums'],
  ...['flushDiskType', 'maxMessageSize', 'messageDelayLevel', 'msgTraceTopicName', 'slaveReadEnable', 'traceOn'],
  ...['traceTopicEnable', 'useTLS', 'autoCreateTopicEnable', 'autoCreateSubscriptionGroup'],
];

export const exportConfigs = defineCommand({
  name: 'exportConfigs',
  doc: 'Save settings of the brokers of a cluster as JSON.',
  options: { clusterName: requiredText('c', 'clusterName', 'Name of the cluster'), ...exportDirectory },
  async run(context, { clusterName, filePath }) {
    const { admin, nameServers } = context;
    const groups = replicaGroupsOfCluster(await admin.nameServer.clusterInfo(), clusterName);
    const masters = groups.filter(({ master }) => master !== undefined);
    const brokerConfigs = new Map<string, Map<string, string>>();
    for (const { brokerName, master } of masters) {
      const settings = await admin.brokers.getConfig(master!);
      const kept = EXPORTED.flatMap((name) => (settings.has(name) ? [[name, settings.get(name)!] as const] : []));
      brokerConfigs.set(settings.get('brokerName') ?? brokerName, new Map(kept));
    }
    const clusterScale = {
      namesrvSize: nameServers.length,
      slaveBrokerSize: groups.reduce((sum, { slaves }) => sum + slaves.length, 0),
      masterBrokerSize: masters.length,
    };
    writeExport(context, { directory: filePath, name: 'configs.json' }, { clusterScale, brokerConfigs });
  },
});
