/**
 * What the store asks of a queue, whatever its kind: where it ends, what it
 * knows of a message, and how it gets to disk. Offsets count messages.
 */
import type { CqExtUnit } from '@rocketmq-ts/filter';
import type { BoundaryType } from './api.js';
import type { QueueEntry } from './queue-entry.js';
import type { QueueStroke, StrokeAim } from './queue-stroke.js';

/** How the queues of a topic are kept. Source: CQType. */
export type CQType = 'SimpleCQ' | 'BatchCQ' | 'RocksDBCQ';

/** A record of the log that becomes visible, as its queues see it. Source: DispatchRequest. */
export interface DispatchedMessage {
  readonly physicalOffset: number;
  readonly sizeBytes: number;
  readonly tagsCode: number;
  readonly storeTimestamp: number;
  /** Messages in the record: more than one in an inner batch. */
  readonly messageCount: number;
  /** A bit for each position of the bloom filter of those whose expressions the message matches; absent when that was not calculated. */
  readonly filterBitMap?: Uint8Array | undefined;
}

/** What a queue knows of a record. Source: CqUnit. */
export interface CqUnit extends QueueEntry {
  /** Offset of the (first) message. */
  readonly queueOffset: number;
  readonly messageCount: number;
}

/** How a message was taken. */
export type AppendOutcome = 'appended' | 'known' | 'gap' | 'refused';

/** One queue of a topic. Source: ConsumeQueueInterface, FileQueueLifeCycle. */
export interface ConsumeQueueInterface {
  readonly type: CQType;
  readonly topic: string;
  readonly queueId: number;
  /** Offset that the next message gets; ahead of `maxOffset` by what is not committed yet. */
  nextOffset: number;
  /** Set while the queue is in its store's list of queues with entries to write. */
  dirty: boolean;
  /** Where the manifest says that the queue ends; 0 when it does not know the queue. */
  expectedMaxOffset: number;
  readonly minOffset: number;
  /** Offset after the newest visible message. */
  readonly maxOffset: number;
  /** Physical end of the newest record, 0 when there is none. */
  readonly physicalEnd: number;
  /** See `Lookahead`: reads what an append will need. */
  touch(): number;
  /** Bytes of entries that are in memory only. */
  readonly unwrittenBytes: number;
  /** Something that was written is not durable. */
  readonly hasUnsynced: boolean;

  /**
   * Finds out which entries exist. `physicalLimit` is the end of the log when
   * the store was opened: entries beyond it are leftovers.
   */
  open(physicalLimit: number): void;
  /** True when what knows the message at `offset` is on disk, as far as a glance tells; the queue need not be open. */
  hasOnDisk(offset: number): boolean;
  /** Adds a message that is in the log, under `queueOffset`. One that is known is skipped, so that a part of the log may be dispatched again. */
  append(message: DispatchedMessage, queueOffset: number): AppendOutcome;
  /** The record that holds the message at `offset`; undefined when there is none. */
  unitAt(offset: number): CqUnit | undefined | Promise<CqUnit | undefined>;
  /** Records from the one that holds `offset` on, `count` at most, possibly fewer. */
  readUnits(offset: number, count: number): Promise<readonly CqUnit[]>;
  /** Offset at which a reader goes on when the entry at `offset` cannot be had. */
  rollNextFile(offset: number): number;
  /** Writes what is only in memory; throws what the file system throws. */
  writeOut(): void;
  /** What `writeOut` would write, and `datasync` make durable, for another thread to do; undefined when it is not one plain stroke. */
  stroke?(aim: StrokeAim): QueueStroke | undefined;
  /** Ends a stroke that is under way: nobody else writes to the files of the queue from now on. */
  settle?(): void;
  /** Makes what was written durable. */
  datasync(): Promise<void>;
  /** Moves the first valid offset to the first message that is in the log. */
  correctMinOffset(minPhysicalOffset: number): void;
  /** True when there may be files to give up; the queue need not be open. */
  hasOldFiles(): boolean;
  /** Deletes what speaks of deleted messages only; answers how many files went. */
  deleteExpired(minPhysicalOffset: number): number;
  /** Takes back the messages that end behind `physicalEnd` in the log. */
  truncateTo(physicalEnd: number): void | Promise<void>;
  /** Goes on at `offset`, beyond the end: the messages between are lost, and readers pass over them. */
  skipTo?(offset: number): void;
  /** Forgets everything, in memory and on disk. */
  destroy(): void;
  close(): void;
  /** For messages to operators. */
  toString(): string;
}

/** A queue with one entry for each message, which readers walk in their 20-byte form. */
export interface EntryQueue extends ConsumeQueueInterface {
  readonly type: 'SimpleCQ' | 'RocksDBCQ';
  /** First offset of which the entry is in memory. */
  readonly tailBase: number;
  /** The entries in memory, from `tailBase` on; changes with the next append. */
  readonly tail: Uint8Array;
  /** True when the entries from `offset` on are in memory. */
  inMemory(offset: number): boolean;
  /** What is known of a message besides its entry, as far as its entry was just read; undefined mostly. */
  extUnit(offset: number): CqExtUnit | undefined;
  /** A copy of up to `count` entries from `offset` on, possibly fewer. */
  readEntries(offset: number, count: number): Promise<Uint8Array>;
}

/** Any of the kinds; `type` tells which. */
export type AnyConsumeQueue = EntryQueue | BatchQueue;

/** A queue with one entry for each record, which may hold several messages. */
export interface BatchQueue extends ConsumeQueueInterface {
  readonly type: 'BatchCQ';
  /** Up to `count` records from the one that holds the message at `offset` on; undefined when it is not in memory. */
  unitsInMemory(offset: number, count: number): readonly CqUnit[] | undefined;
  /** Offset of the first record that begins behind `offset`; looks through all entries, as the one there is damaged. */
  beginAfter(offset: number): number;
  /**
   * Offset of the first message that is not earlier than `timestamp`, of the
   * newest record when all are; with UPPER that of the last record that is not
   * later. Offsets are those of whole records.
   */
  offsetByTimestamp(timestamp: number, boundary: BoundaryType): number;
}

/** What the consume queues ask of the log. */
export interface QueueLog {
  readonly minOffset: number;
  /** Compares an entry with the message at its place in the log. */
  fits(queue: ConsumeQueueInterface, queueOffset: number, entry: QueueEntry): boolean;
}

/** What a queue needs to know of the log and of its siblings. */
export interface QueueContext {
  /** First physical offset of the log. */
  readonly minPhysicalOffset: number;
  /** The manifest knows where each queue ended at the check point, and recovery adds what came later: a queue need not look for its end. */
  readonly manifestHolds: boolean;
  /** Entries that a queue may hold in memory before it writes and drops the older half. */
  readonly maxTailEntries: number;
  /** Tells whether the log holds, at the entry's place, the message that the entry speaks of. */
  fits(queue: ConsumeQueueInterface, queueOffset: number, entry: QueueEntry): boolean;
  /** Is told when a write of a queue failed; the entries stay in memory. */
  writeFailed(queue: ConsumeQueueInterface, error: Error): void;
}

/** The name of a queue. */
export interface QueueName {
  readonly topic: string;
  readonly queueId: number;
}

/** All queues of one kind: where they live, and how one is made. */
export interface QueueFamily {
  /** Finds out which topics may have queues. */
  load(): Iterable<string> | Promise<Iterable<string>>;
  /** The ids of the queues that a topic has on disk; each is made with `create` and opened when it is first used. */
  queueIdsOf(topic: string): Iterable<number>;
  create(topic: string, queueId: number, context: QueueContext): AnyConsumeQueue;
  /** Takes the queues of a topic from the disk, all or (when it throws) none; what is in memory of them is destroyed afterwards. */
  removeTopic(topic: string): void;
  /** Makes durable what the queues share, when each of them is, up to the message that starts at `physicalOffset`. */
  flush?(physicalOffset: number): Promise<void>;
  /** Called last, when the queues are closed. */
  close?(): Promise<void>;
}
