/** Asks brokers whether they take subscriptions that they have to evaluate themselves. */
import { isTagType, type SubscriptionData } from '@rocketmq-ts/filter';
import { CHECK_CLIENT_CONFIG, CheckClientRequestBody, RemotingError, ResponseCode } from '@rocketmq-ts/remoting';
import type { ClientInstance } from '../client-instance.js';
import { BrokerError, SubscriptionRefusedError } from '../errors.js';

/**
 * One broker per topic is asked, as all are taken to have the same settings; one that cannot be reached is
 * believed to agree. Source: MQClientInstance#checkClientInBroker.
 *
 * @throws SubscriptionRefusedError
 */
export async function checkSubscriptions(
  client: ClientInstance,
  group: string,
  subscriptions: readonly SubscriptionData[],
): Promise<void> {
  for (const subscription of subscriptions) {
    if (!isTagType(subscription.expressionType)) await check(client, group, subscription);
  }
}

async function check(client: ClientInstance, group: string, subscriptionData: SubscriptionData): Promise<void> {
  const { topic, subString, expressionType } = subscriptionData;
  const [brokerName] = client.routes.peek(topic)?.brokers.keys() ?? [];
  const broker = brokerName === undefined ? undefined : client.routes.addressOf(brokerName);
  if (broker === undefined) return;
  const body = CheckClientRequestBody.encode({ clientId: client.clientId, group, subscriptionData });
  const options = { timeoutMs: client.options.requestTimeoutMs, body };
  try {
    const answer = await client.remoting.invoke(broker.address, CHECK_CLIENT_CONFIG, undefined, options);
    if (answer.code === ResponseCode.SUCCESS) return;
    const cause = new BrokerError(
      answer.code,
      answer.remark,
      answer.address,
      `check of a ${expressionType} expression`,
    );
    throw new SubscriptionRefusedError(topic, subString, { cause });
  } catch (error) {
    if (!(error instanceof RemotingError)) throw error;
    client.options.logger.warn('subscription not checked', { group, topic, error });
  }
}
