/** `mqadmin getNamesrvConfig` and `updateNamesrvConfig`: settings of the name servers. */
import { defineCommand } from '../command.js';
import { eachTarget } from '../each-target.js';
import { oneSetting, printSettings } from '../settings.js';

export const getNamesrvConfig = defineCommand({
  name: 'getNamesrvConfig',
  doc: 'Print the settings of the name servers.',
  options: {},
  async run(context) {
    const { admin, out, nameServers } = context;
    const all = new Map<string, ReadonlyMap<string, string>>();
    const exitCode = await eachTarget(context, nameServers, async (address) => {
      const settings = await admin.nameServer.getConfig(address);
      all.set(address, settings);
      out.line('============%s============', address);
      printSettings(out, settings);
    });
    out.result(all);
    return exitCode;
  },
});

export const updateNamesrvConfig = defineCommand({
  name: 'updateNamesrvConfig',
  doc: 'Change a setting of the name servers.',
  options: oneSetting,
  async run(context, { key, value }) {
    const { admin, out, nameServers } = context;
    const exitCode = await eachTarget(context, nameServers, (address) =>
      admin.nameServer.updateConfig(address, new Map([[key, value]])),
    );
    if (exitCode !== undefined) return exitCode;
    out.report({ nameServers, key, value }, 'update name server config success!%s', `[${nameServers.join(', ')}]`);
    out.line('%s : %s', key, value);
    return undefined;
  },
});
