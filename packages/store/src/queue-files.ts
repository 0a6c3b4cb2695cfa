/** The files of a queue, seen as entries of one size: what is in them, what is new in them, and where their valid part ends. */
import type { CqExtUnit } from '@rocketmq-ts/filter';
import type { DispatchedMessage } from './consume-queue-interface.js';
import type { FileQueue } from './file-queue.js';
import type { EntryFormat, QueueEntry } from './queue-entry.js';
import type { QueueStroke } from './queue-stroke.js';
import { UnsyncedFiles } from './unsynced-files.js';
import { countValid, type EntryCheck } from './valid-entries.js';

const NOTHING = new Uint8Array(0);

/** Offsets and counts are those of entries: where there is one for each message, they are the queue's own. */
export class QueueFiles<E extends QueueEntry> {
  readonly #files: FileQueue;
  readonly #format: EntryFormat<E>;
  readonly #entrySizeBytes: number;
  readonly #entriesPerFile: number;
  readonly #unsynced: UnsyncedFiles;

  constructor(files: FileQueue, format: EntryFormat<E>) {
    this.#files = files;
    this.#unsynced = new UnsyncedFiles(files);
    this.#format = format;
    this.#entrySizeBytes = format.sizeBytes;
    this.#entriesPerFile = files.fileSizeBytes / format.sizeBytes;
  }

  get isEmpty(): boolean {
    return this.#files.count === 0;
  }

  /** Offset of the first entry of the first file. */
  get minOffset(): number {
    return this.#files.minOffset / this.#entrySizeBytes;
  }

  get hasUnsynced(): boolean {
    return !this.#unsynced.isEmpty;
  }

  /** Offset of the first entry after the file that holds `offset`. */
  fileEndOf(offset: number): number {
    return offset - (offset % this.#entriesPerFile) + this.#entriesPerFile;
  }

  /** Finds the files and takes out what is not valid at their end; answers the end of the valid entries, 0 for none. */
  load(check: EntryCheck<E>): number {
    this.#files.load();
    for (const start of [...this.#files.starts].reverse()) {
      // Without a valid entry it has been made ahead, or lies wholly beyond the log.
      const first = start / this.#entrySizeBytes;
      const count = countValid(first, this.#capacityOf(start), check, this.#format, (offset) => this.entryAt(offset));
      if (count > 0) return this.#withoutLeftovers(first + count);
    }
    return this.#withoutLeftovers(0);
  }

  /**
   * As `load`, when it is known how many entries there are: what lies behind them is not looked at.
   * Answers what is found after all when the last of them is not there.
   */
  loadExpected(check: EntryCheck<E>): number {
    const { expectedCount: end, physicalLimit } = check;
    this.#files.load();
    if (end > 0) {
      const last = this.entryAt(end - 1);
      if (last === undefined || !this.#format.isPlausible(last, physicalLimit) || !check.fits(end - 1, last)) {
        // What stands behind it may be there although older entries are not: it does not count.
        this.cut(end);
        return this.load(check);
      }
    }
    return this.#withoutLeftovers(end);
  }

  /** Entries that the file has room for as it is. */
  #capacityOf(start: number): number {
    const sizeBytes = Math.min(this.#files.statSize(start), this.#files.fileSizeBytes);
    return Math.floor(sizeBytes / this.#entrySizeBytes);
  }

  /** True when there is a file; for queues that are not open. */
  hasFiles(): boolean {
    this.#files.load();
    return this.#files.count > 0;
  }

  /** Clears what stands behind the end: it would be taken for entries when the log has grown over the places it names. */
  #withoutLeftovers(end: number): number {
    const start = this.#files.startOf(end * this.#entrySizeBytes);
    const isLast = (this.#files.starts.at(-1) ?? 0) <= start;
    if (isLast && !this.#files.has(start)) return end;
    const next = isLast ? this.entryAt(end) : undefined;
    // A file that was cut gets its size back, too.
    if (next === undefined || next.sizeBytes !== 0 || next.physicalOffset !== 0) this.cut(end);
    return end;
  }

  /**
   * Takes the entries from `offset` on out of the files. The file that the next entry goes to stays, full of zeros:
   * others are made durably empty before they go, which takes time when thousands of queues are cut at a start.
   */
  cut(offset: number): void {
    this.settle();
    const position = offset * this.#entrySizeBytes;
    for (const start of [...this.#files.starts]) if (start > position) this.#files.removeEmptied(start);
    const start = this.#files.startOf(position);
    if (!this.#files.has(start)) return;
    this.#files.zeroFrom(position);
    this.#unsynced.add(start);
  }

  /** Takes away all files, durably: the next entry may be any. */
  clear(): void {
    this.settle();
    for (const start of [...this.#files.starts]) this.#files.removeEmptied(start);
  }

  /** True when there is more than one file; for queues that are not open. */
  hasSeveral(): boolean {
    this.#files.load();
    return this.#files.count > 1;
  }

  /** True when the entry is in its file. Looks at that file only; `load` need not have been called. */
  has(offset: number): boolean {
    const buffer = Buffer.alloc(this.#entrySizeBytes);
    if (!this.#files.tryReadSync(offset * this.#entrySizeBytes, buffer)) return false;
    return this.#format.isPlausible(this.#format.read(buffer, 0), Number.POSITIVE_INFINITY);
  }

  /** The entry as it stands in its file; undefined beyond the files. */
  entryAt(offset: number): E | undefined {
    const bytes = this.bytesAt(offset);
    return bytes === undefined ? undefined : this.#format.read(bytes, 0);
  }

  /** The bytes of an entry; undefined beyond the files. */
  protected bytesAt(offset: number): Buffer | undefined {
    const buffer = Buffer.allocUnsafe(this.#entrySizeBytes);
    const read = this.#files.readSync(offset * this.#entrySizeBytes, buffer, 0, this.#entrySizeBytes);
    return read === this.#entrySizeBytes ? buffer : undefined;
  }

  /** Hears of a message whose entry will be written next after those it has heard of; absent where nothing is made of it. */
  note?(message: DispatchedMessage): void;

  /** Forgets what it has heard of: the queue now ends at `end`, and all entries before it are written. */
  setEnd(_end: number): void {}

  /** The entry with what it refers to put in its place; undefined beyond the files. */
  resolvedAt(offset: number): E | undefined {
    return this.entryAt(offset);
  }

  /** What is known of a message besides its entry, as far as it was read lately. */
  extUnit(_offset: number): CqExtUnit | undefined {
    return undefined;
  }

  /** Gives up what only entries before `offset` refer to. */
  forgetBefore(_offset: number): void {}

  /** The entries from `offset` up to `end`, possibly fewer; both in one file. */
  async read(offset: number, end: number): Promise<Uint8Array> {
    if (end <= offset) return NOTHING;
    const length = (end - offset) * this.#entrySizeBytes;
    const buffer = Buffer.allocUnsafe(length);
    const read = await this.#files.read(offset * this.#entrySizeBytes, buffer, 0, length);
    return buffer.subarray(0, read - (read % this.#entrySizeBytes));
  }

  /** As `read`, decoded and without waiting. */
  readSync(offset: number, end: number): E[] {
    const size = this.#entrySizeBytes;
    const buffer = Buffer.allocUnsafe((Math.min(end, this.fileEndOf(offset)) - offset) * size);
    const read = this.#files.readSync(offset * size, buffer, 0, buffer.length);
    const entries: E[] = [];
    for (let at = 0; at + size <= read; at += size) entries.push(this.#format.read(buffer, at));
    return entries;
  }

  /** Writes the entries from `offset` on that stand in `entries` from byte `at` on, up to `end` or the end of the file; answers where it ended. */
  write(offset: number, end: number, entries: Uint8Array, at: number): number {
    this.settle();
    const position = offset * this.#entrySizeBytes;
    const start = this.#files.startOf(position);
    const writtenEnd = Math.min(end, this.fileEndOf(offset));
    const isNew = !this.#files.has(start);
    if (isNew) this.#create(start, offset);
    this.#files.writeSync(position, entries, at, (writtenEnd - offset) * this.#entrySizeBytes);
    if (isNew) this.#files.release(start);
    this.#unsynced.add(start);
    return writtenEnd;
  }

  /** What `write` would do, for another thread to do; undefined when it is more than one plain stroke. Tells `written` when it has ended well. */
  stroke(offset: number, end: number, entries: Uint8Array, at: number, written: () => void): QueueStroke | undefined {
    const position = offset * this.#entrySizeBytes;
    const start = this.#files.startOf(position);
    const needsFiller = this.isEmpty && position > start;
    if (this.#unsynced.isStruck || needsFiller || end > this.fileEndOf(offset)) return undefined;
    const bytes = entries.subarray(at, at + (end - offset) * this.#entrySizeBytes);
    return this.#unsynced.strokeTo(start, position - start, bytes, written);
  }

  /** What `datasync` would do, for another thread to do; undefined when it is not about one file. */
  flushStroke(): QueueStroke | undefined {
    return this.#unsynced.flushStroke();
  }

  /** Ends a stroke that is under way: from now on the files are as they seem. Comes before all that changes them. */
  settle(): void {
    this.#unsynced.settle();
  }

  /** When there is no file, makes one that holds nothing but filler up to `end`. */
  fillEmpty(end: number): void {
    this.settle();
    if (!this.isEmpty) return;
    const start = this.#files.startOf((end - 1) * this.#entrySizeBytes);
    this.#create(start, end);
    this.#files.release(start);
    this.#unsynced.add(start);
  }

  /** Makes what was written durable. */
  datasync(): Promise<void> {
    return this.#unsynced.datasync();
  }

  /** Deletes files from the first on, as long as their last entry says so and others are behind them; answers how many. */
  removeWhile(isGone: (newest: E) => boolean): number {
    this.settle();
    let count = 0;
    while (this.#files.count > 1) {
      const newest = this.entryAt(this.fileEndOf(this.minOffset) - 1);
      if (newest === undefined || !isGone(newest)) break;
      this.#files.remove(this.#files.starts[0]!);
      count++;
    }
    return count;
  }

  close(): void {
    this.settle();
    this.#files.close();
  }

  /** Deletes all files and the directory. */
  destroy(): void {
    this.settle();
    this.#files.destroy();
  }

  /** Makes a file; in the first one of a queue that starts late, filler goes before `firstOffset`. */
  #create(start: number, firstOffset: number): void {
    const firstOfQueue = this.#files.count === 0;
    this.#files.create(start);
    const blanks = firstOffset - start / this.#entrySizeBytes;
    if (!firstOfQueue || blanks <= 0) return;
    const filler = Buffer.allocUnsafe(blanks * this.#entrySizeBytes);
    this.#format.fill(filler, blanks);
    this.#files.writeSync(start, filler, 0, filler.length);
  }
}
