/** `mqadmin statsAll`: rates and waiting messages of all topics. */
import { ClientError, hasCode, MASTER_ID, sumOfDay, totalDiff } from '@rocketmq-ts/client';
import { isDlqTopic, isRetryTopic } from '@rocketmq-ts/common';
import { RemotingError, ResponseCode } from '@rocketmq-ts/remoting';
import { frontStringAtLeast } from '../../cli/format.js';
import { flag, text } from '../../cli/option-declaration.js';
import type { Table } from '../../cli/output.js';
import { type CommandContext, defineCommand } from '../command.js';

interface TopicRow {
  readonly topic: string;
  /** Undefined for a topic that nobody consumes; so are the figures that belong to a group. */
  readonly consumerGroup: string | undefined;
  readonly accumulation: number;
  readonly inTps: number;
  readonly outTps: number | undefined;
  readonly inMessages24Hours: number;
  readonly outMessages24Hours: number | undefined;
}

const TABLE: Table<TopicRow> = {
  titles: ['#Topic', '#Consumer Group', '#Accumulation', '#InTPS', '#OutTPS', '#InMsg24Hour', '#OutMsg24Hour'],
  titleFormat: '%-64s  %-64s %12s %11s %11s %14s %14s',
  rowFormat: '%-64s  %-64s %12d %11.2f %11s %14d %14s',
  cells: (row) => [
    frontStringAtLeast(row.topic, 64),
    frontStringAtLeast(row.consumerGroup ?? '', 64),
    row.accumulation,
    row.inTps,
    row.outTps?.toFixed(2) ?? '',
    row.inMessages24Hours,
    row.outMessages24Hours ?? 'NO_CONSUMER',
  ],
};

export const statsAll = defineCommand({
  name: 'statsAll',
  doc: 'Show rates and waiting messages of all topics and groups.',
  options: {
    activeTopic: flag('a', 'activeTopic', 'Only topics with messages in the last day'),
    topic: text('t', 'topic', 'Only this topic'),
  },
  async run(context, { activeTopic, topic: only }) {
    const { admin, out } = context;
    const topics = only
      ? [only]
      : (await admin.nameServer.topics()).filter((name) => !isRetryTopic(name) && !isDlqTopic(name));
    out.titles(TABLE);
    for (const topic of topics) {
      for (const row of await rowsOf(context, topic)) {
        const isActive = row.inMessages24Hours > 0 || (row.outMessages24Hours ?? 0) > 0;
        if (isActive || !activeTopic) out.row(TABLE, row);
      }
    }
  },
});

async function rowsOf(context: CommandContext, topic: string): Promise<TopicRow[]> {
  try {
    const { brokerDatas } = await context.admin.nameServer.topicRoute(topic);
    const masters = brokerDatas.flatMap(({ brokerAddrs }) => brokerAddrs.get(MASTER_ID) ?? []);
    const puts = await rates(context, masters, 'TOPIC_PUT_NUMS', topic);
    const base = { topic, inTps: puts.tps, inMessages24Hours: puts.sum };
    const groups = await context.admin.topics.consumeByWho(topic);
    if (groups.length === 0) {
      return [{ ...base, consumerGroup: undefined, accumulation: 0, outTps: undefined, outMessages24Hours: undefined }];
    }
    return await Promise.all(
      groups.map(async (consumerGroup) => {
        const gets = await rates(context, masters, 'GROUP_GET_NUMS', `${topic}@${consumerGroup}`);
        const accumulation = await accumulated(context, consumerGroup, topic);
        return { ...base, consumerGroup, accumulation, outTps: gets.tps, outMessages24Hours: gets.sum };
      }),
    );
  } catch (error) {
    // The topic went away after the list was made.
    if (hasCode(error, ResponseCode.TOPIC_NOT_EXIST)) return [];
    throw error;
  }
}

async function rates({ admin }: CommandContext, addresses: readonly string[], name: string, key: string) {
  let tps = 0;
  let sum = 0;
  for (const address of addresses) {
    const data = await admin.brokers.statsData(address, name, key);
    tps += data?.statsMinute?.tps ?? 0;
    sum += data === undefined ? 0 : sumOfDay(data);
  }
  return { tps, sum };
}

async function accumulated({ admin }: CommandContext, group: string, topic: string): Promise<number> {
  try {
    return Math.max(0, totalDiff(await admin.groups.consumeStats(group, topic)));
  } catch (error) {
    // A group without offsets, or none of whose brokers is there: nothing is known to wait.
    if (error instanceof ClientError || error instanceof RemotingError) return 0;
    throw error;
  }
}
