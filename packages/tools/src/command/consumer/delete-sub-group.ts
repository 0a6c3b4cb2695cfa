/** `mqadmin deleteSubGroup`: removes a consumer group. */
import { dlqTopicOf, retryTopicOf } from '@rocketmq-ts/common';
import { bool, requiredText } from '../../cli/option-declaration.js';
import { defineCommand } from '../command.js';
import { brokerOrCluster, ONE_TARGET, targetMasters } from '../targets.js';
import { deleteTopicInCluster } from '../topic/delete-topic.js';

export const deleteSubGroup = defineCommand({
  name: 'deleteSubGroup',
  doc: 'Remove a consumer group; in a cluster its retry and dead letter topics too.',
  options: {
    ...brokerOrCluster,
    groupName: requiredText('g', 'groupName', 'Name of the group'),
    removeOffset: bool('r', 'removeOffset', 'Forget its offsets too (true|false)'),
  },
  groups: ONE_TARGET,
  async run(context, options) {
    const { admin, out } = context;
    const { groupName, clusterName, removeOffset: cleanOffset = false } = options;
    const where = clusterName === undefined ? [] : [clusterName];
    for (const address of await targetMasters(context, options)) {
      await admin.groups.delete(address, groupName, { cleanOffset });
      const done = `delete subscription group [%s] from broker [%s]${clusterName === undefined ? '' : ' in cluster [%s]'} success.`;
      out.report({ groupName, address, deleted: true }, done, groupName, address, ...where);
    }
    if (clusterName === undefined) return;
    await deleteTopicInCluster(context, retryTopicOf(groupName), clusterName);
    await deleteTopicInCluster(context, dlqTopicOf(groupName), clusterName);
  },
});
