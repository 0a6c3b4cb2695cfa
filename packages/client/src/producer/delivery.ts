/** How one message is to be delivered, from the options of its send. */
import { javaHashCode, type MessageQueue, selectQueueByHash, wrapNamespace } from '@rocketmq-ts/common';
import type { OutgoingMessage, PreparedMessage } from './outgoing-message.js';
import type { SendOptions } from './producer-options.js';
import type { Delivery } from './send-attempts.js';

/** What the options of a send leave open. */
export interface DeliveryDefaults {
  readonly sendTimeoutMs: number;
  readonly namespace: string | undefined;
}

/** @throws the reason of a signal that has aborted */
export function deliveryOf<T>(
  message: OutgoingMessage<T>,
  options: SendOptions<T>,
  { sendTimeoutMs, namespace }: DeliveryDefaults,
): Delivery {
  const { timeoutMs = sendTimeoutMs, signal, queue, hashKey, select } = options;
  signal?.throwIfAborted();
  if (queue === undefined && hashKey === undefined && select === undefined) return { timeoutMs, signal };
  const inward = (chosen: MessageQueue): MessageQueue =>
    namespace === undefined ? chosen : { ...chosen, topic: wrapNamespace(namespace, chosen.topic) };
  if (queue !== undefined) return { timeoutMs, signal, queue: inward(queue) };
  if (hashKey !== undefined) {
    const hash = javaHashCode(hashKey);
    return { timeoutMs, signal, choose: (queues) => queues[selectQueueByHash(hash, queues.length)]! };
  }
  const outward = (queues: readonly MessageQueue[]): readonly MessageQueue[] =>
    namespace === undefined ? queues : queues.map((each) => ({ ...each, topic: message.topic }));
  return { timeoutMs, signal, choose: (queues) => inward(select!(outward(queues), message)) };
}

/** Whether the message may wait for others and share a request with them. */
export function mayTravelWithOthers({ isDelayed }: PreparedMessage, { queue, choose, signal }: Delivery): boolean {
  return !isDelayed && queue === undefined && choose === undefined && signal === undefined;
}
