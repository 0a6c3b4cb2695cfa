/** How large the files of a compaction log are. Source: CompactionLog#getCompactionLogSize. */
import { SPARSE_ENTRY_SIZE_BYTES } from './sparse-entry.js';
import type { SegmentSizes } from './topic-partition-log.js';

/** The configured sizes, bytes. */
export interface CompactionSizes {
  readonly compactionMappedFileSize: number;
  readonly compactionCqMappedFileSize: number;
}

/** A log file has at least this many times the size of its queue file. */
const LEAST_RATIO = 5;

/** The queue file has whole entries, the log file is a multiple of it. */
export function segmentSizes(config: CompactionSizes): SegmentSizes {
  const queueFileSizeBytes =
    Math.max(2, Math.floor(config.compactionCqMappedFileSize / SPARSE_ENTRY_SIZE_BYTES)) * SPARSE_ENTRY_SIZE_BYTES;
  const ratio = Math.floor(config.compactionMappedFileSize / queueFileSizeBytes);
  const rest = config.compactionMappedFileSize % queueFileSizeBytes;
  const isNearLower = rest > 0 && rest < Math.floor(queueFileSizeBytes / 2);
  const times = ratio < LEAST_RATIO ? LEAST_RATIO : isNearLower ? ratio : ratio + 1;
  return { queueFileSizeBytes, logFileSizeBytes: times * queueFileSizeBytes };
}
