/**
 * One record of the timer log: where a message that waits lies in the commit
 * log, when it is due, and which record of the same moment came before it.
 *
 * | at | size | field |
 * | --- | --- | --- |
 * | 0 | 4 | size, 52 |
 * | 4 | 8 | position of the slot's record before this one, −1 |
 * | 12 | 4 | magic bits |
 * | 16 | 8 | time of writing, ms |
 * | 24 | 4 | time of the slot − time of writing, ms |
 * | 28 | 8 | physical offset of the message |
 * | 36 | 4 | size of the message |
 * | 40 | 4 | hash of the real topic |
 * | 44 | 8 | reserved, 0 |
 *
 * Where no record fits any more a file ends with: rest of the file (4), 0 (8),
 * blank magic (4). Source: TimerLog.
 */
import { getInt64, setInt64 } from '@rocketmq-ts/common';
import { MAX_INT32 } from '../numbers.js';
import { BLANK_MAGIC } from '../record-layout.js';

/** Bytes of a record. */
export const TIMER_RECORD_BYTES = 52;
/** What the mark at the end of a file takes. */
export const FILE_END_BYTES = 16;

/** Bits of a record's magic. Source: TimerMessageStore. */
export const TimerMagic = {
  DEFAULT: 1,
  /** The message is due later than the slot: it is put in anew then. */
  ROLL: 2,
  /** A mark that takes another message back. */
  DELETE: 4,
} as const;

const MAGIC_BITS = 0xf;
const MAGIC_POSITION = 12;

export interface TimerRecord {
  /** Position of the record before this one in its slot, −1 for the first. */
  readonly previous: number;
  readonly magic: number;
  readonly writeTimeMs: number;
  /** The slot, ms since the epoch. */
  readonly slotTimeMs: number;
  readonly physicalOffset: number;
  readonly sizeBytes: number;
  readonly topicHash: number;
}

/** Whether the record's message goes round once more. */
export function needsRoll({ magic }: TimerRecord): boolean {
  return (magic & TimerMagic.ROLL) !== 0;
}

/** Whether the record takes another message back, now: a mark that still rolls does not. */
export function deletesNow({ magic }: TimerRecord): boolean {
  return (magic & TimerMagic.DELETE) !== 0 && (magic & TimerMagic.ROLL) === 0;
}

/** What a record adds to the number of messages in its slot. */
export function countOf({ magic }: Pick<TimerRecord, 'magic'>): 1 | -1 {
  return (magic & TimerMagic.DELETE) === 0 ? 1 : -1;
}

/** Writes a record at `at`. */
export function writeTimerRecord(view: DataView, at: number, record: TimerRecord): void {
  view.setInt32(at, TIMER_RECORD_BYTES);
  setInt64(view, at + 4, record.previous);
  view.setInt32(at + MAGIC_POSITION, record.magic);
  setInt64(view, at + 16, record.writeTimeMs);
  view.setInt32(at + 24, record.slotTimeMs - record.writeTimeMs);
  setInt64(view, at + 28, record.physicalOffset);
  view.setInt32(at + 36, record.sizeBytes);
  view.setInt32(at + 40, record.topicHash);
  setInt64(view, at + 44, 0);
}

/** The record at `at`, of which 52 bytes must be there; undefined when these bytes can not be one. */
export function readTimerRecord(view: DataView, at: number): TimerRecord | undefined {
  const magic = view.getInt32(at + MAGIC_POSITION);
  if (view.getInt32(at) !== TIMER_RECORD_BYTES || (magic & ~MAGIC_BITS) !== 0) return undefined;
  const previous = getInt64(view, at + 4);
  const writeTimeMs = getInt64(view, at + 16);
  const slotTimeMs = writeTimeMs + view.getInt32(at + 24);
  const physicalOffset = getInt64(view, at + 28);
  const sizeBytes = view.getInt32(at + 36);
  const possible =
    isPosition(previous + 1) && isPosition(writeTimeMs) && isPosition(slotTimeMs) && isPosition(physicalOffset);
  if (!possible || sizeBytes <= 0) return undefined;
  return { previous, magic, writeTimeMs, slotTimeMs, physicalOffset, sizeBytes, topicHash: view.getInt32(at + 40) };
}

/** Whether the file ends at `at`, of which 16 bytes must be there. */
export function isFileEnd(view: DataView, at: number): boolean {
  return view.getInt32(at + MAGIC_POSITION) === BLANK_MAGIC;
}

/** Marks the end of a file that has `restBytes` left. */
export function writeFileEnd(view: DataView, at: number, restBytes: number): void {
  view.setInt32(at, Math.min(restBytes, MAX_INT32));
  setInt64(view, at + 4, 0);
  view.setInt32(at + MAGIC_POSITION, BLANK_MAGIC);
}

function isPosition(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
