/** How the queues of a topic are shared among the members of a group. */
import type { MessageQueue } from '@rocketmq-ts/common';
import { InvalidArgumentError } from '../../errors.js';

/** What a strategy decides on; both lists are sorted, and the same for all members. */
export interface Allocation {
  readonly group: string;
  /** Who asks. */
  readonly clientId: string;
  readonly queues: readonly MessageQueue[];
  readonly clientIds: readonly string[];
}

/** All members of a group must use the same one. Source: AllocateMessageQueueStrategy. */
export interface AllocationStrategy {
  /** As brokers and tools know it. */
  readonly name: string;
  /** The queues of the member that asks. */
  allocate(allocation: Allocation): readonly MessageQueue[];
}

/**
 * False when the member is not in the group, and gets nothing.
 *
 * @throws InvalidArgumentError when there is nothing to share or nobody to share with
 */
export function isMember({ clientId, queues, clientIds }: Allocation): boolean {
  if (clientId === '') throw new InvalidArgumentError('currentCID is empty');
  if (queues.length === 0) throw new InvalidArgumentError('mqAll is null or mqAll empty');
  if (clientIds.length === 0) throw new InvalidArgumentError('cidAll is null or cidAll empty');
  return clientIds.includes(clientId);
}
