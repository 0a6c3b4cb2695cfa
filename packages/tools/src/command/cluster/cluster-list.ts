/** `mqadmin clusterList`: the brokers of all clusters and how they are. */
import { BrokerError } from '@rocketmq-ts/client';
import { sleep } from '@rocketmq-ts/common';
import { type ClusterInfo, RemotingError } from '@rocketmq-ts/remoting';
import { format } from '../../cli/format.js';
import { flag, int, text } from '../../cli/option-declaration.js';
import type { Table } from '../../cli/output.js';
import { type CommandContext, defineCommand } from '../command.js';

type RuntimeInfo = ReadonlyMap<string, string>;

interface BrokerRow {
  readonly clusterName: string;
  readonly brokerName: string;
  readonly brokerId: number;
  readonly address: string;
  /** What the broker says about itself; empty when it does not answer. */
  readonly runtimeInfo: RuntimeInfo;
  /** Age of the oldest message. */
  readonly hours: number;
}

const BASE: Table<BrokerRow> = {
  titles: [
    ...['#Cluster Name', '#Broker Name', '#BID', '#Addr', '#Version', '#InTPS(LOAD)', '#OutTPS(LOAD)'],
    ...['#Timer(Progress)', '#PCWait(ms)', '#Hour', '#SPACE', '#ACTIVATED'],
  ],
  titleFormat: '%-22s  %-22s  %-4s  %-22s %-16s  %16s  %30s  %-22s  %-11s  %-12s  %-8s  %-10s',
  rowFormat: '%-22s  %-22s  %-4s  %-22s %-16s  %16s  %30s  %-22s  %11s  %-12s  %-8s  %10s',
  cells: ({ clusterName, brokerName, brokerId, address, runtimeInfo, hours }) => {
    const get = (name: string): string => runtimeInfo.get(name) ?? (runtimeInfo.size === 0 ? '' : 'null');
    const ack = (name: string): string => runtimeInfo.get(name) ?? (runtimeInfo.size === 0 ? '' : 'N');
    return [
      ...[clusterName, brokerName, brokerId, address, get('brokerVersionDesc')],
      format(
        '%9.2f(%s,%sms)',
        firstNumber(runtimeInfo, 'putTps'),
        get('sendThreadPoolQueueSize'),
        get('sendThreadPoolQueueHeadWaitTimeMills'),
      ),
      format(
        '%9.2f(%s,%sms|%s,%sms)',
        firstNumber(runtimeInfo, 'getTransferredTps'),
        get('pullThreadPoolQueueSize'),
        get('pullThreadPoolQueueHeadWaitTimeMills'),
        ack('ackThreadPoolQueueSize'),
        ack('ackThreadPoolQueueHeadWaitTimeMills'),
      ),
      timerProgress(runtimeInfo),
      get('pageCacheLockTimeMills'),
      hours.toFixed(2),
      number(runtimeInfo, 'commitLogDiskRatio').toFixed(4),
      runtimeInfo.get('brokerActive')?.toLowerCase() === 'true',
    ];
  },
};

const MORE: Table<BrokerRow> = {
  titles: ['#Cluster Name', '#Broker Name', '#InTotalYest', '#OutTotalYest', '#InTotalToday', '#OutTotalToday'],
  rowFormat: '%-16s  %-32s %14d %14d %14d %14d',
  cells: ({ clusterName, brokerName, runtimeInfo }) => {
    const span = (kind: string, from: string, to: string): number =>
      number(runtimeInfo, `msg${kind}Total${to}`) - number(runtimeInfo, `msg${kind}Total${from}`);
    return [
      clusterName,
      brokerName,
      span('Put', 'YesterdayMorning', 'TodayMorning'),
      span('Get', 'YesterdayMorning', 'TodayMorning'),
      span('Put', 'TodayMorning', 'TodayNow'),
      span('Get', 'TodayMorning', 'TodayNow'),
    ];
  },
};

function number(info: RuntimeInfo, name: string): number {
  const value = Number(info.get(name) ?? 0);
  return Number.isFinite(value) ? value : 0;
}

/** Rates are written as several numbers, over ten seconds, a minute and ten minutes. */
function firstNumber(info: RuntimeInfo, name: string): number {
  const value = Number(info.get(name)?.split(' ')[0] ?? 0);
  return Number.isFinite(value) ? value : 0;
}

function timerProgress(info: RuntimeInfo): string {
  const congested = (number(info, 'timerCongestNum') / 10_000).toFixed(1);
  const rates = [number(info, 'timerEnqueueTps'), number(info, 'timerDequeueTps')].map((rate) => rate.toFixed(1));
  return `${number(info, 'timerReadBehind')}-${number(info, 'timerOffsetBehind')}(${congested}w, ${rates.join(', ')})`;
}

export const clusterList = defineCommand({
  name: 'clusterList',
  doc: 'List the brokers of all clusters and how they are.',
  options: {
    clusterName: text('c', 'clusterName', 'Only this cluster'),
    interval: int('i', 'interval', 'Print again every so many seconds'),
    moreStats: flag('m', 'moreStats', 'Print messages of yesterday and today instead'),
  },
  async run(context, { clusterName, interval, moreStats }) {
    const { admin, out, clock } = context;
    for (;;) {
      const info = await admin.nameServer.clusterInfo();
      const table = moreStats ? MORE : BASE;
      out.titles(table);
      for (const place of placesOf(info, clusterName)) out.row(table, await rowOf(context, place));
      if (interval === undefined || interval <= 0) return;
      out.flush();
      await sleep(clock, interval * 1000);
    }
  },
});

type Place = Omit<BrokerRow, 'runtimeInfo' | 'hours'>;

function* placesOf(info: ClusterInfo, only: string | undefined): Generator<Place> {
  for (const clusterName of only === undefined ? info.clusterAddrTable.keys() : [only]) {
    for (const brokerName of [...(info.clusterAddrTable.get(clusterName) ?? [])].sort()) {
      for (const [brokerId, address] of info.brokerAddrTable.get(brokerName)?.brokerAddrs ?? []) {
        yield { clusterName, brokerName, brokerId, address };
      }
    }
  }
}

async function rowOf(context: CommandContext, place: Place): Promise<BrokerRow> {
  const runtimeInfo = await runtimeInfoOf(context, place.address);
  const earliest = number(runtimeInfo, 'earliestMessageTimeStamp');
  const hours = runtimeInfo.has('earliestMessageTimeStamp') ? (context.clock.now() - earliest) / 3_600_000 : 0;
  return { ...place, runtimeInfo, hours };
}

/** A broker that does not answer has its row too: that it is silent is what one wants to see. */
async function runtimeInfoOf({ admin }: CommandContext, address: string): Promise<RuntimeInfo> {
  try {
    return await admin.brokers.runtimeInfo(address);
  } catch (error) {
    if (error instanceof RemotingError || error instanceof BrokerError) return new Map();
    throw error;
  }
}
