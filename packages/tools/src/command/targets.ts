/** The `-b` and `-c` options by which many commands say which brokers are meant. */

import { addressesOfCluster, mastersOfCluster } from '@rocketmq-ts/client';
import { text } from '../cli/option-declaration.js';
import { type OptionGroup, UsageError } from '../cli/parse-options.js';
import type { CommandContext } from './command.js';

/** Spread into a command's options. */
export const brokerOrCluster = {
  brokerAddr: text('b', 'brokerAddr', 'Address of the broker, host:port'),
  clusterName: text('c', 'clusterName', 'Name of the cluster: all its masters'),
};

/** Exactly one of both. */
export const ONE_TARGET: readonly OptionGroup[] = [{ oneOf: ['brokerAddr', 'clusterName'], required: true }];

interface Target {
  readonly brokerAddr?: string | undefined;
  readonly clusterName?: string | undefined;
}

/** The broker given, or the masters of the cluster. @throws UsageError when neither is given */
export async function targetMasters({ admin }: CommandContext, { brokerAddr, clusterName }: Target): Promise<string[]> {
  if (brokerAddr !== undefined) return [brokerAddr];
  if (clusterName === undefined)
    throw new UsageError('one of these options is needed: -b/--brokerAddr, -c/--clusterName');
  return mastersOfCluster(await admin.nameServer.clusterInfo(), clusterName);
}

/** The broker given, or all brokers of the cluster, slaves included. @throws UsageError when neither is given */
export async function targetBrokers({ admin }: CommandContext, { brokerAddr, clusterName }: Target): Promise<string[]> {
  if (brokerAddr !== undefined) return [brokerAddr];
  if (clusterName === undefined)
    throw new UsageError('one of these options is needed: -b/--brokerAddr, -c/--clusterName');
  return addressesOfCluster(await admin.nameServer.clusterInfo(), clusterName);
}
