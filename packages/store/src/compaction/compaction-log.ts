/**
 * One queue of a compaction topic. It follows its consume queue: each message
 * with a key is copied from the commit log when it becomes visible, and what
 * was missed (a crash, a full disk, a time without compaction) is made up for
 * from the commit log. Source: CompactionLog.
 */
import { findProperty, type Logger } from '@rocketmq-ts/common';
import type { CommitLog } from '../commit-log.js';
import type { CqUnit } from '../consume-queue-interface.js';
import { RecordBytes } from '../record-bytes.js';
import { checkRecord, headBelongs, propertiesOf, storeTimestampOf } from '../record-reader.js';
import type { TopicPartitionLog } from './topic-partition-log.js';

/** The consume queue that is followed. */
export interface FollowedQueue {
  readonly minOffset: number;
  readonly maxOffset: number;
  readUnits(offset: number, count: number): Promise<readonly CqUnit[]>;
  rollNextFile(offset: number): number;
}

export interface CompactionLogOptions {
  readonly topic: string;
  readonly queueId: number;
  readonly partition: TopicPartitionLog;
  readonly commitLog: CommitLog;
  /** Undefined when the consume queue does not exist (any more). */
  readonly queue: () => FollowedQueue | undefined;
  readonly logger: Logger;
  readonly writeFailed: (error: Error) => void;
}

/** A message of the commit log that became visible. */
export interface VisibleMessage {
  readonly physicalOffset: number;
  readonly sizeBytes: number;
  readonly queueOffset: number;
  readonly storeTimestamp: number;
  readonly tagsCode: number;
  readonly keys: string | undefined;
}

const UNITS_PER_READ = 256;

export class CompactionLog {
  readonly topic: string;
  readonly queueId: number;
  readonly partition: TopicPartitionLog;
  readonly #options: CompactionLogOptions;
  /** Queue offset of the next message to be copied. */
  #position: number;
  #following: Promise<void> | undefined;
  #closed = false;

  constructor(options: CompactionLogOptions) {
    this.topic = options.topic;
    this.queueId = options.queueId;
    this.partition = options.partition;
    this.#options = options;
    this.#position = options.partition.endOffset;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Queue offset of the oldest message that is left; that of the next one when there is none. */
  get minOffset(): number {
    return this.partition.firstOffset ?? this.#position;
  }

  /** Queue offset after the newest message that was looked at. */
  get maxOffset(): number {
    return this.#position;
  }

  /** True when messages are visible that were not copied yet. */
  get isBehind(): boolean {
    return this.#position < (this.#options.queue()?.maxOffset ?? 0);
  }

  /** Copies a message that has just become visible, when all before it are copied. */
  dispatched(message: VisibleMessage): void {
    if (message.queueOffset !== this.#position || this.#closed) return;
    const { physicalOffset, sizeBytes } = message;
    const chunk = this.#options.commitLog.inTail(physicalOffset, sizeBytes);
    if (chunk === undefined) return;
    const at = physicalOffset - chunk.baseOffset;
    this.#take(message, message.keys, chunk.buffer.subarray(at, at + sizeBytes));
  }

  /** Copies what is visible and was not copied yet; done when that is, or when it cannot be at the moment, which is reported. */
  catchUp(): Promise<void> {
    this.#following ??= this.#follow()
      .catch(this.#options.writeFailed)
      .finally(() => {
        this.#following = undefined;
      });
    return this.#following;
  }

  /** Writes what is only in memory. A failure is reported; the messages stay in memory. */
  writeOut(): void {
    try {
      this.partition.writeOut();
    } catch (error) {
      this.#options.writeFailed(error as Error);
    }
  }

  /** Takes back what may not be durable, to copy it again: all messages from `queueOffset` on, and records that have lost their entries. */
  cut(queueOffset: number): void {
    this.partition.cut(queueOffset);
    this.#position = Math.min(this.#position, queueOffset);
  }

  /** Ends the work on the queue, once what runs has come to an end. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#following;
  }

  async #follow(): Promise<void> {
    while (!this.#closed) {
      const queue = this.#options.queue();
      if (queue === undefined || this.#position >= queue.maxOffset) return;
      if (this.#position < queue.minOffset) this.#position = queue.minOffset;
      const before = this.#position;
      const units = await queue.readUnits(before, UNITS_PER_READ);
      for (const unit of units) if (!(await this.#copy(unit))) return;
      if (this.#position === before) this.#position = Math.min(queue.rollNextFile(before), queue.maxOffset);
    }
  }

  /** Copies one message from the commit log; false when it could not be written. */
  async #copy(unit: CqUnit): Promise<boolean> {
    const { commitLog, logger } = this.#options;
    const { physicalOffset, sizeBytes, queueOffset } = unit;
    const bytes = await commitLog.read(physicalOffset, sizeBytes);
    if (this.#closed) return false;
    // It has come by itself meanwhile.
    if (queueOffset < this.#position) return true;
    const data = new RecordBytes(bytes);
    const state = checkRecord(data, 0, bytes.length, { bodyCrc: true, physicalOffset });
    if (state !== 'whole' || bytes.length !== sizeBytes || !headBelongs(data, 0, this.queueId, queueOffset)) {
      logger.warn('a message is not taken into the compaction log', { queue: this.toString(), queueOffset, state });
      this.#position = queueOffset + 1;
      return true;
    }
    const storeTimestamp = storeTimestampOf(data, 0);
    const keys = findProperty(propertiesOf(data, 0), 'KEYS');
    return this.#take({ queueOffset, tagsCode: unit.tagsCode, storeTimestamp }, keys, bytes);
  }

  /** Appends the message, unless it has no key; false when that failed. */
  #take(
    message: Pick<VisibleMessage, 'queueOffset' | 'tagsCode' | 'storeTimestamp'>,
    keys: string | undefined,
    record: Uint8Array,
  ): boolean {
    const { queueOffset, tagsCode, storeTimestamp } = message;
    const { logger } = this.#options;
    if (keys === undefined || keys.trim() === '') {
      logger.warn('a message without key is not in the compaction log', { queue: this.toString(), queueOffset });
    } else {
      try {
        const taken = this.partition.append(record, { queueOffset, tagsCode, storeTimestamp });
        if (!taken) {
          const fields = { queue: this.toString(), queueOffset, sizeBytes: record.length };
          logger.error('a message is larger than a file of the compaction log and is not in it', fields);
        }
      } catch (error) {
        this.#options.writeFailed(error as Error);
        return false;
      }
    }
    this.#position = queueOffset + 1;
    return true;
  }

  /** For messages to operators. */
  toString(): string {
    return `${this.topic}/${this.queueId}`;
  }
}
