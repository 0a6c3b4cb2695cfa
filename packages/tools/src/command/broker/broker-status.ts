/** `mqadmin brokerStatus`: the runtime figures of brokers. */
import { defineCommand } from '../command.js';
import { eachTarget } from '../each-target.js';
import { brokerOrCluster, ONE_TARGET, targetBrokers } from '../targets.js';

export const brokerStatus = defineCommand({
  name: 'brokerStatus',
  doc: 'Print the runtime figures of brokers.',
  options: brokerOrCluster,
  groups: ONE_TARGET,
  async run(context, options) {
    const { admin, out } = context;
    return eachTarget(context, await targetBrokers(context, options), async (address) => {
      const info = await admin.brokers.runtimeInfo(address);
      const sorted = [...info].sort(([a], [b]) => (a < b ? -1 : 1));
      if (out.json) out.report({ address, runtimeInfo: new Map(sorted) }, '');
      for (const [key, value] of sorted) {
        if (options.brokerAddr !== undefined) out.line('%-32s: %s', key, value);
        else out.line('%-24s %-32s: %s', address, key, value);
      }
    });
  },
});
