// Exclusive lock files: one names the process that holds it, so that the lock of a dead process can be told from a living one's.
import { linkSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { threadId } from 'node:worker_threads';
import { fileSystemError, isFileSystemError } from '../ports/file-system-error.js';

const TAKE_OVER_ATTEMPTS = 5;
let lastAttempt = 0;

/**
 * Takes the lock file for this process and answers what releases it. The file
 * holds one line: the pid, and where the system tells it, the start time of the
 * process, since pids are used again (in a container ours is always the same);
 * a thread other than the first adds its number.
 * Throws when a living process holds the lock, this one included.
 */
export function takeLockFile(path: string): () => void {
  const mine = ownerLine(process.pid, threadId);
  for (let attempt = 0; attempt < TAKE_OVER_ATTEMPTS; attempt++) {
    if (createLock(path, mine)) return () => releaseLock(path, mine);
    const held = readIfPresent(path);
    if (held === undefined) continue;
    if (isHeldByLivingProcess(held)) throw lockedError(path, held);
    removeStaleLock(path, held);
  }
  throw lockedError(path, readIfPresent(path) ?? '');
}

/**
 * Removes a lock file that this thread of this process holds, and no other: for a thread that is no more, as the
 * process lives on and would be taken for the holder for ever. Numbers of threads are not used again.
 */
export function dropLockFile(path: string, thread: number): void {
  releaseLock(path, ownerLine(process.pid, thread));
}

/** Creates the file with its content at once: a half-written lock is never seen under the lock's name. */
function createLock(path: string, content: string): boolean {
  const draft = uniqueName(path);
  try {
    writeFileSync(draft, content, { flag: 'wx' });
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (!isFileSystemError(error)) throw error;
    if (error.code === 'EEXIST') return false;
    throw fileSystemError(error.code, `lock '${path}' can not be written: ${error.message}`);
  } finally {
    // On a full disk the draft may be there without its content, or not at all.
    rmSync(draft, { force: true });
  }
}

/** Moves the lock aside before it is removed, and back when it proves to be another's newer one. */
function removeStaleLock(path: string, stale: string): void {
  const aside = uniqueName(path);
  try {
    renameSync(path, aside);
    if (readFileSync(aside, 'utf8') !== stale) linkSync(aside, path);
    unlinkSync(aside);
  } catch (error) {
    // Another process was faster; the next attempt sees what it did.
    if (!isFileSystemError(error, 'ENOENT') && !isFileSystemError(error, 'EEXIST')) throw error;
  }
}

function releaseLock(path: string, mine: string): void {
  if (readIfPresent(path) === mine) unlinkSync(path);
}

function isHeldByLivingProcess(line: string): boolean {
  const pid = Number(line.trim().split(' ')[0]);
  if (!Number.isSafeInteger(pid) || pid <= 0 || !isAlive(pid)) return false;
  return ownerLine(pid) === line.replace(/ thread \d+$/m, '');
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if (isFileSystemError(error, 'EPERM')) return true;
    if (isFileSystemError(error, 'ESRCH')) return false;
    throw error;
  }
}

/** `thread` is 0 for the first thread of a process, and for one whose threads do not matter. */
function ownerLine(pid: number, thread = 0): string {
  // /proc/PID/stat: the name in parentheses may hold anything, the fields after it are numbers; the 20th of them is the start time.
  const stat = readIfPresent(`/proc/${pid}/stat`);
  const started = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  const owner = started === undefined ? `${pid}` : `${pid} ${started}`;
  return thread === 0 ? `${owner}\n` : `${owner} thread ${thread}\n`;
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    // ESRCH: the process ended while its entry in /proc was read.
    if (isFileSystemError(error, 'ENOENT') || isFileSystemError(error, 'ESRCH')) return undefined;
    throw error;
  }
}

function uniqueName(path: string): string {
  lastAttempt++;
  return `${path}.${process.pid}.${threadId}.${process.hrtime.bigint()}.${lastAttempt}`;
}

function lockedError(path: string, holder: string): Error {
  const pid = holder.trim().split(' ')[0] ?? 'unknown';
  return Object.assign(new Error(`lock '${path}' is held by process ${pid}: stop it or use another directory`), {
    code: 'ELOCKED',
  });
}
