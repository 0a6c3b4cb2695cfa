/**
 * A consume queue in RocksDB. The newest entries are in memory, as those of a
 * queue in files; they are written in batches, and older ones are read, without
 * blocking. Source: RocksDBConsumeQueue.
 */
import { bisectSlowly } from '../bisect.js';
import type { AppendOutcome, CqUnit, DispatchedMessage, EntryQueue, QueueContext } from '../consume-queue-interface.js';
import { QueueBase } from '../queue-base.js';
import { ENTRY_SIZE_BYTES, type QueueEntry, readEntry, writeEntry } from '../queue-entry.js';
import { EntryTable, type StoredEntry } from './entry-table.js';
import { ENTRY_VALUE_BYTES, type QueueEnd } from './queue-keys.js';
import type { QueueTables } from './queue-tables.js';

const FIRST_TAIL_ENTRIES = 8;
/** A gap beyond this is no lost message but nonsense in a record. */
const MAX_GAP_ENTRIES = 1_000_000;
const NOTHING = new Uint8Array(0);

/** What RocksDB says of a queue when the store is opened. */
export interface KnownEnds {
  readonly min: QueueEnd | undefined;
  readonly max: QueueEnd | undefined;
  /** Where the last message ends in the log. */
  readonly physicalEnd: number;
}

export class RocksDBConsumeQueue extends QueueBase implements EntryQueue {
  readonly type = 'RocksDBCQ';
  physicalEnd = 0;
  readonly #table: EntryTable;
  readonly #known: KnownEnds;
  /** Where the first message is in the log; −1 when that is not known. */
  #minPhysicalOffset = -1;
  #minIsWritten = false;
  #tail: Buffer = Buffer.alloc(0);
  /** Store times of the entries in `#tail`. */
  #times = new Float64Array(0);
  #tailBase = 0;
  /** Entries before this are in RocksDB. */
  #writtenOffset = 0;
  #writing: Promise<void> | undefined;
  #correcting = false;

  constructor(topic: string, queueId: number, tables: QueueTables, context: QueueContext, known: KnownEnds) {
    super(topic, queueId, context);
    this.#table = new EntryTable(tables, topic, queueId);
    this.#known = known;
  }

  get unwrittenBytes(): number {
    return (this.maxOffset - this.#writtenOffset) * ENTRY_VALUE_BYTES;
  }

  get tailBase(): number {
    return this.#tailBase;
  }

  get tail(): Uint8Array {
    return this.#tail;
  }

  get hasUnsynced(): boolean {
    return this.#writing !== undefined || this.#writtenOffset < this.maxOffset;
  }

  open(): void {
    const { min, max } = this.#known;
    if (max === undefined) return;
    this.#setEnd(max.queueOffset + 1);
    this.physicalEnd = this.#known.physicalEnd;
    this.minOffset = Math.min(min?.queueOffset ?? 0, this.maxOffset);
    this.#minIsWritten = min !== undefined;
    this.#minPhysicalOffset = min?.physicalOffset ?? -1;
    this.correctMinOffset(this.context.minPhysicalOffset);
  }

  hasOnDisk(offset: number): boolean {
    return offset <= (this.#known.max?.queueOffset ?? -1);
  }

  append(message: DispatchedMessage, queueOffset: number): AppendOutcome {
    const { physicalOffset, sizeBytes } = message;
    if (physicalOffset + sizeBytes <= this.physicalEnd || queueOffset < this.maxOffset) return 'known';
    let outcome: AppendOutcome = 'appended';
    if (queueOffset > this.maxOffset) {
      if (this.maxOffset === 0) {
        this.#setEnd(queueOffset);
        this.minOffset = queueOffset;
      } else {
        if (queueOffset - this.maxOffset > MAX_GAP_ENTRIES) return 'refused';
        while (this.maxOffset < queueOffset) this.#push(message);
        outcome = 'gap';
      }
    }
    this.#push(message);
    this.physicalEnd = physicalOffset + sizeBytes;
    if (this.nextOffset < this.maxOffset) this.nextOffset = this.maxOffset;
    return outcome;
  }

  inMemory(offset: number): boolean {
    return offset >= this.#tailBase;
  }

  /** Entries have no extension here, as in the reference. */
  extUnit(): undefined {
    return undefined;
  }

  async unitAt(offset: number): Promise<CqUnit | undefined> {
    return (await this.readUnits(offset, 1))[0];
  }

  async readUnits(offset: number, count: number): Promise<readonly CqUnit[]> {
    const bytes = await this.readEntries(offset, count);
    const units: CqUnit[] = [];
    for (let at = 0; at < bytes.length; at += ENTRY_SIZE_BYTES) {
      units.push({ ...readEntry(bytes, at), queueOffset: offset + units.length, messageCount: 1 });
    }
    return units;
  }

  async readEntries(offset: number, count: number): Promise<Uint8Array> {
    const end = Math.min(offset + count, this.maxOffset);
    if (offset < this.minOffset || end <= offset) return NOTHING;
    if (this.inMemory(offset)) {
      const at = (offset - this.#tailBase) * ENTRY_SIZE_BYTES;
      return Uint8Array.prototype.slice.call(this.#tail, at, at + (end - offset) * ENTRY_SIZE_BYTES);
    }
    return this.#table.read(offset, Math.min(end, this.#tailBase));
  }

  rollNextFile(offset: number): number {
    return offset + 1;
  }

  /** Begins to write; `datasync` waits for it and tells whether it failed. */
  writeOut(): void {
    this.#write().catch((error: Error) => this.context.writeFailed(this, error));
  }

  async datasync(): Promise<void> {
    const end = this.maxOffset;
    while (this.#writtenOffset < end && !this.isDestroyed) await this.#write();
  }

  /** Begins to; one after the other. */
  correctMinOffset(minPhysicalOffset: number): void {
    if (this.#correcting || this.#minPhysicalOffset >= minPhysicalOffset) return;
    this.#correcting = true;
    this.#correct(minPhysicalOffset)
      .catch((error: Error) => this.context.writeFailed(this, error))
      .finally(() => {
        this.#correcting = false;
      });
  }

  hasOldFiles(): boolean {
    return true;
  }

  deleteExpired(minPhysicalOffset: number): number {
    this.correctMinOffset(minPhysicalOffset);
    return 0;
  }

  async truncateTo(physicalEnd: number): Promise<void> {
    if (this.physicalEnd <= physicalEnd) return;
    await this.datasync();
    const end = await this.#firstOffset(({ physicalOffset, sizeBytes }) => physicalOffset + sizeBytes > physicalEnd);
    const newest = await this.#table.get(end - 1);
    await this.#table.deleteFrom(end);
    this.#setEnd(end);
    this.physicalEnd = newest === undefined ? 0 : newest.physicalOffset + newest.sizeBytes;
    this.minOffset = Math.min(this.minOffset, end);
    await this.#table.putEnds({ max: { physicalOffset: newest?.physicalOffset ?? 0, queueOffset: end - 1 } });
  }

  destroy(): void {
    this.isDestroyed = true;
    this.#setEnd(0);
    this.minOffset = 0;
    this.physicalEnd = 0;
    this.#table.clear().catch((error: Error) => this.context.writeFailed(this, error));
  }

  close(): void {
    // What is not written is made again from the log.
    this.isDestroyed = true;
  }

  override readonly toString = (): string => `${this.topic}/${this.queueId}/${this.maxOffset}`;

  #setEnd(offset: number): void {
    this.maxOffset = offset;
    this.nextOffset = offset;
    this.#tailBase = offset;
    this.#writtenOffset = offset;
    this.#tail = Buffer.alloc(0);
    this.#times = new Float64Array(0);
  }

  #push({ physicalOffset, sizeBytes, tagsCode, storeTimestamp }: DispatchedMessage): void {
    if (this.maxOffset - this.#tailBase === this.#times.length) this.#makeRoom();
    const index = this.maxOffset - this.#tailBase;
    writeEntry(this.#tail, index * ENTRY_SIZE_BYTES, physicalOffset, sizeBytes, tagsCode);
    this.#times[index] = storeTimestamp;
    this.maxOffset++;
  }

  #makeRoom(): void {
    const count = this.#times.length;
    const most = this.context.maxTailEntries;
    // What is not written must stay; it grows only while a write is under way or fails, and then the store stops.
    const drop = count >= most ? Math.max(0, Math.min(count >> 1, this.#writtenOffset - this.#tailBase)) : 0;
    if (count >= most) this.writeOut();
    const times = new Float64Array(drop > 0 ? count : Math.max(FIRST_TAIL_ENTRIES, count * 2));
    const tail = Buffer.allocUnsafe(times.length * ENTRY_SIZE_BYTES);
    times.set(this.#times.subarray(drop));
    tail.set(this.#tail.subarray(drop * ENTRY_SIZE_BYTES));
    this.#times = times;
    this.#tail = tail;
    this.#tailBase += drop;
  }

  /** Writes what is not written; one write at a time. */
  #write(): Promise<void> {
    this.#writing ??= this.#writeNow().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #writeNow(): Promise<void> {
    if (this.isDestroyed || this.#writtenOffset >= this.maxOffset) return;
    const end = this.maxOffset;
    const entries: StoredEntry[] = [];
    for (let queueOffset = this.#writtenOffset; queueOffset < end; queueOffset++) {
      const index = queueOffset - this.#tailBase;
      const storeTimestamp = this.#times[index]!;
      entries.push({ ...readEntry(this.#tail, index * ENTRY_SIZE_BYTES), queueOffset, storeTimestamp });
    }
    // First the entries, then what says that they are there.
    await this.#table.put(entries);
    const min = { physicalOffset: entries[0]!.physicalOffset, queueOffset: this.minOffset };
    const max = { physicalOffset: entries.at(-1)!.physicalOffset, queueOffset: end - 1 };
    await this.#table.putEnds(this.#minIsWritten ? { max } : { min, max });
    this.#minIsWritten = true;
    if (!this.isDestroyed) this.#writtenOffset = end;
  }

  /** Moves the first offset to the first message that is in the log, and deletes what comes before it. */
  async #correct(minPhysicalOffset: number): Promise<void> {
    if (this.isDestroyed || this.minOffset >= this.#writtenOffset) return;
    const min = await this.#firstOffset(({ physicalOffset }) => physicalOffset >= minPhysicalOffset);
    if (this.isDestroyed) return;
    const entry = min < this.#writtenOffset ? await this.#table.get(min) : undefined;
    const physicalOffset = entry?.physicalOffset ?? minPhysicalOffset;
    this.#minPhysicalOffset = physicalOffset;
    if (min <= this.minOffset) return;
    this.minOffset = min;
    await this.#table.putEnds({ min: { physicalOffset, queueOffset: min } });
    await this.#table.deleteBefore(min);
  }

  /** The first written offset for which the test holds, when it holds for all behind it; the end of what is written otherwise. */
  #firstOffset(test: (entry: QueueEntry) => boolean): Promise<number> {
    return bisectSlowly(this.minOffset, this.#writtenOffset, async (offset) => {
      const entry = await this.#table.get(offset);
      return entry === undefined || !test(entry);
    });
  }
}
