/** `mqadmin topicList`: all topics, with `-c` their clusters and groups. */
import { clusterOfBroker, hasCode } from '@rocketmq-ts/client';
import { isDlqTopic, isRetryTopic } from '@rocketmq-ts/common';
import { type ClusterInfo, ResponseCode } from '@rocketmq-ts/remoting';
import { frontStringAtLeast } from '../../cli/format.js';
import { flag } from '../../cli/option-declaration.js';
import type { Table } from '../../cli/output.js';
import { type CommandContext, defineCommand } from '../command.js';

interface TopicRow {
  readonly clusterName: string;
  readonly topic: string;
  readonly consumerGroup: string;
}

const TABLE: Table<TopicRow> = {
  titles: ['#Cluster Name', '#Topic', '#Consumer Group'],
  titleFormat: '%-20s  %-48s  %-48s',
  rowFormat: '%-20s  %-64s  %-64s',
  cells: ({ clusterName, topic, consumerGroup }) => [
    frontStringAtLeast(clusterName, 20),
    frontStringAtLeast(topic, 64),
    frontStringAtLeast(consumerGroup, 64),
  ],
};

export const topicList = defineCommand({
  name: 'topicList',
  doc: 'List all topics, if wanted with their clusters and consumer groups.',
  options: { clusterModel: flag('c', 'clusterModel', 'Also show cluster and consumer groups of each topic') },
  async run(context, { clusterModel }) {
    const { admin, out } = context;
    const topics = await admin.nameServer.topics();
    if (!clusterModel) {
      for (const topic of topics) out.report(topic, '%s', topic);
      return;
    }
    const info = await admin.nameServer.clusterInfo();
    out.titles(TABLE);
    for (const topic of topics) {
      if (isRetryTopic(topic) || isDlqTopic(topic)) continue;
      for (const row of await rowsOf(context, topic, info)) out.row(TABLE, row);
    }
  },
});

async function rowsOf({ admin }: CommandContext, topic: string, info: ClusterInfo): Promise<TopicRow[]> {
  try {
    const route = await admin.nameServer.topicRoute(topic);
    const clusterName = clusterOfBroker(info, route.brokerDatas[0]?.brokerName ?? '') ?? '';
    const groups = await admin.topics.consumeByWho(topic);
    return (groups.length === 0 ? [''] : groups).map((consumerGroup) => ({ clusterName, topic, consumerGroup }));
  } catch (error) {
    // The topic went away, or its brokers did, after the list was made.
    if (hasCode(error, ResponseCode.TOPIC_NOT_EXIST)) return [{ clusterName: '', topic, consumerGroup: '' }];
    throw error;
  }
}
