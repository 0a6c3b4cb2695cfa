/** Directories that are still there after a loss of power. */
import { dirname } from 'node:path';
import type { Files } from './ports/files.js';

/** Makes the directory and its parents, and the names of those it made durable. */
export function makeDirectoryDurable(files: Files, path: string): void {
  const parents: string[] = [];
  for (let at = path; files.statSync(at) === undefined && dirname(at) !== at; at = dirname(at))
    parents.push(dirname(at));
  if (parents.length === 0) return;
  files.mkdirSync(path);
  for (const parent of parents.reverse()) files.syncDirectorySync(parent);
}
