/** The files of a consume queue, seen as entries: what is in them, what is new in them, and where their valid part ends. */
import type { FileQueue } from './file-queue.js';
import { ENTRY_SIZE_BYTES, isPreBlank, type QueueEntry, readEntry, writePreBlanks } from './queue-entry.js';

/** What tells true entries from leftovers when a queue is opened. */
export interface EntryCheck {
  /** End of the log: entries beyond it are leftovers. */
  readonly physicalLimit: number;
  /** Entries that the manifest speaks of; 0 when it does not know the queue. */
  readonly expectedMaxOffset: number;
  /** Tells whether the log holds the message that the entry speaks of, as far as that can be known. */
  fits(queueOffset: number, entry: QueueEntry): boolean;
}

/** How many entries in a row may be damaged without ending a queue when it is opened. */
const LOOK_AHEAD_ENTRIES = 4;
const NOTHING = new Uint8Array(0);

/** Offsets and counts are those of entries. */
export class QueueFiles {
  readonly #files: FileQueue;
  readonly #entriesPerFile: number;
  /** Files that were written and not made durable. */
  #unsynced: number[] = [];

  constructor(files: FileQueue) {
    this.#files = files;
    this.#entriesPerFile = files.fileSizeBytes / ENTRY_SIZE_BYTES;
  }

  get isEmpty(): boolean {
    return this.#files.count === 0;
  }

  /** Offset of the first entry of the first file. */
  get minOffset(): number {
    return this.#files.minOffset / ENTRY_SIZE_BYTES;
  }

  get hasUnsynced(): boolean {
    return this.#unsynced.length > 0;
  }

  /** Offset of the first entry after the file that holds `offset`. */
  fileEndOf(offset: number): number {
    return offset - (offset % this.#entriesPerFile) + this.#entriesPerFile;
  }

  /** Finds the files and deletes the last ones of which nothing is valid; answers the end of the valid entries, 0 for none. */
  load(check: EntryCheck): number {
    this.#files.load();
    while (this.#files.count > 0) {
      const last = this.#files.starts.at(-1)!;
      const count = this.#countValid(last, check);
      if (count > 0) return last / ENTRY_SIZE_BYTES + count;
      // It has been made ahead, or lies wholly beyond the log.
      this.#files.remove(last);
    }
    return 0;
  }

  /** True when there is more than one file; for queues that are not open. */
  hasSeveral(): boolean {
    this.#files.load();
    return this.#files.count > 1;
  }

  /** True when the entry is in its file. Looks at that file only; `load` need not have been called. */
  has(offset: number): boolean {
    const buffer = Buffer.alloc(ENTRY_SIZE_BYTES);
    if (!this.#files.tryReadSync(offset * ENTRY_SIZE_BYTES, buffer)) return false;
    const { physicalOffset, sizeBytes } = readEntry(buffer, 0);
    return sizeBytes > 0 && physicalOffset >= 0;
  }

  /** The entry as it stands in its file; undefined beyond the files. */
  entryAt(offset: number): QueueEntry | undefined {
    const buffer = Buffer.allocUnsafe(ENTRY_SIZE_BYTES);
    const read = this.#files.readSync(offset * ENTRY_SIZE_BYTES, buffer, 0, ENTRY_SIZE_BYTES);
    return read === ENTRY_SIZE_BYTES ? readEntry(buffer, 0) : undefined;
  }

  /** The entries from `offset` up to `end`, possibly fewer; both in one file. */
  async read(offset: number, end: number): Promise<Uint8Array> {
    if (end <= offset) return NOTHING;
    const length = (end - offset) * ENTRY_SIZE_BYTES;
    const buffer = Buffer.allocUnsafe(length);
    const read = await this.#files.read(offset * ENTRY_SIZE_BYTES, buffer, 0, length);
    return buffer.subarray(0, read - (read % ENTRY_SIZE_BYTES));
  }

  /** Writes the entries from `offset` on that stand in `entries` from byte `at` on, up to `end` or the end of the file; answers where it ended. */
  write(offset: number, end: number, entries: Uint8Array, at: number): number {
    const position = offset * ENTRY_SIZE_BYTES;
    const start = this.#files.startOf(position);
    const writtenEnd = Math.min(end, this.fileEndOf(offset));
    if (!this.#files.has(start)) this.#create(start, offset);
    this.#files.writeSync(position, entries, at, (writtenEnd - offset) * ENTRY_SIZE_BYTES);
    if (!this.#unsynced.includes(start)) this.#unsynced.push(start);
    return writtenEnd;
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

  /** Offset after the first file when there are others behind it, and it may therefore go; undefined otherwise. */
  get firstFileEnd(): number | undefined {
    return this.#files.count > 1 ? this.fileEndOf(this.minOffset) : undefined;
  }

  removeFirst(): void {
    this.#files.remove(this.#files.starts[0]!);
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
    const blanks = firstOffset - start / ENTRY_SIZE_BYTES;
    if (!firstOfQueue || blanks <= 0) return;
    const filler = Buffer.allocUnsafe(blanks * ENTRY_SIZE_BYTES);
    writePreBlanks(filler, 0, blanks);
    this.#files.writeSync(start, filler, 0, filler.length);
  }

  /**
   * Number of valid entries at the start of a file, by bisection: valid ones
   * come first. What looks valid is believed when the last of it fits the log;
   * otherwise leftovers of a log that was cut lie there, and each is compared.
   */
  #countValid(start: number, check: EntryCheck): number {
    const { physicalLimit, expectedMaxOffset } = check;
    const first = start / ENTRY_SIZE_BYTES;
    const sizeBytes = Math.min(this.#files.statSize(start), this.#files.fileSizeBytes);
    const capacity = Math.floor(sizeBytes / ENTRY_SIZE_BYTES);
    if (this.#endsAsExpected(first, capacity, check)) return expectedMaxOffset - first;
    const plausible = bisect(capacity, (i) => this.#near(first + i, (entry) => isPlausible(entry, physicalLimit)));
    if (plausible === 0) return 0;
    const newest = this.entryAt(first + plausible - 1);
    if (newest !== undefined && check.fits(first + plausible - 1, newest)) return plausible;
    return bisect(plausible, (i) =>
      this.#near(first + i, (entry, offset) => isPlausible(entry, physicalLimit) && check.fits(offset, entry)),
    );
  }

  /** True when the file ends where the manifest says. */
  #endsAsExpected(first: number, capacity: number, check: EntryCheck): boolean {
    const { physicalLimit, expectedMaxOffset: end } = check;
    if (end <= first || end >= first + capacity) return false;
    const last = this.entryAt(end - 1);
    if (last === undefined || !isPlausible(last, physicalLimit) || !check.fits(end - 1, last)) return false;
    return !this.#near(end, (entry) => isPlausible(entry, physicalLimit));
  }

  /** True when the test holds for the entry or for one of the next: a single damaged one does not end a queue. */
  #near(offset: number, test: (entry: QueueEntry, offset: number) => boolean): boolean {
    for (let i = offset; i < offset + LOOK_AHEAD_ENTRIES; i++) {
      const entry = this.entryAt(i);
      if (entry === undefined) return false;
      if (test(entry, i)) return true;
    }
    return false;
  }
}

/** The first number in [0, limit] for which the test fails, when it holds for all before and for none after. */
function bisect(limit: number, test: (i: number) => boolean): number {
  let low = 0;
  let high = limit;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (test(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isPlausible(entry: QueueEntry, physicalLimit: number): boolean {
  if (entry.sizeBytes <= 0 || entry.physicalOffset < 0) return false;
  return isPreBlank(entry) || entry.physicalOffset + entry.sizeBytes <= physicalLimit;
}
