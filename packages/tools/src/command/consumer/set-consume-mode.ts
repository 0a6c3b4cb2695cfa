/** `mqadmin setConsumeMode`: whether a group pulls a topic or pops it. */
import { int, requiredText } from '../../cli/option-declaration.js';
import { UsageError } from '../../cli/parse-options.js';
import { defineCommand } from '../command.js';
import { eachTarget } from '../each-target.js';
import { brokerOrCluster, ONE_TARGET, targetMasters } from '../targets.js';

export const setConsumeMode = defineCommand({
  name: 'setConsumeMode',
  doc: 'Choose whether a group pulls a topic or pops it.',
  options: {
    ...brokerOrCluster,
    groupName: requiredText('g', 'groupName', 'Name of the group'),
    mode: requiredText('m', 'mode', 'PULL or POP'),
    popShareQueueNum: int('q', 'popShareQueueNum', 'Queues that each client shares when it pops (default 0)'),
    topicName: requiredText('t', 'topicName', 'Name of the topic'),
  },
  groups: ONE_TARGET,
  async run(context, options) {
    const { admin, out } = context;
    const { groupName: consumerGroup, topicName: topic, mode, popShareQueueNum = 0 } = options;
    if (mode !== 'PULL' && mode !== 'POP') throw new UsageError(`option -m/--mode: '${mode}' is neither PULL nor POP`);
    const request = { topic, consumerGroup, mode, popShareQueueNum } as const;
    const exitCode = await eachTarget(context, await targetMasters(context, options), async (address) => {
      await admin.groups.setRequestMode(address, request);
      out.report({ address, ...request }, 'set consume mode to %s success.', address);
    });
    const done = 'topic[%s] group[%s] consume mode[%s] popShareQueueNum[%d]';
    out.line(done, topic, consumerGroup, mode, popShareQueueNum);
    return exitCode;
  },
});
