/** Offsets that queues have given to messages which are gone: they are not given a second time. */
import type { Files, Logger } from '@rocketmq-ts/common';
import type { ConsumeQueueStore } from './consume-queue-store.js';
import { isSafeName } from './queue-family.js';
import { readWithdrawn } from './queue-manifest.js';
import type { StoreCheckpoint } from './store-checkpoint.js';

export interface GivenOffsetsParts {
  readonly queues: ConsumeQueueStore;
  readonly checkpoint: Pick<StoreCheckpoint, 'logicsPhysicalOffset'>;
  readonly config: { readonly storePathRootDir: string };
  readonly files: Files;
  readonly logger: Logger;
}

/**
 * Brings queues that were made again from the log, which ends at `logEnd`, at least to where the manifest knew them: a
 * power cut may take the names of their files, and the log has deleted its oldest messages, perhaps all of a queue.
 */
export function keepGivenOffsets(
  { queues, checkpoint, config, files, logger }: GivenOffsetsParts,
  logEnd: number,
): void {
  // Each queue that is opened is measured by a manifest that holds.
  if (queues.manifestHolds) return;
  const manifest = readWithdrawn(files, config.storePathRootDir, checkpoint.logicsPhysicalOffset);
  // A log that has lost messages of the manifest gives their offsets again.
  if (manifest === undefined || logEnd <= manifest.logicsPhysicalOffset) return;
  for (const { topic, queueId, maxOffset } of manifest.entries()) {
    if (!isSafeName(topic)) continue;
    const queue = queues.findOrCreate(queues.findOrCreateTopic(topic), queueId);
    if (queue.maxOffset >= maxOffset || queue.skipTo === undefined) continue;
    logger.warn('a consume queue goes on behind messages that are deleted', { queue: queue.toString(), maxOffset });
    queue.skipTo(maxOffset);
    queues.markDirty(queue);
  }
}
