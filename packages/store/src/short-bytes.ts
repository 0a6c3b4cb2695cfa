/**
 * Copies and sums of stretches of bytes that are so short that a call into the
 * runtime, and the view that it asks for, would cost more than the work.
 */
import { crc32 } from 'node:zlib';

/** From here on the runtime's copy is faster than a loop. */
const LONG_COPY_BYTES = 512;
/** From here on the runtime's CRC is faster, view and call included. */
export const LONG_CRC_BYTES = 256;
const POLYNOMIAL = 0xedb88320;
const WORD_BYTES = 8;
/** Of each byte what it adds to the CRC with 0 to 7 bytes behind it. */
const TABLES = crcTables();

/** Copies `length` bytes; the stretches must not overlap. */
export function copyBytes(from: DataView, at: number, to: DataView, toAt: number, length: number): void {
  if (length >= LONG_COPY_BYTES) {
    new Uint8Array(to.buffer, to.byteOffset + toAt, length).set(bytesOf(from, at, length));
    return;
  }
  let i = 0;
  for (; i <= length - 4; i += 4) to.setInt32(toAt + i, from.getInt32(at + i, true), true);
  for (; i < length; i++) to.setInt8(toAt + i, from.getInt8(at + i));
}

/** CRC-32 of the bytes in `[start, end)`, without its sign as records have it. */
export function crcOf(view: DataView, start: number, end: number): number {
  if (end - start >= LONG_CRC_BYTES) return crc32(bytesOf(view, start, end - start)) & 0x7fffffff;
  const tables = TABLES;
  let crc = -1;
  let at = start;
  // Eight bytes at a time: the look-ups do not wait for one another.
  for (; at <= end - WORD_BYTES; at += WORD_BYTES) {
    const low = crc ^ view.getInt32(at, true);
    const high = view.getInt32(at + 4, true);
    crc =
      tables[0x700 + (low & 0xff)]! ^
      tables[0x600 + ((low >>> 8) & 0xff)]! ^
      tables[0x500 + ((low >>> 16) & 0xff)]! ^
      tables[0x400 + (low >>> 24)]! ^
      tables[0x300 + (high & 0xff)]! ^
      tables[0x200 + ((high >>> 8) & 0xff)]! ^
      tables[0x100 + ((high >>> 16) & 0xff)]! ^
      tables[high >>> 24]!;
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ tables[(crc ^ view.getUint8(at)) & 0xff]!;
  return ~crc & 0x7fffffff;
}

function bytesOf(view: DataView, at: number, length: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + at, length);
}

function crcTables(): Int32Array {
  const tables = new Int32Array(WORD_BYTES * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ POLYNOMIAL;
    tables[byte] = crc;
  }
  for (let i = 256; i < tables.length; i++) {
    const shorter = tables[i - 256]!;
    tables[i] = (shorter >>> 8) ^ tables[shorter & 0xff]!;
  }
  return tables;
}
