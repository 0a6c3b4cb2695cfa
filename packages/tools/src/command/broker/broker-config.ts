/** `mqadmin getBrokerConfig` and `updateBrokerConfig`: settings of brokers. */
import { replicaGroupsOfCluster } from '@rocketmq-ts/client';
import { text } from '../../cli/option-declaration.js';
import { type CommandContext, defineCommand } from '../command.js';
import { eachTarget } from '../each-target.js';
import { oneSetting, printSettings } from '../settings.js';
import { brokerOrCluster, ONE_TARGET, targetBrokers, targetMasters } from '../targets.js';

export const getBrokerConfig = defineCommand({
  name: 'getBrokerConfig',
  doc: 'Print the settings of a broker, or of all brokers of a cluster.',
  options: brokerOrCluster,
  groups: ONE_TARGET,
  async run(context, { brokerAddr, clusterName }) {
    const titles =
      brokerAddr === undefined
        ? await titlesOfCluster(context, clusterName ?? '')
        : new Map([[brokerAddr, `============${brokerAddr}============`]]);
    const all = new Map<string, ReadonlyMap<string, string>>();
    const exitCode = await eachTarget(context, [...titles.keys()], async (address) => {
      context.out.line('%s', titles.get(address));
      const settings = await context.admin.brokers.getConfig(address);
      all.set(address, settings);
      printSettings(context.out, settings);
      context.out.line('');
    });
    context.out.result(all);
    return exitCode;
  },
});

/** A title per address: masters, each followed by its slaves. */
async function titlesOfCluster({ admin }: CommandContext, clusterName: string): Promise<Map<string, string>> {
  const titles = new Map<string, string>();
  for (const { master = 'NO_MASTER', slaves } of replicaGroupsOfCluster(
    await admin.nameServer.clusterInfo(),
    clusterName,
  )) {
    if (master !== 'NO_MASTER') titles.set(master, `============Master: ${master}============`);
    for (const slave of slaves) titles.set(slave, `============My Master: ${master}=====Slave: ${slave}============`);
  }
  return titles;
}

export const updateBrokerConfig = defineCommand({
  name: 'updateBrokerConfig',
  doc: 'Change a setting of running brokers.',
  options: {
    updateAllBroker: text('a', 'updateAllBroker', 'With -c: slaves too (any value)'),
    ...brokerOrCluster,
    ...oneSetting,
  },
  groups: ONE_TARGET,
  async run(context, { updateAllBroker, key, value, ...target }) {
    const { admin, out } = context;
    const addresses = await (updateAllBroker === undefined ? targetMasters : targetBrokers)(context, target);
    return eachTarget(context, addresses, async (address) => {
      await admin.brokers.updateConfig(address, new Map([[key, value]]));
      out.report({ address, key, value }, 'update broker config success, %s', address);
    });
  },
});
