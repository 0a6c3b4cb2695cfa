// What is found of compaction logs when a store is opened, and how much of it can be believed.
import { type Files, makeDirectoryDurable } from '@rocketmq-ts/common';
import { bisectSlowly } from '../bisect.js';
import type { CqUnit, QueueName } from '../consume-queue-interface.js';
import { isSafeName } from '../queue-family.js';
import { installSalvaged, isSalvaged, PARTS, salvage, salvageDirectory, waitingParts } from './salvage.js';
import { COMPACTING_FOLDER, findReplacement, finishReplacement } from './segment-replacement.js';
import { type PartitionLogOptions, TopicPartitionLog } from './topic-partition-log.js';

/** Up to where the commit log's messages were surely copied durably. */
export interface DurablePlace {
  /** The store was closed in order: all of them. */
  readonly lastExitOk: boolean;
  /** Else: those up to the one that starts here. */
  readonly physicalOffset: number;
}

/** The consume queue, as recovery asks it. */
export interface QueueUnits {
  readonly minOffset: number;
  readonly maxOffset: number;
  readUnits(offset: number, count: number): Promise<readonly CqUnit[]>;
}

/** The queues that have a directory for their compaction log, or one that is to become it. */
export function listPartitions(files: Files, directory: string): QueueName[] {
  const found = new Map<string, QueueName>();
  for (const part of ['compactionLog', 'compactionCq', 'salvaged']) {
    for (const topic of files.readdirSync(`${directory}/${part}`)) {
      if (!isSafeName(topic) || !files.statSync(`${directory}/${part}/${topic}`)?.isDirectory) continue;
      for (const name of files.readdirSync(`${directory}/${part}/${topic}`)) {
        if (/^\d{1,9}$/.test(name)) found.set(`${topic} ${name}`, { topic, queueId: Number(name) });
      }
    }
  }
  return [...found.values()];
}

/** Queue offset of the first message that may not have been copied durably: the copy may be damaged, or of a message that the commit log has lost. */
export async function firstUncertainOffset(queue: QueueUnits, place: DurablePlace): Promise<number> {
  if (place.lastExitOk) return queue.maxOffset;
  return bisectSlowly(queue.minOffset, queue.maxOffset, async (offset) => {
    const [unit] = await queue.readUnits(offset, 1);
    return unit !== undefined && unit.physicalOffset <= place.physicalOffset;
  });
}

/** Where compaction logs are, and where they go when they cannot be used: two directories. */
export interface PartitionPlaces {
  readonly directory: string;
  readonly damaged: string;
}

/** Opens what there is of a queue's log; one whose files contradict each other is made again from its records. */
export async function openPartition(
  places: PartitionPlaces,
  name: QueueName,
  options: PartitionLogOptions,
): Promise<TopicPartitionLog> {
  const { files, logger } = options;
  const target = salvageDirectory(places.directory, name);
  if (isSalvaged(files, target)) {
    setPartitionAside(files, places, name, waitingParts(files, target));
    installSalvaged(files, places.directory, name);
  } else files.removeSync(target);
  const partition = new TopicPartitionLog(options);
  const wrong = loadPartition(partition, options);
  if (wrong === undefined) return partition;
  partition.log.releaseAll();
  partition.queue.releaseAll();
  const messages = await salvage(target, options);
  const aside = setPartitionAside(files, places, name);
  installSalvaged(files, places.directory, name);
  logger.error('a compaction log was damaged and was made again from its records', { ...name, wrong, messages, aside });
  const again = new TopicPartitionLog(options);
  const stillWrong = again.load();
  if (stillWrong !== undefined) throw new Error(`the compaction log of ${name.topic}/${name.queueId}: ${stillWrong}`);
  return again;
}

/** Ends what was begun, and loads the segments; says what is wrong when they cannot be used. */
function loadPartition(partition: TopicPartitionLog, { files, logger }: PartitionLogOptions): string | undefined {
  const replacement = findReplacement(files, partition);
  if (replacement !== undefined) {
    logger.info('a compaction that was cut short is brought to its end', { directory: partition.log.directory });
    finishReplacement(files, partition, replacement);
  }
  const directories = [partition.log.directory, partition.queue.directory];
  const renamed = directories
    .flatMap((directory) => files.readdirSync(directory))
    .find((name) => name.endsWith('.delete'));
  if (renamed !== undefined) return `an exchange of files was cut short at ${renamed}`;
  const wrong = partition.load();
  if (wrong !== undefined) return wrong;
  for (const directory of directories) files.removeSync(`${directory}/${COMPACTING_FOLDER}`);
  return undefined;
}

/** Moves what there is of a queue's compaction log, or of some parts of it, out of the way; answers where to. */
export function setPartitionAside(
  files: Files,
  places: PartitionPlaces,
  { topic, queueId }: QueueName,
  parts: readonly string[] = PARTS,
): string {
  const { directory, damaged } = places;
  let target = '';
  for (let i = 0; target === '' || files.statSync(target) !== undefined; i++) {
    target = `${damaged}/compaction-${topic}-${queueId}${i === 0 ? '' : `-${i}`}`;
  }
  makeDirectoryDurable(files, target);
  for (const part of parts) {
    const source = `${directory}/${part}/${topic}/${queueId}`;
    if (files.statSync(source) === undefined) continue;
    files.renameSync(source, `${target}/${part}`);
    files.syncDirectorySync(`${directory}/${part}/${topic}`);
  }
  files.syncDirectorySync(target);
  return target;
}
