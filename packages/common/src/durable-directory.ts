/** Directories that are still there after a loss of power. */
import { dirname } from 'node:path';
import { isFileSystemError } from './ports/file-system-error.js';
import type { Files } from './ports/files.js';

/** Makes the directory and its parents, each durable before the next is made. */
export function makeDirectoryDurable(files: Files, path: string): void {
  const missing: string[] = [];
  let at = path;
  for (; files.statSync(at) === undefined && dirname(at) !== at; at = dirname(at)) missing.push(at);
  syncExisting(files, at);
  for (const directory of missing.reverse()) {
    files.mkdirSync(directory);
    files.syncDirectorySync(dirname(directory));
  }
}

/** A run that died may have made the directory, and not its name durable. */
function syncExisting(files: Files, path: string): void {
  try {
    files.syncDirectorySync(dirname(path));
  } catch (error) {
    // A parent that we may not even read was made by others.
    if (!isFileSystemError(error, 'EACCES') && !isFileSystemError(error, 'EPERM')) throw error;
  }
}
