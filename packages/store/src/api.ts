/**
 * What the store promises to the layers above it: the shapes of a put, a get
 * and of the answers, and the statuses of the reference.
 */
import type { AsciiText, Lender } from '@rocketmq-ts/common';
import type { MessageFilter, PropertyLookup } from '@rocketmq-ts/filter';
import type { IndexKey } from './index-key.js';

/** How a put ended. Source: PutMessageStatus, 5.5. */
export type PutMessageStatus =
  | 'PUT_OK'
  | 'FLUSH_DISK_TIMEOUT'
  | 'FLUSH_SLAVE_TIMEOUT'
  | 'SLAVE_NOT_AVAILABLE'
  | 'SERVICE_NOT_AVAILABLE'
  | 'CREATE_MAPPED_FILE_FAILED'
  | 'MESSAGE_ILLEGAL'
  | 'PROPERTIES_SIZE_EXCEEDED'
  | 'OS_PAGE_CACHE_BUSY'
  | 'UNKNOWN_ERROR'
  | 'IN_SYNC_REPLICAS_NOT_ENOUGH'
  | 'LMQ_CONSUME_QUEUE_NUM_EXCEEDED'
  | 'WHEEL_TIMER_FLOW_CONTROL'
  | 'WHEEL_TIMER_MSG_ILLEGAL'
  | 'WHEEL_TIMER_NOT_ENABLE';

/** How a get ended. Source: GetMessageStatus, 5.5. */
export type GetMessageStatus =
  | 'FOUND'
  | 'NO_MATCHED_MESSAGE'
  | 'MESSAGE_WAS_REMOVING'
  | 'OFFSET_FOUND_NULL'
  | 'OFFSET_OVERFLOW_BADLY'
  | 'OFFSET_OVERFLOW_ONE'
  | 'OFFSET_TOO_SMALL'
  | 'NO_MATCHED_LOGIC_QUEUE'
  | 'NO_MESSAGE_IN_QUEUE';

/** A topic as the store knows it, found once: puts that carry it are spared the search. It may be kept as long as one likes. */
export interface TopicPlace {
  readonly topic: string;
}

/** The properties of a message that were not made text, and what the index wants of them. */
export interface AsciiProperties {
  /** Those of the message, as `PutMessage.properties` has them. */
  readonly own: AsciiText;
  /** What follows them. */
  readonly added: AsciiText;
  /** Keys of UNIQ_KEY and TAGS. */
  readonly uniqKey: IndexKey;
  readonly tags: IndexKey;
}

/**
 * One message to append. The store reads it during `put` only and copies what
 * it needs, so that the caller may reuse the object and its buffers at once.
 */
export interface PutMessage {
  topic: string;
  /** Where the store has the topic, when the caller has asked for it before; that of another topic is not minded. */
  place?: TopicPlace | undefined;
  queueId: number;
  /** The user's flag. */
  flag: number;
  /** System flags; the bits that tell IPv6 hosts are set by the store from the host lengths. */
  sysFlag: number;
  /** Client clock, ms since the epoch. */
  bornTimestamp: number;
  /** Address (4 or 16 bytes) and port (int32): 8 or 20 bytes. */
  bornHost: Uint8Array;
  reconsumeTimes: number;
  preparedTransactionOffset: number;
  body: Uint8Array;
  /** `key 0x01 value 0x02 …`, as on the wire and on disk. WAIT is not among them. */
  properties: string;
  /** Instead of `properties`, `uniqKey` and `tags`: what is only copied costs less as bytes. */
  ascii?: AsciiProperties | undefined;
  /** Hash of the tags (0: none), sign-extended 32 bits, or a delivery time in ms for delay-level messages. */
  tagsCode: number;
  /** Value of KEYS: words separated by a space, each is indexed. */
  keys?: string | undefined;
  /** Value of UNIQ_KEY, indexed. */
  uniqKey?: string | undefined;
  /** Value of TAGS. */
  tags?: string | undefined;
  /** `false` (WAIT=false): the answer does not wait for the flush to disk. */
  waitStoreMsgOk: boolean;
}

/** Where a put has landed. Source: AppendMessageResult. */
export interface AppendResult {
  /** Physical offset of the (first) record in the commit log, bytes. */
  readonly physicalOffset: number;
  /** Bytes appended, all records of a batch together. */
  readonly sizeBytes: number;
  /** Queue offset of the (first) message. */
  readonly queueOffset: number;
  readonly storeTimestamp: number;
  /** 1, or the number of messages of a batch. */
  readonly messageCount: number;
  /** Of a batch: the physical offset of each record, for the comma-joined message ids. */
  readonly physicalOffsets: readonly number[] | undefined;
}

/**
 * Who waits for a put: one object per request, called exactly once. A refusal
 * may come before `put` returns; a success comes after the group commit.
 */
export interface PutWaiter {
  /** `result` is there when the message was stored (PUT_OK and the FLUSH_… statuses). */
  putDone(status: PutMessageStatus, result: AppendResult | undefined): void;
  /** Reads a little of what `putDone` will need, some time before it; answers a number that depends on it. */
  touch?(): number;
}

/**
 * The bit map of a message of the topic, with a bit for each position of the
 * bloom filter of those whose expressions it matches; undefined when nobody
 * filters the topic. Source: CommitLogDispatcherCalcBitMap.
 */
export type FilterBitMapOf = (topic: string, lookup: PropertyLookup) => Uint8Array | undefined;

/** What to read from a queue. */
export interface GetRequest {
  readonly topic: string;
  readonly queueId: number;
  /** Queue offset to start from. */
  readonly offset: number;
  readonly maxMessages: number;
  /** Upper bound of the bytes answered; default 128 MiB as in the reference; the batch limits of the configuration hold besides. */
  readonly maxBytes?: number | undefined;
  /** Absent: every message matches. */
  readonly filter?: MessageFilter | undefined;
}

/** The answer to a get. Source: GetMessageResult. */
export interface GetMessageResult {
  readonly status: GetMessageStatus;
  readonly nextBeginOffset: number;
  readonly minOffset: number;
  readonly maxOffset: number;
  readonly messageCount: number;
  /**
   * Whole records in queue order; joined they are the body of a pull answer.
   * They may be views, which hold until the end of the turn in which they are
   * given.
   */
  readonly bodyChunks: readonly Uint8Array[];
  /** For each chunk who can keep it as it is beyond the turn, if anybody. */
  readonly lenders: readonly (Lender | undefined)[];
  readonly totalBytes: number;
  /** The reader is so far behind that a slave should serve it. */
  readonly suggestPullingFromSlave: boolean;
  /** Queue offset of each message in `bodyChunks`, in order. */
  readonly queueOffsets: readonly number[];
}

/** One entry of a consume queue, as it is stored. */
export interface ConsumeQueueEntry {
  /** Offset of the (first) message. */
  readonly queueOffset: number;
  /** 1, or the messages of an inner batch. */
  readonly messageCount: number;
  readonly physicalOffset: number;
  readonly sizeBytes: number;
  /** Hash of the tags, or the delivery time in ms in queues of SCHEDULE_TOPIC_XXXX. */
  readonly tagsCode: number;
}

/** Which end is meant when several messages carry the same store time. Source: BoundaryType. */
export type BoundaryType = 'LOWER' | 'UPPER';

/** Hears of every message that became visible, in the turn of its commit. Source: MessageArrivingListener. */
export interface ArrivingListener {
  /** `nextOffset` is the queue offset after the message. Must be cheap: called per message. */
  arriving(topic: string, queueId: number, nextOffset: number, tagsCode: number, storeTimestamp: number): void;
}

/** What to look for in the index. */
export interface QueryRequest {
  readonly topic: string;
  readonly key: string;
  readonly maxCount: number;
  /** Store times, ms since the epoch, both included. */
  readonly beginTimestamp: number;
  readonly endTimestamp: number;
  /** `tag` looks among the tags, anything else (default) among keys and unique keys. */
  readonly indexType?: 'key' | 'unique' | 'tag' | undefined;
}

/** Source: QueryMessageResult. */
export interface QueryMessageResult {
  /** Whole records, copies. */
  readonly records: readonly Uint8Array[];
  readonly totalBytes: number;
  readonly indexLastUpdateTimestamp: number;
  readonly indexLastUpdatePhysicalOffset: number;
}

/** The range of one queue. */
export interface QueueRange {
  readonly topic: string;
  readonly queueId: number;
  readonly minOffset: number;
  readonly maxOffset: number;
}

/** Why the store refuses writes; all false when it takes them. */
export interface StoreFlags {
  readonly readable: boolean;
  readonly writable: boolean;
  /** Set when the disk is above its warning level, or when a write was refused for lack of space. */
  readonly diskFull: boolean;
  /** Set for good by a failed flush or an I/O error: a restart (and a look at the disk) is needed. */
  readonly failed: boolean;
  /** In words, empty when writable. */
  readonly reason: string;
}

/**
 * The store as its users see it; `MessageStore` is the implementation.
 * Offsets of queues count messages, physical offsets count bytes.
 */
export interface Store {
  put(message: PutMessage, waiter: PutWaiter): void;
  /** `message.body` is in the client's batch format; its properties are added to those of each message. */
  putBatch(message: PutMessage, waiter: PutWaiter): void;
  /** For `PutMessage.place`; undefined when messages cannot be put to a topic of this name. */
  placeOf(topic: string): TopicPlace | undefined;
  /** Synchronous when all that is answered is in memory; see `GetMessageResult.bodyChunks`. */
  get(request: GetRequest): GetMessageResult | Promise<GetMessageResult>;

  /**
   * Up to `maxCount` entries of a queue from `offset` on, without a look at their messages. May be fewer
   * than there are; none when the offset is outside of the queue or its entry can not be read.
   */
  queueEntries(topic: string, queueId: number, offset: number, maxCount: number): Promise<readonly ConsumeQueueEntry[]>;

  /** 0 for a queue that does not exist. */
  maxOffsetInQueue(topic: string, queueId: number): number;
  /** 0 for a queue that does not exist; -1 for one of batches that never held a message. Both as in the reference. */
  minOffsetInQueue(topic: string, queueId: number): number;
  offsetByTimestamp(topic: string, queueId: number, timestamp: number, boundary?: BoundaryType): Promise<number>;
  /** Store time of a message by its queue offset; -1 when it is not there. */
  storeTimestampOf(topic: string, queueId: number, queueOffset: number): Promise<number>;
  /** Store time of the oldest message of a queue; -1 when empty. */
  earliestStoreTimestamp(topic: string, queueId: number): Promise<number>;
  /** Store time of the oldest message of the log; -1 when empty. */
  earliestStoreTimestampOfLog(): Promise<number>;
  /** The whole record that starts at `physicalOffset`, or undefined when none starts there or its CRC is wrong. */
  recordAt(physicalOffset: number): Promise<Uint8Array | undefined>;
  query(request: QueryRequest): Promise<QueryMessageResult>;

  readonly minPhysicalOffset: number;
  readonly maxPhysicalOffset: number;
  readonly flushedPhysicalOffset: number;
  /** Bytes not yet flushed to disk. */
  readonly unflushedBytes: number;

  queues(): QueueRange[];
  topics(): string[];
  /** Queue ids of a topic that have a queue on disk or in memory, ascending. */
  queueIdsOf(topic: string): number[];
  /** Drops the queues of the topics; answers how many topics had any. Source: DefaultMessageStore#deleteTopics. */
  deleteTopics(topics: readonly string[]): number;
  /** Drops the queues of all topics but `retained` and the system's own; answers how many. */
  cleanUnusedTopics(retained: ReadonlySet<string>): number;
  /** Deletes the files of the log that are older than the reserved time, now and in the next runs of the clean-up, as the admin command asks. */
  deleteExpiredFiles(): void;
  /** Drops the queues of which no message is stored any more, the system's excepted; answers how many. */
  cleanExpiredQueues(): Promise<number>;

  /** True when appends take longer than osPageCacheBusyTimeOutMills. */
  isOsPageCacheBusy(): boolean;
  readonly flags: StoreFlags;
  /** The store's entries of GET_BROKER_RUNTIME_INFO, names and formats of the reference. */
  runtimeInfo(): Map<string, string>;
  /** Sets who hears of arriving messages; one listener. */
  setArrivingListener(listener: ArrivingListener | undefined): void;
  /** Resolves when all that was put before is on disk, or when flushing has failed (`flags` tells). */
  flush(): Promise<void>;
  /** Flushes and closes; puts are refused from the call on. */
  close(): Promise<void>;
}
