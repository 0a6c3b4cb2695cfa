/** Keeps a bounded number of files open: the store has far more files than a process may hold open. */
import type { FileHandle, Files, OpenMode } from '@rocketmq-ts/common';

interface Entry {
  readonly handle: FileHandle;
  /** Asynchronous operations that run on it: it is not closed under them. */
  users: number;
  /** Taken out of the cache while in use: the last user closes it. */
  dropped: boolean;
}

/** Open files by path, the least recently used of which are closed first. */
export class HandleCache {
  readonly #files: Files;
  readonly #limit: number;
  readonly #entries = new Map<string, Entry>();

  constructor(files: Files, limit: number) {
    this.#files = files;
    this.#limit = limit;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The open file, for use in this turn only. Throws what the file system throws; `ENOENT` when it is missing. */
  get(path: string): FileHandle {
    return this.#entry(path).handle;
  }

  /** As `get`, of a file that is made when it is missing. */
  create(path: string): FileHandle {
    return this.#entry(path, 'create').handle;
  }

  /** Reads without blocking; answers the number of bytes. */
  async read(path: string, buffer: Uint8Array, offset: number, length: number, position: number): Promise<number> {
    const entry = this.#entry(path);
    entry.users++;
    try {
      return await entry.handle.read(buffer, offset, length, position);
    } finally {
      this.#release(entry);
    }
  }

  /** Lends the descriptor of the file, which is not closed before what `use` begins has ended; undefined when it begins nothing. */
  lend<T>(path: string, use: (descriptor: number) => Promise<T> | undefined): Promise<T> | undefined {
    const entry = this.#entry(path);
    const { descriptor } = entry.handle;
    const using = descriptor === undefined ? undefined : use(descriptor);
    if (using === undefined) return undefined;
    entry.users++;
    return using.finally(() => this.#release(entry));
  }

  /** Makes the file's written bytes durable. */
  async datasync(path: string): Promise<void> {
    const entry = this.#entry(path);
    entry.users++;
    try {
      await entry.handle.datasync();
    } finally {
      this.#release(entry);
    }
  }

  /** Closes the file, once nobody reads it any more. */
  drop(path: string): void {
    const entry = this.#entries.get(path);
    if (entry === undefined) return;
    this.#entries.delete(path);
    this.#drop(entry);
  }

  closeAll(): void {
    for (const path of [...this.#entries.keys()]) this.drop(path);
  }

  #entry(path: string, mode: OpenMode = 'readWrite'): Entry {
    const known = this.#entries.get(path);
    if (known !== undefined) {
      this.#entries.delete(path);
      this.#entries.set(path, known);
      return known;
    }
    const entry: Entry = { handle: this.#files.openSync(path, mode), users: 0, dropped: false };
    this.#entries.set(path, entry);
    if (this.#entries.size > this.#limit) this.#evict();
    return entry;
  }

  #evict(): void {
    for (const [path, entry] of this.#entries) {
      if (this.#entries.size <= this.#limit) return;
      this.#entries.delete(path);
      this.#drop(entry);
    }
  }

  #drop(entry: Entry): void {
    entry.dropped = true;
    if (entry.users === 0) entry.handle.closeSync();
  }

  #release(entry: Entry): void {
    entry.users--;
    if (entry.dropped && entry.users === 0) entry.handle.closeSync();
  }
}
