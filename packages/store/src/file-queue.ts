/**
 * A queue of bytes that is kept in files of one size, each named by the offset
 * of its first byte. It knows names and bytes, not what they mean.
 */
import type { FileHandle, Files } from '@rocketmq-ts/common';
import { bisect } from './bisect.js';
import type { HandleCache } from './handle-cache.js';
import { moveDirectoryAway } from './stray-directory.js';

const NONE: readonly number[] = [];
const FILE_NAME = /^\d{20}$/;

/** Where the files of a queue lie when they do not all lie in one directory. */
export interface QueueDirectories {
  /** Every directory that may hold files; at least one. */
  readonly all: readonly string[];
  /** The directory for a new file; `fileNumber` is the offset of its first byte divided by the size of a file. */
  choose(fileNumber: number): string;
}

/** The name of the file that starts at `offset`: 20 digits. */
export function offsetFileName(offset: number): string {
  return String(offset).padStart(20, '0');
}

/** Source: MappedFileQueue, MultiPathMappedFileQueue, DefaultMappedFile. */
export class FileQueue {
  readonly fileSizeBytes: number;
  readonly #files: Files;
  readonly #handles: HandleCache;
  // There are many queues with one directory and nothing read yet: they are to be small.
  readonly #directories: QueueDirectories | undefined;
  readonly #firstDirectory: string;
  /** Directories of the files that are not in the first one. */
  #elsewhere: Map<number, string> | undefined;
  /** First offsets of the files that exist, ascending. */
  #starts: readonly number[] = NONE;

  constructor(files: Files, handles: HandleCache, directory: string | QueueDirectories, fileSizeBytes: number) {
    this.#files = files;
    this.#handles = handles;
    this.#directories = typeof directory === 'string' ? undefined : directory;
    this.#firstDirectory = typeof directory === 'string' ? directory : directory.all[0]!;
    this.fileSizeBytes = fileSizeBytes;
  }

  /**
   * Reads the names in the directories; files with other names are not ours and stay untouched. A directory that
   * has the name of a file is moved out of its way, beside the directory of the files.
   * Throws when two directories hold a file of one name.
   */
  load(): void {
    const starts = new Set<number>();
    this.#elsewhere = undefined;
    for (const directory of this.#allDirectories()) {
      for (const name of this.#files.readdirSync(directory)) {
        const start = Number(name);
        if (!FILE_NAME.test(name) || !Number.isSafeInteger(start)) continue;
        if (this.#files.statSync(`${directory}/${name}`)?.isDirectory !== false) {
          moveDirectoryAway(this.#files, `${directory}/${name}`, `${directory}.damaged-${name}`);
          continue;
        }
        if (starts.has(start)) {
          throw new Error(
            `${this.pathOf(start)} and ${directory}/${name} are the same file twice: remove the wrong one`,
          );
        }
        starts.add(start);
        this.#note(start, directory);
      }
    }
    this.#starts = [...starts].sort((a, b) => a - b);
  }

  get starts(): readonly number[] {
    return this.#starts;
  }

  get count(): number {
    return this.#starts.length;
  }

  /** Offset of the first byte; 0 when there is no file. */
  get minOffset(): number {
    return this.#starts[0] ?? 0;
  }

  /** Offset after the last file; 0 when there is none. */
  get endOffset(): number {
    const last = this.#starts.at(-1);
    return last === undefined ? 0 : last + this.fileSizeBytes;
  }

  pathOf(start: number): string {
    return `${this.directoryOf(start)}/${offsetFileName(start)}`;
  }

  /** The directory that holds the file. */
  directoryOf(start: number): string {
    return this.#elsewhere?.get(start) ?? this.#firstDirectory;
  }

  /** First offset of the file that holds `offset`. */
  startOf(offset: number): number {
    return offset - (offset % this.fileSizeBytes);
  }

  has(start: number): boolean {
    const starts = this.#starts;
    // Nearly always the last one is asked for.
    if (starts.at(-1) === start) return true;
    return starts[bisect(starts.length, (i) => starts[i]! < start)] === start;
  }

  statSize(start: number): number {
    return this.#files.statSync(this.pathOf(start))?.sizeBytes ?? 0;
  }

  modifiedMs(start: number): number {
    return this.#files.statSync(this.pathOf(start))?.modifiedMs ?? 0;
  }

  /**
   * Makes the file that starts at `start`, sparse and of full size; an existing
   * one only gets its size. Its name is durable after `syncDirectory`.
   */
  create(start: number): void {
    const isNew = !this.has(start);
    const directory = isNew ? this.#choose(start) : this.directoryOf(start);
    if (isNew) this.#files.mkdirSync(directory);
    const handle = this.#handles.create(`${directory}/${offsetFileName(start)}`);
    const sizeBytes = handle.sizeSync();
    // ext4 begins to write what a file got since it was emptied when it is closed; else it waits for each
    // file's own flush, and thousands of them take many times as long.
    if (sizeBytes === 0) handle.truncateSync(0);
    if (sizeBytes < this.fileSizeBytes) handle.truncateSync(this.fileSizeBytes);
    if (isNew) this.#insert(start, directory);
  }

  /** Takes in a file that was made at `pathOf(start)`. */
  adopt(start: number): void {
    if (!this.has(start)) this.#insert(start, this.directoryOf(start));
  }

  /** Closes the file for now: the system may begin to write what it got. */
  release(start: number): void {
    this.#handles.drop(this.pathOf(start));
  }

  /** Makes the names in one of the directories durable, and that others are gone. */
  syncDirectory(directory: string): void {
    this.#files.syncDirectorySync(directory);
  }

  /** The open file that starts at `start`, for use in this turn. */
  handle(start: number): FileHandle {
    return this.#handles.get(this.pathOf(start));
  }

  /** Reads up to `length` bytes at `offset`, not beyond the file that holds it; answers the number of bytes. */
  readSync(offset: number, buffer: Uint8Array, at: number, length: number): number {
    const start = this.startOf(offset);
    if (!this.has(start)) return 0;
    const inFile = Math.min(length, start + this.fileSizeBytes - offset);
    return this.handle(start).readSync(buffer, at, inFile, offset - start);
  }

  /** Fills `buffer` from `offset` on, also when `load` was not called; false when the file is missing or too short. */
  tryReadSync(offset: number, buffer: Uint8Array): boolean {
    const start = this.startOf(offset);
    try {
      return this.handle(start).readSync(buffer, 0, buffer.length, offset - start) === buffer.length;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
  }

  /** As `readSync`, without blocking. */
  read(offset: number, buffer: Uint8Array, at: number, length: number): Promise<number> {
    const start = this.startOf(offset);
    if (!this.has(start)) return Promise.resolve(0);
    const inFile = Math.min(length, start + this.fileSizeBytes - offset);
    return this.#handles.read(this.pathOf(start), buffer, at, inFile, offset - start);
  }

  /** Lends the descriptor of the file that holds `offset`, with the position in it: see `HandleCache#lend`. */
  lend<T>(offset: number, use: (descriptor: number, position: number) => Promise<T> | undefined) {
    const start = this.startOf(offset);
    return this.has(start) ? this.#handles.lend(this.pathOf(start), (file) => use(file, offset - start)) : undefined;
  }

  /** Writes within one file, which must exist. */
  writeSync(offset: number, buffer: Uint8Array, at: number, length: number): void {
    const start = this.startOf(offset);
    this.handle(start).writeSync(buffer, at, length, offset - start);
  }

  datasync(start: number): Promise<void> {
    return this.#handles.datasync(this.pathOf(start));
  }

  /** Turns everything from `offset` to the end of its file into zeros, without needing space on the disk. */
  zeroFrom(offset: number): void {
    const start = this.startOf(offset);
    const handle = this.handle(start);
    handle.truncateSync(offset - start);
    handle.truncateSync(this.fileSizeBytes);
  }

  /** Deletes the file that starts at `start`. */
  remove(start: number): void {
    const path = this.pathOf(start);
    this.#handles.drop(path);
    this.#files.unlinkSync(path);
    this.#forget(start);
  }

  /**
   * As `remove`, when the name will be used again: a power cut may bring the old file back in place of the new one,
   * and finds it empty then.
   */
  removeEmptied(start: number): void {
    const handle = this.handle(start);
    handle.truncateSync(0);
    handle.datasyncSync();
    this.remove(start);
  }

  /** As `remove`, without blocking: the file is out of the queue at once, and in it again when it cannot be deleted. */
  async delete(start: number): Promise<void> {
    const path = this.pathOf(start);
    const directory = this.directoryOf(start);
    this.#handles.drop(path);
    this.#forget(start);
    try {
      await this.#files.unlink(path);
    } catch (error) {
      this.#insert(start, directory);
      throw error;
    }
  }

  /** Moves the file out of the queue, to `target`. */
  setAside(start: number, target: string): void {
    const path = this.pathOf(start);
    this.#handles.drop(path);
    this.#files.renameSync(path, target);
    this.#forget(start);
  }

  /** Closes the open files of the queue. */
  close(): void {
    for (const start of this.#starts) this.#handles.drop(this.pathOf(start));
  }

  /** Deletes all files and the directories, which may be made again: a power cut does not bring the old ones back. */
  destroy(): void {
    this.close();
    this.#starts = NONE;
    this.#elsewhere = undefined;
    for (const directory of this.#allDirectories()) {
      if (this.#files.statSync(directory) === undefined) continue;
      this.#files.removeSync(directory);
      this.#files.syncDirectorySync(directory.slice(0, directory.lastIndexOf('/')));
    }
  }

  #insert(start: number, directory: string): void {
    this.#starts = [...this.#starts, start].sort((a, b) => a - b);
    this.#note(start, directory);
  }

  #choose(start: number): string {
    return this.#directories?.choose(start / this.fileSizeBytes) ?? this.#firstDirectory;
  }

  #allDirectories(): readonly string[] {
    return this.#directories?.all ?? [this.#firstDirectory];
  }

  #note(start: number, directory: string): void {
    if (directory === this.#firstDirectory) return;
    this.#elsewhere ??= new Map();
    this.#elsewhere.set(start, directory);
  }

  #forget(start: number): void {
    this.#starts = this.#starts.filter((other) => other !== start);
    this.#elsewhere?.delete(start);
  }
}
