/** `mqadmin brokerConsumeStats`: offsets and lag of all groups of a broker. */
import { compareMessageQueues, type MessageQueue } from '@rocketmq-ts/common';
import type { ConsumeStatsList, OffsetWrapper } from '@rocketmq-ts/remoting';
import { formatSeconds, frontStringAtLeast } from '../../cli/format.js';
import { bool, long, requiredText } from '../../cli/option-declaration.js';
import type { Table } from '../../cli/output.js';
import { defineCommand } from '../command.js';

interface QueueRow extends MessageQueue, OffsetWrapper {
  readonly group: string;
  readonly diff: number;
}

const TABLE: Table<QueueRow> = {
  titles: ['#Topic', '#Group', '#Broker Name', '#QID', '#Broker Offset', '#Consumer Offset', '#Diff', '#LastTime'],
  rowFormat: '%-64s  %-64s  %-32s  %-4d  %-20d  %-20d  %-20d  %s',
  cells: (row) => [
    frontStringAtLeast(row.topic, 64),
    row.group,
    frontStringAtLeast(row.brokerName, 32),
    row.queueId,
    row.brokerOffset,
    row.consumerOffset,
    row.diff,
    formatSeconds(row.lastTimestamp),
  ],
};

export const brokerConsumeStats = defineCommand({
  name: 'brokerConsumeStats',
  doc: 'Show offsets and lag of all groups of a broker.',
  options: {
    brokerAddr: requiredText('b', 'brokerAddr', 'Address of the broker, host:port'),
    level: long('l', 'level', 'Only queues with at least so many messages waiting'),
    order: bool('o', 'order', 'Only groups that consume in order (true|false)'),
    timeoutMillis: long('t', 'timeoutMillis', 'How long to wait for the answer, ms (default 50000)'),
  },
  async run({ admin, out }, { brokerAddr, level = 0, order = false, timeoutMillis = 50_000 }) {
    const options = { isOrder: order, timeoutMs: timeoutMillis };
    const stats = await admin.groups.consumeStatsInBroker(brokerAddr, options);
    const rows = [...rowsOf(stats)].filter(({ diff, lastTimestamp }) => diff >= level && lastTimestamp > 0);
    if (out.json) return out.result({ queues: rows, totalDiff: stats.totalDiff });
    out.table(TABLE, rows);
    out.line('');
    out.line('Diff Total: %d', stats.totalDiff);
  },
});

function* rowsOf({ consumeStatsList }: ConsumeStatsList): Generator<QueueRow> {
  for (const byGroup of consumeStatsList) {
    for (const [group, statsOfGroup] of byGroup) {
      for (const { offsetTable } of statsOfGroup) {
        for (const [queue, offsets] of [...offsetTable].sort(([a], [b]) => compareMessageQueues(a, b))) {
          yield { group, ...queue, ...offsets, diff: offsets.brokerOffset - offsets.consumerOffset };
        }
      }
    }
  }
}
