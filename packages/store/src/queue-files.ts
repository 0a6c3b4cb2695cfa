/** The files of a queue, seen as entries of one size: what is in them, what is new in them, and where their valid part ends. */
import type { CqExtUnit } from '@rocketmq-ts/filter';
import { bisect } from './bisect.js';
import type { DispatchedMessage } from './consume-queue-interface.js';
import type { FileQueue } from './file-queue.js';
import type { EntryFormat, QueueEntry } from './queue-entry.js';

/** What tells true entries from leftovers when a queue is opened. */
export interface EntryCheck<E extends QueueEntry> {
  /** End of the log: entries beyond it are leftovers. */
  readonly physicalLimit: number;
  /** Entries that there should be; 0 when that is not known. */
  readonly expectedCount: number;
  /** Tells whether the log holds the message that the entry speaks of, as far as that can be known. */
  fits(index: number, entry: E): boolean;
}

/** How many entries in a row may be damaged without ending a queue when it is opened. */
const LOOK_AHEAD_ENTRIES = 4;
const NOTHING = new Uint8Array(0);

/** Offsets and counts are those of entries: where there is one for each message, they are the queue's own. */
export class QueueFiles<E extends QueueEntry> {
  readonly #files: FileQueue;
  readonly #format: EntryFormat<E>;
  readonly #entrySizeBytes: number;
  readonly #entriesPerFile: number;
  /** Files that were written and not made durable. */
  #unsynced: number[] = [];

  constructor(files: FileQueue, format: EntryFormat<E>) {
    this.#files = files;
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
    return this.#unsynced.length > 0;
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
      const count = this.#countValid(start, check);
      if (count > 0) return this.#withoutLeftovers(start / this.#entrySizeBytes + count);
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
    const position = offset * this.#entrySizeBytes;
    for (const start of [...this.#files.starts]) if (start > position) this.#files.removeEmptied(start);
    const start = this.#files.startOf(position);
    if (!this.#files.has(start)) return;
    this.#files.zeroFrom(position);
    this.#written(start);
  }

  /** Takes away all files, durably: the next entry may be any. */
  clear(): void {
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

  /** Hears of a message whose entry will be written next after those it has heard of. */
  note(_message: DispatchedMessage): void {}

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
    const position = offset * this.#entrySizeBytes;
    const start = this.#files.startOf(position);
    const writtenEnd = Math.min(end, this.fileEndOf(offset));
    const isNew = !this.#files.has(start);
    if (isNew) this.#create(start, offset);
    this.#files.writeSync(position, entries, at, (writtenEnd - offset) * this.#entrySizeBytes);
    if (isNew) this.#files.release(start);
    this.#written(start);
    return writtenEnd;
  }

  /** When there is no file, makes one that holds nothing but filler up to `end`. */
  fillEmpty(end: number): void {
    if (!this.isEmpty) return;
    const start = this.#files.startOf((end - 1) * this.#entrySizeBytes);
    this.#create(start, end);
    this.#files.release(start);
    this.#written(start);
  }

  #written(start: number): void {
    if (!this.#unsynced.includes(start)) this.#unsynced.push(start);
  }

  /**
   * Makes what was written durable. Names of new files are left to the system: a
   * file that a power cut takes is missed by the manifest and made again.
   */
  async datasync(): Promise<void> {
    const starts = this.#unsynced;
    this.#unsynced = [];
    for (const start of starts) {
      if (this.#files.has(start)) await this.#files.datasync(start);
    }
  }

  /** Deletes files from the first on, as long as their last entry says so and others are behind them; answers how many. */
  removeWhile(isGone: (newest: E) => boolean): number {
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
    this.#files.close();
  }

  /** Deletes all files and the directory. */
  destroy(): void {
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

  /**
   * Number of valid entries at the start of a file, by bisection: valid ones
   * come first. What looks valid is believed when the last of it fits the log;
   * otherwise leftovers of a log that was cut lie there, and each is compared.
   */
  #countValid(start: number, check: EntryCheck<E>): number {
    const { physicalLimit, expectedCount } = check;
    const first = start / this.#entrySizeBytes;
    const sizeBytes = Math.min(this.#files.statSize(start), this.#files.fileSizeBytes);
    const capacity = Math.floor(sizeBytes / this.#entrySizeBytes);
    if (this.#endsAsExpected(first, capacity, check)) return expectedCount - first;
    const plausible = bisect(capacity, (i) =>
      this.#near(first + i, (entry) => this.#format.isPlausible(entry, physicalLimit)),
    );
    if (plausible === 0) return 0;
    const newest = this.entryAt(first + plausible - 1);
    if (newest !== undefined && check.fits(first + plausible - 1, newest)) return plausible;
    return bisect(plausible, (i) =>
      this.#near(
        first + i,
        (entry, offset) => this.#format.isPlausible(entry, physicalLimit) && check.fits(offset, entry),
      ),
    );
  }

  /** True when the file ends where the manifest says. */
  #endsAsExpected(first: number, capacity: number, check: EntryCheck<E>): boolean {
    const { physicalLimit, expectedCount: end } = check;
    if (end <= first || end >= first + capacity) return false;
    const last = this.entryAt(end - 1);
    if (last === undefined || !this.#format.isPlausible(last, physicalLimit) || !check.fits(end - 1, last))
      return false;
    return !this.#near(end, (entry) => this.#format.isPlausible(entry, physicalLimit));
  }

  /** True when the test holds for the entry or for one of the next: a single damaged one does not end a queue. */
  #near(offset: number, test: (entry: E, offset: number) => boolean): boolean {
    for (let i = offset; i < offset + LOOK_AHEAD_ENTRIES; i++) {
      const entry = this.entryAt(i);
      if (entry === undefined) return false;
      if (test(entry, i)) return true;
    }
    return false;
  }
}
