/** `mqadmin topicClusterList`: the clusters of a topic. */
import { clusterOfBroker } from '@rocketmq-ts/client';
import { requiredText } from '../../cli/option-declaration.js';
import { defineCommand } from '../command.js';

export const topicClusterList = defineCommand({
  name: 'topicClusterList',
  doc: 'Show which clusters have a topic.',
  options: { topic: requiredText('t', 'topic', 'Name of the topic') },
  async run({ admin, out }, { topic }) {
    const info = await admin.nameServer.clusterInfo();
    const { brokerDatas } = await admin.nameServer.topicRoute(topic);
    const clusters = new Set(brokerDatas.map(({ brokerName }) => clusterOfBroker(info, brokerName)));
    for (const cluster of clusters) if (cluster !== undefined) out.report(cluster, '%s', cluster);
  },
});
