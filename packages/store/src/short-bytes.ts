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
/** Of each byte what it adds to the CRC with 0 to 7 bytes behind it: eight tables of 256. */
export const CRC_TABLES: Int32Array = crcTables();

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

/** As `copyBytes`; answers the CRC-32 of the bytes, without its sign as records have it. */
export function copyWithCrc(from: DataView, at: number, to: DataView, toAt: number, length: number): number {
  if (length >= LONG_CRC_BYTES) {
    copyBytes(from, at, to, toAt, length);
    return crc32(bytesOf(to, toAt, length)) & 0x7fffffff;
  }
  let crc = -1;
  let i = 0;
  for (; i <= length - WORD_BYTES; i += WORD_BYTES) {
    const low = from.getInt32(at + i, true);
    const high = from.getInt32(at + i + 4, true);
    to.setInt32(toAt + i, low, true);
    to.setInt32(toAt + i + 4, high, true);
    crc = continued(crc, low, high);
  }
  for (; i < length; i++) {
    const byte = from.getUint8(at + i);
    to.setUint8(toAt + i, byte);
    crc = (crc >>> 8) ^ CRC_TABLES[(crc ^ byte) & 0xff]!;
  }
  return ~crc & 0x7fffffff;
}

/** CRC-32 of the bytes in `[start, end)`, without its sign as records have it. */
export function crcOf(view: DataView, start: number, end: number): number {
  if (end - start >= LONG_CRC_BYTES) return crc32(bytesOf(view, start, end - start)) & 0x7fffffff;
  let crc = -1;
  let at = start;
  for (; at <= end - WORD_BYTES; at += WORD_BYTES) {
    crc = continued(crc, view.getInt32(at, true), view.getInt32(at + 4, true));
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ CRC_TABLES[(crc ^ view.getUint8(at)) & 0xff]!;
  return ~crc & 0x7fffffff;
}

/** The CRC with eight bytes more: the look-ups do not wait for one another. */
function continued(crc: number, first: number, high: number): number {
  const low = crc ^ first;
  return (
    CRC_TABLES[0x700 + (low & 0xff)]! ^
    CRC_TABLES[0x600 + ((low >>> 8) & 0xff)]! ^
    CRC_TABLES[0x500 + ((low >>> 16) & 0xff)]! ^
    CRC_TABLES[0x400 + (low >>> 24)]! ^
    CRC_TABLES[0x300 + (high & 0xff)]! ^
    CRC_TABLES[0x200 + ((high >>> 8) & 0xff)]! ^
    CRC_TABLES[0x100 + ((high >>> 16) & 0xff)]! ^
    CRC_TABLES[high >>> 24]!
  );
}

/** Where the byte is in `[start, end)`; `end` when it is not there. */
export function findByte(view: DataView, byte: number, start: number, end: number): number {
  const pattern = Math.imul(byte, 0x01010101);
  let at = start;
  // Four bytes at a time: one of them is what is looked for when it leaves a zero.
  for (; at <= end - 4; at += 4) {
    const word = view.getInt32(at, true) ^ pattern;
    if (((word - 0x01010101) & ~word & 0x80808080) !== 0) break;
  }
  while (at < end && view.getUint8(at) !== byte) at++;
  return at;
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
