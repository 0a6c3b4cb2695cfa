// A file system that fails when and where a test wants it to, over any other.
import {
  type Clock,
  type DiskSpace,
  type FileHandle,
  type FileStat,
  type Files,
  fileSystemError,
  type OpenMode,
  sleep,
} from '@rocketmq-ts/common';
import type { SeededRandom } from './seeded-random.js';

/** What can be made to fail. `sync` is that of a directory. */
export type FileOperation =
  | 'open'
  | 'read'
  | 'write'
  | 'datasync'
  | 'truncate'
  | 'mkdir'
  | 'rename'
  | 'unlink'
  | 'sync';

/** A failure that waits for its operation. */
export interface Fault {
  readonly operation: FileOperation;
  /** The error's code: `EIO`, `ENOSPC` … */
  readonly code: string;
  /** Which operation of this kind (that fits `path`) fails, counted from 1 from when the fault is set. Default: 1. */
  readonly nth?: number;
  /** How many of them in a row fail. Default: 1. */
  readonly times?: number;
  /** Only on paths that fit. Default: all. */
  readonly path?: RegExp;
  /** A write that fails leaves a random part of its bytes. Default: it leaves none. */
  readonly tornBy?: SeededRandom;
}

/** Thrown by the operation that `crashAt` chose and by all after it: the code under test is as dead as its process would be. */
export class SimulatedCrash extends Error {
  /** As other failures of a file system have one: who handles those, handles this. */
  readonly code = 'ECRASHED';

  constructor(operation: number) {
    super(`simulated crash at file operation ${operation}`);
  }
}

/**
 * Wraps `Files` and counts what changes or reads files. To try a crash at every
 * operation: run once, read `operations`, then run again on fresh files with
 * `crashAt(1)`, `crashAt(2)` … and recover after each.
 */
export class FaultyFiles implements Files {
  readonly #files: Files;
  #operations = 0;
  #faults: { fault: Fault; seen: number }[] = [];
  #crashAt = Number.POSITIVE_INFINITY;
  #tornBy: SeededRandom | undefined;
  #crashed = false;
  /** The fault that the last operation met. */
  #failedBy: Fault | undefined;
  #bytesLeft = Number.POSITIVE_INFINITY;
  #datasyncDelay: (() => Promise<void>) | undefined;

  constructor(files: Files) {
    this.#files = files;
  }

  /** Operations so far, the one that crashed included, refused ones not. */
  get operations(): number {
    return this.#operations;
  }

  /** Whether the crash of `crashAt` has happened. */
  get crashed(): boolean {
    return this.#crashed;
  }

  /** Crashes instead of operation number `operation` (from 1, over the life of this object). With `tornBy` a write that crashes leaves a random part of its bytes. */
  crashAt(operation: number, tornBy?: SeededRandom): void {
    this.#crashAt = operation;
    this.#tornBy = tornBy;
  }

  /** Sets one fault more. */
  fail(fault: Fault): void {
    this.#faults.push({ fault, seen: 0 });
  }

  /** Lets writes succeed for `bytes` more, then fail with `ENOSPC`; the write that crosses the limit leaves its first part, as real ones do. */
  limitBytes(bytes: number): void {
    this.#bytesLeft = bytes;
  }

  /** Makes each asynchronous `datasync` take this long. */
  slowDatasync(clock: Clock, delayMs: number): void {
    this.#datasyncDelay = () => sleep(clock, delayMs);
  }

  /** Takes back all faults, the limit and the delay; a crash stays. */
  heal(): void {
    this.#faults = [];
    this.#bytesLeft = Number.POSITIVE_INFINITY;
    this.#datasyncDelay = undefined;
  }

  openSync(path: string, mode: OpenMode): FileHandle {
    this.#before('open', path);
    return this.#wrap(this.#files.openSync(path, mode));
  }

  readFileSync(path: string): Buffer {
    this.#before('read', path);
    return this.#files.readFileSync(path);
  }

  mkdirSync(path: string): void {
    this.#before('mkdir', path);
    this.#files.mkdirSync(path);
  }

  readdirSync(path: string): string[] {
    this.#mustLive();
    return this.#files.readdirSync(path);
  }

  statSync(path: string): FileStat | undefined {
    this.#mustLive();
    return this.#files.statSync(path);
  }

  renameSync(from: string, to: string): void {
    this.#before('rename', from);
    this.#files.renameSync(from, to);
  }

  unlinkSync(path: string): void {
    this.#before('unlink', path);
    this.#files.unlinkSync(path);
  }

  async unlink(path: string): Promise<void> {
    this.#before('unlink', path);
    await this.#files.unlink(path);
  }

  removeSync(path: string): void {
    this.#before('unlink', path);
    this.#files.removeSync(path);
  }

  syncDirectorySync(path: string): void {
    this.#before('sync', path);
    this.#files.syncDirectorySync(path);
  }

  async syncDirectory(path: string): Promise<void> {
    this.#before('sync', path);
    await this.#datasyncDelay?.();
    this.#mustLive();
    await this.#files.syncDirectory(path);
  }

  lockSync(path: string): () => void {
    this.#mustLive();
    const release = this.#files.lockSync(path);
    return () => {
      this.#mustLive();
      release();
    };
  }

  diskSpaceSync(path: string): DiskSpace {
    this.#mustLive();
    return this.#files.diskSpaceSync(path);
  }

  #wrap(handle: FileHandle): FileHandle {
    const { path } = handle;
    return {
      path,
      writeSync: (buffer, offset, length, position) => this.#write(handle, buffer, offset, length, position),
      readSync: (buffer, offset, length, position) => {
        this.#before('read', path);
        return handle.readSync(buffer, offset, length, position);
      },
      read: async (buffer, offset, length, position) => {
        this.#before('read', path);
        return handle.read(buffer, offset, length, position);
      },
      datasync: async () => {
        this.#before('datasync', path);
        await this.#datasyncDelay?.();
        this.#mustLive();
        await handle.datasync();
      },
      datasyncSync: () => {
        this.#before('datasync', path);
        handle.datasyncSync();
      },
      truncateSync: (sizeBytes) => {
        this.#before('truncate', path);
        handle.truncateSync(sizeBytes);
      },
      sizeSync: () => {
        this.#mustLive();
        return handle.sizeSync();
      },
      closeSync: () => handle.closeSync(),
    };
  }

  #write(handle: FileHandle, buffer: Uint8Array, offset: number, length: number, position: number): void {
    try {
      this.#before('write', handle.path);
    } catch (error) {
      const tornBy = error instanceof SimulatedCrash ? this.#tornByCrash() : this.#failedBy?.tornBy;
      if (tornBy) handle.writeSync(buffer, offset, tornBy.nextInt(length + 1), position);
      throw error;
    }
    const fitting = Math.min(length, this.#bytesLeft);
    this.#bytesLeft -= fitting;
    handle.writeSync(buffer, offset, fitting, position);
    if (fitting < length) throw fileSystemError('ENOSPC', `no space left on device, write '${handle.path}'`);
  }

  /** Who decides what the write leaves that crashes at this moment; the writes after it leave nothing. */
  #tornByCrash(): SeededRandom | undefined {
    const tornBy = this.#operations === this.#crashAt ? this.#tornBy : undefined;
    this.#tornBy = undefined;
    return tornBy;
  }

  #before(operation: FileOperation, path: string): void {
    this.#mustLive();
    this.#failedBy = undefined;
    this.#operations++;
    if (this.#operations >= this.#crashAt) {
      this.#crashed = true;
      throw new SimulatedCrash(this.#operations);
    }
    for (const entry of this.#faults) {
      const { fault } = entry;
      if (fault.operation !== operation || (fault.path && !fault.path.test(path))) continue;
      entry.seen++;
      const nth = fault.nth ?? 1;
      if (entry.seen >= nth && entry.seen < nth + (fault.times ?? 1)) {
        this.#failedBy = fault;
        throw fileSystemError(fault.code, `injected fault, ${operation} '${path}'`);
      }
    }
  }

  #mustLive(): void {
    if (this.#crashed) throw new SimulatedCrash(this.#operations);
  }
}
