/** `mqadmin resetOffsetByTime`: lets a group continue from a point in time. */
import { AdminNotFoundError } from '@rocketmq-ts/client';
import { ResponseCode } from '@rocketmq-ts/remoting';
import { parseTimestamp } from '../../cli/format.js';
import { bool, int, long, requiredText, text } from '../../cli/option-declaration.js';
import { UsageError } from '../../cli/parse-options.js';
import { type CommandContext, defineCommand } from '../command.js';
import { resetOffsets } from './reset-offset.js';

export const resetOffsetByTime = defineCommand({
  name: 'resetOffsetByTime',
  doc: 'Let a group continue from a point in time, without a restart of its clients.',
  options: {
    broker: text('b', 'broker', 'With -q: address of the broker of the queue, host:port'),
    cluster: text('c', 'cluster', 'Cluster, or parent topic of a light queue: finds the brokers'),
    force: bool('f', 'force', 'Also forward (true|false, default true)'),
    group: requiredText('g', 'group', 'Name of the group'),
    offset: long('o', 'offset', 'With -b and -q: this offset instead of a time'),
    queue: int('q', 'queue', 'With -b: only this queue'),
    timestamp: requiredText('s', 'timestamp', 'Time: now, ms since the epoch, or yyyy-MM-dd#HH:mm:ss:SSS'),
    topic: requiredText('t', 'topic', 'Name of the topic'),
  },
  async run(context, options) {
    const { group, topic, force = true, broker, queue, cluster: clusterName } = options;
    const timestamp = options.timestamp === 'now' ? context.clock.now() : parseTimestamp(options.timestamp);
    if (timestamp === undefined) {
      throw new UsageError(`option -s/--timestamp: '${options.timestamp}' is not now, ms, or yyyy-MM-dd#HH:mm:ss:SSS`);
    }
    const times = `timestamp(string)[${options.timestamp}], timestamp(long)[${timestamp}]`;
    if (broker !== undefined && queue !== undefined && queue >= 0) {
      return resetQueue(context, { group, topic, queueId: queue, broker, timestamp, offset: options.offset, times });
    }
    await resetOffsets(
      context,
      { group, topic, timestamp, force, clusterName },
      {
        online: `start reset consumer offset by specified, group[${group}], topic[${topic}], force[${force}], ${times}`,
        offline: `reset consumer offset by specified consumerGroup[${group}], topic[${topic}], force[${force}], ${times}`,
        lastOfflineTitle: '#resetOffset',
      },
    );
  },
});

interface QueueReset {
  readonly group: string;
  readonly topic: string;
  readonly queueId: number;
  /** Address of the broker. */
  readonly broker: string;
  readonly timestamp: number;
  readonly offset: number | undefined;
  /** The times, for the line that is printed. */
  readonly times: string;
}

async function resetQueue({ admin, out }: CommandContext, request: QueueReset): Promise<void> {
  const { group, topic, queueId, broker, timestamp, times } = request;
  const queue = { topic, brokerName: '', queueId };
  out.line(
    'start reset consumer offset by specified, group[%s], topic[%s], queueId[%s], broker[%s], %s',
    ...[group, topic, queueId, broker, times],
  );
  const offset = request.offset ?? (await admin.offsets.searchOffset(broker, queue, timestamp));
  if (offset < 0)
    throw new AdminNotFoundError(ResponseCode.QUERY_NOT_FOUND, `queue ${queueId} has no offset for ${times}`);
  out.report({ group, topic, queueId, broker, offset }, 'reset consumer offset to %d', offset);
  await admin.offsets.resetQueue(broker, group, queue, offset);
}
