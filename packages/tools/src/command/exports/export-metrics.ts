/** `mqadmin exportMetrics`: what a cluster carries, for sizing another. */
import { hasCode, replicaGroupsOfCluster, sumOfDay } from '@rocketmq-ts/client';
import { JavaDouble, SystemTopic, type WritableJson } from '@rocketmq-ts/common';
import { CURRENT_VERSION, ResponseCode, type SubscriptionGroupWrapper, versionName } from '@rocketmq-ts/remoting';
import { requiredText } from '../../cli/option-declaration.js';
import { type CommandContext, defineCommand } from '../command.js';
import { exportDirectory, writeExport } from './json-export.js';

/** Rates and counts of a broker, or of all together. */
interface Load {
  normalInTps: number;
  normalOutTps: number;
  transInTps: number;
  scheduleInTps: number;
  normalOneDayInNum: number;
  normalOneDayOutNum: number;
  transOneDayInNum: number;
  scheduleOneDayInNum: number;
}

export const exportMetrics = defineCommand({
  name: 'exportMetrics',
  doc: 'Save what the brokers of a cluster carry as JSON.',
  options: { clusterName: requiredText('c', 'clusterName', 'Name of the cluster'), ...exportDirectory },
  async run(context, { clusterName, filePath }) {
    const { admin } = context;
    const evaluateReport = new Map<string, WritableJson>();
    const loads: Load[] = [];
    for (const { brokerName, master } of replicaGroupsOfCluster(await admin.nameServer.clusterInfo(), clusterName)) {
      if (master === undefined) continue;
      const groups = await admin.groups.userConfigs(master);
      const info = await admin.brokers.runtimeInfo(master);
      const settings = await admin.brokers.getConfig(master);
      const load = await loadOf(context, master, info);
      const topics = await admin.topics.userConfigs(master, { special: false });
      loads.push(load);
      evaluateReport.set(brokerName, {
        runtimeEnv: {
          cpuNum: settings.get('clientCallbackExecutorThreads'),
          totalMemKBytes: info.get('totalMemKBytes'),
        },
        runtimeQuota: {
          ...quotaOf(load, info),
          topicSize: topics.topicConfigTable.size,
          groupSize: groups.subscriptionGroupTable.size,
        },
        runtimeVersion: {
          rocketmqVersion: versionName(CURRENT_VERSION),
          clientInfo: await clientVersions(context, groups),
        },
      });
    }
    writeExport(context, { directory: filePath, name: 'metrics.json' }, { evaluateReport, totalData: totalsOf(loads) });
  },
});

async function loadOf({ admin }: CommandContext, address: string, info: ReadonlyMap<string, string>): Promise<Load> {
  const first = (name: string): number => Number(info.get(name)?.split(' ')[0] ?? 0) || 0;
  const day = (kind: string): number => first(`msg${kind}TotalTodayMorning`) - first(`msg${kind}TotalYesterdayMorning`);
  const trans = await admin.brokers.statsData(address, 'TOPIC_PUT_NUMS', SystemTopic.TRANS_HALF);
  const schedule = await admin.brokers.statsData(address, 'TOPIC_PUT_NUMS', SystemTopic.SCHEDULE);
  return {
    normalInTps: first('putTps'),
    normalOutTps: first('getTransferredTps'),
    transInTps: trans?.statsMinute?.tps ?? 0,
    scheduleInTps: schedule?.statsMinute?.tps ?? 0,
    normalOneDayInNum: day('Put'),
    normalOneDayOutNum: day('Get'),
    transOneDayInNum: trans === undefined ? 0 : sumOfDay(trans),
    scheduleOneDayInNum: schedule === undefined ? 0 : sumOfDay(schedule),
  };
}

function quotaOf(load: Load, info: ReadonlyMap<string, string>): Record<string, WritableJson> {
  const { normalInTps, normalOutTps, transInTps, scheduleInTps, ...oneDayNum } = load;
  return {
    diskRatio: {
      commitLogDiskRatio: info.get('commitLogDiskRatio'),
      consumeQueueDiskRatio: info.get('consumeQueueDiskRatio'),
    },
    tps: doubles({ normalInTps, normalOutTps, transInTps, scheduleInTps }),
    oneDayNum,
    messageAverageSize: info.get('putMessageAverageSize'),
  };
}

function totalsOf(loads: readonly Load[]): WritableJson {
  const total = (name: keyof Load): number => loads.reduce((sum, load) => sum + load[name], 0);
  return {
    totalTps: doubles({
      totalNormalInTps: total('normalInTps'),
      totalNormalOutTps: total('normalOutTps'),
      totalTransInTps: total('transInTps'),
      totalScheduleInTps: total('scheduleInTps'),
    }),
    totalOneDayNum: {
      normalOneDayInNum: total('normalOneDayInNum'),
      normalOneDayOutNum: total('normalOneDayOutNum'),
      transOneDayInNum: total('transOneDayInNum'),
      scheduleOneDayInNum: total('scheduleOneDayInNum'),
    },
  };
}

function doubles(values: Readonly<Record<string, number>>): Record<string, WritableJson> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, new JavaDouble(value)]));
}

/** `language%version` of all connected consumers. */
async function clientVersions(
  { admin }: CommandContext,
  { subscriptionGroupTable }: SubscriptionGroupWrapper,
): Promise<string[]> {
  const versions = new Set<string>();
  for (const group of subscriptionGroupTable.keys()) {
    try {
      const { connectionSet } = await admin.groups.connections(group);
      for (const { language, version } of connectionSet) versions.add(`${language}%${versionName(version)}`);
    } catch (error) {
      if (!hasCode(error, ResponseCode.CONSUMER_NOT_ONLINE) && !hasCode(error, ResponseCode.TOPIC_NOT_EXIST))
        throw error;
    }
  }
  return [...versions];
}
