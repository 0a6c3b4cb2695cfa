/**
 * What queue and index want to know of the records of a batch, between their
 * append and their commit: numbers in one array, so that a message of a batch
 * costs no object.
 */
import type { DispatchedMessage } from './consume-queue-interface.js';
import { type IndexKey, NO_KEY } from './index-key.js';
import type { IndexedMessage } from './index-service.js';
import type { PropertyPicks } from './property-picks.js';

/** Numbers kept of each record: size, tag code, and the index keys of its unique key and its tags. */
const SLOTS = 4;

type RecordsInCommon = Pick<
  RecordAtHand,
  'topic' | 'indexPrefix' | 'sysFlag' | 'physicalOffset' | 'queueOffset' | 'storeTimestamp'
>;

/** One record of several, as queue and index see it. One of these serves any number, one after the other. */
export class RecordAtHand implements IndexedMessage, DispatchedMessage {
  topic = '';
  indexPrefix: number | undefined = undefined;
  sysFlag = 0;
  physicalOffset = 0;
  sizeBytes = 0;
  queueOffset = 0;
  storeTimestamp = 0;
  tagsCode = 0;
  readonly messageCount = 1;
  uniqKey: IndexKey = NO_KEY;
  keys: string | undefined = undefined;
  tags: IndexKey = NO_KEY;
  filterBitMap: Uint8Array | undefined = undefined;

  /** Moves before the first record of a batch. */
  begin(batch: RecordsInCommon): void {
    this.topic = batch.topic;
    this.indexPrefix = batch.indexPrefix;
    this.sysFlag = batch.sysFlag;
    this.physicalOffset = batch.physicalOffset;
    this.sizeBytes = 0;
    this.queueOffset = batch.queueOffset - 1;
    this.storeTimestamp = batch.storeTimestamp;
  }
}

/** The records of one batch, in their order. */
export class BatchRecords {
  /** Records that were noted. */
  count = 0;
  /** An array of the engine's own: one outside of its heap costs more than all that is written to it. */
  readonly #numbers: number[];
  /** Both are sparse, and there only when a record has one: most have none. */
  #keys: (string | undefined)[] | undefined = undefined;
  #filterBitMaps: (Uint8Array | undefined)[] | undefined = undefined;

  constructor(limit: number) {
    this.#numbers = new Array<number>(limit * SLOTS);
  }

  /** Notes the next record. */
  add(
    sizeBytes: number,
    tagsCode: number,
    { uniqKey, keys, tags }: Pick<PropertyPicks, 'uniqKey' | 'keys' | 'tags'>,
    filterBitMap: Uint8Array | undefined,
  ): void {
    const index = this.count++;
    const numbers = this.#numbers;
    const at = index * SLOTS;
    numbers[at] = sizeBytes;
    numbers[at + 1] = tagsCode;
    numbers[at + 2] = uniqKey;
    numbers[at + 3] = tags;
    if (keys !== undefined) {
      this.#keys ??= [];
      this.#keys[index] = keys;
    }
    if (filterBitMap !== undefined) {
      this.#filterBitMaps ??= [];
      this.#filterBitMaps[index] = filterBitMap;
    }
  }

  /** Moves `record` from the record before `index` to that at `index`. */
  read(index: number, record: RecordAtHand): void {
    const numbers = this.#numbers;
    const at = index * SLOTS;
    record.physicalOffset += record.sizeBytes;
    record.queueOffset++;
    record.sizeBytes = numbers[at]!;
    record.tagsCode = numbers[at + 1]!;
    record.uniqKey = numbers[at + 2]!;
    record.tags = numbers[at + 3]!;
    record.keys = this.#keys?.[index];
    record.filterBitMap = this.#filterBitMaps?.[index];
  }

  tagsCodeAt(index: number): number {
    return this.#numbers[index * SLOTS + 1]!;
  }

  /** Where each record is, the first at `physicalOffset`. */
  physicalOffsets(physicalOffset: number): number[] {
    const offsets: number[] = [];
    let at = physicalOffset;
    for (let i = 0; i < this.count; i++) {
      offsets.push(at);
      at += this.#numbers[i * SLOTS]!;
    }
    return offsets;
  }
}
