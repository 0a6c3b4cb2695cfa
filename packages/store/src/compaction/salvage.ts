/**
 * Makes a compaction log again from the records in its files, when those
 * contradict each other: the reference leaves them so when it ends while it
 * exchanges compacted files. The new one is made beside the old one and takes
 * its place in steps that the next start can repeat.
 */
import { type Files, makeDirectoryDurable } from '@rocketmq-ts/common';
import type { QueueName } from '../consume-queue-interface.js';
import { RecordSource } from './record-source.js';
import { COMPACTING_FOLDER } from './segment-replacement.js';
import { type PartitionLogOptions, TopicPartitionLog } from './topic-partition-log.js';

/** Of segments in use, and of those that the reference was about to delete. */
const LOG_FILE = /^\d{20}(\.delete)?$/;
/** The directories that a compaction log has below that of the store's compaction. */
export const PARTS = ['compactionLog', 'compactionCq'] as const;
const COMPLETE = 'complete';

/** Where the new log is made; `directory` is the store's `compaction`. */
export function salvageDirectory(directory: string, { topic, queueId }: QueueName): string {
  return `${directory}/salvaged/${topic}/${queueId}`;
}

/** Copies all whole records below the log directory of `options` to the salvage directory, in order, each once; answers how many. */
export async function salvage(target: string, options: PartitionLogOptions): Promise<number> {
  const { files, logDirectory } = options;
  files.removeSync(target);
  const directories = { logDirectory: `${target}/${PARTS[0]}`, queueDirectory: `${target}/${PARTS[1]}` };
  const partition = new TopicPartitionLog({ ...options, ...directories });
  const sources: RecordSource[] = [];
  let count = 0;
  try {
    for (const path of logFiles(files, logDirectory)) sources.push(new RecordSource(files, path));
    for (let next = lowest(sources); next?.current !== undefined; next = lowest(sources)) {
      const { fields, bytes } = next.current;
      if (fields.queueOffset >= partition.endOffset && partition.append(bytes, fields)) count++;
      next.next();
    }
    await partition.datasync();
  } finally {
    for (const source of sources) source.close();
    partition.close();
  }
  makeDirectoryDurable(files, target);
  files.openSync(`${target}/${COMPLETE}`, 'create').closeSync();
  files.syncDirectorySync(target);
  return count;
}

/** True when the log in the salvage directory is whole and has not taken its place yet. */
export function isSalvaged(files: Files, target: string): boolean {
  return files.statSync(`${target}/${COMPLETE}`) !== undefined;
}

/** The parts of a salvaged log that have not taken their place yet: what stands there is old. */
export function waitingParts(files: Files, target: string): readonly string[] {
  return PARTS.filter((part) => files.statSync(`${target}/${part}`) !== undefined);
}

/** Puts the salvaged log in its place, from which the old one was moved away. */
export function installSalvaged(files: Files, directory: string, name: QueueName): void {
  const target = salvageDirectory(directory, name);
  for (const part of waitingParts(files, target)) {
    const parent = `${directory}/${part}/${name.topic}`;
    makeDirectoryDurable(files, parent);
    files.renameSync(`${target}/${part}`, `${parent}/${name.queueId}`);
    files.syncDirectorySync(parent);
  }
  // First the mark, durably: should it come back with a power cut, the log in use would be taken for the old one.
  files.unlinkSync(`${target}/${COMPLETE}`);
  files.syncDirectorySync(target);
  files.removeSync(target);
}

/** The source that stands at the lowest queue offset; undefined when all are at their end. */
function lowest(sources: readonly RecordSource[]): RecordSource | undefined {
  let found: RecordSource | undefined;
  for (const source of sources) {
    const offset = source.current?.fields.queueOffset ?? Number.POSITIVE_INFINITY;
    if (offset < (found?.current?.fields.queueOffset ?? Number.POSITIVE_INFINITY)) found = source;
  }
  return found;
}

function logFiles(files: Files, logDirectory: string): string[] {
  return [logDirectory, `${logDirectory}/${COMPACTING_FOLDER}`].flatMap((directory) =>
    files
      .readdirSync(directory)
      .filter((name) => LOG_FILE.test(name))
      .map((name) => `${directory}/${name}`),
  );
}
