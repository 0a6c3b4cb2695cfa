/**
 * Judges all records of a block of the log at once, and puts the messages of
 * each queue together: it can be done on another thread, and spares those who
 * read them a look at each.
 */

import type { Lender } from '@rocketmq-ts/common';
import { type JudgedRecords, RecordColumns } from './block-records.js';
import { QueueNumbers } from './queue-numbers.js';
import { findMagic, type RecordBytes } from './record-bytes.js';
import { checkRecord, queueOffsetOf, sizeOf } from './record-reader.js';

/** A block of a file of the log that is to be read. */
export interface WantedBlock {
  /** Of the open file. */
  readonly descriptor: number;
  /** In the file. */
  readonly position: number;
  readonly sizeBytes: number;
  /** Offset in the log of the first byte. */
  readonly physicalOffset: number;
}

/** A block that was read, in memory that is lent. */
export interface JudgedBlock {
  readonly bytes: Uint8Array;
  readonly records: JudgedRecords;
  readonly slot: Lender & {
    /** The block is not looked at any more, but for those who hold it. */
    giveBack(): void;
  };
}

/** Reads blocks and judges their records elsewhere, while the caller does other things. */
export interface BlockReader {
  /** Undefined when the block could not be read; at once, when nobody has time or memory for it. The file must stay open meanwhile. */
  read(block: WantedBlock): Promise<JudgedBlock | undefined> | undefined;
}

/** A block that was read, and the memory that it is copied to. */
export interface FillingBlock extends RecordBytes {
  /** Copies the bytes `[at, at + length)` of the block to a place there. */
  fill(at: number, place: number, length: number): void;
}

/** The whole records of a block, in the order of the log. */
interface FoundRecords {
  readonly starts: number[];
  readonly sizes: number[];
  /** The number of each one's queue: those that come first have the low ones. */
  readonly queues: number[];
  /** How many are of each queue, and their bytes. */
  readonly counts: number[];
  readonly queueBytes: number[];
  /** Nothing lies between them. */
  isGapless: boolean;
}

/**
 * Finds the whole records of the block, which begins at `physicalOffset` of the log, and fills its slot: with the
 * messages of each queue behind one another, so that they can be answered in one piece, or with the block as it is when
 * there is something else between its records.
 */
export function judgeRecords(block: FillingBlock, physicalOffset: number): JudgedRecords {
  const found = findRecords(block, physicalOffset);
  const { starts, sizes, isGapless } = found;
  const last = starts.length - 1;
  const movedFrom = last >= 0 && isGapless ? starts[0]! : 0;
  const movedTo = last >= 0 && isGapless ? starts[last]! + sizes[last]! : 0;
  block.fill(0, 0, movedFrom);
  block.fill(movedTo, movedTo, block.bytes.length - movedTo);
  return { columns: arrange(found, block).memory, movedFrom, movedTo };
}

function findRecords(data: RecordBytes, physicalOffset: number): FoundRecords {
  const found: FoundRecords = { starts: [], sizes: [], queues: [], counts: [], queueBytes: [], isGapless: true };
  const numbers = new QueueNumbers(data);
  let end = -1;
  for (let at = findMagic(data.bytes, 0); at >= 0; ) {
    const check = { bodyCrc: true, physicalOffset: physicalOffset + at };
    if (checkRecord(data, at, data.bytes.length - at, check) !== 'whole') {
      at = findMagic(data.bytes, at + 1);
      continue;
    }
    const sizeBytes = sizeOf(data, at);
    if (end >= 0 && at !== end) found.isGapless = false;
    add(found, at, sizeBytes, numbers.of(at));
    // The next one stands there, as a rule.
    at += sizeBytes;
    end = at;
  }
  return found;
}

function add({ starts, sizes, queues, counts, queueBytes }: FoundRecords, at: number, size: number, queue: number) {
  starts.push(at);
  sizes.push(size);
  queues.push(queue);
  counts[queue] = (counts[queue] ?? 0) + 1;
  queueBytes[queue] = (queueBytes[queue] ?? 0) + size;
}

/** Copies the records to their places, when they can have others, and notes all of them. */
function arrange(found: FoundRecords, block: FillingBlock): RecordColumns {
  const { starts, sizes, queues, isGapless } = found;
  const columns = new RecordColumns(RecordColumns.memory(starts.length));
  // Of each queue: the number and the place of its next record.
  const numbers = sumsBefore(found.counts, 0);
  const places = sumsBefore(found.queueBytes, starts[0] ?? 0);
  for (let i = 0; i < starts.length; i++) {
    const queue = queues[i]!;
    const start = starts[i]!;
    const size = sizes[i]!;
    const number = numbers[queue]!++;
    const place = isGapless ? places[queue]! : start;
    places[queue]! += size;
    if (isGapless) block.fill(start, place, size);
    columns.inLogOrder[i] = number;
    columns.origins[number] = start;
    columns.places[number] = place;
    columns.sizes[number] = size;
    columns.queues[number] = queue;
    columns.queueOffsets[number] = queueOffsetOf(block, start);
  }
  return columns;
}

/** For each the sum of those before it and `first`. */
function sumsBefore(values: readonly number[], first: number): number[] {
  let sum = first;
  return values.map((value) => {
    const before = sum;
    sum += value;
    return before;
  });
}
