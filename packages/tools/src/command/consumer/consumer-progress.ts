/** `mqadmin consumerProgress`: how far groups are, and how much waits for them. */
import { ClientError, totalDiff } from '@rocketmq-ts/client';
import {
  compareMessageQueues,
  groupOfRetryTopic,
  isRetryTopic,
  JavaDouble,
  type MessageQueue,
  messageQueueKey,
} from '@rocketmq-ts/common';
import {
  type ConsumerConnection,
  type ConsumeStats,
  type OffsetWrapper,
  RemotingError,
  versionName,
} from '@rocketmq-ts/remoting';
import { type Cell, formatSeconds, frontStringAtLeast } from '../../cli/format.js';
import { text } from '../../cli/option-declaration.js';
import type { Table } from '../../cli/output.js';
import { type CommandContext, defineCommand } from '../command.js';

interface QueueRow extends MessageQueue, OffsetWrapper {
  readonly clientIp: string | undefined;
  readonly diff: number;
  readonly inflight: number;
}

const FRONT = ['#Topic', '#Broker Name', '#QID', '#Broker Offset', '#Consumer Offset'];

function frontCells(row: QueueRow): Cell[] {
  const { topic, brokerName, queueId, brokerOffset, consumerOffset } = row;
  return [frontStringAtLeast(topic, 64), frontStringAtLeast(brokerName, 32), queueId, brokerOffset, consumerOffset];
}

function backCells({ diff, inflight, lastTimestamp }: QueueRow): Cell[] {
  return [diff, inflight, lastTimestamp === 0 ? 'N/A' : formatSeconds(lastTimestamp)];
}

const QUEUES: Table<QueueRow> = {
  titles: [...FRONT, '#Diff', '#Inflight', '#LastTime'],
  titleFormat: '%-64s  %-32s  %-4s  %-20s  %-20s  %-20s %-20s%s',
  rowFormat: '%-64s  %-32s  %-4d  %-20d  %-20d  %-20d %-20d %s',
  cells: (row) => [...frontCells(row), ...backCells(row)],
};

const QUEUES_WITH_CLIENTS: Table<QueueRow> = {
  titles: [...FRONT, '#Client IP', '#Diff', '#Inflight', '#LastTime'],
  titleFormat: '%-64s  %-32s  %-4s  %-20s  %-20s  %-20s %-20s %-20s%s',
  rowFormat: '%-64s  %-32s  %-4d  %-20d  %-20d  %-20s %-20d %-20d %s',
  cells: (row) => [...frontCells(row), row.clientIp ?? 'N/A', ...backCells(row)],
};

interface GroupRow {
  readonly group: string;
  /** Connected clients. */
  readonly count: number;
  /** Oldest version among them. */
  readonly version: string | undefined;
  readonly consumeType: ConsumerConnection['consumeType'];
  readonly messageModel: ConsumerConnection['messageModel'];
  readonly consumeTps: number;
  readonly diffTotal: number;
}

const GROUPS: Table<GroupRow> = {
  titles: ['#Group', '#Count', '#Version', '#Type', '#Model', '#TPS', '#Diff Total'],
  rowFormat: '%-64s  %-6d  %-24s %-5s  %-14s  %-7d  %d',
  cells: (row) => [
    frontStringAtLeast(row.group, 64),
    row.count,
    row.version ?? 'OFFLINE',
    row.count === 0 ? '' : row.consumeType === 'CONSUME_ACTIVELY' ? 'PULL' : 'PUSH',
    row.consumeType === 'CONSUME_PASSIVELY' ? row.messageModel : '',
    Math.trunc(row.consumeTps),
    row.diffTotal,
  ],
};

export const consumerProgress = defineCommand({
  name: 'consumerProgress',
  doc: 'Show how far consumer groups are and how much waits for them.',
  options: {
    cluster: text('c', 'cluster', 'Cluster, or parent topic of a light queue: finds the brokers'),
    groupName: text('g', 'groupName', 'Only this group, queue by queue'),
    showClientIP: text('s', 'showClientIP', 'With true: which client has which queue'),
    topicName: text('t', 'topicName', 'With -g: only this topic'),
  },
  async run(context, { cluster, groupName, showClientIP, topicName }) {
    if (groupName === undefined) return printGroups(context);
    const clusterName = topicName === undefined ? undefined : cluster;
    const stats = await context.admin.groups.consumeStats(groupName, topicName, clusterName);
    const withClients = showClientIP?.toLowerCase() === 'true';
    const clients = withClients ? await clientsOfQueues(context, groupName) : new Map<string, string>();
    printQueues(context, stats, { clients, withClients });
  },
});

function printQueues(
  { out }: CommandContext,
  stats: ConsumeStats,
  { clients, withClients }: { readonly clients: ReadonlyMap<string, string>; readonly withClients: boolean },
): void {
  const queues = [...stats.offsetTable].sort(([a], [b]) => compareMessageQueues(a, b));
  const rows = queues.map(([queue, offsets]) => ({
    ...queue,
    ...offsets,
    clientIp: clients.get(messageQueueKey(queue)),
    diff: offsets.brokerOffset - offsets.consumerOffset,
    inflight: offsets.pullOffset - offsets.consumerOffset,
  }));
  const diffTotal = totalDiff(stats);
  const inflightTotal = rows.reduce((sum, { inflight }) => sum + inflight, 0);
  out.result({ queues: rows, consumeTps: new JavaDouble(stats.consumeTps), diffTotal, inflightTotal });
  if (out.json) return;
  out.table(withClients ? QUEUES_WITH_CLIENTS : QUEUES, rows);
  out.line('');
  out.line('Consume TPS: %.2f', stats.consumeTps);
  out.line('Consume Diff Total: %d', diffTotal);
  out.line('Consume Inflight Total: %d', inflightTotal);
}

/** The address in the id of the client that has a queue, by the queue's key. */
async function clientsOfQueues({ admin }: CommandContext, group: string): Promise<Map<string, string>> {
  const clients = new Map<string, string>();
  const connection = await attempt(() => admin.groups.connections(group));
  for (const { clientId = '' } of connection?.connectionSet ?? []) {
    const info = await attempt(() => admin.groups.runningInfo(group, clientId));
    for (const queue of info?.mqTable.keys() ?? []) clients.set(messageQueueKey(queue), clientId.split('@')[0] ?? '');
  }
  return clients;
}

async function printGroups(context: CommandContext): Promise<void> {
  const { admin, out } = context;
  out.titles(GROUPS);
  const topics = (await admin.nameServer.topics()).filter(isRetryTopic);
  for (const topic of topics) out.row(GROUPS, await groupRow(context, groupOfRetryTopic(topic)));
}

async function groupRow({ admin }: CommandContext, group: string): Promise<GroupRow> {
  const stats = await attempt(() => admin.groups.consumeStats(group));
  const connection = await attempt(() => admin.groups.connections(group));
  const versions = connection?.connectionSet.map(({ version }) => version) ?? [];
  return {
    group,
    count: versions.length,
    version: versions.length === 0 ? undefined : versionName(Math.min(...versions)),
    consumeType: connection?.consumeType,
    messageModel: connection?.messageModel,
    consumeTps: stats?.consumeTps ?? 0,
    diffTotal: stats === undefined ? 0 : totalDiff(stats),
  };
}

/** In an overview what cannot be learnt of one group is left out: an offline group has no connections, a new one no offsets. */
async function attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ClientError || error instanceof RemotingError) return undefined;
    throw error;
  }
}
