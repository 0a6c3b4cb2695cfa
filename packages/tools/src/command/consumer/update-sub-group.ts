/** `mqadmin updateSubGroup`: creates or changes a consumer group. */
import {
  createSubscriptionGroupConfig,
  type GroupRetryPolicy,
  parseAttributes,
  parseJson,
  type SubscriptionGroupConfig,
  subscriptionGroupConfigFromJson,
  subscriptionGroupConfigToJson,
} from '@rocketmq-ts/common';
import { bool, int, long, type OptionValues, requiredText, text } from '../../cli/option-declaration.js';
import { defineCommand } from '../command.js';
import { eachTarget } from '../each-target.js';
import { brokerOrCluster, ONE_TARGET, targetMasters } from '../targets.js';
import { groupConfigText } from './group-config-text.js';

const options = {
  notifyConsumerIdsChanged: bool('a', 'notifyConsumerIdsChanged', 'Tell members of changes at once (true|false)'),
  attributes: text('', 'attributes', 'Changes of attributes: +key=value adds, -key removes; separated by commas'),
  ...brokerOrCluster,
  consumeBroadcastEnable: bool('d', 'consumeBroadcastEnable', 'May consume as broadcast (true|false)'),
  groupName: requiredText('g', 'groupName', 'Name of the group'),
  brokerId: long('i', 'brokerId', 'Id of the broker to consume from'),
  consumeFromMinEnable: bool('m', 'consumeFromMinEnable', 'May start from the oldest message (true|false)'),
  consumeMessageOrderly: bool('o', 'consumeMessageOrderly', 'Consumes in order (true|false)'),
  groupRetryPolicy: text(
    'p',
    'groupRetryPolicy',
    'JSON of the waits between deliveries, e.g. {"type":"EXPONENTIAL","exponentialRetryPolicy":{"initial":5000,"max":7200000,"multiplier":2}} or {"type":"CUSTOMIZED","customizedRetryPolicy":{"next":[1000,5000]}}',
  ),
  retryQueueNums: int('q', 'retryQueueNums', 'Queues of the retry topic'),
  retryMaxTimes: int('r', 'retryMaxTimes', 'Deliveries before a message becomes a dead letter'),
  consumeEnable: bool('s', 'consumeEnable', 'May consume at all (true|false)'),
  whichBrokerWhenConsumeSlowly: long('w', 'whichBrokerWhenConsumeSlowly', 'Id of the broker for slow consumers'),
};

export const updateSubGroup = defineCommand({
  name: 'updateSubGroup',
  doc: 'Create or change a consumer group.',
  options,
  groups: ONE_TARGET,
  async run(context, given) {
    const { admin, out } = context;
    const config = configOf(given);
    const exitCode = await eachTarget(context, await targetMasters(context, given), async (address) => {
      await admin.groups.update(address, config);
      const record = { address, groupConfig: subscriptionGroupConfigToJson(config) };
      out.report(record, 'create subscription group to %s success.', address);
    });
    out.line('%s', groupConfigText(config));
    return exitCode;
  },
});

function configOf(given: OptionValues<typeof options>): SubscriptionGroupConfig {
  const { consumeEnable, consumeMessageOrderly, retryQueueNums, retryMaxTimes, brokerId } = given;
  const { whichBrokerWhenConsumeSlowly, notifyConsumerIdsChanged: notifyConsumerIdsChangedEnable } = given;
  const optional = {
    ...{ consumeEnable, consumeMessageOrderly, retryQueueNums, retryMaxTimes, brokerId },
    ...{ whichBrokerWhenConsumeSlowly, notifyConsumerIdsChangedEnable },
    groupRetryPolicy: given.groupRetryPolicy === undefined ? undefined : retryPolicyOf(given.groupRetryPolicy),
  };
  const present = Object.entries(optional).filter(([, value]) => value !== undefined);
  return createSubscriptionGroupConfig(given.groupName, {
    consumeBroadcastEnable: given.consumeBroadcastEnable ?? false,
    consumeFromMinEnable: given.consumeFromMinEnable ?? false,
    ...Object.fromEntries(present),
    attributes: parseAttributes(given.attributes),
  });
}

function retryPolicyOf(json: string): GroupRetryPolicy {
  return subscriptionGroupConfigFromJson({ groupRetryPolicy: parseJson(json) }).groupRetryPolicy;
}
