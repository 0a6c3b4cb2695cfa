/** Decides which of the records that queue entries speak of go into the answer to a get. */
import type { Logger } from '@rocketmq-ts/common';
import type { MessageFilter } from '@rocketmq-ts/filter';
import type { CommitLog } from './commit-log.js';
import type { ConsumeQueueInterface } from './consume-queue-interface.js';
import type { GetLimits } from './get-limits.js';
import type { GetWalk } from './get-walk.js';
import { belongsToLightQueue } from './light-queues.js';
import type { LogSpan } from './log-blocks.js';
import { MAX_INT32 } from './numbers.js';
import { ENTRY_SIZE_BYTES, entryPhysicalOffset } from './queue-entry.js';
import type { Candidate } from './read-plan.js';
import type { RecordBytes } from './record-bytes.js';
import { largestRecord, MIN_RECORD_BYTES } from './record-layout.js';
import { RecordProperties } from './record-properties.js';
import { beginsRecord, checkRecord, headBelongs, type RecordState, topicBelongs } from './record-reader.js';
import type { StoreStats } from './store-stats.js';

export interface RecordTakerOptions {
  readonly log: CommitLog;
  readonly config: { readonly maxMessageSize: number };
  readonly stats: StoreStats;
  readonly logger: Logger;
}

/** Entries of a queue behind the one at `at`. */
export interface FollowingEntries {
  readonly entries: Uint8Array;
  readonly at: number;
  readonly count: number;
}

/** Which records a get wants, and how much of them. */
export interface WantedRecords {
  readonly limits: GetLimits;
  readonly queue: ConsumeQueueInterface;
  readonly filter: MessageFilter | undefined;
  /** The name that its messages must bear; undefined in a light queue, whose messages are of other topics. */
  readonly topicBytes: Uint8Array | undefined;
}

export class RecordTaker {
  readonly #options: RecordTakerOptions;
  readonly #properties = new RecordProperties();

  constructor(options: RecordTakerOptions) {
    this.#options = options;
  }

  /** Looks at an entry by itself: can it speak of a message in the log? */
  isPossible(walk: GetWalk, queue: ConsumeQueueInterface, physicalOffset: number, sizeBytes: number): boolean {
    const { log, config } = this.#options;
    if (physicalOffset < walk.skipUntil) return false;
    walk.lastPhysicalOffset = physicalOffset;
    if (physicalOffset === 0 && sizeBytes === MAX_INT32) {
      walk.miss('NO_MATCHED_MESSAGE');
      return false;
    }
    const largest = largestRecord(config.maxMessageSize);
    if (sizeBytes < MIN_RECORD_BYTES || sizeBytes > largest || physicalOffset + sizeBytes > log.maxOffset) {
      this.#skip(queue, walk.nextBeginOffset - 1, 'the entry cannot be true');
      return false;
    }
    if (physicalOffset < log.minOffset) {
      walk.miss('MESSAGE_WAS_REMOVING');
      const size = log.files.fileSizeBytes;
      walk.skipUntil = physicalOffset - (physicalOffset % size) + size;
      return false;
    }
    return true;
  }

  /** Checks a record, and adds it when it is whole and wanted; false when it is not what the entry speaks of. */
  take(walk: GetWalk, wanted: WantedRecords, candidate: Candidate, span: LogSpan): boolean {
    const { queue, filter } = wanted;
    const { physicalOffset, sizeBytes, queueOffset } = candidate;
    const { data, at, records } = span;
    const state = records === undefined ? this.#check(data, at, candidate) : 'whole';
    if (state !== 'whole') {
      this.#skip(queue, queueOffset, `the message at ${physicalOffset} is ${state}`);
      return false;
    }
    if (data.view.getInt32(at) !== sizeBytes || !belongs(wanted, span, queueOffset)) {
      this.#skip(queue, queueOffset, `the message at ${physicalOffset} is another`);
      return false;
    }
    if (filter !== undefined && !this.matches(filter, data, at)) {
      walk.miss('NO_MATCHED_MESSAGE');
      return true;
    }
    walk.add(data, at, sizeBytes, queueOffset);
    return true;
  }

  /** Takes what follows a record that was taken, as far as there is nothing to look at for each; answers how many. */
  takeFollowing(walk: GetWalk, wanted: WantedRecords, span: LogSpan, following: FollowingEntries): number {
    const { records, data, index } = span;
    const { limits, filter, topicBytes } = wanted;
    if (records === undefined || filter !== undefined || topicBytes === undefined) return 0;
    const inMemory = limits.isInMemory(this.#options.log.maxOffset, walk.lastPhysicalOffset);
    const maxCount = Math.min(following.count, limits.messageLimit(inMemory) - walk.messageCount);
    const maxBytes = limits.byteLimit(inMemory) - walk.totalBytes;
    const { entries, at } = following;
    const count = records.countFollowing(index, entries, at, maxCount, maxBytes);
    if (count === 0) return 0;
    const sizeBytes = records.bytesOf(index + 1, count);
    walk.add(data, records.placeOf(index + 1), sizeBytes, walk.nextBeginOffset, count);
    walk.nextBeginOffset += count;
    walk.lastPhysicalOffset = entryPhysicalOffset(entries, at + count * ENTRY_SIZE_BYTES);
    return count;
  }

  #check(data: RecordBytes, at: number, { physicalOffset, sizeBytes }: Candidate): RecordState {
    // What was encoded here and never left memory is whole wherever a record begins.
    if (data.isOwn) return beginsRecord(data, at, physicalOffset) ? 'whole' : 'damaged';
    const available = Math.max(0, Math.min(sizeBytes, data.bytes.length - at));
    return checkRecord(data, at, available, { bodyCrc: true, physicalOffset });
  }

  /** Asks the filter about the properties of a record. */
  matches(filter: MessageFilter, data: RecordBytes, at: number): boolean {
    try {
      return filter.isMatchedByCommitLog(this.#properties.of(data, at));
    } finally {
      this.#properties.end();
    }
  }

  #skip(queue: ConsumeQueueInterface, queueOffset: number, why: string): void {
    this.#options.stats.skippedMessages++;
    this.#options.logger.warn('a message is not served', {
      topic: queue.topic,
      queueId: queue.queueId,
      queueOffset,
      why,
    });
  }
}

/** True when the record says, or is known, to be this message of the queue that is wanted. */
function belongs({ queue, topicBytes }: WantedRecords, span: LogSpan, queueOffset: number): boolean {
  const { data, at, records, index } = span;
  if (topicBytes === undefined) return belongsToLightQueue(data, at, queue.topic, queueOffset);
  if (records !== undefined) return records.belongs(index, topicBytes, queue.queueId, queueOffset);
  return headBelongs(data, at, queue.queueId, queueOffset) && topicBelongs(data, at, topicBytes);
}
