/** The hashes that are visible on the wire and on disk: Java's `hashCode`, the index's key hash, tag codes and CRC-32. */
import { crc32 as zlibCrc32 } from 'node:zlib';

/** Java's `String.hashCode`, a signed 32-bit number. */
export function javaHashCode(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return hash;
}

/** Java's `Long.hashCode` of a safe integer. */
export function javaLongHashCode(value: number): number {
  return Math.floor(value / 0x1_0000_0000) ^ (value | 0);
}

/** Hash of `topic#key` in an index file, never negative. Source: IndexFile#indexKeyHashMethod. */
export function indexKeyHash(key: string): number {
  const hash = Math.abs(javaHashCode(key));
  // The absolute value of the smallest int is negative in Java, and answered with 0.
  return hash > 0x7fff_ffff ? 0 : hash;
}

/** The number that stands for a message's tags in the consume queue; 0 without tags. Source: MessageExtBrokerInner#tagsString2tagsCode. */
export function tagsCode(tags: string | undefined): number {
  return tags === undefined ? 0 : javaHashCode(tags);
}

/** The queue for a hash: its absolute remainder. Source: SelectMessageQueueByHash. */
export function selectQueueByHash(hash: number, queueCount: number): number {
  return Math.abs(hash % queueCount);
}

/** Up to here the loop beats the call into zlib (measured on Node 20). */
const LOOP_LIMIT_BYTES = 48;

/** CRC-32 of `buffer[start, end)` without its sign bit, as messages carry it. Source: UtilAll#crc32. */
export function crc32(buffer: Uint8Array, start = 0, end = buffer.length): number {
  if (end - start > LOOP_LIMIT_BYTES) {
    return zlibCrc32(start === 0 && end === buffer.length ? buffer : buffer.subarray(start, end)) & 0x7fff_ffff;
  }
  let crc = -1;
  for (let i = start; i < end; i++) crc = CRC_TABLE[(crc ^ buffer[i]!) & 0xff]! ^ (crc >>> 8);
  return ~crc & 0x7fff_ffff;
}

const CRC_TABLE = crcTable();

function crcTable(): Int32Array {
  const table = new Int32Array(256);
  for (let i = 0; i < 256; i++) {
    let crc = i;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb8_8320 : crc >>> 1;
    table[i] = crc;
  }
  return table;
}
