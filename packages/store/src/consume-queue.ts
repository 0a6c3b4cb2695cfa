/**
 * One queue of a topic: where the log keeps each of its messages. The newest
 * entries are in memory and are written to the files in strokes, since all of
 * them can be made again from the log.
 */
import { type FileQueue, offsetFileName } from './file-queue.js';
import { ENTRY_SIZE_BYTES, isPreBlank, type QueueEntry, readEntry, writeEntry, writePreBlanks } from './queue-entry.js';

/** What a queue needs to know of the log and of its siblings. */
export interface QueueContext {
  /** First physical offset of the log. */
  readonly minPhysicalOffset: number;
  /** Entries that a queue may hold in memory before it writes and drops the older half. */
  readonly maxTailEntries: number;
  /** Tells whether the log holds, at the entry's place, the message that the entry speaks of. */
  fits(queue: ConsumeQueue, queueOffset: number, entry: QueueEntry): boolean;
  /** Is told when a write of a queue file failed; the entries stay in memory. */
  writeFailed(queue: ConsumeQueue, error: Error): void;
}

const FIRST_TAIL_ENTRIES = 8;
/** A gap beyond this is no lost message but nonsense in a record. */
const MAX_GAP_ENTRIES = 1_000_000;

/** How an entry was taken. */
export type AppendOutcome = 'appended' | 'known' | 'gap' | 'refused';

/** Offsets count entries. Source: ConsumeQueue. */
export class ConsumeQueue {
  readonly topic: string;
  readonly queueId: number;
  /** Offset that the next message gets; ahead of `maxOffset` by what is not committed yet. */
  nextOffset = 0;
  /** Set while the queue is in its store's list of queues with entries to write. */
  dirty = false;
  /** Entries that the manifest speaks of; 0 when it does not know the queue. */
  expectedMaxOffset = 0;

  readonly #files: FileQueue;
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
  /** Files that were written and not made durable. */
  #unsynced: number[] = [];

  constructor(topic: string, queueId: number, files: FileQueue, context: QueueContext) {
    this.topic = topic;
    this.queueId = queueId;
    this.#files = files;
    this.#context = context;
  }

  get minOffset(): number {
    return this.#minOffset;
  }

  /** Offset after the newest visible message. */
  get maxOffset(): number {
    return this.#maxOffset;
  }

  /** Physical end of the newest entry, 0 when there is none. */
  get physicalEnd(): number {
    return this.#physicalEnd;
  }

  get entriesPerFile(): number {
    return this.#files.fileSizeBytes / ENTRY_SIZE_BYTES;
  }

  get unwrittenEntries(): number {
    return this.#maxOffset - this.#writtenOffset;
  }

  /** First offset of which the entry is in memory. */
  get tailBase(): number {
    return this.#tailBase;
  }

  /** The entries in memory, from `tailBase` on; changes with the next append. */
  get tail(): Uint8Array {
    return this.#tail ?? EMPTY;
  }

  get totalFileBytes(): number {
    return this.#files.count * this.#files.fileSizeBytes;
  }

  /**
   * Finds out from the files which entries exist. `physicalLimit` is the end of
   * the log when the store was opened: entries beyond it are leftovers.
   */
  open(physicalLimit: number): void {
    this.#files.load();
    while (this.#files.count > 0) {
      const last = this.#files.starts.at(-1)!;
      const count = this.#countValid(last, physicalLimit);
      if (count > 0) {
        this.#setEnd(last / ENTRY_SIZE_BYTES + count);
        const newest = this.#entryFromFile(this.#maxOffset - 1)!;
        this.#physicalEnd = isPreBlank(newest) ? 0 : newest.physicalOffset + newest.sizeBytes;
        this.#minOffset = this.#files.minOffset / ENTRY_SIZE_BYTES;
        this.correctMinOffset(this.#context.minPhysicalOffset);
        return;
      }
      // A file of which nothing is valid has been made ahead, or lies wholly beyond the log.
      this.#files.remove(last);
    }
  }

  /** True when the entry is in its file. Looks at that file only; the queue need not be open. */
  hasOnDisk(offset: number): boolean {
    const buffer = Buffer.alloc(ENTRY_SIZE_BYTES);
    if (!this.#files.tryReadSync(offset * ENTRY_SIZE_BYTES, buffer)) return false;
    const { physicalOffset, sizeBytes } = readEntry(buffer, 0);
    return sizeBytes > 0 && physicalOffset >= 0;
  }

  /**
   * Adds the entry of a message that is in the log. Entries that are known are
   * skipped, so that a part of the log may be dispatched again. For messages
   * that are missing in between, the entry is repeated: it will not fit the log
   * there, which readers see and skip.
   */
  append(queueOffset: number, physicalOffset: number, sizeBytes: number, tagsCode: number): AppendOutcome {
    if (physicalOffset + sizeBytes <= this.#physicalEnd || queueOffset < this.#maxOffset) return 'known';
    let outcome: AppendOutcome = 'appended';
    if (queueOffset > this.#maxOffset) {
      if (this.#maxOffset === 0 && this.#files.count === 0) this.#startAt(queueOffset);
      else {
        if (queueOffset - this.#maxOffset > MAX_GAP_ENTRIES) return 'refused';
        while (this.#maxOffset < queueOffset) this.#push(physicalOffset, sizeBytes, tagsCode);
        outcome = 'gap';
      }
    }
    this.#push(physicalOffset, sizeBytes, tagsCode);
    this.#physicalEnd = physicalOffset + sizeBytes;
    if (this.nextOffset < this.#maxOffset) this.nextOffset = this.#maxOffset;
    return outcome;
  }

  /** True when the entries from `offset` on are in memory. */
  inMemory(offset: number): boolean {
    return offset >= this.#tailBase;
  }

  /** One entry, from memory or from its file; undefined when there is none. */
  entryAt(offset: number): QueueEntry | undefined {
    if (offset < this.#minOffset || offset >= this.#maxOffset) return undefined;
    if (offset >= this.#tailBase) return readEntry(this.#tail!, (offset - this.#tailBase) * ENTRY_SIZE_BYTES);
    return this.#entryFromFile(offset);
  }

  /** A copy of up to `count` entries from `offset` on, not beyond the file that holds the first of them. */
  async readEntries(offset: number, count: number): Promise<Uint8Array> {
    const end = Math.min(offset + count, this.#maxOffset, this.#fileEndOf(offset));
    if (offset < this.#minOffset || end <= offset) return EMPTY;
    if (this.inMemory(offset)) {
      const at = (offset - this.#tailBase) * ENTRY_SIZE_BYTES;
      return Uint8Array.prototype.slice.call(this.#tail!, at, at + (end - offset) * ENTRY_SIZE_BYTES);
    }
    const length = (Math.min(end, this.#tailBase) - offset) * ENTRY_SIZE_BYTES;
    const buffer = Buffer.allocUnsafe(length);
    const read = await this.#files.read(offset * ENTRY_SIZE_BYTES, buffer, 0, length);
    return buffer.subarray(0, read - (read % ENTRY_SIZE_BYTES));
  }

  /** Offset of the first entry after the file that holds `offset`. */
  #fileEndOf(offset: number): number {
    const perFile = this.entriesPerFile;
    return offset - (offset % perFile) + perFile;
  }

  /** Offset at which a reader goes on when the entry at `offset` cannot be had. Source: ConsumeQueue#rollNextFile. */
  rollNextFile(offset: number): number {
    return this.#fileEndOf(offset);
  }

  /** Writes the entries that are only in memory to the files; throws what the file system throws. */
  writeOut(): void {
    while (this.#writtenOffset < this.#maxOffset) {
      const end = Math.min(this.#maxOffset, this.#fileEndOf(this.#writtenOffset));
      const position = this.#writtenOffset * ENTRY_SIZE_BYTES;
      const start = this.#files.startOf(position);
      if (!this.#files.has(start)) this.#createFile(start);
      const at = (this.#writtenOffset - this.#tailBase) * ENTRY_SIZE_BYTES;
      this.#files.writeSync(position, this.#tail!, at, (end - this.#writtenOffset) * ENTRY_SIZE_BYTES);
      if (!this.#unsynced.includes(start)) this.#unsynced.push(start);
      this.#writtenOffset = end;
    }
  }

  get hasUnsynced(): boolean {
    return this.#unsynced.length > 0;
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

  /** Moves the first valid offset to the first entry that points into the log. Source: ConsumeQueue#correctMinOffset. */
  correctMinOffset(minPhysicalOffset: number): void {
    let low = Math.max(this.#minOffset, this.#files.minOffset / ENTRY_SIZE_BYTES);
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
    while (this.#files.count > 1) {
      const first = this.#files.starts[0]!;
      const newest = this.#rawEntry((first + this.#files.fileSizeBytes) / ENTRY_SIZE_BYTES - 1);
      if (newest === undefined || newest.physicalOffset >= minPhysicalOffset) break;
      this.#files.remove(first);
      count++;
    }
    this.correctMinOffset(minPhysicalOffset);
    return count;
  }

  /** Takes back the entries from `offset` on, to have them made again from the log. */
  truncate(offset: number): void {
    if (offset >= this.#maxOffset) return;
    this.#setEnd(Math.max(offset, 0));
    const newest = this.#maxOffset > 0 ? this.#rawEntry(this.#maxOffset - 1) : undefined;
    this.#physicalEnd = newest === undefined || isPreBlank(newest) ? 0 : newest.physicalOffset + newest.sizeBytes;
    this.#minOffset = Math.min(this.#minOffset, this.#maxOffset);
  }

  /** Forgets everything, in memory and on disk. */
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
  }

  /** The first entry of a queue that starts late: what comes before it in its file is filled when it is written. */
  #startAt(queueOffset: number): void {
    this.#setEnd(queueOffset);
    this.#minOffset = queueOffset;
  }

  #push(physicalOffset: number, sizeBytes: number, tagsCode: number): void {
    let at = (this.#maxOffset - this.#tailBase) * ENTRY_SIZE_BYTES;
    if (this.#tail === undefined || at === this.#tail.length) {
      this.#makeRoom();
      at = (this.#maxOffset - this.#tailBase) * ENTRY_SIZE_BYTES;
    }
    writeEntry(this.#tail!, at, physicalOffset, sizeBytes, tagsCode);
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

  #createFile(start: number): void {
    const firstOfQueue = this.#files.count === 0;
    this.#files.create(start);
    const blanks = this.#writtenOffset - start / ENTRY_SIZE_BYTES;
    if (!firstOfQueue || blanks <= 0) return;
    const filler = Buffer.allocUnsafe(blanks * ENTRY_SIZE_BYTES);
    writePreBlanks(filler, 0, blanks);
    this.#files.writeSync(start, filler, 0, filler.length);
  }

  #rawEntry(offset: number): QueueEntry | undefined {
    if (offset >= this.#maxOffset) return undefined;
    if (offset >= this.#tailBase) return readEntry(this.#tail!, (offset - this.#tailBase) * ENTRY_SIZE_BYTES);
    return this.#entryFromFile(offset);
  }

  #entryFromFile(offset: number): QueueEntry | undefined {
    const buffer = Buffer.allocUnsafe(ENTRY_SIZE_BYTES);
    const read = this.#files.readSync(offset * ENTRY_SIZE_BYTES, buffer, 0, ENTRY_SIZE_BYTES);
    return read === ENTRY_SIZE_BYTES ? readEntry(buffer, 0) : undefined;
  }

  /**
   * Number of valid entries at the start of a file, by bisection: valid ones
   * come first. What looks valid is believed when the last of it fits the log;
   * otherwise leftovers of a log that was cut lie there, and each is compared.
   */
  #countValid(start: number, physicalLimit: number): number {
    const first = start / ENTRY_SIZE_BYTES;
    const sizeBytes = Math.min(this.#files.statSize(start), this.#files.fileSizeBytes);
    const capacity = Math.floor(sizeBytes / ENTRY_SIZE_BYTES);
    if (this.#endsAt(this.expectedMaxOffset, first, capacity, physicalLimit)) return this.expectedMaxOffset - first;
    const plausible = bisect(capacity, (i) => this.#near(first + i, (entry) => isPlausible(entry, physicalLimit)));
    if (plausible === 0 || this.#fits(first + plausible - 1, this.#entryFromFile(first + plausible - 1))) {
      return plausible;
    }
    return bisect(plausible, (i) =>
      this.#near(first + i, (entry, offset) => isPlausible(entry, physicalLimit) && this.#fits(offset, entry)),
    );
  }

  /** True when the file ends where the manifest says. */
  #endsAt(end: number, first: number, capacity: number, physicalLimit: number): boolean {
    if (end <= first || end >= first + capacity) return false;
    const last = this.#entryFromFile(end - 1);
    if (last === undefined || !isPlausible(last, physicalLimit) || !this.#fits(end - 1, last)) return false;
    return !this.#near(end, (entry) => isPlausible(entry, physicalLimit));
  }

  /** True when the test holds for the entry or for one of the next: a single damaged one does not end a queue. */
  #near(offset: number, test: (entry: QueueEntry, offset: number) => boolean): boolean {
    for (let i = offset; i < offset + LOOK_AHEAD_ENTRIES; i++) {
      const entry = this.#entryFromFile(i);
      if (entry === undefined) return false;
      if (test(entry, i)) return true;
    }
    return false;
  }

  #fits(offset: number, entry: QueueEntry | undefined): boolean {
    if (entry === undefined) return false;
    // What lies before the log cannot be compared any more.
    if (isPreBlank(entry) || entry.physicalOffset < this.#context.minPhysicalOffset) return true;
    return this.#context.fits(this, offset, entry);
  }

  /** For messages to operators. */
  toString(): string {
    return `${this.topic}/${this.queueId}/${offsetFileName(this.#maxOffset * ENTRY_SIZE_BYTES)}`;
  }
}

const EMPTY = new Uint8Array(0);
/** How many entries in a row may be damaged without ending a queue when it is opened. */
const LOOK_AHEAD_ENTRIES = 4;

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
