/** `mqadmin updateTopicPerm`: changes what may be done with a topic. */
import { AdminNotFoundError, MASTER_ID } from '@rocketmq-ts/client';
import { createTopicConfig, formatTopicConfig, type TopicConfig } from '@rocketmq-ts/common';
import { ResponseCode, type TopicRouteData } from '@rocketmq-ts/remoting';
import { requiredInt, requiredText } from '../../cli/option-declaration.js';
import { type CommandContext, defineCommand } from '../command.js';
import { brokerOrCluster, ONE_TARGET, targetMasters } from '../targets.js';

export const updateTopicPerm = defineCommand({
  name: 'updateTopicPerm',
  doc: 'Change the permission of a topic.',
  options: {
    ...brokerOrCluster,
    perm: requiredInt('p', 'perm', 'Permission: 2 write, 4 read, 6 both'),
    topic: requiredText('t', 'topic', 'Name of the topic'),
  },
  groups: ONE_TARGET,
  async run(context, options) {
    const { topic, perm, brokerAddr } = options;
    const route = await context.admin.nameServer.topicRoute(topic);
    const onlyMaster = brokerAddr === undefined ? undefined : masterName(route, brokerAddr);
    for (const address of await targetMasters(context, options)) {
      const brokerName = onlyMaster ?? masterNameOr(route, address);
      if (brokerName !== undefined) await change(context, { route, address, brokerName, perm, topic });
    }
  },
});

interface Change {
  readonly route: TopicRouteData;
  readonly address: string;
  readonly brokerName: string;
  readonly perm: number;
  readonly topic: string;
}

async function change(
  { admin, out }: CommandContext,
  { route, address, brokerName, perm, topic }: Change,
): Promise<void> {
  const queues = route.queueDatas.find((data) => data.brokerName === brokerName);
  if (queues === undefined) return;
  const { perm: oldPerm, readQueueNums, writeQueueNums, topicSysFlag } = queues;
  if (oldPerm === perm) {
    out.report({ address, topic, perm, changed: false }, 'new perm equals to the old one!');
    return;
  }
  const config: TopicConfig = createTopicConfig(topic, { perm, readQueueNums, writeQueueNums, topicSysFlag });
  await admin.topics.update(address, config);
  const done = 'update topic perm from %s to %s in %s success.';
  out.report({ address, topic, oldPerm, perm, changed: true }, done, oldPerm, perm, address);
  out.line('%s.', formatTopicConfig(config));
}

function masterNameOr(route: TopicRouteData, address: string): string | undefined {
  return route.brokerDatas.find(({ brokerAddrs }) => brokerAddrs.get(MASTER_ID) === address)?.brokerName;
}

function masterName(route: TopicRouteData, address: string): string {
  const name = masterNameOr(route, address);
  if (name !== undefined) return name;
  throw new AdminNotFoundError(ResponseCode.BROKER_NOT_EXIST, `${address} is not a master that has the topic`);
}
