// A record that is copied to another log is told its new place.

import { crc32 } from 'node:zlib';
import { setInt64 } from '@rocketmq-ts/common';
import type { RecordBytes } from '../record-bytes.js';
import {
  CRC_PROPERTY_NAME,
  CRC_PROPERTY_SIZE_BYTES,
  NAME_VALUE_SEPARATOR,
  PHYSICAL_OFFSET_POSITION,
  PROPERTY_SEPARATOR,
} from '../record-layout.js';

const GUARD_START = Buffer.concat([Buffer.from(CRC_PROPERTY_NAME, 'latin1'), Buffer.of(NAME_VALUE_SEPARATOR)]);

/** Writes the place into the record at `at`, and brings the CRC that guards the whole record up to date, when it has one. */
export function setRecordPlace(data: RecordBytes, at: number, sizeBytes: number, physicalOffset: number): void {
  setInt64(data.view, at + PHYSICAL_OFFSET_POSITION, physicalOffset);
  const guard = at + sizeBytes - CRC_PROPERTY_SIZE_BYTES;
  if (!hasGuard(data.bytes, guard)) return;
  let rest = crc32(data.bytes.subarray(at, guard)) & 0x7fffffff;
  // Digits from the lowest on.
  for (let i = guard + GUARD_START.length; i < at + sizeBytes - 1; i++) {
    data.bytes[i] = 48 + (rest % 10);
    rest = Math.floor(rest / 10);
  }
}

function hasGuard(bytes: Uint8Array, guard: number): boolean {
  if (bytes[guard + CRC_PROPERTY_SIZE_BYTES - 1] !== PROPERTY_SEPARATOR) return false;
  return Buffer.compare(bytes.subarray(guard, guard + GUARD_START.length), GUARD_START) === 0;
}
