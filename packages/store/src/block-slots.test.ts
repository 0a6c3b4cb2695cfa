import { expect, test } from 'vitest';
import { type BlockSlot, BlockSlots } from './block-slots.js';

const SLOT_BYTES = 1000;
/** Slots that may be held at a time. */
const MAX_HELD = 8;

/** All that can be taken. */
function takeAll(slots: BlockSlots): BlockSlot[] {
  const taken: BlockSlot[] = [];
  for (let slot = slots.take(); slot !== undefined; slot = slots.take()) taken.push(slot);
  return taken;
}

test('Each slot has memory of its own, and is given to one at a time', () => {
  const slots = new BlockSlots(5, SLOT_BYTES);
  const taken = takeAll(slots);
  expect(taken.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4]);
  for (const slot of taken) slot.use().fill(slot.index + 1);
  for (const slot of taken) {
    const bytes = slot.use();
    expect([bytes.length, new Set(bytes)]).toEqual([SLOT_BYTES, new Set([slot.index + 1])]);
  }
  taken[3]!.giveBack();
  expect(slots.take()).toBe(taken[3]);
  expect(slots.take()).toBeUndefined();
});

test('A slot that is held gets no other block before the last holder releases it', () => {
  const slots = new BlockSlots(1, SLOT_BYTES);
  const slot = slots.take()!;
  slot.use();
  expect([slot.hold(), slot.hold()]).toEqual([true, true]);
  slot.release();
  slot.giveBack();
  expect(slots.take()).toBeUndefined();
  slot.release();
  expect(slots.take()).toBe(slot);
  slot.use();
  slot.hold();
  slot.release();
  expect(slots.take()).toBeUndefined();
});

test('No more slots are held than leave others room, however often each is', () => {
  const slots = new BlockSlots(12, SLOT_BYTES);
  const taken = takeAll(slots);
  for (const slot of taken) slot.use();
  expect(taken.map((slot) => slot.hold() && slot.hold())).toEqual(taken.map((_, i) => i < MAX_HELD));
  taken[0]!.release();
  expect(taken[MAX_HELD]!.hold()).toBe(false);
  taken[0]!.release();
  expect(taken[MAX_HELD]!.hold()).toBe(true);
});
