/** `mqadmin updateSubGroupList`: creates or changes the consumer groups of a file. */
import { subscriptionGroupConfigFromJson } from '@rocketmq-ts/common';
import { requiredText } from '../../cli/option-declaration.js';
import { defineCommand } from '../command.js';
import { readJsonList } from '../json-file.js';
import { brokerOrCluster, ONE_TARGET, targetMasters } from '../targets.js';

export const updateSubGroupList = defineCommand({
  name: 'updateSubGroupList',
  doc: 'Create or change many consumer groups.',
  options: {
    ...brokerOrCluster,
    filename: requiredText('f', 'filename', 'File with a JSON list of group configurations'),
  },
  groups: ONE_TARGET,
  async run(context, options) {
    const { admin, out, files } = context;
    const configs = readJsonList(files, options.filename, subscriptionGroupConfigFromJson);
    const kind = options.brokerAddr === undefined ? 'subscription group' : 'group';
    for (const address of await targetMasters(context, options)) {
      await admin.groups.updateList(address, configs);
      const done = `submit batch of ${kind} config to %s success, please check the result later.`;
      out.report({ address, groups: configs.map(({ groupName }) => groupName) }, done, address);
    }
  },
});
