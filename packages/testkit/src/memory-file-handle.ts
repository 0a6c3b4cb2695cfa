// An open file of the simulated file system: checks each use, then moves bytes of its `MemoryFile`.
import { type FileHandle, fileSystemError } from '@rocketmq-ts/common';
import type { MemoryFile } from './memory-file.js';

/** What a handle needs of the file system that opened it. */
export interface HandleHost {
  mustBeAlive(action: string, path: string): void;
  mustHaveSpace(file: MemoryFile, position: number, length: number): void;
  shrunk(file: MemoryFile, pages: number): void;
  now(): number;
}

/** An open file of `MemoryFiles`. */
export class MemoryFileHandle implements FileHandle {
  readonly path: string;
  readonly #file: MemoryFile;
  readonly #writable: boolean;
  readonly #host: HandleHost;
  #closed = false;

  constructor(path: string, file: MemoryFile, writable: boolean, host: HandleHost) {
    this.path = path;
    this.#file = file;
    this.#writable = writable;
    this.#host = host;
  }

  writeSync(buffer: Uint8Array, offset: number, length: number, position: number): void {
    this.#mustBeOpen('write');
    this.#mustBeWritable('write');
    mustBeWithin(buffer, offset, length, position);
    this.#host.mustHaveSpace(this.#file, position, length);
    this.#file.write(buffer, offset, length, position);
    this.#file.modifiedMs = this.#host.now();
  }

  readSync(buffer: Uint8Array, offset: number, length: number, position: number): number {
    this.#mustBeOpen('read');
    mustBeWithin(buffer, offset, length, position);
    return this.#file.read(buffer, offset, length, position);
  }

  async read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<number> {
    this.#mustBeOpen('read');
    mustBeWithin(buffer, offset, length, position);
    await Promise.resolve();
    this.#host.mustBeAlive('read', this.path);
    return this.#file.read(buffer, offset, length, position);
  }

  /** Durable is what was written before the call, and only once the answer is there. */
  async datasync(): Promise<void> {
    this.#mustBeOpen('datasync');
    const end = this.#file.nextChange;
    await Promise.resolve();
    this.#host.mustBeAlive('datasync', this.path);
    this.#file.makeDurable(end);
  }

  datasyncSync(): void {
    this.#mustBeOpen('datasync');
    this.#file.makeDurable(this.#file.nextChange);
  }

  truncateSync(sizeBytes: number): void {
    this.#mustBeOpen('truncate');
    this.#mustBeWritable('truncate');
    const before = this.#file.pageCount;
    this.#file.truncate(sizeBytes);
    this.#file.modifiedMs = this.#host.now();
    this.#host.shrunk(this.#file, before - this.#file.pageCount);
  }

  sizeSync(): number {
    this.#mustBeOpen('stat');
    return this.#file.sizeBytes;
  }

  closeSync(): void {
    this.#closed = true;
  }

  #mustBeOpen(action: string): void {
    if (this.#closed) throw fileSystemError('EBADF', `file is closed, ${action} '${this.path}'`);
    this.#host.mustBeAlive(action, this.path);
  }

  #mustBeWritable(action: string): void {
    if (!this.#writable) throw fileSystemError('EBADF', `file was opened for reading, ${action} '${this.path}'`);
  }
}

function mustBeWithin(buffer: Uint8Array, offset: number, length: number, position: number): void {
  if (offset < 0 || length < 0 || offset + length > buffer.length) {
    throw new RangeError(`offset ${offset} and length ${length} are outside a buffer of ${buffer.length} bytes`);
  }
  if (!Number.isSafeInteger(position) || position < 0)
    throw new RangeError(`position ${position} is not within a file`);
}
