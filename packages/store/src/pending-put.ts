/** A message between its append to the log and its answer. */
import type { AppendResult, PutWaiter } from './api.js';
import type { BatchRecords } from './batch-records.js';
import type { AnyConsumeQueue, DispatchedMessage } from './consume-queue-interface.js';
import type { IndexKey } from './index-key.js';
import type { IndexedMessage } from './index-service.js';
import type { LightPlace } from './light-queues.js';

/**
 * One record that waits for the group commit, or all records of a batch: what
 * their queue, the index and their waiter want to know.
 */
export class PendingPut implements AppendResult, IndexedMessage, DispatchedMessage {
  readonly queue: AnyConsumeQueue;
  readonly topic: string;
  readonly physicalOffset: number;
  readonly sizeBytes: number;
  readonly queueOffset: number;
  readonly storeTimestamp: number;
  readonly sysFlag: number;
  readonly tagsCode: number;
  readonly uniqKey: IndexKey;
  readonly keys: string | undefined;
  readonly tags: IndexKey;
  /** See `IndexedMessage`. */
  indexPrefix: number | undefined = undefined;
  /** More than 1 for an inner batch, and for a batch. */
  messageCount = 1;
  /** The compaction log wants to hear of it. */
  isCompacted = false;
  filterBitMap: Uint8Array | undefined = undefined;
  /** Where it is in light queues. */
  light: readonly LightPlace[] | undefined = undefined;
  /** Of a batch what its records do not share: key and tags above are not used then. */
  records: BatchRecords | undefined = undefined;
  /** Undefined once answered. */
  waiter: PutWaiter | undefined = undefined;
  waitsForFlush = false;
  /** Monotonic ms at which a waiting flush times out. */
  deadlineMs = 0;

  constructor(
    queue: AnyConsumeQueue,
    physicalOffset: number,
    sizeBytes: number,
    queueOffset: number,
    storeTimestamp: number,
    sysFlag: number,
    tagsCode: number,
    uniqKey: IndexKey,
    keys: string | undefined,
    tags: IndexKey,
  ) {
    this.queue = queue;
    this.topic = queue.topic;
    this.physicalOffset = physicalOffset;
    this.sizeBytes = sizeBytes;
    this.queueOffset = queueOffset;
    this.storeTimestamp = storeTimestamp;
    this.sysFlag = sysFlag;
    this.tagsCode = tagsCode;
    this.uniqKey = uniqKey;
    this.keys = keys;
    this.tags = tags;
  }

  get endOffset(): number {
    return this.physicalOffset + this.sizeBytes;
  }

  get physicalOffsets(): readonly number[] | undefined {
    return this.records?.physicalOffsets(this.physicalOffset);
  }
}
