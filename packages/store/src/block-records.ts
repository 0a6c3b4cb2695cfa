/**
 * What is known of the records of a block of the log since they were judged, as
 * columns of numbers: it crosses threads in one piece, and answers whether a
 * record is wanted without a look at the record itself.
 */
import { ENTRY_SIZE_BYTES, entryPhysicalOffset, entrySize } from './queue-entry.js';
import type { RecordBytes } from './record-bytes.js';
import { headBelongs, topicBelongs } from './record-reader.js';

/** The columns, in the order in which they lie in memory: first that of eight bytes a record, then those of four. */
const LONG_COLUMNS = 1;
const SHORT_COLUMNS = 5;
const BYTES_PER_RECORD = LONG_COLUMNS * 8 + SHORT_COLUMNS * 4;

/** One column an attribute; place `i` of each is record `i`. Records stand in the order of their places in memory. */
export class RecordColumns {
  /** Offset in its queue. */
  readonly queueOffsets: Float64Array;
  /** Where the record lies in the block's memory. */
  readonly places: Uint32Array;
  /** Where it lies in the log, from the start of the block. */
  readonly origins: Uint32Array;
  readonly sizes: Uint32Array;
  /** Number of its queue among those of the block. */
  readonly queues: Uint32Array;
  /** Numbers of the records in the order of the log. */
  readonly inLogOrder: Uint32Array;

  /** Over memory that `RecordColumns.memory` gave, here or on another thread. */
  constructor(memory: ArrayBuffer) {
    const count = memory.byteLength / BYTES_PER_RECORD;
    const column = (index: number) => new Uint32Array(memory, count * (LONG_COLUMNS * 8 + index * 4), count);
    this.queueOffsets = new Float64Array(memory, 0, count);
    this.places = column(0);
    this.origins = column(1);
    this.sizes = column(2);
    this.queues = column(3);
    this.inLogOrder = column(4);
  }

  /** Memory for the columns of `count` records. */
  static memory(count: number): ArrayBuffer {
    return new ArrayBuffer(count * BYTES_PER_RECORD);
  }

  get memory(): ArrayBuffer {
    return this.queueOffsets.buffer as ArrayBuffer;
  }
}

/** What was found out about the records of a block. */
export interface JudgedRecords {
  /** Memory of `RecordColumns`: the records that are whole in every respect. */
  readonly columns: ArrayBuffer;
  /** Stretch, from the start of the block, in which records were put in another order; empty when they were not. */
  readonly movedFrom: number;
  readonly movedTo: number;
}

/** The whole records of a block that was read, which may lie there in another order than in the log. */
export class BlockRecords {
  readonly #columns: RecordColumns;
  readonly #data: RecordBytes;
  /** Stretch of the log, from the start of the block, whose bytes lie elsewhere. */
  readonly #movedFrom: number;
  readonly #movedTo: number;
  /** The one found last: mostly its successor is looked for. */
  #last = 0;
  /** The queue that was compared last, and its number. */
  #topicBytes: Uint8Array | undefined;
  #queueId = -1;
  #queue = -1;

  constructor(data: RecordBytes, { columns, movedFrom, movedTo }: JudgedRecords) {
    this.#data = data;
    this.#columns = new RecordColumns(columns);
    this.#movedFrom = movedFrom;
    this.#movedTo = movedTo;
  }

  /** Number of the record that lies at `origin` of the log's block and has this size; -1 when there is none that is whole. */
  find(origin: number, sizeBytes: number): number {
    const { origins, sizes, inLogOrder } = this.#columns;
    let found = this.#last + 1;
    if (origins[found] !== origin) {
      let low = 0;
      let high = inLogOrder.length - 1;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (origins[inLogOrder[middle]!]! < origin) low = middle + 1;
        else high = middle;
      }
      found = high < 0 ? -1 : inLogOrder[low]!;
      if (origins[found] !== origin) return -1;
    }
    this.#last = found;
    return sizes[found] === sizeBytes ? found : -1;
  }

  /** Where record `index` lies in memory. */
  placeOf(index: number): number {
    return this.#columns.places[index]!;
  }

  /** True when the bytes `[from, to)` of the log's block lie in memory as they do there. */
  areInPlace(from: number, to: number): boolean {
    return to <= this.#movedFrom || from >= this.#movedTo;
  }

  /** True when record `index` is the message `queueOffset` of the queue. */
  belongs(index: number, topicBytes: Uint8Array, queueId: number, queueOffset: number): boolean {
    const { queues, queueOffsets, places } = this.#columns;
    if (queueOffsets[index] !== queueOffset) return false;
    const queue = queues[index]!;
    if (queue !== this.#queue || queueId !== this.#queueId || topicBytes !== this.#topicBytes) {
      const at = places[index]!;
      if (!headBelongs(this.#data, at, queueId, queueOffset) || !topicBelongs(this.#data, at, topicBytes)) return false;
      this.#topicBytes = topicBytes;
      this.#queueId = queueId;
      this.#queue = queue;
    }
    return true;
  }

  /**
   * How many records behind record `index` are the next messages of its queue, as the entries behind that at `at` say,
   * and lie behind one another in memory: at most `maxCount`, of `maxBytes` in all.
   */
  countFollowing(index: number, entries: Uint8Array, at: number, maxCount: number, maxBytes: number): number {
    const { queues, queueOffsets, places, origins, sizes } = this.#columns;
    const queue = queues[index]!;
    const shift = entryPhysicalOffset(entries, at) - origins[index]!;
    let bytes = 0;
    let count = 0;
    while (count < maxCount) {
      const previous = index + count;
      const next = previous + 1;
      const entry = at + (count + 1) * ENTRY_SIZE_BYTES;
      const sizeBytes = sizes[next]!;
      bytes += sizeBytes;
      if (
        queues[next] !== queue ||
        bytes > maxBytes ||
        queueOffsets[next] !== queueOffsets[previous]! + 1 ||
        places[next] !== places[previous]! + sizes[previous]! ||
        entrySize(entries, entry) !== sizeBytes ||
        entryPhysicalOffset(entries, entry) !== shift + origins[next]!
      ) {
        break;
      }
      count++;
    }
    if (count > 0) this.#last = index + count;
    return count;
  }

  /** Bytes of `count` records from record `index` on, which lie behind one another. */
  bytesOf(index: number, count: number): number {
    const { places, sizes } = this.#columns;
    const last = index + count - 1;
    return places[last]! + sizes[last]! - places[index]!;
  }
}
