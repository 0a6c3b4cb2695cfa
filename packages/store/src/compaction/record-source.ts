/** Walks over the records of one log file, whatever has happened to it: only whole records are seen. */
import type { FileHandle, Files } from '@rocketmq-ts/common';
import { RecordBytes } from '../record-bytes.js';
import { largestRecord, MESSAGE_MAGIC_V1, MESSAGE_MAGIC_V2, MIN_RECORD_BYTES } from '../record-layout.js';
import { checkRecord, type DispatchRequest, readDispatchRequest } from '../record-reader.js';

const WINDOW_BYTES = 256 * 1024;
const CHECK = { bodyCrc: true, guard: false, physicalOffset: undefined } as const;

/** One record, as long as the source is not moved on. */
export interface FoundRecord {
  readonly fields: DispatchRequest;
  readonly bytes: Uint8Array;
}

export class RecordSource {
  readonly #handle: FileHandle;
  readonly #sizeBytes: number;
  #window = new RecordBytes(Buffer.alloc(0));
  #windowStart = 0;
  #position = 0;
  #current: FoundRecord | undefined;

  /** Stands at the first record. */
  constructor(files: Files, path: string) {
    this.#handle = files.openSync(path, 'read');
    this.#sizeBytes = this.#handle.sizeSync();
    this.next();
  }

  /** The record at which the source stands; undefined at the end. */
  get current(): FoundRecord | undefined {
    return this.#current;
  }

  /** Goes on to the next record. */
  next(): void {
    this.#current = undefined;
    while (this.#current === undefined && this.#position + MIN_RECORD_BYTES <= this.#sizeBytes) {
      const at = this.#at(MIN_RECORD_BYTES);
      const sizeBytes = this.#window.view.getInt32(at);
      const state = this.#look(sizeBytes);
      if (state === 'whole') this.#take(sizeBytes);
      // Nothing follows zeros and the mark of the end.
      else if (state === 'empty' || state === 'blank') this.#position = this.#sizeBytes;
      else this.#seekMagic();
    }
  }

  close(): void {
    this.#handle.closeSync();
  }

  #look(sizeBytes: number) {
    const rest = this.#sizeBytes - this.#position;
    const wanted = sizeBytes > 0 && sizeBytes <= largestRecord(0) ? sizeBytes : MIN_RECORD_BYTES;
    const at = this.#at(Math.min(rest, Math.max(wanted, MIN_RECORD_BYTES)));
    return checkRecord(this.#window, at, Math.min(rest, this.#window.bytes.length - at), CHECK);
  }

  #take(sizeBytes: number): void {
    const at = this.#at(sizeBytes);
    this.#current = {
      fields: readDispatchRequest(this.#window, at, () => 0),
      bytes: this.#window.bytes.subarray(at, at + sizeBytes),
    };
    this.#position += sizeBytes;
  }

  /** Moves to the next place that could be the start of a record. */
  #seekMagic(): void {
    for (this.#position++; this.#position + MIN_RECORD_BYTES <= this.#sizeBytes; this.#position++) {
      const magic = this.#window.view.getInt32(this.#at(MIN_RECORD_BYTES) + 4);
      if (magic === MESSAGE_MAGIC_V1 || magic === MESSAGE_MAGIC_V2) return;
    }
  }

  /** Where the current position is in the window, after bringing in at least `wanted` bytes. */
  #at(wanted: number): number {
    const at = this.#position - this.#windowStart;
    if (at + wanted <= this.#window.bytes.length) return at;
    const bytes = Buffer.alloc(Math.min(Math.max(wanted, WINDOW_BYTES), this.#sizeBytes - this.#position));
    this.#handle.readSync(bytes, 0, bytes.length, this.#position);
    this.#window = new RecordBytes(bytes);
    this.#windowStart = this.#position;
    return 0;
  }
}
