/**
 * The extension files of a queue: units one behind the other, to which the
 * entries of the queue refer. They only make filtering cheaper: an entry whose
 * unit cannot be read passes the filter, which then asks the message itself.
 */
import type { DispatchedMessage } from './consume-queue-interface.js';
import {
  EXT_END_BYTES,
  type ExtUnit,
  extUnitSize,
  MAX_EXT_UNIT_BYTES,
  MIN_EXT_UNIT_BYTES,
  readExtUnit,
  writeExtUnit,
} from './ext-unit.js';
import type { FileQueue } from './file-queue.js';

/** Units that one read brings take at most. */
const MAX_READ_BYTES = 256 * 1024;

/** Units that were read together. */
export class ExtSpan {
  /** Place of the first unit. */
  readonly start: number;
  /** Place of the last unit. */
  readonly last: number;
  readonly #bytes: Uint8Array;

  constructor(start: number, last: number, bytes: Uint8Array) {
    this.start = start;
    this.last = last;
    this.#bytes = bytes;
  }

  /** The unit at a place; undefined when it is not among them. */
  unitAt(place: number): ExtUnit | undefined {
    return readExtUnit(this.#bytes, place - this.start);
  }
}

/** Places are bytes from the start of the first file that ever was. Source: ConsumeQueueExt. */
export class ConsumeQueueExt {
  readonly #files: FileQueue;
  /** Where the next unit goes. */
  #end = 0;
  readonly #unsynced = new Set<number>();

  constructor(files: FileQueue) {
    this.#files = files;
  }

  get hasUnsynced(): boolean {
    return this.#unsynced.size > 0;
  }

  load(): void {
    this.#files.load();
  }

  /** The newest entry that refers to a unit refers to `place`: units behind it are leftovers. -1: there is none. */
  setNewest(place: number): void {
    if (place < 0) this.#end = this.#files.endOffset;
    // Also when the unit is lost: its place is not given out again.
    else this.#end = place + (this.unitAt(place)?.sizeBytes ?? MIN_EXT_UNIT_BYTES);
  }

  /**
   * Writes units; answers their places, -1 for one that is too large. They
   * count only once `commit` is called: a later call writes over those that are not.
   */
  write(messages: readonly DispatchedMessage[]): { readonly places: readonly number[]; readonly end: number } {
    const places: number[] = [];
    let end = this.#end;
    let run: DispatchedMessage[] = [];
    let runStart = end;
    for (const message of messages) {
      const sizeBytes = extUnitSize(message.filterBitMap);
      if (sizeBytes > Math.min(MAX_EXT_UNIT_BYTES, this.#files.fileSizeBytes - EXT_END_BYTES)) {
        places.push(-1);
        continue;
      }
      const fileEnd = this.#files.startOf(end) + this.#files.fileSizeBytes;
      if (sizeBytes > fileEnd - end - EXT_END_BYTES) {
        this.#writeRun(run, runStart, end);
        this.#endFile(end, fileEnd);
        run = [];
        runStart = fileEnd;
        end = fileEnd;
      }
      places.push(end);
      run.push(message);
      end += sizeBytes;
    }
    this.#writeRun(run, runStart, end);
    return { places, end };
  }

  /** The units up to `end` are referred to by entries that are written. */
  commit(end: number): void {
    this.#end = end;
  }

  /** One unit, from its file; undefined when none stands there. */
  unitAt(place: number): ExtUnit | undefined {
    const buffer = Buffer.alloc(MAX_EXT_UNIT_BYTES);
    const read = this.#files.readSync(place, buffer, 0, buffer.length);
    return readExtUnit(buffer.subarray(0, read), 0);
  }

  /** The units from `first` on, up to the one at `last` and as far as one read goes; both in the same file. */
  async readSpan(first: number, last: number): Promise<ExtSpan> {
    const wanted = Math.min(last - first + MAX_EXT_UNIT_BYTES, MAX_READ_BYTES);
    const buffer = Buffer.allocUnsafe(wanted);
    const read = await this.#files.read(first, buffer, 0, wanted);
    return new ExtSpan(first, last, buffer.subarray(0, read));
  }

  /** True when one read can bring both units. */
  isNear(first: number, last: number): boolean {
    return (
      last >= first &&
      last - first + MAX_EXT_UNIT_BYTES <= MAX_READ_BYTES &&
      this.#files.startOf(first) === this.#files.startOf(last)
    );
  }

  /** Deletes the files, all but the last, that end before `place`. */
  forgetBefore(place: number): void {
    for (const start of [...this.#files.starts].slice(0, -1)) {
      if (start + this.#files.fileSizeBytes < place) this.#files.remove(start);
    }
  }

  async datasync(): Promise<void> {
    const starts = [...this.#unsynced];
    this.#unsynced.clear();
    for (const start of starts) if (this.#files.has(start)) await this.#files.datasync(start);
  }

  close(): void {
    this.#files.close();
  }

  /** Deletes all files and the directory. */
  destroy(): void {
    this.#files.destroy();
    this.#end = 0;
  }

  #writeRun(messages: readonly DispatchedMessage[], start: number, end: number): void {
    if (end === start) return;
    const bytes = Buffer.allocUnsafe(end - start);
    let at = 0;
    for (const message of messages) {
      writeExtUnit(bytes, at, message);
      at += extUnitSize(message.filterBitMap);
    }
    this.#writeBytes(start, bytes);
  }

  /** Marks that no unit follows in the file. */
  #endFile(end: number, fileEnd: number): void {
    if (end + 2 <= fileEnd) this.#writeBytes(end, Uint8Array.of(0xff, 0xff));
  }

  #writeBytes(place: number, bytes: Uint8Array): void {
    const start = this.#files.startOf(place);
    if (!this.#files.has(start)) this.#files.create(start);
    this.#files.writeSync(place, bytes, 0, bytes.length);
    this.#unsynced.add(start);
  }
}
