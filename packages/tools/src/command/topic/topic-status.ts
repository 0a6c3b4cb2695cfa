/** `mqadmin topicStatus`: offsets of each queue of a topic. */
import { compareMessageQueues, JavaDouble } from '@rocketmq-ts/common';
import { formatMillis, frontStringAtLeast, javaDouble } from '../../cli/format.js';
import { requiredText, text } from '../../cli/option-declaration.js';
import type { Table } from '../../cli/output.js';
import { defineCommand } from '../command.js';

interface QueueRow {
  readonly brokerName: string;
  readonly queueId: number;
  readonly minOffset: number;
  readonly maxOffset: number;
  readonly lastUpdateTimestamp: number;
}

const TABLE: Table<QueueRow> = {
  titles: ['#Broker Name', '#QID', '#Min Offset', '#Max Offset', '#Last Updated'],
  rowFormat: '%-32s  %-4d  %-20d  %-20d    %s',
  cells: ({ brokerName, queueId, minOffset, maxOffset, lastUpdateTimestamp }) => [
    frontStringAtLeast(brokerName, 32),
    queueId,
    minOffset,
    maxOffset,
    lastUpdateTimestamp > 0 ? formatMillis(lastUpdateTimestamp) : '',
  ],
};

export const topicStatus = defineCommand({
  name: 'topicStatus',
  doc: 'Show the offsets of each queue of a topic.',
  options: {
    cluster: text('c', 'cluster', 'Cluster, or parent topic of a light queue: finds the brokers'),
    topic: requiredText('t', 'topic', 'Name of the topic'),
  },
  async run({ admin, out }, { cluster, topic }) {
    const { offsetTable, topicPutTps } = await admin.topics.stats(topic, cluster ?? topic);
    const queues = [...offsetTable].sort(([a], [b]) => compareMessageQueues(a, b));
    const rows = queues.map(([{ brokerName, queueId }, offsets]) => ({ brokerName, queueId, ...offsets }));
    if (out.json) return out.result({ topic, queues: rows, topicPutTps: new JavaDouble(topicPutTps) });
    out.table(TABLE, rows);
    out.line('');
    out.line('Topic Put TPS: %s', javaDouble(topicPutTps));
  },
});
