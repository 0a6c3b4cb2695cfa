/** Takes delayed messages back before they are due. */
import {
  checkClientTopic,
  decodeRecallMessageHandle,
  isDlqTopic,
  isRetryTopic,
  MessageConst,
  wrapNamespace,
} from '@rocketmq-ts/common';
import { RECALL_MESSAGE, ResponseCode } from '@rocketmq-ts/remoting';
import type { ClientInstance } from '../client-instance.js';
import { mustSucceed } from '../consumer/broker-calls.js';
import { BrokerNotFoundError, InvalidArgumentError } from '../errors.js';
import { DEFAULT_REGION_ID } from './send-result.js';

/** A recall that a broker has answered. */
export interface Recalled {
  /** As the application names it. */
  readonly topic: string;
  readonly messageId: string;
  readonly regionId: string;
  readonly success: boolean;
}

export interface RecallOptions {
  readonly client: ClientInstance;
  /** With the namespace. */
  readonly group: string;
  readonly timeoutMs: number;
  readonly onAnswer: (recalled: Recalled) => void;
}

/**
 * Asks the broker that has the message; gives its unique id. Source: DefaultMQProducerImpl#recallMessage.
 *
 * @throws InvalidArgumentError, BrokerNotFoundError, TopicNotFoundError; BrokerError when the broker does not take it back
 */
export async function recallMessage(topic: string, recallHandle: string, options: RecallOptions): Promise<string> {
  const { client, group: producerGroup, timeoutMs, onAnswer } = options;
  const problem = checkClientTopic(topic);
  if (problem !== undefined) throw new InvalidArgumentError(problem);
  if (isRetryTopic(topic) || isDlqTopic(topic)) throw new InvalidArgumentError('topic is not supported');
  const handle = decodeRecallMessageHandle(recallHandle);
  if (handle === undefined) throw new InvalidArgumentError('recall handle is invalid');
  const inward = wrapNamespace(client.options.namespace, topic);
  const { brokers } = await client.routes.getForPublish(inward, 1);
  const address = client.routes.masterAddress(handle.brokerName) ?? anyMaster(client, brokers.keys());
  if (address === undefined) throw new BrokerNotFoundError(handle.brokerName);
  const header = { producerGroup, topic: inward, recallHandle, bname: handle.brokerName };
  const answer = await client.remoting.invoke(address, RECALL_MESSAGE, header, { timeoutMs });
  const regionId = answer.ext[MessageConst.PROPERTY_MSG_REGION] || DEFAULT_REGION_ID;
  onAnswer({ topic, messageId: handle.messageId, regionId, success: answer.code === ResponseCode.SUCCESS });
  return mustSucceed(answer, `recall of message ${handle.messageId} of topic '${topic}'`).header().msgId;
}

/** Behind a proxy any of its addresses will do. */
function anyMaster({ routes }: ClientInstance, brokerNames: Iterable<string>): string | undefined {
  for (const brokerName of brokerNames) {
    const address = routes.masterAddress(brokerName);
    if (address !== undefined) return address;
  }
  return undefined;
}
