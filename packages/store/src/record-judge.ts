/**
 * Judges all records of a stretch of log at once: it can be done on another
 * thread, and need not be done again for each record that is read.
 */
import { findMagic, RecordBytes } from './record-bytes.js';
import { checkRecord, sizeOf } from './record-reader.js';

/** A block of a file of the log that is to be read. */
export interface WantedBlock {
  /** Of the open file. */
  readonly descriptor: number;
  /** In the file. */
  readonly position: number;
  /** Offset in the log of the first byte. */
  readonly physicalOffset: number;
  /** Takes what is read: as many bytes as there are. */
  readonly bytes: ArrayBuffer;
}

/** A block that was read. */
export interface JudgedBlock {
  readonly bytes: ArrayBuffer;
  /** Positions at which records begin that are whole in every respect; ascending. */
  readonly wholeAt: Uint32Array;
}

/** Reads blocks and judges their records elsewhere, while the caller does other things. */
export interface BlockReader {
  /**
   * Takes the memory of the block over and gives it back with what was read, or undefined when the block could not
   * be read. At once undefined, and the memory stays, when nobody has time for it. The file must stay open meanwhile.
   */
  read(block: WantedBlock): Promise<JudgedBlock | undefined> | undefined;
}

/** Finds the records that lie in the stretch as a whole; it begins at `physicalOffset` of the log. */
export function judgeRecords(bytes: Uint8Array, physicalOffset: number): Uint32Array {
  const data = new RecordBytes(bytes);
  const wholeAt: number[] = [];
  for (let at = findMagic(bytes, 0); at >= 0; ) {
    const check = { bodyCrc: true, physicalOffset: physicalOffset + at };
    if (checkRecord(data, at, bytes.length - at, check) === 'whole') {
      wholeAt.push(at);
      // The next one stands there, as a rule.
      at += sizeOf(data, at);
    } else at = findMagic(bytes, at + 1);
  }
  return Uint32Array.from(wholeAt);
}
