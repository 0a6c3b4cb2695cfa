/** Takes messages: may we write, is it legal, where does it go; then the log and the group commit. */
import { type Clock, findProperty } from '@rocketmq-ts/common';
import type { FilterBitMapOf, PutMessage, PutMessageStatus, PutWaiter, TopicPlace } from './api.js';
import { makeText } from './ascii-properties.js';
import { BatchRecords } from './batch-records.js';
import { ClientBatch } from './client-batch.js';
import { type CommitLog, RecordTooLargeError } from './commit-log.js';
import type { AnyConsumeQueue } from './consume-queue-interface.js';
import type { ConsumeQueueStore } from './consume-queue-store.js';
import type { GroupCommit } from './group-commit.js';
import { type IndexKey, indexKeyOf, NO_KEY } from './index-key.js';
import { type AppendConfig, type CheckOptions, checkBatch, checkMessage, propertiesLimitOf } from './message-check.js';
import { PendingPut } from './pending-put.js';
import { PropertyPicks } from './property-picks.js';
import { RecordBytes } from './record-bytes.js';
import type { RecordFrame, RecordPlace } from './record-encoder.js';
import { batchSizeOf, fixedSizeOf } from './record-encoder.js';
import {
  BLANK_SIZE_BYTES,
  CRC_PROPERTY_SIZE_BYTES,
  INNER_BATCH_FLAG,
  PROPERTIES_LIMIT_BYTES,
  RECORD_OVERHEAD_LIMIT_BYTES,
  skipsConsumeQueue,
} from './record-layout.js';
import { type DeliverTime, isScheduleTopic, tagsCodeOf } from './record-reader.js';
import type { RunningFlags } from './running-flags.js';
import { type LightConfig, lightPlacesOf, type SpecialPut, specialOf, takePlaces, withOffsets } from './special-put.js';
import { type TopicFrame, TopicFrames } from './topic-frames.js';

export interface MessageAppenderOptions extends CheckOptions {
  readonly config: AppendConfig & LightConfig;
  readonly clock: Clock;
  readonly log: CommitLog;
  readonly queues: ConsumeQueueStore;
  readonly isCompacted: (topic: string) => boolean;
  readonly commit: GroupCommit;
  readonly flags: RunningFlags;
  /** Address and port that the records carry. */
  readonly storeHost: Uint8Array;
  readonly deliverTime: DeliverTime;
  /** Calculates filter bit maps; absent when nobody keeps them. */
  readonly filterBitMapOf: FilterBitMapOf | undefined;
  /** Is told when a file could not be made. */
  readonly writeFailed: (error: Error) => void;
  /** Counts a refusal. */
  readonly refused: () => void;
}

/** Source: DefaultMessageStore#asyncPutMessage, CommitLog#asyncPutMessage, HookUtils#checkBeforePutMessage. */
export class MessageAppender {
  readonly #options: MessageAppenderOptions;
  readonly #frames: TopicFrames;
  /** Reused for every append: the encoder reads it, nothing keeps it. */
  readonly #place: RecordPlace = { queueOffset: 0, physicalOffset: 0, storeTimestamp: 0 };
  /** So are these. */
  readonly #batch = new ClientBatch();
  readonly #picks = new PropertyPicks();
  /** Store time of this turn's messages; 0 when the turn has none yet. */
  #turnTime = 0;
  #lastTime = 0;
  #closed = false;

  constructor(options: MessageAppenderOptions) {
    this.#options = options;
    this.#frames = new TopicFrames(options);
  }

  /** Refuses all puts from now on. */
  close(): void {
    this.#closed = true;
  }

  /** Ends the turn: the next put takes a new time. */
  endTurn(): void {
    this.#turnTime = 0;
  }

  /** Forgets what is known of a topic that was deleted. */
  forget(topic: string): void {
    this.#frames.forget(topic);
  }

  /** See `Store`. */
  placeOf(topic: string): TopicPlace | undefined {
    const frame = this.#frames.of(topic, undefined);
    // Messages may have come before the topic was made: they knew nothing of its kind.
    if (frame === undefined || frame.isCompacted === this.#options.isCompacted(topic)) return frame;
    this.#frames.forget(topic);
    return this.#frames.of(topic, undefined);
  }

  put(message: PutMessage, waiter: PutWaiter): void {
    if (message.ascii !== undefined && this.#needsText(message)) makeText(message);
    const refusal = this.#mayWrite() ?? checkMessage(message, this.#options);
    if (refusal !== undefined) {
      this.#refuse(waiter, refusal);
      return;
    }
    const frame = this.#frames.of(message.topic, message.place);
    if (frame === undefined) {
      this.#refuse(waiter, 'MESSAGE_ILLEGAL');
      return;
    }
    const special = specialOf(message, this.#options.config, this.#options.queues);
    if (typeof special === 'string') {
      this.#refuse(waiter, special);
      return;
    }
    const limit = this.#options.config.maxMessageSize + RECORD_OVERHEAD_LIMIT_BYTES;
    if (fixedSizeOf(frame, message.bornHost) + message.body.length + propertiesLimitOf(message) > limit) {
      this.#refuse(waiter, 'MESSAGE_ILLEGAL');
      return;
    }
    this.#append(message, frame, waiter, special);
  }

  putBatch(message: PutMessage, waiter: PutWaiter): void {
    const refusal = this.#mayWrite() ?? checkBatch(message, this.#options);
    const frame = refusal === undefined ? this.#frames.of(message.topic, message.place) : undefined;
    const batch = this.#batch;
    if (frame === undefined || !batch.open(message.body) || !this.#batchFits(message, batch, frame)) {
      this.#refuse(waiter, refusal ?? 'MESSAGE_ILLEGAL');
    } else this.#appendBatch(message, batch, frame, waiter);
    batch.close();
  }

  #append(message: PutMessage, frame: TopicFrame, waiter: PutWaiter, special: SpecialPut | undefined): void {
    const { queues, commit, log } = this.#options;
    const place = this.#place;
    let put: PendingPut;
    try {
      const queue = frame.queue(message.queueId);
      const outside = skipsConsumeQueue(message.sysFlag);
      commit.begin();
      place.queueOffset = outside ? 0 : queue.nextOffset;
      place.storeTimestamp = this.#turnTimestamp();
      if (special === undefined) {
        const sizeBytes = log.append(message, frame, place);
        if (!outside) queue.nextOffset++;
        put = this.#pending(queue, frame, message, sizeBytes);
      } else {
        const light = outside ? [] : lightPlacesOf(special, queues);
        const complete = withOffsets(message, place.queueOffset, light);
        if (checkMessage(complete, this.#options) !== undefined) {
          this.#refuse(waiter, 'PROPERTIES_SIZE_EXCEEDED');
          return;
        }
        put = this.#pending(queue, frame, complete, log.append(complete, frame, place));
        if (!outside) takePlaces(put, special.messageCount, light);
      }
    } catch (error) {
      this.#appendFailed(waiter, error as Error);
      return;
    }
    put.waiter = waiter;
    put.waitsForFlush = message.waitStoreMsgOk;
    commit.add(put);
  }

  #pending(queue: AnyConsumeQueue, frame: TopicFrame, message: PutMessage, sizeBytes: number): PendingPut {
    const place = this.#place;
    const { ascii } = message;
    const tagsCode = isScheduleTopic(message.topic) ? this.#scheduleTagsCode(message) : message.tagsCode;
    const put = new PendingPut(
      queue,
      place.physicalOffset,
      sizeBytes,
      place.queueOffset,
      place.storeTimestamp,
      message.sysFlag,
      tagsCode,
      ascii === undefined ? keyOf(message.uniqKey) : ascii.uniqKey,
      message.keys,
      ascii === undefined ? keyOf(message.tags) : ascii.tags,
    );
    put.indexPrefix = frame.indexPrefix;
    put.isCompacted = frame.isCompacted;
    put.filterBitMap = this.#filterBitMap(message.topic, message.properties, 0, 0);
    return put;
  }

  /** What the queue's extension is to say of those who filter by expressions, when there is one; the properties are text, or a stretch of bytes. */
  #filterBitMap(topic: string, source: string | Uint8Array, start: number, end: number): Uint8Array | undefined {
    const { filterBitMapOf } = this.#options;
    if (filterBitMapOf === undefined) return undefined;
    const text = typeof source === 'string' ? source : Buffer.from(source.subarray(start, end)).toString('utf8');
    return filterBitMapOf(topic, (name) => findProperty(text, name));
  }

  #appendBatch(message: PutMessage, batch: ClientBatch, frame: TopicFrame, waiter: PutWaiter): void {
    const { commit, log } = this.#options;
    const place = this.#place;
    const total = batchSizeOf(message, batch, frame);
    let put: PendingPut;
    try {
      const queue = frame.queue(message.queueId);
      commit.begin();
      log.reserve(total);
      place.storeTimestamp = this.#turnTimestamp();
      const { appendOffset } = log;
      const { nextOffset } = queue;
      const { storeTimestamp } = place;
      const records = new BatchRecords(batch.count);
      while (batch.next()) this.#appendPart(queue, message, batch, frame, records);
      put = new PendingPut(
        queue,
        appendOffset,
        total,
        nextOffset,
        storeTimestamp,
        message.sysFlag,
        0,
        NO_KEY,
        undefined,
        NO_KEY,
      );
      put.indexPrefix = frame.indexPrefix;
      put.isCompacted = frame.isCompacted;
      put.records = records;
      put.messageCount = records.count;
    } catch (error) {
      this.#appendFailed(waiter, error as Error);
      return;
    }
    put.waiter = waiter;
    put.waitsForFlush = message.waitStoreMsgOk;
    commit.add(put);
  }

  #appendPart(
    queue: AnyConsumeQueue,
    message: PutMessage,
    part: ClientBatch,
    frame: TopicFrame,
    to: BatchRecords,
  ): void {
    const place = this.#place;
    const picks = this.#picks;
    const { topic, body } = message;
    place.queueOffset = queue.nextOffset++;
    const sizeBytes = this.#options.log.appendPart(message, part, frame, place);
    picks.read(part, part.propertiesAt, part.propertiesEnd);
    const code = tagsCodeOf(topic, picks, place.storeTimestamp, this.#options.deliverTime);
    to.add(sizeBytes, code, picks, this.#filterBitMap(topic, body, part.propertiesAt, part.propertiesEnd));
  }

  /** True when more is done with the properties than to copy them. */
  #needsText({ topic, sysFlag }: PutMessage): boolean {
    const { config, filterBitMapOf } = this.#options;
    if (config.enabledAppendPropCRC || (config.enableLmq && config.enableMultiDispatch)) return true;
    return filterBitMapOf !== undefined || (sysFlag & INNER_BATCH_FLAG) !== 0 || isScheduleTopic(topic);
  }

  #mayWrite(): PutMessageStatus | undefined {
    if (this.#closed || !this.#options.flags.writable) return 'SERVICE_NOT_AVAILABLE';
    return undefined;
  }

  #batchFits(message: PutMessage, batch: ClientBatch, frame: RecordFrame): boolean {
    const guard = frame.appendPropertyCrc ? CRC_PROPERTY_SIZE_BYTES : 0;
    if (batch.longestPropertiesBytes + guard > PROPERTIES_LIMIT_BYTES) return false;
    return batchSizeOf(message, batch, frame) + BLANK_SIZE_BYTES <= this.#options.log.files.fileSizeBytes;
  }

  /** One time for all messages of a turn. Small steps of the clock backwards are not followed, so that times do not fall. */
  #turnTimestamp(): number {
    if (this.#turnTime !== 0) return this.#turnTime;
    const now = this.#options.clock.now();
    this.#turnTime = now < this.#lastTime && this.#lastTime - now < 1000 ? this.#lastTime : now;
    this.#lastTime = this.#turnTime;
    return this.#turnTime;
  }

  #scheduleTagsCode(message: PutMessage): number {
    const properties = new RecordBytes(Buffer.from(message.properties, 'utf8'));
    this.#picks.read(properties, 0, properties.bytes.length);
    return tagsCodeOf(message.topic, this.#picks, this.#place.storeTimestamp, this.#options.deliverTime);
  }

  #appendFailed(waiter: PutWaiter, error: Error): void {
    if (error instanceof RecordTooLargeError) {
      this.#refuse(waiter, 'MESSAGE_ILLEGAL');
      return;
    }
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    this.#options.writeFailed(error);
    this.#refuse(waiter, 'CREATE_MAPPED_FILE_FAILED');
  }

  #refuse(waiter: PutWaiter, status: PutMessageStatus): void {
    this.#options.refused();
    waiter.putDone(status, undefined);
  }
}

function keyOf(text: string | undefined): IndexKey {
  return text === undefined ? NO_KEY : indexKeyOf(text);
}
