/** Ends the log where recovery found its end. Nothing is thrown away: what lies behind it is set aside. */
import type { Files } from '@rocketmq-ts/common';
import type { CommitLog } from './commit-log.js';
import { offsetFileName } from './file-queue.js';

const READ_BYTES = 1024 * 1024;

/** What cutting the log took away. */
export interface CutResult {
  /** Bytes behind the end that were not zero, counted up to the last of them. */
  readonly droppedBytes: number;
  /** Files that hold copies of them. */
  readonly setAside: readonly string[];
}

/**
 * Ends the log at `endOffset`: what lies behind it, in this file and in later
 * ones, is moved to `damagedDirectory` when there is anything in it.
 */
export function cutLog(files: Files, log: CommitLog, endOffset: number, damagedDirectory: string): CutResult {
  const setAside: string[] = [];
  let droppedBytes = 0;
  for (const start of [...log.files.starts]) {
    if (start + log.files.fileSizeBytes <= endOffset) continue;
    const from = Math.max(start, endOffset);
    const dirty = dirtyLength(log, from, start + log.files.fileSizeBytes, start > endOffset);
    droppedBytes += dirty;
    if (start > endOffset && dirty === 0) log.files.remove(start);
    else if (start > endOffset) {
      setAside.push(moveOut(files, log, start, damagedDirectory));
    } else if (dirty > 0) {
      setAside.push(copyOut(files, log, from, dirty, damagedDirectory));
      log.files.zeroFrom(from);
    }
  }
  return { droppedBytes, setAside };
}

/** Length of what is not zero from `from` on; unless `thorough`, a stretch of zeros is taken for the end of it. */
function dirtyLength(log: CommitLog, from: number, end: number, thorough: boolean): number {
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  const zeros = Buffer.alloc(READ_BYTES);
  let dirty = 0;
  for (let offset = from; offset < end; ) {
    const read = log.files.readSync(offset, buffer, 0, Math.min(buffer.length, end - offset));
    if (read === 0) break;
    if (Buffer.compare(buffer.subarray(0, read), zeros.subarray(0, read)) !== 0) {
      let last = read - 1;
      while (buffer[last] === 0) last--;
      dirty = offset + last + 1 - from;
    } else if (!thorough) break;
    offset += read;
  }
  return dirty;
}

/** Moves a whole file; on another disk than the directory, it stays there, in a directory of that name. */
function moveOut(files: Files, log: CommitLog, start: number, directory: string): string {
  const name = `commitlog-${offsetFileName(start)}`;
  const target = freeName(files, directory, name);
  try {
    log.files.setAside(start, target);
    return target;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
  }
  const near = freeName(files, `${log.files.directoryOf(start)}/damaged`, name);
  log.files.setAside(start, near);
  return near;
}

function copyOut(files: Files, log: CommitLog, from: number, length: number, directory: string): string {
  const path = freeName(files, directory, `commitlog-${offsetFileName(from)}`);
  const handle = files.openSync(path, 'create');
  try {
    const buffer = Buffer.allocUnsafe(Math.min(length, READ_BYTES));
    for (let done = 0; done < length; ) {
      const read = log.files.readSync(from + done, buffer, 0, Math.min(buffer.length, length - done));
      if (read === 0) break;
      handle.writeSync(buffer, 0, read, done);
      done += read;
    }
    // Before the original goes.
    handle.datasyncSync();
  } finally {
    handle.closeSync();
  }
  return path;
}

function freeName(files: Files, directory: string, name: string): string {
  files.mkdirSync(directory);
  for (let i = 0; ; i++) {
    const path = `${directory}/${name}${i === 0 ? '' : `-${i}`}.damaged`;
    if (files.statSync(path) === undefined) return path;
  }
}
