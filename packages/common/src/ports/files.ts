/** What `Files.stat` tells of a path. */
export interface FileStat {
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  readonly isDirectory: boolean;
}

/** How a file is opened: reading an existing one, reading and writing an existing one, or writing one that is made when missing (never truncated). */
export type OpenMode = 'read' | 'readWrite' | 'create';

/** Errors of the file system carry the system's code (`ENOENT`, `ENOSPC`, `EIO` …) in `code`, as Node's do. */
export interface FileSystemError extends Error {
  readonly code: string;
}

/**
 * An open file. Positions are bytes from the start. Writes reach the operating
 * system (and survive the death of the process) when the call returns; they
 * survive a loss of power only after `datasync`.
 */
export interface FileHandle {
  readonly path: string;
  /** By which other threads of the process can read it, as long as it is open; undefined when the file is not the system's. */
  readonly descriptor?: number | undefined;
  /** Writes all of `buffer[offset, offset + length)` at `position`, retrying short writes; throws when the system refuses. */
  writeSync(buffer: Uint8Array, offset: number, length: number, position: number): void;
  /** Reads up to `length` bytes; the answer is less than `length` only at the end of the file. */
  readSync(buffer: Uint8Array, offset: number, length: number, position: number): number;
  /** As `readSync`, without blocking the event loop. */
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<number>;
  /** Makes all that was written before the call durable. After a failure the state of the file's unflushed bytes is unknown. */
  datasync(): Promise<void>;
  datasyncSync(): void;
  /** Sets the size; growing makes a sparse hole of zeros. */
  truncateSync(sizeBytes: number): void;
  sizeSync(): number;
  /** Closes the file; a second call does nothing. */
  closeSync(): void;
}

/** Space on the file system that holds a path. */
export interface DiskSpace {
  readonly totalBytes: number;
  /** Bytes that anything takes up; with the free ones they may be less than the total, of which a part can be reserved. */
  readonly usedBytes: number;
  /** Bytes free for an ordinary user. */
  readonly freeBytes: number;
}

/**
 * The file system. Node's implementation is `NodeFiles`; the testkit has an
 * in-memory one that loses what was not synced when it "crashes".
 */
export interface Files {
  openSync(path: string, mode: OpenMode): FileHandle;
  /** Whole content; throws `ENOENT` when missing. */
  readFileSync(path: string): Buffer;
  /** Makes the directory and its parents; an existing one is fine. */
  mkdirSync(path: string): void;
  /** Names in a directory, sorted; empty when the directory is missing. */
  readdirSync(path: string): string[];
  /** `undefined` when nothing is there. */
  statSync(path: string): FileStat | undefined;
  renameSync(from: string, to: string): void;
  /** Removes a file; a missing one is fine. */
  unlinkSync(path: string): void;
  /** As `unlinkSync`, without blocking: freeing a large file takes the system a while. */
  unlink(path: string): Promise<void>;
  /** Removes a directory and all below it; a missing one is fine. */
  removeSync(path: string): void;
  /** Makes the names in a directory durable (creation, rename, removal). */
  syncDirectorySync(path: string): void;
  /** As `syncDirectorySync`, without blocking: on a busy disk it takes tenths of a second. */
  syncDirectory(path: string): Promise<void>;
  /** Takes an exclusive lock file for this process; throws when another living process holds it. The answer releases it. */
  lockSync(path: string): () => void;
  diskSpaceSync(path: string): DiskSpace;
}
