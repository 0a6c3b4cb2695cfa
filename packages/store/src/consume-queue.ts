/**
 * One queue of a topic: where the log keeps each of its messages. The newest
 * entries are in memory and are written to the files in strokes, since all of
 * them can be made again from the log.
 */
import type { CqExtUnit } from '@rocketmq-ts/filter';
import { bisect } from './bisect.js';
import type { AppendOutcome, CqUnit, DispatchedMessage, EntryQueue, QueueContext } from './consume-queue-interface.js';
import { EntryTail } from './entry-tail.js';
import { offsetFileName } from './file-queue.js';
import { QueueBase } from './queue-base.js';
import { ENTRY_SIZE_BYTES, isPreBlank, physicalEndOf, type QueueEntry, readEntries } from './queue-entry.js';
import type { QueueFiles } from './queue-files.js';
import type { QueueStroke, StrokeAim } from './queue-stroke.js';
import type { EntryCheck } from './valid-entries.js';

/** A gap beyond this is no lost message but nonsense in a record. */
const MAX_GAP_ENTRIES = 1_000_000;

/** Offsets count entries. Source: ConsumeQueue. */
export class ConsumeQueue extends QueueBase implements EntryQueue {
  readonly type = 'SimpleCQ';

  readonly #files: QueueFiles<QueueEntry>;
  /** Most files do not care, and with thousands of queues each object that is looked at costs a wait for memory. */
  readonly #areFilesTold: boolean;
  readonly #tail = new EntryTail();
  /** Entries before this are in the files. */
  #writtenOffset = 0;
  /** `physicalEnd` while the tail is empty. */
  #endBeforeTail = 0;

  constructor(topic: string, queueId: number, files: QueueFiles<QueueEntry>, context: QueueContext) {
    super(topic, queueId, context);
    this.#files = files;
    this.#areFilesTold = files.note !== undefined;
  }

  /** Told by the newest entry: a number of its own that large would lie somewhere else in memory, and be written with each message. */
  get physicalEnd(): number {
    const tail = this.#tail;
    return this.maxOffset > tail.base ? tail.physicalEndAt(this.maxOffset - 1) : this.#endBeforeTail;
  }

  get unwrittenBytes(): number {
    return (this.maxOffset - this.#writtenOffset) * ENTRY_SIZE_BYTES;
  }

  get tailBase(): number {
    return this.#tail.base;
  }

  get tail(): Uint8Array {
    return this.#tail.bytes;
  }

  open(physicalLimit: number): void {
    const check: EntryCheck<QueueEntry> = {
      physicalLimit,
      expectedCount: this.expectedMaxOffset,
      fits: (offset, entry) => this.#fits(offset, entry),
    };
    const end = this.context.manifestHolds ? this.#files.loadExpected(check) : this.#files.load(check);
    if (end === 0) return;
    this.#setEnd(end);
    this.minOffset = this.#files.minOffset;
    this.#endBeforeTail = this.#newestEnd();
    this.correctMinOffset(this.context.minPhysicalOffset);
  }

  hasOldFiles(): boolean {
    return this.#files.hasSeveral();
  }

  /** What its files lack is seen and made up for when it is opened: there may be too many queues to look at them all. */
  hasOnDisk(): boolean {
    return true;
  }

  /**
   * Adds the entry of a message that is in the log. Entries that are known are
   * skipped, so that a part of the log may be dispatched again. For messages
   * that are missing in between, the entry is repeated: it will not fit the log
   * there, which readers see and skip.
   */
  append(message: DispatchedMessage, queueOffset: number): AppendOutcome {
    const { physicalOffset, sizeBytes } = message;
    if (this.isDestroyed) return 'refused';
    if (physicalOffset + sizeBytes <= this.physicalEnd) return 'known';
    if (queueOffset < this.maxOffset) this.#startAgain(queueOffset);
    let outcome: AppendOutcome = 'appended';
    if (queueOffset > this.maxOffset) {
      if (this.#hasNothingInLog) this.#startAt(queueOffset);
      else {
        if (queueOffset - this.maxOffset > MAX_GAP_ENTRIES) return 'refused';
        while (this.maxOffset < queueOffset) this.#push(message);
        outcome = 'gap';
      }
    }
    this.#push(message);
    if (this.nextOffset < this.maxOffset) this.nextOffset = this.maxOffset;
    return outcome;
  }

  inMemory(offset: number): boolean {
    return offset >= this.#tail.base;
  }

  /** One entry, from memory or from its file; undefined when there is none. */
  unitAt(offset: number): CqUnit | undefined {
    if (offset < this.minOffset) return undefined;
    const entry = this.inMemory(offset) ? this.#rawEntry(offset) : this.#files.resolvedAt(offset);
    return entry === undefined ? undefined : { ...entry, queueOffset: offset, messageCount: 1 };
  }

  async readUnits(offset: number, count: number): Promise<readonly CqUnit[]> {
    const entries = readEntries(await this.readEntries(offset, count));
    return entries.map((entry, i) => ({ ...entry, queueOffset: offset + i, messageCount: 1 }));
  }

  /** A copy of up to `count` entries from `offset` on, not beyond the file that holds the first of them. */
  async readEntries(offset: number, count: number): Promise<Uint8Array> {
    const end = Math.min(offset + count, this.maxOffset, this.#files.fileEndOf(offset));
    if (offset < this.minOffset || end <= offset) return EMPTY;
    if (this.inMemory(offset)) return this.#tail.copy(offset, end);
    return this.#files.read(offset, Math.min(end, this.#tail.base));
  }

  extUnit(offset: number): CqExtUnit | undefined {
    return this.#files.extUnit(offset);
  }

  rollNextFile(offset: number): number {
    return this.#files.fileEndOf(offset);
  }

  writeOut(): void {
    // Nothing of it is in the log: filler keeps where it ends.
    if (this.#writtenOffset === this.maxOffset && this.maxOffset > 0) this.#files.fillEmpty(this.maxOffset);
    while (this.#writtenOffset < this.maxOffset) {
      const at = this.#tail.positionOf(this.#writtenOffset);
      this.#writtenOffset = this.#files.write(this.#writtenOffset, this.maxOffset, this.#tail.bytes, at);
    }
  }

  stroke(aim: StrokeAim): QueueStroke | undefined {
    const [from, end] = [this.#writtenOffset, this.maxOffset];
    if (from === end) return aim === 'durable' ? this.#files.flushStroke() : undefined;
    return this.#files.stroke(from, end, this.#tail.bytes, this.#tail.positionOf(from), () => {
      this.#writtenOffset = end;
    });
  }

  override touch(): number {
    const { bytes } = this.#tail;
    const at = this.#tail.positionOf(this.maxOffset);
    return this.topic.length + (this.dirty ? 1 : 0) + (at < bytes.length ? bytes[at]! : 0);
  }

  settle(): void {
    this.#files.settle();
  }

  get hasUnsynced(): boolean {
    return this.#files.hasUnsynced;
  }

  datasync(): Promise<void> {
    return this.#files.datasync();
  }

  /** Moves the first valid offset to the first entry that points into the log. Source: ConsumeQueue#correctMinOffset. */
  correctMinOffset(minPhysicalOffset: number): void {
    const first = Math.max(this.minOffset, this.#files.minOffset);
    const gone = bisect(Math.max(0, this.maxOffset - first), (i) => {
      const entry = this.#rawEntry(first + i);
      return entry === undefined || isPreBlank(entry) || entry.physicalOffset < minPhysicalOffset;
    });
    this.minOffset = first + gone;
  }

  /** Deletes the files, all but the last, that hold only entries of deleted messages; answers how many. */
  deleteExpired(minPhysicalOffset: number): number {
    const count = this.#files.removeWhile((newest) => newest.physicalOffset < minPhysicalOffset);
    this.correctMinOffset(minPhysicalOffset);
    this.#files.forgetBefore(this.minOffset);
    return count;
  }

  truncateTo(physicalEnd: number): void {
    if (this.maxOffset <= this.minOffset || this.physicalEnd <= physicalEnd) return;
    this.writeOut();
    while (this.maxOffset > this.minOffset && this.physicalEnd > physicalEnd) {
      this.#setEnd(this.maxOffset - 1);
      this.#endBeforeTail = this.#newestEnd();
    }
    this.#files.cut(this.maxOffset);
  }

  /**
   * A younger message has the number of an older one: the topic was deleted and made again, or the entries from there
   * on are damaged. The log is right.
   */
  #startAgain(queueOffset: number): void {
    this.writeOut();
    this.#files.cut(queueOffset);
    this.#setEnd(queueOffset);
    this.minOffset = Math.min(this.minOffset, queueOffset);
  }

  #newestEnd(): number {
    return this.maxOffset > 0 ? physicalEndOf(this.#rawEntry(this.maxOffset - 1)) : 0;
  }

  skipTo(offset: number): void {
    const newest = this.#hasNothingInLog ? undefined : this.#rawEntry(this.maxOffset - 1);
    if (newest === undefined) this.#startAt(offset);
    else if (offset - this.maxOffset > MAX_GAP_ENTRIES) return;
    while (this.maxOffset < offset) this.#push({ ...newest!, storeTimestamp: 0, messageCount: 1 });
    this.nextOffset = Math.max(this.nextOffset, offset);
  }

  destroy(): void {
    this.isDestroyed = true;
    this.#files.destroy();
    this.#setEnd(0);
    this.minOffset = 0;
    this.#endBeforeTail = 0;
  }

  close(): void {
    this.#files.close();
  }

  #setEnd(offset: number): void {
    this.#endBeforeTail = this.physicalEnd;
    this.maxOffset = offset;
    this.nextOffset = offset;
    this.#tail.reset(offset);
    this.#writtenOffset = offset;
    this.#files.setEnd(offset);
  }

  /** The first entry of a queue that starts late: what comes before it in its file is filled when it is written. */
  #startAt(queueOffset: number): void {
    this.#files.clear();
    this.#setEnd(queueOffset);
    this.minOffset = queueOffset;
  }

  #push(message: DispatchedMessage): void {
    if (!this.#tail.hasRoomFor(this.maxOffset)) this.#makeRoom();
    this.#tail.write(this.maxOffset, message.physicalOffset, message.sizeBytes, message.tagsCode);
    if (this.#areFilesTold) this.#files.note?.(message);
    this.maxOffset++;
  }

  #makeRoom(): void {
    if (this.#tail.capacity >= this.context.maxTailEntries && this.#tryWriteOut()) this.#tail.dropHalf();
    else this.#tail.grow();
  }

  #tryWriteOut(): boolean {
    try {
      this.writeOut();
      return true;
    } catch (error) {
      // The entries stay in memory; the store stops taking messages, so that they do not grow without bound.
      this.context.writeFailed(this, error as Error);
      return false;
    }
  }

  /** All messages before the next one are gone with their files of the log. */
  get #hasNothingInLog(): boolean {
    if (this.maxOffset === 0) return true;
    return this.physicalEnd <= this.context.minPhysicalOffset && this.maxOffset === this.#writtenOffset;
  }

  #rawEntry(offset: number): QueueEntry | undefined {
    if (offset >= this.maxOffset) return undefined;
    if (offset >= this.#tail.base) return this.#tail.entryAt(offset);
    return this.#files.entryAt(offset);
  }

  #fits(offset: number, entry: QueueEntry): boolean {
    // What lies before the log cannot be compared any more.
    if (isPreBlank(entry) || entry.physicalOffset < this.context.minPhysicalOffset) return true;
    return this.context.fits(this, offset, entry);
  }

  override toString(): string {
    return `${this.topic}/${this.queueId}/${offsetFileName(this.maxOffset * ENTRY_SIZE_BYTES)}`;
  }
}

const EMPTY = new Uint8Array(0);
