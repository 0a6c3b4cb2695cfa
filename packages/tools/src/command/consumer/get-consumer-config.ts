/** `mqadmin getConsumerConfig`: the settings of a group on every broker. */
import { AdminNotFoundError, brokerAddressOf, clusterOfBroker } from '@rocketmq-ts/client';
import { subscriptionGroupConfigToJson } from '@rocketmq-ts/common';
import { ResponseCode } from '@rocketmq-ts/remoting';
import { requiredText } from '../../cli/option-declaration.js';
import { defineCommand } from '../command.js';
import { groupConfigFields } from './group-config-text.js';

export const getConsumerConfig = defineCommand({
  name: 'getConsumerConfig',
  doc: 'Print the settings of a consumer group on every broker.',
  options: { groupName: requiredText('g', 'groupName', 'Name of the group') },
  async run({ admin, out }, { groupName }) {
    const info = await admin.nameServer.clusterInfo();
    let found = false;
    for (const [brokerName, broker] of info.brokerAddrTable) {
      const address = brokerAddressOf(broker);
      const config = address === undefined ? undefined : await admin.groups.config(address, groupName);
      if (config === undefined) continue;
      found = true;
      const clusterName = clusterOfBroker(info, brokerName);
      const bar = '='.repeat(29);
      const record = { clusterName, brokerName, config: subscriptionGroupConfigToJson(config) };
      out.report(record, '%s%s:%s%s', bar, clusterName, brokerName, bar);
      for (const [key, value] of Object.entries(groupConfigFields(config))) out.line('%-40s=  %s', key, value ?? '');
    }
    if (!found)
      throw new AdminNotFoundError(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, `no broker has group '${groupName}'`);
  },
});
