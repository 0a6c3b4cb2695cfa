/** A message between its append to the log and its answer. */
import type { AppendResult, PutWaiter } from './api.js';
import type { AnyConsumeQueue, DispatchedMessage } from './consume-queue-interface.js';
import type { IndexKey } from './index-key.js';
import type { IndexedMessage } from './index-service.js';
import type { LightPlace } from './light-queues.js';

/** One record that waits for the group commit: what its queue, the index and its waiter want to know. */
export class PendingPut implements AppendResult, IndexedMessage, DispatchedMessage {
  readonly queue: AnyConsumeQueue;
  readonly topic: string;
  readonly physicalOffset: number;
  readonly sizeBytes: number;
  readonly queueOffset: number;
  readonly storeTimestamp: number;
  readonly sysFlag: number;
  readonly tagsCode: number;
  readonly uniqKey: IndexKey | undefined;
  readonly keys: string | undefined;
  readonly tags: IndexKey | undefined;
  /** More than 1 for an inner batch. */
  messageCount = 1;
  filterBitMap: Uint8Array | undefined = undefined;
  /** Where it is in light queues. */
  light: readonly LightPlace[] | undefined = undefined;
  readonly physicalOffsets: readonly number[] | undefined = undefined;
  /** Undefined for all but the last record of a batch, and once answered. */
  waiter: PutWaiter | undefined = undefined;
  /** What the waiter gets: the record itself, or the batch that it ends. */
  result: AppendResult = this;
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
    uniqKey: IndexKey | undefined,
    keys: string | undefined,
    tags: IndexKey | undefined,
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
}

/** The answer to a batch, of which all messages were appended. */
export function batchResult(puts: readonly PendingPut[], sizeBytes: number): AppendResult {
  const first = puts[0]!;
  return {
    physicalOffset: first.physicalOffset,
    sizeBytes,
    queueOffset: first.queueOffset,
    storeTimestamp: first.storeTimestamp,
    messageCount: puts.length,
    physicalOffsets: puts.map((put) => put.physicalOffset),
  };
}
