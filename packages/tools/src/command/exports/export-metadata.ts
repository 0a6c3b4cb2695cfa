/** `mqadmin exportMetadata`: the topics and groups of a broker or a cluster. */
import { mastersOfCluster } from '@rocketmq-ts/client';
import {
  type SubscriptionGroupConfig,
  subscriptionGroupConfigToJson,
  type TopicConfig,
  topicConfigToJson,
  type WritableJson,
} from '@rocketmq-ts/common';
import { SubscriptionGroupWrapper, TopicConfigSerializeWrapper } from '@rocketmq-ts/remoting';
import { flag } from '../../cli/option-declaration.js';
import { UsageError } from '../../cli/parse-options.js';
import { type CommandContext, defineCommand } from '../command.js';
import { brokerOrCluster, ONE_TARGET } from '../targets.js';
import { exportDirectory, writeExport } from './json-export.js';

export const exportMetadata = defineCommand({
  name: 'exportMetadata',
  doc: 'Save topics and groups of a broker or a cluster as JSON.',
  options: {
    ...brokerOrCluster,
    ...exportDirectory,
    subscriptionGroup: flag('g', 'subscriptionGroup', 'Only groups'),
    specialTopic: flag('s', 'specialTopic', 'Retry and dead letter topics too'),
    topic: flag('t', 'topic', 'Only topics'),
  },
  groups: ONE_TARGET,
  async run(context, { brokerAddr, clusterName = '', filePath: directory, subscriptionGroup, specialTopic, topic }) {
    const what = { topics: topic || !subscriptionGroup, groups: !topic, special: specialTopic };
    if (brokerAddr === undefined) return exportCluster(context, clusterName, directory, what);
    if (topic) {
      const table = await context.admin.topics.userConfigs(brokerAddr, { special: specialTopic });
      writeExport(context, { directory, name: 'topic.json' }, TopicConfigSerializeWrapper.write(table));
    } else if (subscriptionGroup) {
      const table = await context.admin.groups.userConfigs(brokerAddr);
      writeExport(context, { directory, name: 'subscriptionGroup.json' }, SubscriptionGroupWrapper.write(table));
    } else {
      throw new UsageError('with -b one of these options is needed: -t/--topic, -g/--subscriptionGroup');
    }
  },
});

interface What {
  readonly topics: boolean;
  readonly groups: boolean;
  readonly special: boolean;
}

/** A topic that several brokers have gets the sum of their queues: what one broker would need. */
async function exportCluster(
  context: CommandContext,
  clusterName: string,
  directory: string | undefined,
  what: What,
): Promise<void> {
  const { admin, clock } = context;
  const topics = new Map<string, TopicConfig>();
  const groups = new Map<string, SubscriptionGroupConfig>();
  for (const address of mastersOfCluster(await admin.nameServer.clusterInfo(), clusterName)) {
    if (what.topics) addTopics(topics, (await admin.topics.userConfigs(address, what)).topicConfigTable);
    if (what.groups) addGroups(groups, (await admin.groups.userConfigs(address)).subscriptionGroupTable);
  }
  const tables: Record<string, WritableJson> = {};
  if (what.topics)
    tables.topicConfigTable = new Map(Array.from(topics, ([name, config]) => [name, { ...topicConfigToJson(config) }]));
  if (what.groups) {
    tables.subscriptionGroupTable = new Map(
      Array.from(groups, ([name, config]) => [name, subscriptionGroupConfigToJson(config) as unknown as WritableJson]),
    );
  }
  const name = !what.groups ? 'topic.json' : !what.topics ? 'subscriptionGroup.json' : 'metadata.json';
  writeExport(context, { directory, name }, { ...tables, exportTime: clock.now() });
}

function addTopics(all: Map<string, TopicConfig>, more: ReadonlyMap<string, TopicConfig>): void {
  for (const [name, config] of more) {
    const { readQueueNums = 0, writeQueueNums = 0 } = all.get(name) ?? {};
    all.set(name, {
      ...config,
      readQueueNums: config.readQueueNums + readQueueNums,
      writeQueueNums: config.writeQueueNums + writeQueueNums,
    });
  }
}

function addGroups(
  all: Map<string, SubscriptionGroupConfig>,
  more: ReadonlyMap<string, SubscriptionGroupConfig>,
): void {
  for (const [name, config] of more) {
    all.set(name, { ...config, retryQueueNums: config.retryQueueNums + (all.get(name)?.retryQueueNums ?? 0) });
  }
}
