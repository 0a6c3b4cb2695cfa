import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ALLOCATE_STRATEGIES, allocateForPop } from './allocate-message-queue.js';

interface Case {
  readonly strategy: string;
  readonly queues: number;
  readonly consumers: readonly string[];
  /** Queue ids of each consumer. */
  readonly result: readonly (readonly number[])[];
}

const cases: Case[] = JSON.parse(readFileSync(new URL('../testdata/allocate.json', import.meta.url), 'utf8'));

const queuesOf = (count: number) =>
  Array.from({ length: count }, (_, queueId) => ({ topic: 'T', brokerName: 'b', queueId }));

describe('queues are shared as the reference shares them', () => {
  test.each(cases)('$strategy: $queues queues', ({ strategy, queues, consumers, result }) => {
    const allocate = ALLOCATE_STRATEGIES.get(strategy);
    const shares = consumers.map((id) => allocate?.(queuesOf(queues), consumers, id).map(({ queueId }) => queueId));
    expect(shares).toEqual(result);
  });
});

test('in POP mode each client takes from its own queues and those of the next ones', () => {
  const strategy = ALLOCATE_STRATEGIES.get('AVG');
  const group = { queues: queuesOf(4), clientIds: ['a', 'b', 'c', 'd'], clientId: 'd', shareCount: 1 };
  expect(strategy && allocateForPop(strategy, group).map(({ queueId }) => queueId)).toEqual([3, 0]);
  expect(strategy && allocateForPop(strategy, { ...group, shareCount: 0 }).every(({ queueId }) => queueId === -1)).toBe(
    true,
  );
});
