/** Queues go to members in the same machine room; those of rooms without members to everybody. */
import type { MessageQueue } from '@rocketmq-ts/common';
import { InvalidArgumentError } from '../../errors.js';
import { type AllocationStrategy, isMember } from './allocation-strategy.js';

/** Tells where brokers and consumers stand; a name must come out for each. */
export interface MachineRoomResolver {
  brokerDeployIn(queue: MessageQueue): string;
  consumerDeployIn(clientId: string): string;
}

/** `inner` shares within a room. Source: AllocateMachineRoomNearby. */
export function nearbyAllocation(inner: AllocationStrategy, resolver: MachineRoomResolver): AllocationStrategy {
  return {
    name: `MACHINE_ROOM_NEARBY-${inner.name}`,
    allocate(allocation) {
      if (!isMember(allocation)) return [];
      const { group, clientId, queues, clientIds } = allocation;
      const queuesByRoom = byRoom(queues, (queue) => resolver.brokerDeployIn(queue), 'mq');
      const clientsByRoom = byRoom(clientIds, (id) => resolver.consumerDeployIn(id), 'consumer id');
      const ownRoom = resolver.consumerDeployIn(clientId);
      const result: MessageQueue[] = [];
      const near = queuesByRoom.get(ownRoom);
      if (near !== undefined) {
        result.push(...inner.allocate({ group, clientId, queues: near, clientIds: clientsByRoom.get(ownRoom) ?? [] }));
      }
      for (const room of [...queuesByRoom.keys()].sort()) {
        if (room === ownRoom || clientsByRoom.has(room)) continue;
        result.push(...inner.allocate({ group, clientId, queues: queuesByRoom.get(room)!, clientIds }));
      }
      return result;
    },
  };
}

function byRoom<T>(items: readonly T[], roomOf: (item: T) => string, what: string): Map<string, T[]> {
  const rooms = new Map<string, T[]>();
  for (const item of items) {
    const room = roomOf(item);
    if (!room) throw new InvalidArgumentError(`Machine room is null for ${what} ${JSON.stringify(item)}`);
    const inRoom = rooms.get(room);
    if (inRoom === undefined) rooms.set(room, [item]);
    else inRoom.push(item);
  }
  return rooms;
}
