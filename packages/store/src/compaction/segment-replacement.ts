/**
 * Puts the segments that a compaction has made in the place of those it has
 * read. Several files change their names, and the process may end between any
 * two of them: a small file in the directory of the new segments says what is
 * under way, and the next start ends it. Files with one name of the old and one
 * of the new state are never there together, as the queue files go first: a
 * reference broker that meets such a directory refuses it instead of serving
 * one message for another.
 */
import {
  type Files,
  isFileSystemError,
  isJsonObject,
  MalformedDataError,
  parseJson,
  writeJson,
} from '@rocketmq-ts/common';
import { offsetFileName } from '../file-queue.js';
import type { SegmentFiles } from './segment-files.js';

/** The directory of new segments, below that of the old ones. The reference makes it and looks into it too. */
export const COMPACTING_FOLDER = 'compacting';
const MARK = 'replacement';

/** The two directories of a queue. */
export interface PartitionDirectories {
  readonly log: SegmentFiles;
  readonly queue: SegmentFiles;
}

/** Which segments go and which come. */
export interface Replacement {
  readonly old: readonly number[];
  readonly new: readonly number[];
}

/** Says durably that the new segments, which are durable, are to take the place of the old ones. From here on there is no way back. */
export function announceReplacement(
  files: Files,
  { log, queue }: PartitionDirectories,
  replacement: Replacement,
): void {
  const directory = `${log.directory}/${COMPACTING_FOLDER}`;
  log.syncNames();
  queue.syncNames();
  const path = `${directory}/${MARK}`;
  const bytes = Buffer.from(writeJson({ old: replacement.old, new: replacement.new }));
  const handle = files.openSync(`${path}.tmp`, 'create');
  try {
    handle.truncateSync(0);
    handle.writeSync(bytes, 0, bytes.length, 0);
    handle.datasyncSync();
  } finally {
    handle.closeSync();
  }
  files.renameSync(`${path}.tmp`, path);
  files.syncDirectorySync(directory);
}

/** Does what was announced, for the first time. */
export function replaceSegments(files: Files, directories: PartitionDirectories, replacement: Replacement): void {
  for (const start of replacement.old) {
    directories.log.release(start);
    directories.queue.remove(start);
  }
  finishReplacement(files, directories, replacement);
}

/** Does what is left of it. Doing it again changes nothing. */
export function finishReplacement(files: Files, directories: PartitionDirectories, replacement: Replacement): void {
  for (const part of [directories.log, directories.queue]) {
    for (const start of replacement.new) moveUp(files, part, start);
    for (const start of replacement.old) if (!replacement.new.includes(start)) part.remove(start);
    part.syncNames();
    const compacting = `${part.directory}/${COMPACTING_FOLDER}`;
    if (files.statSync(compacting) !== undefined) files.syncDirectorySync(compacting);
  }
  // The mark goes last.
  for (const part of [directories.queue, directories.log]) {
    files.removeSync(`${part.directory}/${COMPACTING_FOLDER}`);
    part.syncNames();
  }
}

/** What was announced and not done before the process ended; undefined when there is no such thing. */
export function findReplacement(files: Files, { log }: PartitionDirectories): Replacement | undefined {
  const path = `${log.directory}/${COMPACTING_FOLDER}/${MARK}`;
  let text: Buffer;
  try {
    text = files.readFileSync(path);
  } catch (error) {
    if (isFileSystemError(error) && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const root = parseJson(text, { maxDepth: 2 });
  if (!isJsonObject(root) || !isStarts(root.old) || !isStarts(root.new)) {
    throw new MalformedDataError(`'${path}' is damaged: it should list the segments that are replaced`);
  }
  return { old: root.old, new: root.new };
}

function moveUp(files: Files, part: SegmentFiles, start: number): void {
  const from = `${part.directory}/${COMPACTING_FOLDER}/${offsetFileName(start)}`;
  if (files.statSync(from) === undefined) return;
  part.release(start);
  files.renameSync(from, part.pathOf(start));
}

function isStarts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((start) => Number.isSafeInteger(start) && start >= 0);
}
