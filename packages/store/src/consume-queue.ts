/**
 * One queue of a topic: where the log keeps each of its messages. The newest
 * entries are in memory and are written to the files in strokes, since all of
 * them can be made again from the log.
 */
import type { CqExtUnit } from '@rocketmq-ts/filter';
import type { AppendOutcome, CqUnit, DispatchedMessage, EntryQueue, QueueContext } from './consume-queue-interface.js';
import { offsetFileName } from './file-queue.js';
import { ENTRY_SIZE_BYTES, isPreBlank, type QueueEntry, readEntry, writeEntry } from './queue-entry.js';
import type { EntryCheck, QueueFiles } from './queue-files.js';

const FIRST_TAIL_ENTRIES = 8;
/** A gap beyond this is no lost message but nonsense in a record. */
const MAX_GAP_ENTRIES = 1_000_000;

/** Offsets count entries. Source: ConsumeQueue. */
export class ConsumeQueue implements EntryQueue {
  readonly type = 'SimpleCQ';
  readonly topic: string;
  readonly queueId: number;
  /** Offset that the next message gets; ahead of `maxOffset` by what is not committed yet. */
  nextOffset = 0;
  dirty = false;
  /** Entries that the manifest speaks of; 0 when it does not know the queue. */
  expectedMaxOffset = 0;

  readonly #files: QueueFiles<QueueEntry>;
  readonly #context: QueueContext;
  #minOffset = 0;
  #maxOffset = 0;
  /** Physical end of the newest entry: older ones are known. */
  #physicalEnd = 0;
  #tail: Buffer | undefined;
  /** Offset of the first entry in `#tail`. */
  #tailBase = 0;
  /** Entries before this are in the files. */
  #writtenOffset = 0;

  constructor(topic: string, queueId: number, files: QueueFiles<QueueEntry>, context: QueueContext) {
    this.topic = topic;
    this.queueId = queueId;
    this.#files = files;
    this.#context = context;
  }

  get minOffset(): number {
    return this.#minOffset;
  }

  get maxOffset(): number {
    return this.#maxOffset;
  }

  get physicalEnd(): number {
    return this.#physicalEnd;
  }

  get unwrittenBytes(): number {
    return (this.#maxOffset - this.#writtenOffset) * ENTRY_SIZE_BYTES;
  }

  get tailBase(): number {
    return this.#tailBase;
  }

  get tail(): Uint8Array {
    return this.#tail ?? EMPTY;
  }

  open(physicalLimit: number): void {
    const check: EntryCheck<QueueEntry> = {
      physicalLimit,
      expectedCount: this.expectedMaxOffset,
      fits: (offset, entry) => this.#fits(offset, entry),
    };
    const end = this.#context.manifestHolds ? this.#files.loadExpected(check) : this.#files.load(check);
    if (end === 0) return;
    this.#setEnd(end);
    this.#physicalEnd = endOf(this.#files.entryAt(end - 1));
    this.#minOffset = this.#files.minOffset;
    this.correctMinOffset(this.#context.minPhysicalOffset);
  }

  hasOldFiles(): boolean {
    return this.#files.hasSeveral();
  }

  hasOnDisk(offset: number): boolean {
    return this.#files.hasFileOf(offset);
  }

  /**
   * Adds the entry of a message that is in the log. Entries that are known are
   * skipped, so that a part of the log may be dispatched again. For messages
   * that are missing in between, the entry is repeated: it will not fit the log
   * there, which readers see and skip.
   */
  append(message: DispatchedMessage, queueOffset: number): AppendOutcome {
    const { physicalOffset, sizeBytes } = message;
    if (physicalOffset + sizeBytes <= this.#physicalEnd || queueOffset < this.#maxOffset) return 'known';
    let outcome: AppendOutcome = 'appended';
    if (queueOffset > this.#maxOffset) {
      if (this.#maxOffset === 0 && this.#files.isEmpty) this.#startAt(queueOffset);
      else {
        if (queueOffset - this.#maxOffset > MAX_GAP_ENTRIES) return 'refused';
        while (this.#maxOffset < queueOffset) this.#push(message);
        outcome = 'gap';
      }
    }
    this.#push(message);
    this.#physicalEnd = physicalOffset + sizeBytes;
    if (this.nextOffset < this.#maxOffset) this.nextOffset = this.#maxOffset;
    return outcome;
  }

  inMemory(offset: number): boolean {
    return offset >= this.#tailBase;
  }

  /** One entry, from memory or from its file; undefined when there is none. */
  unitAt(offset: number): CqUnit | undefined {
    if (offset < this.#minOffset) return undefined;
    const entry = this.inMemory(offset) ? this.#rawEntry(offset) : this.#files.resolvedAt(offset);
    return entry === undefined ? undefined : { ...entry, queueOffset: offset, messageCount: 1 };
  }

  async readUnits(offset: number, count: number): Promise<readonly CqUnit[]> {
    const bytes = await this.readEntries(offset, count);
    const units: CqUnit[] = [];
    for (let at = 0; at < bytes.length; at += ENTRY_SIZE_BYTES) {
      units.push({ ...readEntry(bytes, at), queueOffset: offset + units.length, messageCount: 1 });
    }
    return units;
  }

  /** A copy of up to `count` entries from `offset` on, not beyond the file that holds the first of them. */
  async readEntries(offset: number, count: number): Promise<Uint8Array> {
    const end = Math.min(offset + count, this.#maxOffset, this.#files.fileEndOf(offset));
    if (offset < this.#minOffset || end <= offset) return EMPTY;
    if (this.inMemory(offset)) {
      const at = (offset - this.#tailBase) * ENTRY_SIZE_BYTES;
      return Uint8Array.prototype.slice.call(this.#tail!, at, at + (end - offset) * ENTRY_SIZE_BYTES);
    }
    return this.#files.read(offset, Math.min(end, this.#tailBase));
  }

  extUnit(offset: number): CqExtUnit | undefined {
    return this.#files.extUnit(offset);
  }

  rollNextFile(offset: number): number {
    return this.#files.fileEndOf(offset);
  }

  writeOut(): void {
    while (this.#writtenOffset < this.#maxOffset) {
      const at = (this.#writtenOffset - this.#tailBase) * ENTRY_SIZE_BYTES;
      this.#writtenOffset = this.#files.write(this.#writtenOffset, this.#maxOffset, this.#tail!, at);
    }
  }

  get hasUnsynced(): boolean {
    return this.#files.hasUnsynced;
  }

  datasync(): Promise<void> {
    return this.#files.datasync();
  }

  /** Moves the first valid offset to the first entry that points into the log. Source: ConsumeQueue#correctMinOffset. */
  correctMinOffset(minPhysicalOffset: number): void {
    let low = Math.max(this.#minOffset, this.#files.minOffset);
    let high = this.#maxOffset;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const entry = this.#rawEntry(middle);
      const gone = entry === undefined || isPreBlank(entry) || entry.physicalOffset < minPhysicalOffset;
      if (gone) low = middle + 1;
      else high = middle;
    }
    this.#minOffset = low;
  }

  /** Deletes the files, all but the last, that hold only entries of deleted messages; answers how many. */
  deleteExpired(minPhysicalOffset: number): number {
    let count = 0;
    for (let end = this.#files.firstFileEnd; end !== undefined; end = this.#files.firstFileEnd) {
      const newest = this.#rawEntry(end - 1);
      if (newest === undefined || newest.physicalOffset >= minPhysicalOffset) break;
      this.#files.removeFirst();
      count++;
    }
    this.correctMinOffset(minPhysicalOffset);
    this.#files.forgetBefore(this.#minOffset);
    return count;
  }

  truncateTo(physicalEnd: number): void {
    while (this.#maxOffset > this.#minOffset && this.#physicalEnd > physicalEnd) this.#dropLast();
  }

  #dropLast(): void {
    this.#setEnd(this.#maxOffset - 1);
    this.#physicalEnd = this.#maxOffset > 0 ? endOf(this.#rawEntry(this.#maxOffset - 1)) : 0;
    this.#minOffset = Math.min(this.#minOffset, this.#maxOffset);
  }

  destroy(): void {
    this.#files.destroy();
    this.#setEnd(0);
    this.#minOffset = 0;
    this.#physicalEnd = 0;
    this.nextOffset = 0;
  }

  close(): void {
    this.#files.close();
  }

  #setEnd(offset: number): void {
    this.#maxOffset = offset;
    this.nextOffset = offset;
    this.#tailBase = offset;
    this.#writtenOffset = offset;
    this.#tail = undefined;
    this.#files.setEnd(offset);
  }

  /** The first entry of a queue that starts late: what comes before it in its file is filled when it is written. */
  #startAt(queueOffset: number): void {
    this.#setEnd(queueOffset);
    this.#minOffset = queueOffset;
  }

  #push(message: DispatchedMessage): void {
    let at = (this.#maxOffset - this.#tailBase) * ENTRY_SIZE_BYTES;
    if (this.#tail === undefined || at === this.#tail.length) {
      this.#makeRoom();
      at = (this.#maxOffset - this.#tailBase) * ENTRY_SIZE_BYTES;
    }
    writeEntry(this.#tail!, at, message.physicalOffset, message.sizeBytes, message.tagsCode);
    this.#files.note(message);
    this.#maxOffset++;
  }

  #makeRoom(): void {
    const tail = this.#tail;
    if (tail === undefined) {
      this.#tail = Buffer.allocUnsafe(FIRST_TAIL_ENTRIES * ENTRY_SIZE_BYTES);
      return;
    }
    const entries = tail.length / ENTRY_SIZE_BYTES;
    if (entries >= this.#context.maxTailEntries && this.#tryWriteOut()) {
      const keep = entries >> 1;
      tail.copyWithin(0, (entries - keep) * ENTRY_SIZE_BYTES);
      this.#tailBase += entries - keep;
      return;
    }
    const grown = Buffer.allocUnsafe(tail.length * 2);
    grown.set(tail);
    this.#tail = grown;
  }

  #tryWriteOut(): boolean {
    try {
      this.writeOut();
      return true;
    } catch (error) {
      // The entries stay in memory; the store stops taking messages, so that they do not grow without bound.
      this.#context.writeFailed(this, error as Error);
      return false;
    }
  }

  #rawEntry(offset: number): QueueEntry | undefined {
    if (offset >= this.#maxOffset) return undefined;
    if (offset >= this.#tailBase) return readEntry(this.#tail!, (offset - this.#tailBase) * ENTRY_SIZE_BYTES);
    return this.#files.entryAt(offset);
  }

  #fits(offset: number, entry: QueueEntry): boolean {
    // What lies before the log cannot be compared any more.
    if (isPreBlank(entry) || entry.physicalOffset < this.#context.minPhysicalOffset) return true;
    return this.#context.fits(this, offset, entry);
  }

  toString(): string {
    return `${this.topic}/${this.queueId}/${offsetFileName(this.#maxOffset * ENTRY_SIZE_BYTES)}`;
  }
}

/** Physical end of the entry's record; 0 for filler and for none. */
function endOf(entry: QueueEntry | undefined): number {
  return entry === undefined || isPreBlank(entry) ? 0 : entry.physicalOffset + entry.sizeBytes;
}

const EMPTY = new Uint8Array(0);
