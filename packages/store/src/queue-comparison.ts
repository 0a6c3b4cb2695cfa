/** Compares, at a start, the queues that are on disk with those that the manifest of the check point knows. */

import type { ManifestEntry, QueueManifest } from './queue-manifest.js';
import type { TopicQueues } from './topic-queues.js';

/** Queues that are looked for after a clean end. */
const PROBED_QUEUES = 256;

/** What is asked of the queues. */
export interface ComparedQueues {
  /** True for a topic of which the queues are known; others are on disk, and asking for their queues reads a directory. */
  isListed(topic: string): boolean;
  topicQueues(topic: string): TopicQueues | undefined;
}

/**
 * Answers the queues that are missing, and tells the others where they should end. Unless it is to be thorough, all
 * topics are looked for and some of the queues: who has deleted others will be told when they are used, and they
 * are made again then.
 */
export function findMissing(queues: ComparedQueues, manifest: QueueManifest, thorough: boolean): ManifestEntry[] {
  const missing: ManifestEntry[] = [];
  let left = thorough ? Number.POSITIVE_INFINITY : PROBED_QUEUES;
  for (const topic of manifest.topics()) {
    if (left <= 0 && !queues.isListed(topic)) continue;
    const topics = queues.topicQueues(topic);
    for (const entry of manifest.of(topic)) {
      const queue = topics?.queues.get(entry.queueId);
      if (queue !== undefined) queue.expectedMaxOffset = entry.maxOffset;
      if (queue === undefined || !queue.hasOnDisk(entry.maxOffset - 1)) missing.push(entry);
      left--;
    }
  }
  return missing.length === 0 || thorough ? missing : findMissing(queues, manifest, true);
}
