/** Moves the progress of a group: to a time, to an end of the queues, or to an offset. */
import { type MessageQueue, messageQueueKey } from '@rocketmq-ts/common';
import { INVOKE_BROKER_TO_RESET_OFFSET, ResetOffsetBody, UPDATE_CONSUMER_OFFSET } from '@rocketmq-ts/remoting';
import type { ClientInstance } from '../client-instance.js';
import { notNegative } from '../client-options.js';
import { mustSucceed } from '../consumer/broker-calls.js';
import { InvalidArgumentError } from '../errors.js';
import { MASTER_ID } from '../route/topic-route.js';

/** Where a group goes on: the oldest messages, after the newest, or the first stored at a time (ms since the epoch). */
export type ResetPosition = 'begin' | 'end' | { readonly timestampMs: number };

const NEWEST = -1;
const OLDEST = -2;

/** Sets all queues of a topic and has running consumers go on there; gives the new offsets. */
export async function resetOffsets(
  client: ClientInstance,
  group: string,
  topic: string,
  position: ResetPosition,
): Promise<ReadonlyMap<MessageQueue, number>> {
  const { brokers } = await client.routes.get(topic);
  const header = { group, topic, timestamp: timestampOf(position), isForce: true };
  const found = new Map<string, [MessageQueue, number]>();
  for (const addresses of brokers.values()) {
    const address = addresses.get(MASTER_ID);
    if (address === undefined) continue;
    const timeoutMs = client.options.requestTimeoutMs;
    const answer = await client.remoting.invoke(address, INVOKE_BROKER_TO_RESET_OFFSET, header, { timeoutMs });
    const { body } = mustSucceed(answer, `reset of group '${group}' on topic '${topic}'`);
    if (body === undefined) continue;
    for (const [queue, offset] of ResetOffsetBody.decode(body).offsetTable) {
      found.set(messageQueueKey(queue), [queue, offset]);
    }
  }
  return new Map(found.values());
}

/** Sets one queue and has its consumer, if there is one, go on there. */
export async function resetQueueOffset(
  client: ClientInstance,
  group: string,
  queue: MessageQueue,
  offset: number,
): Promise<void> {
  const { topic, queueId } = queue;
  const commitOffset = notNegative('offset', offset, 0);
  await client.routes.get(topic);
  const address = await client.routes.mustMasterOf(queue);
  const options = { timeoutMs: client.options.requestTimeoutMs };
  const what = `reset of group '${group}' on queue ${queueId} of topic '${topic}'`;
  const update = { consumerGroup: group, topic, queueId, commitOffset };
  mustSucceed(await client.remoting.invoke(address, UPDATE_CONSUMER_OFFSET, update, options), what);
  const reset = { group, topic, queueId, offset: commitOffset, timestamp: 0, isForce: true };
  mustSucceed(await client.remoting.invoke(address, INVOKE_BROKER_TO_RESET_OFFSET, reset, options), what);
}

function timestampOf(position: ResetPosition): number {
  if (position === 'begin') return OLDEST;
  if (position === 'end') return NEWEST;
  if (Number.isSafeInteger(position?.timestampMs) && position.timestampMs >= 0) return position.timestampMs;
  throw new InvalidArgumentError("a reset goes to 'begin', 'end' or { timestampMs }");
}
