/**
 * The extension of a queue entry: size (2), tag hash (8), store time in ms (8),
 * size of the bit map (2), bit map. Where one does not fit any more, −1 in place
 * of the size ends the file. In the entry, the tag hash gives way to the
 * unit's place, as a number below all tag hashes: the smallest int64 plus the
 * place. Source: ConsumeQueueExt, CqExtUnit.
 */
import type { CqExtUnit } from '@rocketmq-ts/filter';
import { readInt32, readInt64, writeInt32, writeInt64 } from './queue-entry.js';

/** Bytes of a unit without a bit map. */
export const MIN_EXT_UNIT_BYTES = 20;
/** The size is an int16. */
export const MAX_EXT_UNIT_BYTES = 32767;
/** Bytes that stay free at the end of a file at least. */
export const EXT_END_BYTES = 4;
/** Numbers below are places of units. Source: ConsumeQueueExt#MAX_ADDR. */
export const MIN_TAGS_CODE = -2_147_483_648;

const TWO_POW_32 = 0x1_0000_0000;
const MIN_INT32 = -2_147_483_648;

/** A unit, decoded. */
export interface ExtUnit extends CqExtUnit {
  readonly sizeBytes: number;
  readonly tagsCode: number;
}

/** Bytes of the unit with this bit map. */
export function extUnitSize(bitMap: Uint8Array | undefined): number {
  return MIN_EXT_UNIT_BYTES + (bitMap?.length ?? 0);
}

/** Writes a unit at `at`. */
export function writeExtUnit(
  buffer: Uint8Array,
  at: number,
  unit: { readonly tagsCode: number; readonly storeTimestamp: number; readonly filterBitMap?: Uint8Array | undefined },
): void {
  const bitMap = unit.filterBitMap;
  const bits = bitMap?.length ?? 0;
  writeInt16(buffer, at, MIN_EXT_UNIT_BYTES + bits);
  writeInt64(buffer, at + 2, unit.tagsCode);
  writeInt64(buffer, at + 10, unit.storeTimestamp);
  writeInt16(buffer, at + 18, bits);
  if (bitMap !== undefined) buffer.set(bitMap, at + MIN_EXT_UNIT_BYTES);
}

/** The unit at `at`, its bit map as a view; undefined when none stands there whole. */
export function readExtUnit(buffer: Uint8Array, at: number): ExtUnit | undefined {
  if (at < 0 || at + MIN_EXT_UNIT_BYTES > buffer.length) return undefined;
  const sizeBytes = readInt16(buffer, at);
  const bits = readInt16(buffer, at + 18);
  if (bits < 0 || sizeBytes !== MIN_EXT_UNIT_BYTES + bits || at + sizeBytes > buffer.length) return undefined;
  const start = at + MIN_EXT_UNIT_BYTES;
  return {
    sizeBytes,
    tagsCode: readInt64(buffer, at + 2),
    msgStoreTime: readInt64(buffer, at + 10),
    filterBitMap: bits === 0 ? undefined : buffer.subarray(start, start + bits),
  };
}

/** Writes the place of a unit where an entry at `at` has its tag hash. */
export function writeExtPlace(buffer: Uint8Array, at: number, place: number): void {
  writeInt32(buffer, at + 12, MIN_INT32 + Math.floor(place / TWO_POW_32));
  writeInt32(buffer, at + 16, place | 0);
}

/** The place that the entry at `at` has in place of a tag hash, or -1 when it has none. */
export function readExtPlace(buffer: Uint8Array, at: number): number {
  const high = readInt32(buffer, at + 12);
  const low = readInt32(buffer, at + 16) >>> 0;
  if (high > -1 || (high === -1 && low >= 0x8000_0000)) return -1;
  const place = (high - MIN_INT32) * TWO_POW_32 + low;
  return Number.isSafeInteger(place) ? place : -1;
}

function writeInt16(buffer: Uint8Array, at: number, value: number): void {
  buffer[at] = value >>> 8;
  buffer[at + 1] = value;
}

function readInt16(buffer: Uint8Array, at: number): number {
  return ((buffer[at]! << 24) | (buffer[at + 1]! << 16)) >> 16;
}
