/** `mqadmin topicRoute`: where a topic is. */
import { writeJson } from '@rocketmq-ts/common';
import { type BrokerData, type QueueData, TopicRouteData } from '@rocketmq-ts/remoting';
import { flag, requiredText } from '../../cli/option-declaration.js';
import type { Output, Table } from '../../cli/output.js';
import { defineCommand } from '../command.js';

interface BrokerRow {
  readonly broker: BrokerData;
  readonly queues: Pick<QueueData, 'readQueueNums' | 'writeQueueNums' | 'perm'>;
}

const TABLE: Table<BrokerRow> = {
  titles: ['#ClusterName', '#BrokerName', '#BrokerAddrs', '#ReadQueue', '#WriteQueue', '#Perm'],
  rowFormat: '%-45s %-32s %-50s %-10s %-11s %-5s',
  cells: ({ broker, queues }) => [
    broker.cluster,
    broker.brokerName,
    `{${Array.from(broker.brokerAddrs, ([id, address]) => `${id}=${address}`).join(', ')}}`,
    queues.readQueueNums,
    queues.writeQueueNums,
    queues.perm,
  ],
};

export const topicRoute = defineCommand({
  name: 'topicRoute',
  doc: 'Show the brokers and queues of a topic.',
  options: {
    list: flag('l', 'list', 'Print a table instead of JSON'),
    topic: requiredText('t', 'topic', 'Name of the topic'),
  },
  async run({ admin, out }, { list, topic }) {
    const route = await admin.nameServer.topicRoute(topic);
    out.result(TopicRouteData.write(route) as object);
    if (list) printList(out, route);
    else out.text(`${writeJson(TopicRouteData.write(route), { pretty: true, sortKeys: true })}\n`);
  },
});

function printList(out: Output, route: TopicRouteData): void {
  if (out.json) return;
  const queues = new Map(route.queueDatas.map((data) => [data.brokerName, data]));
  const none = { readQueueNums: 0, writeQueueNums: 0, perm: 0 };
  const brokers = [...route.brokerDatas].sort((a, b) => (a.brokerName < b.brokerName ? -1 : 1));
  const rows = brokers.map((broker) => ({ broker, queues: queues.get(broker.brokerName) ?? none }));
  out.table(TABLE, rows);
  out.line('-'.repeat(158));
  const total = (key: 'readQueueNums' | 'writeQueueNums'): number =>
    rows.reduce((sum, row) => sum + row.queues[key], 0);
  out.line(TABLE.rowFormat, 'Total:', queues.size, '', total('readQueueNums'), total('writeQueueNums'), '');
}
