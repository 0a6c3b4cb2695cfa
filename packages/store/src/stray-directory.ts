/** Directories that stand where a file of the store belongs: a restore that went wrong leaves them. */
import type { Files } from '@rocketmq-ts/common';

/**
 * Takes a directory out of the way of the file that belongs there: an empty one is removed, another one is renamed to
 * `target` with a number. Answers where it went; undefined when there is a file, nothing, or nothing was in it.
 */
export function moveDirectoryAway(files: Files, path: string, target = `${path}.damaged`): string | undefined {
  if (files.statSync(path)?.isDirectory !== true) return undefined;
  if (files.readdirSync(path).length === 0) {
    files.removeSync(path);
    return undefined;
  }
  let free = target;
  for (let i = 1; files.statSync(free) !== undefined; i++) free = `${target}-${i}`;
  files.renameSync(path, free);
  return free;
}
