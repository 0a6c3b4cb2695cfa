/**
 * Reads the messages of a queue: from the tail in memory within the turn, from
 * the files asynchronously and in whole ranges. What does not fit together
 * (entry and record, record and CRC) is skipped and counted, never served.
 */
import { getInt64, isLmq, type Logger } from '@rocketmq-ts/common';
import type { GetMessageResult, GetRequest } from './api.js';
import { BatchReader } from './batch-reader.js';
import type { CommitLog } from './commit-log.js';
import type { EntryQueue } from './consume-queue-interface.js';
import type { ConsumeQueueStore } from './consume-queue-store.js';
import { EntryStretches } from './entry-stretches.js';
import { MIN_TAGS_CODE } from './ext-unit.js';
import { type GetConfig, GetLimits } from './get-limits.js';
import { GetWalk } from './get-walk.js';
import { belongsToLightQueue } from './light-queues.js';
import { spanOf } from './log-blocks.js';
import { minOffsetOf } from './min-offset.js';
import { ENTRY_SIZE_BYTES, entryPhysicalOffset, entrySize, entryTagsCode } from './queue-entry.js';
import { type Candidate, lastOfRange } from './read-plan.js';
import type { Generation, Readers } from './readers.js';
import { RecordBytes } from './record-bytes.js';
import { QUEUE_OFFSET_POSITION } from './record-layout.js';
import { RecordTaker, type WantedRecords } from './record-taker.js';
import type { StoreStats } from './store-stats.js';

export interface MessageReaderOptions {
  readonly log: CommitLog;
  readonly queues: ConsumeQueueStore;
  readonly readers: Readers;
  readonly config: GetConfig & { readonly maxMessageSize: number };
  readonly physicalMemoryBytes: number;
  readonly stats: StoreStats;
  readonly logger: Logger;
}

/** What one get looks for. */
interface Sought extends WantedRecords {
  readonly queue: EntryQueue;
  /** Entries from here on are not looked at. */
  readonly endOffset: number;
}

/** The chunks of an answer are views, which hold until the end of the turn in which it is given. Source: DefaultMessageStore#getMessage. */
export class MessageReader {
  readonly #options: MessageReaderOptions;
  readonly #stretches = new EntryStretches();
  readonly #taker: RecordTaker;
  readonly #batches: BatchReader;

  constructor(options: MessageReaderOptions) {
    this.#options = options;
    this.#taker = new RecordTaker(options);
    this.#batches = new BatchReader(options.log, options.config, this.#taker);
  }

  get(request: GetRequest): GetMessageResult | Promise<GetMessageResult> {
    const { config, physicalMemoryBytes, queues, readers } = this.#options;
    const queue = queues.find(request.topic, request.queueId);
    const minOffset = minOffsetOf(queue, () => queues.typeOf(request.topic, request.queueId));
    const walk = new GetWalk(request.offset, minOffset, queue?.maxOffset ?? 0);
    if (!walk.inRange(config) || queue === undefined) return this.#done(walk);
    const limits = new GetLimits(config, request.maxMessages, request.maxBytes, physicalMemoryBytes);
    const filter = request.filter?.passesAll ? undefined : request.filter;
    const topicBytes = isLmq(request.topic) ? undefined : queues.findOrCreateTopic(request.topic).topicBytes;
    if (queue.type === 'BatchCQ') {
      const batches = this.#batches.walk(walk, { queue, filter, topicBytes, request, limits });
      return this.#finishLater(batches, walk, limits, readers.enter());
    }
    const maxScanned = Math.max(config.maxFilterMessageSize, request.maxMessages * ENTRY_SIZE_BYTES) / ENTRY_SIZE_BYTES;
    const sought: Sought = {
      queue,
      filter,
      limits,
      endOffset: Math.min(request.offset + Math.ceil(maxScanned), queue.maxOffset),
      topicBytes,
    };
    const reading = readers.enter();
    if (this.#walkTail(walk, sought) || this.#walkKnown(walk, sought)) {
      readers.leave(reading);
      return this.#finish(walk, limits);
    }
    return this.#finishLater(this.#walkFiles(walk, sought), walk, limits, reading);
  }

  async #finishLater(
    walking: Promise<void>,
    walk: GetWalk,
    limits: GetLimits,
    reading: Generation,
  ): Promise<GetMessageResult> {
    try {
      await walking;
      return this.#finish(walk, limits);
    } finally {
      this.#options.readers.leave(reading);
    }
  }

  /** Walks over what was not written yet or just now; false when the walk is not over where that begins. */
  #walkTail(walk: GetWalk, { queue, filter, limits, endOffset, topicBytes }: Sought): boolean {
    if (!queue.inMemory(walk.nextBeginOffset)) return false;
    const { log, stats } = this.#options;
    const tail = queue.tail;
    for (let offset = walk.nextBeginOffset; offset < endOffset; offset++) {
      const at = (offset - queue.tailBase) * ENTRY_SIZE_BYTES;
      const physicalOffset = entryPhysicalOffset(tail, at);
      const sizeBytes = entrySize(tail, at);
      if (this.#isFull(walk, limits, physicalOffset, sizeBytes)) return true;
      walk.lastPhysicalOffset = physicalOffset;
      walk.nextBeginOffset = offset + 1;
      if (filter !== undefined && !filter.isMatchedByConsumeQueue(entryTagsCode(tail, at))) {
        walk.miss('NO_MATCHED_MESSAGE');
        continue;
      }
      const chunk = log.inTail(physicalOffset, sizeBytes);
      if (chunk === undefined) {
        walk.nextBeginOffset = offset;
        return false;
      }
      const start = physicalOffset - chunk.baseOffset;
      // A gap in the queue holds the entry of the message that follows it.
      const belongs =
        topicBytes === undefined
          ? belongsToLightQueue(chunk.data, start, queue.topic, offset)
          : getInt64(chunk.data.view, start + QUEUE_OFFSET_POSITION) === offset;
      if (!belongs) {
        stats.skippedMessages++;
        continue;
      }
      if (filter !== undefined && !this.#taker.matches(filter, chunk.data, start)) {
        walk.miss('NO_MATCHED_MESSAGE');
        continue;
      }
      walk.add(chunk.data, start, sizeBytes, offset);
    }
    return true;
  }

  /** Walks over entries that were read before, as far as their messages are in memory, too; false when the walk is not over then. */
  #walkKnown(walk: GetWalk, sought: Sought): boolean {
    const first = walk.nextBeginOffset;
    const entries = this.#knownEntries(first, sought);
    if (entries === undefined || !this.#walkHeld(walk, sought, entries, first)) return false;
    return walk.totalBytes > 0 || this.#maxStretches === 1;
  }

  /** Stretches of entries that one get looks at to find a message. */
  get #maxStretches(): number {
    return Math.max(1, this.#options.config.travelCqFileNumWhenGetMessage);
  }

  #knownEntries(first: number, { queue, limits, endOffset }: Sought): Uint8Array | undefined {
    return this.#stretches.find(queue, first, Math.min(endOffset - first, limits.maxMessages));
  }

  async #walkFiles(walk: GetWalk, sought: Sought): Promise<void> {
    const { queue, endOffset } = sought;
    for (let stretch = 0; stretch < this.#maxStretches && walk.nextBeginOffset < endOffset; stretch++) {
      // The first adds to what was in memory.
      if (stretch > 0 && walk.totalBytes > 0) return;
      const first = walk.nextBeginOffset;
      const known = this.#knownEntries(first, sought);
      const entries = known ?? this.#stretches.keep(queue, first, await queue.readEntries(first, endOffset - first));
      if (entries.length === 0) {
        walk.status = 'OFFSET_FOUND_NULL';
        walk.nextBeginOffset = Math.min(queue.rollNextFile(first), walk.maxOffset);
        return;
      }
      await this.#walkEntries(walk, sought, entries);
    }
  }

  /** Walks over a stretch of entries, from plan to plan: each plan is what one or few reads can bring of what is not in memory. */
  async #walkEntries(walk: GetWalk, sought: Sought, entries: Uint8Array): Promise<void> {
    const first = walk.nextBeginOffset;
    const count = entries.length / ENTRY_SIZE_BYTES;
    while (!this.#walkHeld(walk, sought, entries, first) && walk.nextBeginOffset < first + count) {
      const before = walk.nextBeginOffset;
      const plan = this.#plan(walk, sought, entries, first);
      if (plan.length > 0) await this.#readPlan(walk, sought, plan);
      if (walk.nextBeginOffset === before) return;
    }
  }

  /**
   * Walks over entries, of which the first is that of the offset `first`, as far as their messages are in memory.
   * True when the answer is full or the entries end.
   */
  #walkHeld(walk: GetWalk, sought: Sought, entries: Uint8Array, first: number): boolean {
    const { log } = this.#options;
    const { queue, filter, limits } = sought;
    const end = Math.min(sought.endOffset, first + entries.length / ENTRY_SIZE_BYTES);
    for (let offset = walk.nextBeginOffset; offset < end; offset++) {
      const at = (offset - first) * ENTRY_SIZE_BYTES;
      const physicalOffset = entryPhysicalOffset(entries, at);
      const sizeBytes = entrySize(entries, at);
      if (this.#isFull(walk, limits, physicalOffset, sizeBytes)) return true;
      walk.nextBeginOffset = offset + 1;
      if (!this.#taker.isPossible(walk, queue, physicalOffset, sizeBytes)) continue;
      const span = log.held(physicalOffset, sizeBytes);
      if (span === undefined) {
        walk.nextBeginOffset = offset;
        return false;
      }
      if (filter !== undefined && !filter.isMatchedByConsumeQueue(tagsCodeIn(entries, at), queue.extUnit(offset))) {
        walk.miss('NO_MATCHED_MESSAGE');
        continue;
      }
      const isTaken = this.#taker.take(walk, sought, { queueOffset: offset, physicalOffset, sizeBytes }, span);
      if (isTaken) offset += this.#taker.takeFollowing(walk, sought, span, { entries, at, count: end - offset - 1 });
    }
    return true;
  }

  /** Gathers the next entries that would fill the answer, if all their messages matched. */
  #plan(walk: GetWalk, { queue, filter, limits }: Sought, entries: Uint8Array, first: number): Candidate[] {
    const plan: Candidate[] = [];
    let { messageCount: count, totalBytes } = walk;
    const end = first + entries.length / ENTRY_SIZE_BYTES;
    for (let offset = walk.nextBeginOffset; offset < end; offset++) {
      const at = (offset - first) * ENTRY_SIZE_BYTES;
      const physicalOffset = entryPhysicalOffset(entries, at);
      const sizeBytes = entrySize(entries, at);
      const inMemory = limits.isInMemory(this.#options.log.maxOffset, physicalOffset);
      if (limits.isFull(count, totalBytes, sizeBytes, inMemory) || totalBytes >= limits.maxBytes) break;
      walk.nextBeginOffset = offset + 1;
      if (!this.#taker.isPossible(walk, queue, physicalOffset, sizeBytes)) continue;
      if (filter !== undefined && !filter.isMatchedByConsumeQueue(tagsCodeIn(entries, at), queue.extUnit(offset))) {
        walk.miss('NO_MATCHED_MESSAGE');
        continue;
      }
      plan.push({ queueOffset: offset, physicalOffset, sizeBytes });
      count++;
      totalBytes += sizeBytes;
    }
    return plan;
  }

  async #readPlan(walk: GetWalk, sought: Sought, plan: readonly Candidate[]): Promise<void> {
    const { log } = this.#options;
    for (let i = 0; i < plan.length; ) {
      const last = lastOfRange(plan, i, log.files.fileSizeBytes);
      if (i === last) {
        // A message far from others is read alone: its block would be read for nothing else.
        const candidate = plan[i++]!;
        const bytes = await log.read(candidate.physicalOffset, candidate.sizeBytes);
        this.#taker.take(walk, sought, candidate, spanOf(new RecordBytes(bytes)));
        continue;
      }
      for (; i <= last; i++) {
        const candidate = plan[i]!;
        const span = log.readShared(candidate.physicalOffset, candidate.sizeBytes);
        this.#taker.take(walk, sought, candidate, span instanceof Promise ? await span : span);
      }
    }
  }

  #isFull(walk: GetWalk, limits: GetLimits, physicalOffset: number, sizeBytes: number): boolean {
    const inMemory = limits.isInMemory(this.#options.log.maxOffset, physicalOffset);
    return limits.isFull(walk.messageCount, walk.totalBytes, sizeBytes, inMemory) || walk.totalBytes >= limits.maxBytes;
  }

  #finish(walk: GetWalk, limits: GetLimits): GetMessageResult {
    walk.suggestPullingFromSlave = !limits.isInMemory(this.#options.log.maxOffset, walk.lastPhysicalOffset);
    return this.#done(walk);
  }

  #done(walk: GetWalk): GetMessageResult {
    const stats = this.#options.stats;
    if (walk.status === 'FOUND') stats.getFoundTimes++;
    else stats.getMissTimes++;
    stats.transferredMessages += walk.messageCount;
    return walk;
  }
}

/** The tag hash of an entry that was read; undefined when it refers to an extension that could not be read. */
function tagsCodeIn(entries: Uint8Array, at: number): number | undefined {
  const tagsCode = entryTagsCode(entries, at);
  return tagsCode < MIN_TAGS_CODE ? undefined : tagsCode;
}
