/** `mqadmin deleteTopic`: removes a topic from a cluster and from the name servers. */
import { mastersOfCluster } from '@rocketmq-ts/client';
import { requiredText } from '../../cli/option-declaration.js';
import { type CommandContext, defineCommand } from '../command.js';

export const deleteTopic = defineCommand({
  name: 'deleteTopic',
  doc: 'Remove a topic from the brokers of a cluster and from the name servers.',
  options: {
    clusterName: requiredText('c', 'clusterName', 'Cluster to remove it from'),
    topic: requiredText('t', 'topic', 'Name of the topic'),
  },
  async run(context, { clusterName, topic }) {
    const { out } = context;
    await deleteTopicInCluster(context, topic, clusterName);
    out.report(
      { topic, clusterName, deleted: true },
      'delete topic [%s] from cluster [%s] success.',
      topic,
      clusterName,
    );
    out.line('delete topic [%s] from NameServer success.', topic);
  },
});

/** Removes a topic from all masters of a cluster, then its route. */
export async function deleteTopicInCluster(
  { admin }: CommandContext,
  topic: string,
  clusterName: string,
): Promise<void> {
  const info = await admin.nameServer.clusterInfo();
  for (const address of mastersOfCluster(info, clusterName)) await admin.topics.delete(address, topic);
  await admin.nameServer.deleteTopic(topic, clusterName);
}
