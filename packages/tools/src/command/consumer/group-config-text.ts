/** A group's settings as the reference prints them. */
import type { GroupRetryPolicy, SubscriptionGroupConfig } from '@rocketmq-ts/common';

function fields(name: string, values: Readonly<Record<string, unknown>>): string {
  return `${name}{${Object.entries(values)
    .map(([key, value]) => `${key}=${value ?? null}`)
    .join(', ')}}`;
}

function retryPolicyText({ type, exponentialRetryPolicy, customizedRetryPolicy }: GroupRetryPolicy): string {
  return fields('GroupRetryPolicy', {
    type,
    exponentialRetryPolicy: exponentialRetryPolicy && fields('ExponentialRetryPolicy', { ...exponentialRetryPolicy }),
    customizedRetryPolicy:
      customizedRetryPolicy && fields('CustomizedRetryPolicy', { next: `[${customizedRetryPolicy.next.join(', ')}]` }),
  });
}

/** The settings one by one, in the reference's order; absent ones are undefined. */
export function groupConfigFields(config: SubscriptionGroupConfig): Record<string, string | undefined> {
  const { groupRetryPolicy, subscriptionDataSet, attributes, ...rest } = config;
  const subscriptions = subscriptionDataSet?.map((data) => fields('SimpleSubscriptionData', { ...data }));
  return {
    groupName: rest.groupName,
    consumeEnable: String(rest.consumeEnable),
    consumeFromMinEnable: String(rest.consumeFromMinEnable),
    consumeBroadcastEnable: String(rest.consumeBroadcastEnable),
    consumeMessageOrderly: String(rest.consumeMessageOrderly),
    retryQueueNums: String(rest.retryQueueNums),
    retryMaxTimes: String(rest.retryMaxTimes),
    groupRetryPolicy: retryPolicyText(groupRetryPolicy),
    brokerId: String(rest.brokerId),
    whichBrokerWhenConsumeSlowly: String(rest.whichBrokerWhenConsumeSlowly),
    notifyConsumerIdsChangedEnable: String(rest.notifyConsumerIdsChangedEnable),
    groupSysFlag: String(rest.groupSysFlag),
    consumeTimeoutMinute: String(rest.consumeTimeoutMinute),
    subscriptionDataSet: subscriptions && `[${subscriptions.join(', ')}]`,
    attributes: `{${Array.from(attributes, ([key, value]) => `${key}=${value}`).join(', ')}}`,
  };
}

/** All settings in one line. Source: SubscriptionGroupConfig#toString. */
export function groupConfigText(config: SubscriptionGroupConfig): string {
  return fields('SubscriptionGroupConfig', groupConfigFields(config));
}
