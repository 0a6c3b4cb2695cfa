// The file system of the operating system, behind the port `Files`.
import {
  closeSync,
  constants,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import { open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isFileSystemError } from '../ports/file-system-error.js';
import type { DiskSpace, FileHandle, FileStat, Files, OpenMode } from '../ports/files.js';
import { takeLockFile } from './lock-file.js';
import { NodeFileHandle } from './node-file-handle.js';

const OPEN_FLAGS: Record<OpenMode, number> = {
  read: constants.O_RDONLY,
  readWrite: constants.O_RDWR,
  create: constants.O_RDWR | constants.O_CREAT,
};

/** The files of this machine. Errors are Node's, with the system's `code`. */
export class NodeFiles implements Files {
  openSync(path: string, mode: OpenMode): FileHandle {
    return new NodeFileHandle(path, openSync(path, OPEN_FLAGS[mode], 0o644));
  }

  readFileSync(path: string): Buffer {
    return readFileSync(path);
  }

  mkdirSync(path: string): void {
    mkdirSync(path, { recursive: true });
  }

  readdirSync(path: string): string[] {
    try {
      return readdirSync(path).sort();
    } catch (error) {
      if (isFileSystemError(error, 'ENOENT')) return [];
      throw error;
    }
  }

  statSync(path: string): FileStat | undefined {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return undefined;
    return { sizeBytes: stat.size, modifiedMs: stat.mtimeMs, isDirectory: stat.isDirectory() };
  }

  renameSync(from: string, to: string): void {
    renameSync(from, to);
  }

  unlinkSync(path: string): void {
    try {
      unlinkSync(path);
    } catch (error) {
      if (!isFileSystemError(error, 'ENOENT')) throw error;
    }
  }

  async unlink(path: string): Promise<void> {
    try {
      await unlink(path);
    } catch (error) {
      if (!isFileSystemError(error, 'ENOENT')) throw error;
    }
  }

  removeSync(path: string): void {
    rmSync(path, { recursive: true, force: true });
  }

  /** On Windows, where directories cannot be synced and names are journalled, does nothing. */
  syncDirectorySync(path: string): void {
    if (process.platform === 'win32') return;
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  }

  async syncDirectory(path: string): Promise<void> {
    if (process.platform === 'win32') return;
    const directory = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  }

  /** See `takeLockFile`; the error's code is `ELOCKED`. */
  lockSync(path: string): () => void {
    return takeLockFile(path);
  }

  /** Of the nearest existing directory, so that a store can be asked for before it is made. */
  diskSpaceSync(path: string): DiskSpace {
    let existing = path;
    while (statSync(existing, { throwIfNoEntry: false }) === undefined && dirname(existing) !== existing) {
      existing = dirname(existing);
    }
    const { bsize, blocks, bfree, bavail } = statfsSync(existing);
    return { totalBytes: blocks * bsize, usedBytes: (blocks - bfree) * bsize, freeBytes: bavail * bsize };
  }
}
