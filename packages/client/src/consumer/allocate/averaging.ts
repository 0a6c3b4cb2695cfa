/** Even shares: in consecutive stretches, or dealt out in turn. */
import type { MessageQueue } from '@rocketmq-ts/common';
import { type Allocation, type AllocationStrategy, isMember } from './allocation-strategy.js';

/** Consecutive stretches; the first members get one more when it does not come out even. Source: AllocateMessageQueueAveragely. */
export const averageAllocation: AllocationStrategy = {
  name: 'AVG',
  allocate(allocation) {
    if (!isMember(allocation)) return [];
    const { queues, clientIds, clientId } = allocation;
    return stretch(queues, clientIds.length, clientIds.indexOf(clientId));
  },
};

/** One queue to each member in turn. Source: AllocateMessageQueueAveragelyByCircle. */
export const circleAllocation: AllocationStrategy = {
  name: 'AVG_BY_CIRCLE',
  allocate(allocation) {
    if (!isMember(allocation)) return [];
    const { queues, clientIds, clientId } = allocation;
    const member = clientIds.indexOf(clientId);
    return queues.filter((_, index) => index % clientIds.length === member);
  },
};

/** Always the same queues. Source: AllocateMessageQueueByConfig. */
export function configuredAllocation(queues: readonly MessageQueue[]): AllocationStrategy {
  return { name: 'CONFIG', allocate: () => queues };
}

/** Shares the queues of brokers named `room@name` whose room is one of these. Source: AllocateMessageQueueByMachineRoom. */
export function machineRoomAllocation(rooms: Iterable<string>): AllocationStrategy {
  const ours = new Set(rooms);
  return {
    name: 'MACHINE_ROOM',
    allocate(allocation) {
      if (!isMember(allocation)) return [];
      const { clientIds, clientId } = allocation;
      const member = clientIds.indexOf(clientId);
      const queues = allocation.queues.filter((queue) => isInRoom(queue, ours));
      const share = Math.floor(queues.length / clientIds.length);
      const extra = queues[share * clientIds.length + member];
      const own = queues.slice(share * member, share * (member + 1));
      return extra === undefined ? own : [...own, extra];
    },
  };
}

function stretch(queues: Allocation['queues'], members: number, member: number): readonly MessageQueue[] {
  const share = Math.floor(queues.length / members);
  const extra = queues.length % members;
  const start = member * share + Math.min(member, extra);
  return queues.slice(start, start + share + (member < extra ? 1 : 0));
}

function isInRoom({ brokerName }: MessageQueue, rooms: ReadonlySet<string>): boolean {
  const parts = brokerName.split('@');
  return parts.length === 2 && rooms.has(parts[0]!);
}
