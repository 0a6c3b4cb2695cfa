import { Turn } from '@rocketmq-ts/common';
import type { MessageFilter } from '@rocketmq-ts/filter';
import { VirtualClock } from '@rocketmq-ts/testkit';
import { expect, test } from 'vitest';
import { type HoldLimits, PullRequestHold } from './pull-request-hold.js';

const ANY = { isMatchedByConsumeQueue: () => true } as unknown as MessageFilter;

function held(limits: Partial<HoldLimits>) {
  const clock = new VirtualClock();
  const hold = new PullRequestHold({ clock, turn: new Turn(clock), limits });
  const woken: string[] = [];
  const add = (name: string, queueId = 0): void =>
    hold.hold({
      topic: 'T',
      queueId,
      queueOffset: 0,
      filter: ANY,
      deadlineMs: Number.MAX_SAFE_INTEGER,
      abandoned: false,
      wake: () => woken.push(name),
    });
  return { clock, hold, woken, add };
}

test('of too many pulls the one that waits longest is woken early', async () => {
  const { clock, hold, woken, add } = held({ held: 3 });
  for (const [i, name] of ['a', 'b', 'c', 'd', 'e'].entries()) add(name, i % 2);
  await clock.settle();
  expect(woken).toEqual(['a', 'b']);
  expect(hold.count).toBe(3);
});

test('one queue has a bound of its own', async () => {
  const { clock, hold, woken, add } = held({ heldOfQueue: 2 });
  for (const name of ['a', 'b', 'c']) add(name);
  for (const name of ['x', 'y']) add(name, 1);
  await clock.settle();
  expect(woken).toEqual(['a']);
  hold.arriving('T', 0, 1, 0);
  await clock.settle();
  expect(woken).toEqual(['a', 'b', 'c']);
  expect(hold.count).toBe(2);
});

test('many that are woken at once run a few in each turn, in order, and each once', async () => {
  const { clock, hold, woken, add } = held({ wakesOfTurn: 10 });
  for (let i = 0; i < 35; i++) add(`${i}`);
  const turns: number[] = [];
  const count = (): void => {
    turns.push(woken.length);
    if (woken.length < 35) clock.endOfTurn(count);
  };
  hold.arriving('T', 0, 1, 0);
  clock.endOfTurn(count);
  await clock.settle();
  expect(turns.slice(0, 4)).toEqual([10, 20, 30, 35]);
  expect(woken).toEqual(Array.from({ length: 35 }, (_, i) => `${i}`));
});

test('a hold that stops wakes all at once', async () => {
  const { clock, hold, woken, add } = held({ wakesOfTurn: 2 });
  for (let i = 0; i < 9; i++) add(`${i}`);
  let first = 0;
  hold.stop();
  clock.endOfTurn(() => {
    first = woken.length;
  });
  await clock.settle();
  expect([first, woken.length]).toEqual([9, 9]);
});
