// How failures of the file system are made and recognised, whichever implementation of `Files` is in use.
import type { FileSystemError } from './files.js';

/** Makes an error as the system makes them: `code` is the system's name of it (`ENOENT`, `EIO` …), the message opens with it. */
export function fileSystemError(code: string, message: string): FileSystemError {
  return Object.assign(new Error(`${code}: ${message}`), { code });
}

/** Tells whether `error` is a failure of the file system with this code; with no code, with any. */
export function isFileSystemError(error: unknown, code?: string): error is FileSystemError {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return false;
  return code === undefined || error.code === code;
}
