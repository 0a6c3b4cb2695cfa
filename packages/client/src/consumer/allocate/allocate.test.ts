// The allocation strategies give what the reference's give.
import { readFileSync } from 'node:fs';
import { isSameMessageQueue, type MessageQueue } from '@rocketmq-ts/common';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AllocationStrategy } from './allocation-strategy.js';
import { averageAllocation, circleAllocation, configuredAllocation, machineRoomAllocation } from './averaging.js';
import { consistentHashAllocation } from './consistent-hash.js';
import { nearbyAllocation } from './machine-room-nearby.js';

interface GoldenAllocation {
  readonly strategy: string;
  readonly queues?: number;
  readonly consumers?: readonly string[];
  readonly brokerNames?: readonly string[];
  readonly consumeridcs?: string;
  readonly result: readonly (readonly number[] | { readonly error: string; readonly message: string })[];
}

const golden: readonly GoldenAllocation[] = JSON.parse(
  readFileSync(new URL('testdata/allocate.json', import.meta.url), 'utf8'),
);
const cases = golden.filter(({ consumers }) => consumers !== undefined);

const roomOf = (name: string): string => name.split('-')[0]!;
const STRATEGIES: Readonly<Record<string, (row: GoldenAllocation) => AllocationStrategy>> = {
  AVG: () => averageAllocation,
  AVG_BY_CIRCLE: () => circleAllocation,
  'CONSISTENT_HASH(virtualNode=10)': () => consistentHashAllocation(),
  'CONSISTENT_HASH(virtualNode=3)': () => consistentHashAllocation(3),
  MACHINE_ROOM: ({ consumeridcs = '' }) => machineRoomAllocation(consumeridcs.split(',')),
  'MACHINE_ROOM_NEARBY-AVG': () =>
    nearbyAllocation(averageAllocation, {
      brokerDeployIn: ({ brokerName }) => roomOf(brokerName),
      consumerDeployIn: roomOf,
    }),
};

/** As the recording made them: eight on the first broker, the others on the second (where the 17th meets the 9th again). */
function queuesOf({ queues = 0, brokerNames }: GoldenAllocation): MessageQueue[] {
  return Array.from({ length: queues }, (_, index) => ({
    topic: 'TopicTest',
    brokerName: brokerNames?.[index] ?? (index < 8 ? 'broker-a' : 'broker-b'),
    queueId: brokerNames === undefined ? index % 8 : index,
  }));
}

function indexOf(queues: readonly MessageQueue[], queue: MessageQueue): number {
  return queues.findIndex((each) => isSameMessageQueue(each, queue));
}

describe.each(Object.keys(STRATEGIES))('%s', (name) => {
  test('shares queues as the reference does', () => {
    const rows = cases.filter(({ strategy }) => strategy === name);
    expect(rows.length).toBeGreaterThan(10);
    for (const row of rows) {
      const queues = queuesOf(row);
      const clientIds = row.consumers ?? [];
      const strategy = STRATEGIES[name]!(row);
      for (const [index, clientId] of clientIds.entries()) {
        const expected = row.result[index]!;
        const allocate = () => strategy.allocate({ group: 'g', clientId, queues, clientIds });
        if ('error' in expected) expect(allocate, expected.message).toThrow(expected.message);
        else
          expect(
            allocate().map((queue) => indexOf(queues, queue)),
            `${name} ${clientId}`,
          ).toEqual(expected);
      }
    }
  });

  test('gives nothing to a client that is no member', () => {
    const queues = queuesOf({ strategy: name, queues: 4, result: [], brokerNames: ['a-1', 'a-2', 'a-3', 'a-4'] });
    const strategy = STRATEGIES[name]!({ strategy: name, result: [] });
    expect(strategy.allocate({ group: 'g', clientId: 'stranger', queues, clientIds: ['a', 'b'] })).toEqual([]);
  });
});

test('every queue has exactly one owner, whatever the strategy', () => {
  const strategies = [averageAllocation, circleAllocation, consistentHashAllocation()];
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string({ minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 1, max: 40 }),
      (ids, count) => {
        const clientIds = [...ids].sort();
        const queues = Array.from({ length: count }, (_, queueId) => ({ topic: 'T', brokerName: 'b', queueId }));
        for (const strategy of strategies) {
          const shares = clientIds.flatMap((clientId) => [
            ...strategy.allocate({ group: 'g', clientId, queues, clientIds }),
          ]);
          expect(shares.map(({ queueId }) => queueId).sort((a, b) => a - b)).toEqual(queues.map((q) => q.queueId));
        }
      },
    ),
  );
});

test('a configured allocation is what was configured', () => {
  const queues = queuesOf({ strategy: '', queues: 2, result: [] });
  const strategy = configuredAllocation(queues);
  expect(strategy.allocate({ group: 'g', clientId: 'x', queues: [], clientIds: [] })).toBe(queues);
});
