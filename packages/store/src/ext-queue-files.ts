/**
 * The files of a queue whose entries refer to extension units. In memory the
 * queue has plain entries: units are made when entries are written, and put back
 * in their place when entries are read.
 */
import type { CqExtUnit } from '@rocketmq-ts/filter';
import type { ConsumeQueueExt, ExtSpan } from './consume-queue-ext.js';
import type { DispatchedMessage } from './consume-queue-interface.js';
import { readExtPlace, writeExtPlace } from './ext-unit.js';
import type { FileQueue } from './file-queue.js';
import { ENTRY_FORMAT, ENTRY_SIZE_BYTES, type QueueEntry, readEntry, writeInt64 } from './queue-entry.js';
import { QueueFiles } from './queue-files.js';
import type { EntryCheck } from './valid-entries.js';

/** How far back the newest entry with a unit is looked for. */
const MAX_LOOK_BACK = 64;

/** Source: ConsumeQueue, where it has a ConsumeQueueExt. */
export class ExtQueueFiles extends QueueFiles<QueueEntry> {
  readonly #ext: ConsumeQueueExt;
  /** What was noted and not written, in the order of the queue. */
  #noted: DispatchedMessage[] = [];
  /** The units of the entries that were read last, from `#readFirst` on. */
  #readUnits: readonly (CqExtUnit | undefined)[] = [];
  #readFirst = 0;

  constructor(files: FileQueue, ext: ConsumeQueueExt) {
    super(files, ENTRY_FORMAT);
    this.#ext = ext;
  }

  override get hasUnsynced(): boolean {
    return super.hasUnsynced || this.#ext.hasUnsynced;
  }

  override load(check: EntryCheck<QueueEntry>): number {
    this.#ext.load();
    return super.load(check);
  }

  override loadExpected(check: EntryCheck<QueueEntry>): number {
    this.#ext.load();
    return super.loadExpected(check);
  }

  override note(message: DispatchedMessage): void {
    const { physicalOffset, sizeBytes, tagsCode, storeTimestamp, messageCount, filterBitMap } = message;
    this.#noted.push({ physicalOffset, sizeBytes, tagsCode, storeTimestamp, messageCount, filterBitMap });
  }

  override setEnd(end: number): void {
    this.#noted = [];
    this.#readUnits = [];
    for (let offset = end - 1; offset >= Math.max(0, end - MAX_LOOK_BACK); offset--) {
      const place = this.#placeAt(offset);
      if (place < 0) continue;
      this.#ext.setNewest(place);
      return;
    }
    this.#ext.setNewest(-1);
  }

  override write(offset: number, end: number, entries: Uint8Array, at: number): number {
    const count = Math.min(end, this.fileEndOf(offset)) - offset;
    const noted = this.#noted.slice(0, count);
    const { places, end: extEnd } = this.#ext.write(noted);
    const written = Uint8Array.prototype.slice.call(entries, at, at + count * ENTRY_SIZE_BYTES);
    for (const [i, place] of places.entries()) if (place >= 0) writeExtPlace(written, i * ENTRY_SIZE_BYTES, place);
    const writtenEnd = super.write(offset, offset + count, written, 0);
    this.#ext.commit(extEnd);
    this.#noted.splice(0, count);
    return writtenEnd;
  }

  /** Units come before the entries that speak of them, here as on the disk: no plain stroke does that. */
  override stroke(): undefined {
    return undefined;
  }

  override flushStroke(): undefined {
    return undefined;
  }

  override async read(offset: number, end: number): Promise<Uint8Array> {
    const entries = await super.read(offset, end);
    const units: (CqExtUnit | undefined)[] = [];
    let span: ExtSpan | undefined;
    let spanEnd = -1;
    for (let at = 0; at < entries.length; at += ENTRY_SIZE_BYTES) {
      const place = readExtPlace(entries, at);
      if (place >= 0 && (place > spanEnd || place < (span?.start ?? 0))) {
        span = await this.#spanFrom(entries, at);
        spanEnd = span.last;
      }
      const unit = place < 0 ? undefined : span?.unitAt(place);
      if (unit !== undefined) writeInt64(entries, at + 12, unit.tagsCode);
      units.push(unit);
    }
    this.#readFirst = offset;
    this.#readUnits = units;
    return entries;
  }

  override extUnit(offset: number): CqExtUnit | undefined {
    return this.#readUnits[offset - this.#readFirst];
  }

  override resolvedAt(offset: number): QueueEntry | undefined {
    const bytes = this.bytesAt(offset);
    if (bytes === undefined) return undefined;
    const place = readExtPlace(bytes, 0);
    const unit = place < 0 ? undefined : this.#ext.unitAt(place);
    if (unit !== undefined) writeInt64(bytes, 12, unit.tagsCode);
    return readEntry(bytes, 0);
  }

  override forgetBefore(offset: number): void {
    const place = this.#placeAt(offset);
    if (place >= 0) this.#ext.forgetBefore(place);
  }

  override async datasync(): Promise<void> {
    await this.#ext.datasync();
    await super.datasync();
  }

  override close(): void {
    this.#ext.close();
    super.close();
  }

  override destroy(): void {
    this.#ext.destroy();
    super.destroy();
  }

  /** The place of the unit that the entry refers to; -1 for none. */
  #placeAt(offset: number): number {
    const bytes = offset < 0 ? undefined : this.bytesAt(offset);
    return bytes === undefined ? -1 : readExtPlace(bytes, 0);
  }

  /** Reads the units of the entry at byte `at` and of as many of the next as one read can bring. */
  #spanFrom(entries: Uint8Array, at: number): Promise<ExtSpan> {
    const first = readExtPlace(entries, at);
    let last = first;
    for (let next = at + ENTRY_SIZE_BYTES; next < entries.length; next += ENTRY_SIZE_BYTES) {
      const place = readExtPlace(entries, next);
      if (place < 0) continue;
      if (!this.#ext.isNear(first, place)) break;
      last = place;
    }
    return this.#ext.readSpan(first, last);
  }
}
