/**
 * A queue of which an entry speaks of a record with several messages, as
 * producers send them to topics of `queue.type=BatchCQ`. Where a message is has
 * to be searched: entries count records, offsets count messages.
 */
import type { BoundaryType } from './api.js';
import {
  BATCH_ENTRY_FORMAT,
  BATCH_ENTRY_SIZE_BYTES,
  type BatchEntry,
  encodeBatchEntries,
  offsetAfter,
} from './batch-entry.js';
import { type FoundEntry, findEntry } from './batch-scan.js';
import { bisect } from './bisect.js';
import type { AppendOutcome, BatchQueue, DispatchedMessage, QueueContext } from './consume-queue-interface.js';
import { type FileQueue, offsetFileName } from './file-queue.js';
import { QueueBase } from './queue-base.js';
import { physicalEndOf } from './queue-entry.js';
import { QueueFiles } from './queue-files.js';

/** A gap beyond this is no lost message but nonsense in a record. */
const MAX_GAP_MESSAGES = 1_000_000;

/** At the very beginning of the log. */
const GONE = { physicalOffset: 0, sizeBytes: 1, tagsCode: 0, storeTimestamp: 0, messageCount: 1 };

/** Source: BatchConsumeQueue. */
export class BatchConsumeQueue extends QueueBase implements BatchQueue {
  readonly type = 'BatchCQ';

  readonly #files: QueueFiles<BatchEntry>;
  /** The newest entries. */
  #tail: BatchEntry[] = [];
  /** Number of the first entry in `#tail`; entries are counted from the first byte of the first file that ever was. */
  #tailBase = 0;
  /** Entries before this are in the files. */
  #written = 0;
  /** First entry that points into the log. */
  physicalEnd = 0;
  #first = 0;
  /** Number of the entry that a reader most likely wants next, and the offset it begins with. */
  #hintOffset = -1;
  #hintEntry = 0;

  constructor(topic: string, queueId: number, files: FileQueue, context: QueueContext) {
    super(topic, queueId, context);
    this.#files = new QueueFiles(files, BATCH_ENTRY_FORMAT);
  }

  get unwrittenBytes(): number {
    return (this.#end - this.#written) * BATCH_ENTRY_SIZE_BYTES;
  }

  get hasUnsynced(): boolean {
    return this.#files.hasUnsynced;
  }

  open(physicalLimit: number): void {
    const end = this.#files.load({ physicalLimit, expectedCount: 0, fits: (_, entry) => this.#fits(entry) });
    if (end === 0) return;
    this.#written = end;
    this.#setEnd(end);
    this.#first = this.#files.minOffset;
    this.correctMinOffset(this.context.minPhysicalOffset);
  }

  hasOldFiles(): boolean {
    return this.#files.hasSeveral();
  }

  hasOnDisk(): boolean {
    return this.#files.hasFiles();
  }

  append(message: DispatchedMessage, queueOffset: number): AppendOutcome {
    const { physicalOffset, sizeBytes, tagsCode, storeTimestamp, messageCount } = message;
    if (this.isDestroyed) return 'refused';
    if (physicalOffset + sizeBytes <= this.physicalEnd) return 'known';
    if (queueOffset < this.maxOffset) {
      // A younger message with an older number: the topic was deleted and made again.
      if (queueOffset > 0) return 'known';
      this.#clear();
    }
    // What its entries pointed to may be gone with the log: then it begins anew, wherever that is.
    const hasNothingInLog = this.#first >= this.#end;
    const outcome = hasNothingInLog || queueOffset === this.maxOffset ? 'appended' : 'gap';
    if (outcome === 'gap' && queueOffset - this.maxOffset > MAX_GAP_MESSAGES) return 'refused';
    if (hasNothingInLog) this.minOffset = queueOffset;
    if (this.#tail.length >= this.context.maxTailEntries) this.#makeRoom();
    this.#tail.push({ physicalOffset, sizeBytes, tagsCode, storeTimestamp, queueOffset, messageCount });
    this.maxOffset = queueOffset + messageCount;
    this.physicalEnd = physicalOffset + sizeBytes;
    if (this.nextOffset < this.maxOffset) this.nextOffset = this.maxOffset;
    return outcome;
  }

  unitAt(offset: number): BatchEntry | undefined {
    if (offset < this.minOffset || offset >= this.maxOffset) return undefined;
    return this.#entryAt(this.#search(offset));
  }

  async readUnits(offset: number, count: number): Promise<readonly BatchEntry[]> {
    const number = this.#search(offset);
    if (number >= this.#tailBase) return this.#tail.slice(number - this.#tailBase, number - this.#tailBase + count);
    const end = Math.min(number + count, this.#files.fileEndOf(number), this.#written);
    const bytes = await this.#files.read(number, end);
    const entries: BatchEntry[] = [];
    for (let at = 0; at < bytes.length; at += BATCH_ENTRY_SIZE_BYTES) entries.push(BATCH_ENTRY_FORMAT.read(bytes, at));
    const last = entries.at(-1);
    if (last === undefined) return entries;
    this.#hintOffset = offsetAfter(last);
    this.#hintEntry = number + entries.length;
    return entries;
  }

  unitsInMemory(offset: number, count: number): readonly BatchEntry[] | undefined {
    const oldest = this.#tail[0];
    if (oldest === undefined || offset < oldest.queueOffset) return undefined;
    const from = bisect(this.#tail.length, (i) => offsetAfter(this.#tail[i]!) <= offset);
    return this.#tail.slice(from, from + count);
  }

  rollNextFile(offset: number): number {
    const next = this.#entryAt(this.#files.fileEndOf(this.#search(offset)));
    return next?.queueOffset ?? this.maxOffset;
  }

  offsetByTimestamp(timestamp: number, boundary: BoundaryType): number {
    const count = this.#end - this.#first;
    if (count === 0) return 0;
    const time = (i: number) => this.#entryAt(this.#first + i)!.storeTimestamp;
    const isBefore = (i: number) => (boundary === 'LOWER' ? time(i) < timestamp : time(i) <= timestamp);
    const found = bisect(count, isBefore);
    const wanted = boundary === 'LOWER' ? Math.min(found, count - 1) : Math.max(found - 1, 0);
    return this.#entryAt(this.#first + wanted)!.queueOffset;
  }

  writeOut(): void {
    const from = this.#written;
    const end = this.#end;
    if (from === end) return;
    const bytes = encodeBatchEntries(this.#tail.slice(from - this.#tailBase));
    while (this.#written < end) {
      const at = (this.#written - from) * BATCH_ENTRY_SIZE_BYTES;
      this.#written = this.#files.write(this.#written, end, bytes, at);
    }
  }

  datasync(): Promise<void> {
    return this.#files.datasync();
  }

  correctMinOffset(minPhysicalOffset: number): void {
    const first = Math.max(this.#first, this.#files.isEmpty ? 0 : this.#files.minOffset);
    const gone = bisect(this.#end - first, (i) => this.#entryAt(first + i)!.physicalOffset < minPhysicalOffset);
    this.#first = first + gone;
    this.minOffset = this.#entryAt(this.#first)?.queueOffset ?? this.maxOffset;
  }

  deleteExpired(minPhysicalOffset: number): number {
    const count = this.#files.removeWhile((newest) => newest.physicalOffset < minPhysicalOffset);
    this.correctMinOffset(minPhysicalOffset);
    return count;
  }

  truncateTo(physicalEnd: number): void {
    let end = this.#end;
    while (end > this.#first && physicalEndOf(this.#entryAt(end - 1)) > physicalEnd) end--;
    const dropped = this.#entryAt(end);
    if (dropped === undefined) return;
    this.#setEnd(end);
    // Also when nothing is left: offsets are not given out twice.
    this.maxOffset = dropped.queueOffset;
    this.nextOffset = dropped.queueOffset;
    this.minOffset = Math.min(this.minOffset, this.maxOffset);
  }

  skipTo(offset: number): void {
    if (this.#first < this.#end || this.context.minPhysicalOffset === 0) return;
    // The entry of a message that the log has deleted: it keeps where the queue ends, and is not read.
    this.#tail.push({ ...GONE, queueOffset: offset - 1 });
    this.#first = this.#end;
    this.minOffset = this.maxOffset = this.nextOffset = offset;
  }

  #clear(): void {
    this.#files.cut(0);
    this.#first = 0;
    this.#setEnd(0);
    this.maxOffset = 0;
  }

  destroy(): void {
    this.isDestroyed = true;
    this.#files.destroy();
    this.#first = 0;
    this.#setEnd(0);
    this.minOffset = 0;
    this.nextOffset = 0;
  }

  close(): void {
    this.#files.close();
  }

  override toString(): string {
    return `${this.topic}/${this.queueId}/${offsetFileName(this.#end * BATCH_ENTRY_SIZE_BYTES)}`;
  }

  /** Number after the newest entry. */
  get #end(): number {
    return this.#tailBase + this.#tail.length;
  }

  #setEnd(end: number): void {
    this.#tail = this.#tail.slice(0, Math.max(end - this.#tailBase, 0));
    if (this.#tail.length === 0) this.#tailBase = end;
    this.#written = Math.min(this.#written, end);
    const newest = end === 0 ? undefined : this.#entryAt(end - 1);
    this.maxOffset = newest === undefined ? 0 : offsetAfter(newest);
    this.physicalEnd = physicalEndOf(newest);
    this.nextOffset = this.maxOffset;
    this.#hintOffset = -1;
  }

  #entryAt(number: number): BatchEntry | undefined {
    if (number >= this.#tailBase) return this.#tail[number - this.#tailBase];
    return this.#files.entryAt(number);
  }

  /** Number of the entry that holds the message at `offset`, or of the one that follows where none does. */
  #search(offset: number): number {
    if (offset === this.#hintOffset) return this.#hintEntry;
    const first = this.#first;
    const found = first + bisect(this.#end - first, (i) => offsetAfter(this.#entryAt(first + i)!) <= offset);
    const entry = this.#entryAt(found);
    const isBeforeNext = offset < (this.#entryAt(found + 1)?.queueOffset ?? this.maxOffset);
    if (entry === undefined || (entry.queueOffset <= offset && offset < offsetAfter(entry) && isBeforeNext))
      return found;
    // A hole in the offsets is rare: more likely a damaged entry has led the search astray.
    return this.#scan(offset, 'holding').number;
  }

  beginAfter(offset: number): number {
    return this.#scan(offset, 'behind').queueOffset;
  }

  #scan(offset: number, wanted: 'holding' | 'behind'): FoundEntry {
    const later = this.#tail.findIndex(({ queueOffset }) => queueOffset > offset);
    const queueOffset = this.#tail[later]?.queueOffset ?? this.maxOffset;
    const next = { number: later < 0 ? this.#end : this.#tailBase + later, queueOffset };
    return findEntry(this.#files, { first: this.#first, end: this.#tailBase, next }, offset, wanted);
  }

  /** Writes, and drops the older half of what is in memory. */
  #makeRoom(): void {
    try {
      this.writeOut();
    } catch (error) {
      // The entries stay in memory; the store stops taking messages, so that they do not grow without bound.
      this.context.writeFailed(this, error as Error);
      return;
    }
    const drop = this.#tail.length >> 1;
    this.#tail = this.#tail.slice(drop);
    this.#tailBase += drop;
  }

  #fits(entry: BatchEntry): boolean {
    // A power cut may leave later entries behind lost ones. Those that the manifest does not speak of are made again from the log.
    if (this.context.manifestHolds && offsetAfter(entry) > this.expectedMaxOffset) return false;
    // What lies before the log cannot be compared any more.
    if (entry.physicalOffset < this.context.minPhysicalOffset) return true;
    return this.context.fits(this, entry.queueOffset, entry);
  }
}
