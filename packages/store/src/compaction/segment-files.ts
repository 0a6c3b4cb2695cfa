/** The files of one size in a directory, each named by a number of 20 digits that need not tell where its bytes begin in a whole. */
import type { Files } from '@rocketmq-ts/common';
import { offsetFileName } from '../file-queue.js';
import type { HandleCache } from '../handle-cache.js';

const FILE_NAME = /^\d{20}$/;

export class SegmentFiles {
  readonly directory: string;
  readonly fileSizeBytes: number;
  readonly #files: Files;
  readonly #handles: HandleCache;

  constructor(files: Files, handles: HandleCache, directory: string, fileSizeBytes: number) {
    this.#files = files;
    this.#handles = handles;
    this.directory = directory;
    this.fileSizeBytes = fileSizeBytes;
  }

  /** The numbers of the files that exist, ascending. */
  starts(): number[] {
    return this.#files
      .readdirSync(this.directory)
      .filter((name) => FILE_NAME.test(name))
      .map(Number)
      .filter((start) => Number.isSafeInteger(start))
      .sort((a, b) => a - b);
  }

  pathOf(start: number): string {
    return `${this.directory}/${offsetFileName(start)}`;
  }

  sizeOf(start: number): number {
    return this.#files.statSync(this.pathOf(start))?.sizeBytes ?? 0;
  }

  /** Makes the file, sparse and of full size; an existing one only gets its size. Its name is durable after `syncNames`. */
  create(start: number): void {
    this.#files.mkdirSync(this.directory);
    // One of that name may have been deleted with its directory: it must not get what is written to this one.
    this.release(start);
    const handle = this.#files.openSync(this.pathOf(start), 'create');
    try {
      if (handle.sizeSync() !== this.fileSizeBytes) handle.truncateSync(this.fileSizeBytes);
    } finally {
      handle.closeSync();
    }
  }

  /** Reads up to `length` bytes; what is missing at the end of the file stays as it is. */
  readSync(start: number, position: number, buffer: Uint8Array, length = buffer.length): number {
    return this.#handles.get(this.pathOf(start)).readSync(buffer, 0, length, position);
  }

  /** As `readSync`, without blocking; answers the bytes that are there. */
  async read(start: number, position: number, length: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(length);
    const read = await this.#handles.read(this.pathOf(start), buffer, 0, length, position);
    return buffer.subarray(0, read);
  }

  writeSync(start: number, position: number, bytes: Uint8Array): void {
    this.#handles.get(this.pathOf(start)).writeSync(bytes, 0, bytes.length, position);
  }

  /** Turns everything from `position` on into zeros. */
  zeroFrom(start: number, position: number): void {
    const handle = this.#handles.get(this.pathOf(start));
    handle.truncateSync(position);
    handle.truncateSync(this.fileSizeBytes);
  }

  datasync(start: number): Promise<void> {
    return this.#handles.datasync(this.pathOf(start));
  }

  /** Makes the names in the directory durable. */
  syncNames(): void {
    this.#files.syncDirectorySync(this.directory);
  }

  /** Closes the file before its name gets another meaning. Who reads it reads on. */
  release(start: number): void {
    this.#handles.drop(this.pathOf(start));
  }

  /** Closes all files, before the directory gets another name. */
  releaseAll(): void {
    for (const start of this.starts()) this.release(start);
  }

  remove(start: number): void {
    this.release(start);
    this.#files.unlinkSync(this.pathOf(start));
  }
}
