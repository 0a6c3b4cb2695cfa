/**
 * The first 40 bytes of an index file.
 *
 * | at | size | field |
 * | --- | --- | --- |
 * | 0 | 8 | begin timestamp |
 * | 8 | 8 | end timestamp |
 * | 16 | 8 | begin physical offset |
 * | 24 | 8 | end physical offset |
 * | 32 | 4 | used slots |
 * | 36 | 4 | number of the next entry; the first is 1 |
 *
 * Source: IndexHeader.
 */
import { type FileHandle, getInt64, setInt64 } from '@rocketmq-ts/common';

/** Where the slots begin. */
export const INDEX_HEADER_SIZE_BYTES = 40;

/** The numbers of the header: times in ms since the epoch, of the first and the last message that put a key. */
export interface IndexHeader {
  beginTimestamp: number;
  endTimestamp: number;
  beginPhysicalOffset: number;
  endPhysicalOffset: number;
  usedSlots: number;
  /** Number of the next entry. */
  nextEntry: number;
}

/** Reads the header as it is: see `IndexFile.isPlausible`. A new file of zeros is one without entries. */
export function readIndexHeader(handle: FileHandle): IndexHeader {
  const bytes = new Uint8Array(INDEX_HEADER_SIZE_BYTES);
  handle.readSync(bytes, 0, bytes.length, 0);
  const view = new DataView(bytes.buffer);
  return {
    beginTimestamp: getInt64(view, 0),
    endTimestamp: getInt64(view, 8),
    beginPhysicalOffset: getInt64(view, 16),
    endPhysicalOffset: getInt64(view, 24),
    usedSlots: view.getInt32(32),
    nextEntry: Math.max(1, view.getInt32(36)),
  };
}

/** Writes the header in one stroke. Durable after `datasync`. */
export function writeIndexHeader(handle: FileHandle, header: IndexHeader): void {
  const view = new DataView(new ArrayBuffer(INDEX_HEADER_SIZE_BYTES));
  setInt64(view, 0, header.beginTimestamp);
  setInt64(view, 8, header.endTimestamp);
  setInt64(view, 16, header.beginPhysicalOffset);
  setInt64(view, 24, header.endPhysicalOffset);
  view.setInt32(32, header.usedSlots);
  view.setInt32(36, header.nextEntry);
  handle.writeSync(new Uint8Array(view.buffer), 0, INDEX_HEADER_SIZE_BYTES, 0);
}
