/** How the queues of a topic are shared by the clients of a group. Both lists are sorted, so that all clients agree. */
import type { MessageQueue } from '@rocketmq-ts/common';

/** The queues of one client. */
export type AllocateMessageQueueStrategy = (
  queues: readonly MessageQueue[],
  clientIds: readonly string[],
  clientId: string,
) => MessageQueue[];

/** Neighbouring queues to each client; the first ones take what does not divide. Source: AllocateMessageQueueAveragely. */
function allocateAveragely(
  queues: readonly MessageQueue[],
  clientIds: readonly string[],
  clientId: string,
): MessageQueue[] {
  const index = clientIds.indexOf(clientId);
  if (index < 0) return [];
  const share = Math.floor(queues.length / clientIds.length);
  const rest = queues.length % clientIds.length;
  const start = index * share + Math.min(index, rest);
  return queues.slice(start, start + share + (index < rest ? 1 : 0));
}

/** Queues dealt out one by one. Source: AllocateMessageQueueAveragelyByCircle. */
function allocateByCircle(
  queues: readonly MessageQueue[],
  clientIds: readonly string[],
  clientId: string,
): MessageQueue[] {
  const index = clientIds.indexOf(clientId);
  return index < 0 ? [] : queues.filter((_queue, position) => position % clientIds.length === index);
}

/** The strategies that a broker knows, by their names on the wire. */
export const ALLOCATE_STRATEGIES: ReadonlyMap<string, AllocateMessageQueueStrategy> = new Map([
  ['AVG', allocateAveragely],
  ['AVG_BY_CIRCLE', allocateByCircle],
]);

/**
 * In POP mode a client may take from the queues of `shareCount` clients after it,
 * or, when that is none or all of them, from every queue (queue id -1).
 * Source: QueryAssignmentProcessor#allocate4Pop.
 */
export function allocateForPop(
  strategy: AllocateMessageQueueStrategy,
  group: { queues: readonly MessageQueue[]; clientIds: readonly string[]; clientId: string; shareCount: number },
): MessageQueue[] {
  const { queues, clientIds, clientId, shareCount } = group;
  if (shareCount <= 0 || shareCount >= clientIds.length - 1) {
    return queues.map(({ topic, brokerName }) => ({ topic, brokerName, queueId: -1 }));
  }
  const index = clientIds.indexOf(clientId);
  if (clientIds.length > queues.length) return index < 0 ? [] : queues.slice(index % queues.length).slice(0, 1);
  const sharers =
    index < 0
      ? [clientId]
      : Array.from({ length: shareCount + 1 }, (_, i) => clientIds[(index + i) % clientIds.length] ?? '');
  return sharers.flatMap((sharer) => strategy(queues, clientIds, sharer));
}

/** By topic, broker and queue id, as both sides sort. Source: MessageQueue#compareTo. */
export function compareQueues(a: MessageQueue, b: MessageQueue): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1;
  if (a.brokerName !== b.brokerName) return a.brokerName < b.brokerName ? -1 : 1;
  return a.queueId - b.queueId;
}
