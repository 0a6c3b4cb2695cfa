/** `mqadmin cleanExpiredCQ`, `cleanUnusedTopic` and `deleteExpiredCommitLog`: removing what brokers no longer need. */
import { addressesOfCluster } from '@rocketmq-ts/client';
import { text } from '../../cli/option-declaration.js';
import { type CommandContext, defineCommand, type ExitCode } from '../command.js';
import { eachTarget } from '../each-target.js';

const options = {
  brokerAddr: text('b', 'brokerAddr', 'Address of the broker, host:port'),
  cluster: text('c', 'cluster', 'Name of the cluster (default: all clusters)'),
};

interface Target {
  readonly brokerAddr: string | undefined;
  readonly cluster: string | undefined;
}

export const cleanExpiredCQ = defineCommand({
  name: 'cleanExpiredCQ',
  doc: 'Delete consume queues whose messages are gone.',
  options,
  run: (context, target) =>
    clean(context, target, (address) => context.admin.brokers.cleanExpiredConsumeQueue(address)),
});

export const cleanUnusedTopic = defineCommand({
  name: 'cleanUnusedTopic',
  doc: 'Delete the queues of topics that no longer exist.',
  options,
  run: (context, target) => clean(context, target, (address) => context.admin.brokers.cleanUnusedTopic(address)),
});

export const deleteExpiredCommitLog = defineCommand({
  name: 'deleteExpiredCommitLog',
  doc: 'Delete expired commit log files now.',
  options,
  run: (context, target) => clean(context, target, (address) => context.admin.brokers.deleteExpiredCommitLog(address)),
});

async function clean(
  context: CommandContext,
  target: Target,
  action: (address: string) => Promise<void>,
): Promise<ExitCode> {
  const addresses = await addressesOf(context, target);
  const exitCode = await eachTarget(context, addresses, action);
  if (exitCode === undefined) context.out.report({ addresses, success: true }, 'success');
  return exitCode;
}

async function addressesOf({ admin }: CommandContext, { brokerAddr, cluster }: Target): Promise<string[]> {
  if (brokerAddr !== undefined) return [brokerAddr];
  const info = await admin.nameServer.clusterInfo();
  const clusters = cluster === undefined ? [...info.clusterAddrTable.keys()] : [cluster];
  return clusters.flatMap((name) => addressesOfCluster(info, name));
}
