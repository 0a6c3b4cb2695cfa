/**
 * One slot of the wheel: all records of the timer log that are due at the same moment.
 *
 * | at | size | field |
 * | --- | --- | --- |
 * | 0 | 8 | time, in units of the precision |
 * | 8 | 8 | position of the first record |
 * | 16 | 8 | position of the last record |
 * | 24 | 4 | messages: each mark that deletes takes one off |
 * | 28 | 4 | magic, unused |
 *
 * Source: Slot.
 */
import { getInt64, setInt64 } from '@rocketmq-ts/common';

/** Bytes of a slot. */
export const SLOT_BYTES = 32;

export interface WheelSlot {
  /** In units of the precision since the epoch. */
  readonly time: number;
  readonly firstPosition: number;
  readonly lastPosition: number;
  readonly count: number;
}

/** Writes a slot at `at`. */
export function writeSlot(view: DataView, at: number, slot: WheelSlot): void {
  setInt64(view, at, slot.time);
  setInt64(view, at + 8, slot.firstPosition);
  setInt64(view, at + 16, slot.lastPosition);
  view.setInt32(at + 24, slot.count);
  view.setInt32(at + 28, 0);
}

/** Time of the slot at `at`, whatever it may be; 0 or −1 for a slot that was never used. */
export function slotTime(view: DataView, at: number): number {
  return getInt64(view, at);
}

/** The slot at `at`; undefined when its positions can not be. */
export function readSlot(view: DataView, at: number): WheelSlot | undefined {
  const firstPosition = getInt64(view, at + 8);
  const lastPosition = getInt64(view, at + 16);
  const possible = Number.isSafeInteger(lastPosition) && lastPosition >= 0 && firstPosition <= lastPosition;
  if (!possible) return undefined;
  return { time: slotTime(view, at), firstPosition, lastPosition, count: view.getInt32(at + 24) };
}
