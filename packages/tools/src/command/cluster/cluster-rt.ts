/** `mqadmin clusterRT`: how long sends to each broker take, again and again. */
import { AdminNotFoundError, ClientError, type Producer } from '@rocketmq-ts/client';
import { sleep } from '@rocketmq-ts/common';
import { ResponseCode } from '@rocketmq-ts/remoting';
import { formatSeconds } from '../../cli/format.js';
import { bool, int, text } from '../../cli/option-declaration.js';
import type { Table } from '../../cli/output.js';
import { type CommandContext, defineCommand } from '../command.js';
import { filler, withProducer } from '../producing.js';

interface BrokerRow {
  readonly clusterName: string;
  readonly brokerName: string;
  /** Mean of all sends but the first, ms. */
  readonly rt: number;
  readonly successCount: number;
  readonly failCount: number;
}

const TABLE: Table<BrokerRow> = {
  titles: ['#Cluster Name', '#Broker Name', '#RT', '#successCount', '#failCount'],
  titleFormat: '%-24s  %-24s  %-4s  %-8s  %-8s',
  rowFormat: '%-24s  %-24s  %-8s  %-16s  %-16s',
  cells: ({ clusterName, brokerName, rt, successCount, failCount }) => [
    ...[clusterName, brokerName, rt.toFixed(2), successCount, failCount],
  ],
};

export const clusterRT = defineCommand({
  name: 'clusterRT',
  doc: 'Measure how long sends to each broker take, again and again.',
  options: {
    amount: int('a', 'amount', 'Messages per broker and round (default 100)'),
    cluster: text('c', 'cluster', 'Only this cluster'),
    interval: int('i', 'interval', 'Seconds between rounds (default 10)'),
    machineRoom: text('m', 'machine room', 'Name of this place in log lines (default noname)'),
    printLog: bool('p', 'print log', 'Print log lines instead of a table (true|false)'),
    size: int('s', 'size', 'Bytes of a message (default 128)'),
  },
  async run(context, { amount = 100, cluster, interval = 10, machineRoom = 'noname', printLog = false, size = 128 }) {
    const { out, clock } = context;
    if (!printLog) out.titles(TABLE);
    await withProducer(context, { group: String(clock.now()) }, async (producer) => {
      for (;;) {
        for (const { clusterName, brokerName } of await brokersOf(context, cluster)) {
          const measured = await measure(context, producer, { topic: brokerName, amount, body: filler(size) });
          const row = { clusterName, brokerName, ...measured };
          if (!printLog) out.row(TABLE, row);
          else
            out.report(
              row,
              '%s|%s|%s|%s|%s',
              formatSeconds(clock.now()),
              machineRoom,
              clusterName,
              brokerName,
              Math.round(row.rt),
            );
        }
        out.flush();
        await sleep(clock, interval * 1000);
      }
    });
  },
});

async function brokersOf({ admin }: CommandContext, cluster: string | undefined) {
  const { clusterAddrTable } = await admin.nameServer.clusterInfo();
  if (cluster !== undefined && !clusterAddrTable.has(cluster)) {
    throw new AdminNotFoundError(ResponseCode.BROKER_NOT_EXIST, `cluster [${cluster}] not exist`);
  }
  const clusters = cluster === undefined ? [...clusterAddrTable.keys()] : [cluster];
  return clusters.flatMap((clusterName) =>
    (clusterAddrTable.get(clusterName) ?? []).map((brokerName) => ({ clusterName, brokerName })),
  );
}

async function measure(
  { clock }: CommandContext,
  producer: Producer,
  { topic, amount, body }: { readonly topic: string; readonly amount: number; readonly body: string },
): Promise<Pick<BrokerRow, 'rt' | 'successCount' | 'failCount'>> {
  let elapsedMs = 0;
  let successCount = 0;
  for (let index = 0; index < amount; index++) {
    const start = clock.monotonicMs();
    try {
      await producer.send({ topic, body });
      successCount++;
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
    }
    if (index > 0) elapsedMs += clock.monotonicMs() - start;
  }
  return { rt: elapsedMs / Math.max(1, amount - 1), successCount, failCount: amount - successCount };
}
