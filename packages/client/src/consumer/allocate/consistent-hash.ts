/** Queues and members on a ring: when a member comes or goes, few queues move. */
import { createHash } from 'node:crypto';
import { formatMessageQueue } from '@rocketmq-ts/common';
import { notNegative } from '../../client-options.js';
import { type AllocationStrategy, isMember } from './allocation-strategy.js';

/** Source: AllocateMessageQueueConsistentHash, ConsistentHashRouter. */
export function consistentHashAllocation(virtualNodes = 10): AllocationStrategy {
  notNegative('virtualNodes', virtualNodes, 10);
  return {
    name: 'CONSISTENT_HASH',
    allocate(allocation) {
      if (!isMember(allocation)) return [];
      const ring = ringOf(allocation.clientIds, virtualNodes);
      return allocation.queues.filter((queue) => ownerOn(ring, formatMessageQueue(queue)) === allocation.clientId);
    },
  };
}

interface Point {
  readonly hash: number;
  readonly clientId: string;
}

function ringOf(clientIds: readonly string[], virtualNodes: number): readonly Point[] {
  const byHash = new Map<number, Point>();
  for (const clientId of clientIds) {
    for (let node = 0; node < virtualNodes; node++) {
      const hash = hashOf(`${clientId}-${node}`);
      byHash.set(hash, { hash, clientId });
    }
  }
  return [...byHash.values()].sort((a, b) => a.hash - b.hash);
}

/** Whoever stands at the hash of the text or next behind it. */
function ownerOn(ring: readonly Point[], text: string): string | undefined {
  const hash = hashOf(text);
  return (ring.find((point) => point.hash >= hash) ?? ring[0])?.clientId;
}

function hashOf(text: string): number {
  return createHash('md5').update(text).digest().readUInt32BE(0);
}
