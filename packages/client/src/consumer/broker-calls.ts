/** The questions that consumers put to brokers: who else is in the group, and what offsets a queue has. */
import type { MessageQueue } from '@rocketmq-ts/common';
import {
  GET_CONSUMER_LIST_BY_GROUP,
  GET_MAX_OFFSET,
  GET_MIN_OFFSET,
  GetConsumerListByGroupResponseBody,
  RemotingError,
  type RemotingResponse,
  ResponseCode,
  SEARCH_OFFSET_BY_TIMESTAMP,
} from '@rocketmq-ts/remoting';
import type { ClientInstance } from '../client-instance.js';
import { BrokerError, TopicNotFoundError } from '../errors.js';
import type { TopicRoute } from '../route/topic-route.js';

/** The client ids of a group, from any broker of the route that answers. @throws BrokerError and the errors of remoting */
export async function consumerIdsOf(
  client: ClientInstance,
  group: string,
  route: TopicRoute,
): Promise<readonly string[]> {
  let failure: unknown = new TopicNotFoundError(route.topic, 'it has no broker that can be asked for the group');
  for (const brokerName of route.brokers.keys()) {
    const broker = client.routes.addressOf(brokerName);
    if (broker === undefined) continue;
    try {
      const timeoutMs = client.options.requestTimeoutMs;
      const header = { consumerGroup: group };
      const answer = await client.remoting.invoke(broker.address, GET_CONSUMER_LIST_BY_GROUP, header, { timeoutMs });
      mustSucceed(answer, `members of group '${group}'`);
      return GetConsumerListByGroupResponseBody.decode(answer.body).consumerIdList;
    } catch (error) {
      if (!(error instanceof BrokerError) && !(error instanceof RemotingError)) throw error;
      failure = error;
    }
  }
  throw failure;
}

/** The offset that the next message of a queue will get. */
export async function maxOffsetOf(client: ClientInstance, queue: MessageQueue): Promise<number> {
  const address = await client.routes.mustMasterOf(queue);
  const answer = await client.remoting.invoke(
    address,
    GET_MAX_OFFSET,
    { topic: queue.topic, queueId: queue.queueId, committed: true, bname: client.routes.brokerNameOf(queue) },
    { timeoutMs: client.options.requestTimeoutMs },
  );
  return mustSucceed(answer, `end of ${nameOf(queue)}`).header().offset;
}

/** The offset of the oldest message of a queue. */
export async function minOffsetOf(client: ClientInstance, queue: MessageQueue): Promise<number> {
  const address = await client.routes.mustMasterOf(queue);
  const answer = await client.remoting.invoke(
    address,
    GET_MIN_OFFSET,
    { topic: queue.topic, queueId: queue.queueId, bname: client.routes.brokerNameOf(queue) },
    { timeoutMs: client.options.requestTimeoutMs },
  );
  return mustSucceed(answer, `start of ${nameOf(queue)}`).header().offset;
}

/** The offset of the first message stored at this time (ms since the epoch) or after. */
export async function searchOffsetOf(client: ClientInstance, queue: MessageQueue, timestamp: number): Promise<number> {
  const address = await client.routes.mustMasterOf(queue);
  const answer = await client.remoting.invoke(
    address,
    SEARCH_OFFSET_BY_TIMESTAMP,
    { topic: queue.topic, queueId: queue.queueId, timestamp, bname: client.routes.brokerNameOf(queue) },
    { timeoutMs: client.options.requestTimeoutMs },
  );
  return mustSucceed(answer, `offset at ${timestamp} of ${nameOf(queue)}`).header().offset;
}

/** The answer, if it is a success. @throws BrokerError */
export function mustSucceed<H>(answer: RemotingResponse<H>, what: string): RemotingResponse<H> {
  if (answer.code === ResponseCode.SUCCESS) return answer;
  throw new BrokerError(answer.code, answer.remark, answer.address, what);
}

function nameOf({ topic, brokerName, queueId }: MessageQueue): string {
  return `queue ${queueId} of topic '${topic}' on broker '${brokerName}'`;
}
