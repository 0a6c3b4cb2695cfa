/** Finds single messages: by place, by time, by key. All reads are asynchronous, all records are checked. */
import type { Logger } from '@rocketmq-ts/common';
import type { BoundaryType, QueryMessageResult, QueryRequest } from './api.js';
import { bisectSlowly } from './bisect.js';
import type { CommitLog } from './commit-log.js';
import type { AnyConsumeQueue } from './consume-queue-interface.js';
import type { ConsumeQueueStore } from './consume-queue-store.js';
import type { IndexService } from './index-service.js';
import { RecordBytes } from './record-bytes.js';
import { largestRecord, MIN_RECORD_BYTES } from './record-layout.js';
import { checkRecord, STORE_TIMESTAMP_END, storeTimestampOf } from './record-reader.js';
import type { StoreStats } from './store-stats.js';

export interface MessageLookupOptions {
  readonly log: CommitLog;
  readonly queues: ConsumeQueueStore;
  readonly index: IndexService;
  readonly config: {
    readonly maxMsgsNumBatch: number;
    readonly maxMessageSize: number;
    readonly indexFileReadEnable: boolean;
  };
  readonly stats: StoreStats;
  readonly logger: Logger;
}

/** Rounds of a query, each before the oldest message of the one before. */
const QUERY_ROUNDS = 3;
/** Neighbours that are asked for their time when a message cannot be read. */
const MAX_UNREADABLE = 16;

/** Source: DefaultMessageStore, ConsumeQueue#binarySearchInQueueByTime. */
export class MessageLookup {
  readonly #options: MessageLookupOptions;

  constructor(options: MessageLookupOptions) {
    this.#options = options;
  }

  async recordAt(physicalOffset: number): Promise<Uint8Array | undefined> {
    const { log, config, stats, logger } = this.#options;
    if (!this.#mayHold(physicalOffset, MIN_RECORD_BYTES)) return undefined;
    const head = new RecordBytes(await log.read(physicalOffset, 4));
    if (head.bytes.length < 4) return undefined;
    const sizeBytes = head.view.getInt32(0);
    if (sizeBytes < MIN_RECORD_BYTES || sizeBytes > largestRecord(config.maxMessageSize)) return undefined;
    if (!this.#mayHold(physicalOffset, sizeBytes)) return undefined;
    const data = new RecordBytes(await log.read(physicalOffset, sizeBytes));
    const state = checkRecord(data, 0, data.bytes.length, { bodyCrc: true, physicalOffset });
    if (state === 'whole') return data.bytes;
    stats.skippedMessages++;
    logger.warn('no whole message at the place asked for', { physicalOffset, state });
    return undefined;
  }

  /** Store time of the message at a place of the log; -1 when there is none. Source: CommitLog#pickupStoreTimestamp. */
  async storeTimestampAt(physicalOffset: number): Promise<number> {
    const { log } = this.#options;
    const wanted = Math.min(STORE_TIMESTAMP_END, log.maxOffset - physicalOffset);
    if (!this.#mayHold(physicalOffset, MIN_RECORD_BYTES)) return -1;
    const data = new RecordBytes(await log.read(physicalOffset, wanted));
    return data.bytes.length < wanted ? -1 : storeTimestampOf(data, 0);
  }

  async storeTimestampOf(topic: string, queueId: number, queueOffset: number): Promise<number> {
    const queue = this.#options.queues.find(topic, queueId);
    return queue === undefined ? -1 : this.#timeOf(queue, queueOffset);
  }

  /** The boundary of a time among the messages of a queue, within its offsets; 0 for a queue that does not exist. */
  async offsetByTimestamp(topic: string, queueId: number, timestamp: number, boundary: BoundaryType): Promise<number> {
    const queue = this.#options.queues.find(topic, queueId);
    if (queue === undefined) return 0;
    const { minOffset, maxOffset } = queue;
    if (queue.type === 'BatchCQ') {
      return Math.min(Math.max(queue.offsetByTimestamp(timestamp, boundary), minOffset), maxOffset);
    }
    // UPPER is the last message that is not later, one before the first that is.
    const isBefore = (time: number) => (boundary === 'LOWER' ? time < timestamp : time <= timestamp);
    const test = async (offset: number) => isBefore(await this.#timeNear(queue, offset));
    const found = await bisectSlowly(minOffset, maxOffset, test);
    return boundary === 'LOWER' ? found : Math.max(found - 1, minOffset);
  }

  async query(request: QueryRequest): Promise<QueryMessageResult> {
    const { index, config } = this.#options;
    const maxCount = Math.min(request.maxCount, config.maxMsgsNumBatch);
    const byTag = request.indexType === 'tag';
    const records: Uint8Array[] = [];
    let lastUpdateTimestamp = 0;
    let lastUpdatePhysicalOffset = 0;
    let end = request.endTimestamp;
    for (
      let round = 0;
      config.indexFileReadEnable && round < QUERY_ROUNDS && records.length === 0 && end >= request.beginTimestamp;
      round++
    ) {
      const hits = index.query(request.topic, request.key, maxCount, request.beginTimestamp, end, byTag);
      if (hits.physicalOffsets.length === 0) break;
      ({ lastUpdateTimestamp, lastUpdatePhysicalOffset } = hits);
      const offsets = hits.physicalOffsets.sort((a, b) => a - b);
      for (const offset of offsets) {
        const record = await this.recordAt(offset);
        if (record !== undefined) records.push(record);
      }
      end = (await this.storeTimestampAt(offsets[0]!)) - 1;
    }
    return {
      records,
      totalBytes: records.reduce((sum, record) => sum + record.length, 0),
      indexLastUpdateTimestamp: lastUpdateTimestamp,
      indexLastUpdatePhysicalOffset: lastUpdatePhysicalOffset,
    };
  }

  async #timeOf(queue: AnyConsumeQueue, queueOffset: number): Promise<number> {
    const unit = await queue.unitAt(queueOffset);
    return unit === undefined ? -1 : this.storeTimestampAt(unit.physicalOffset);
  }

  /** Time of the message, or of the next one that can be read. */
  async #timeNear(queue: AnyConsumeQueue, queueOffset: number): Promise<number> {
    for (let offset = queueOffset; offset < queueOffset + MAX_UNREADABLE; offset++) {
      const time = await this.#timeOf(queue, offset);
      if (time >= 0) return time;
    }
    return -1;
  }

  #mayHold(physicalOffset: number, sizeBytes: number): boolean {
    const { log } = this.#options;
    return (
      Number.isSafeInteger(physicalOffset) &&
      physicalOffset >= log.minOffset &&
      physicalOffset + sizeBytes <= log.maxOffset
    );
  }
}
