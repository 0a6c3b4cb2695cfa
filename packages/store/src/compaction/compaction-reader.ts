/** Reads the messages of a compaction topic: those that are left, in the order of their offsets. Source: CompactionLog#getMessage. */
import type { Logger } from '@rocketmq-ts/common';
import type { MessageFilter } from '@rocketmq-ts/filter';
import type { GetMessageResult, GetRequest } from '../api.js';
import { type GetConfig, GetLimits } from '../get-limits.js';
import { GetWalk } from '../get-walk.js';
import { lastOfRange } from '../read-plan.js';
import { RecordBytes } from '../record-bytes.js';
import { RecordProperties } from '../record-properties.js';
import { checkRecord, headBelongs, topicBelongs } from '../record-reader.js';
import type { StoreStats } from '../store-stats.js';
import type { CompactionLog } from './compaction-log.js';
import type { Segment } from './segment.js';
import { SPARSE_ENTRY_SIZE_BYTES, type SparseEntry } from './sparse-entry.js';

export interface CompactionReaderOptions {
  readonly config: GetConfig;
  readonly physicalMemoryBytes: number;
  readonly stats: StoreStats;
  readonly logger: Logger;
}

/** Entries that are read at a time, at least. */
const MIN_ENTRIES_PER_READ = 64;

export class CompactionReader {
  readonly #options: CompactionReaderOptions;
  readonly #properties = new RecordProperties();

  constructor(options: CompactionReaderOptions) {
    this.#options = options;
  }

  async get(log: CompactionLog, request: GetRequest): Promise<GetMessageResult> {
    const { config, physicalMemoryBytes, stats } = this.#options;
    if (log.isBehind && request.offset >= log.maxOffset) await log.catchUp();
    log.writeOut();
    const walk = new GetWalk(request.offset, log.minOffset, log.maxOffset);
    // What lies before the oldest message was compacted away: a reader goes on behind it.
    if (request.offset < walk.minOffset && walk.maxOffset > walk.minOffset) walk.nextBeginOffset = walk.minOffset;
    if (walk.inRange(config)) {
      const limits = new GetLimits(config, request.maxMessages, request.maxBytes, physicalMemoryBytes);
      await this.#walk(walk, log, request.filter, limits);
      walk.suggestPullingFromSlave = !limits.isInMemory(log.partition.physicalEnd, walk.lastPhysicalOffset);
    }
    if (walk.status === 'FOUND') stats.getFoundTimes++;
    else stats.getMissTimes++;
    stats.transferredMessages += walk.messageCount;
    return walk;
  }

  /** Goes from segment to segment, as long as nothing is found. */
  async #walk(walk: GetWalk, log: CompactionLog, filter: MessageFilter | undefined, limits: GetLimits): Promise<void> {
    const { partition } = log;
    const { config } = this.#options;
    const most = Math.max(1, config.travelCqFileNumWhenGetMessage);
    const scanned = Math.max(
      MIN_ENTRIES_PER_READ,
      Math.min(limits.maxMessages, config.maxFilterMessageSize / SPARSE_ENTRY_SIZE_BYTES),
    );
    for (let segments = 0; segments < most && walk.totalBytes === 0 && walk.nextBeginOffset < walk.maxOffset; ) {
      const segment = partition.find(walk.nextBeginOffset);
      if (segment === undefined) {
        walk.nextBeginOffset = walk.maxOffset;
        return;
      }
      const { generation } = partition;
      const index = partition.reader.indexOf(segment, walk.nextBeginOffset);
      const entries = await partition.reader.entries(segment, index, scanned);
      if (partition.generation !== generation) continue;
      if (entries.length === 0) {
        // They could not be written, and wait for that.
        if (partition.hasPending) return;
        walk.status = 'OFFSET_FOUND_NULL';
        walk.nextBeginOffset++;
        return;
      }
      const taken = await this.#takeEntries(walk, log, segment, entries, filter, limits);
      if (taken === entries.length && index + taken >= segment.count) segments++;
    }
  }

  /** Takes messages until the answer is full; tells how many entries were looked at. */
  async #takeEntries(
    walk: GetWalk,
    log: CompactionLog,
    segment: Segment,
    entries: readonly SparseEntry[],
    filter: MessageFilter | undefined,
    limits: GetLimits,
  ): Promise<number> {
    const { partition } = log;
    const { generation } = partition;
    const { plan, looked } = this.#plan(walk, partition.physicalEnd, entries, filter, limits);
    for (let from = 0; from < plan.length; ) {
      const last = lastOfRange(plan, from, partition.log.fileSizeBytes);
      const start = plan[from]!.physicalOffset;
      const end = plan[last]!.physicalOffset + plan[last]!.sizeBytes;
      const data = new RecordBytes(await partition.reader.read(segment, start, end - start));
      // Its segments were replaced meanwhile: what follows is looked for again.
      if (partition.generation !== generation) return 0;
      for (; from <= last; from++) this.#take(walk, log, plan[from]!, data, plan[from]!.physicalOffset - start, filter);
      walk.nextBeginOffset = plan[last]!.queueOffset + 1;
    }
    const lastLooked = entries[looked - 1];
    if (lastLooked !== undefined) walk.nextBeginOffset = lastLooked.queueOffset + 1;
    return looked;
  }

  /** The entries that would fill the answer, if all their messages matched. */
  #plan(
    walk: GetWalk,
    physicalEnd: number,
    entries: readonly SparseEntry[],
    filter: MessageFilter | undefined,
    limits: GetLimits,
  ): { plan: SparseEntry[]; looked: number } {
    const plan: SparseEntry[] = [];
    let { messageCount: count, totalBytes } = walk;
    let looked = 0;
    for (const entry of entries) {
      const inMemory = limits.isInMemory(physicalEnd, entry.physicalOffset);
      if (limits.isFull(count, totalBytes, entry.sizeBytes, inMemory) || totalBytes >= limits.maxBytes) break;
      looked++;
      walk.lastPhysicalOffset = entry.physicalOffset;
      if (filter !== undefined && !filter.isMatchedByConsumeQueue(entry.tagsCode)) {
        walk.miss('NO_MATCHED_MESSAGE');
        continue;
      }
      plan.push(entry);
      count++;
      totalBytes += entry.sizeBytes;
    }
    return { plan, looked };
  }

  #take(
    walk: GetWalk,
    log: CompactionLog,
    entry: SparseEntry,
    data: RecordBytes,
    at: number,
    filter: MessageFilter | undefined,
  ): void {
    const { queueOffset, sizeBytes, physicalOffset } = entry;
    const available = Math.max(0, Math.min(sizeBytes, data.bytes.length - at));
    // The reference leaves the CRC of the whole record as it was before it changed the place in it.
    const state = checkRecord(data, at, available, { bodyCrc: true, guard: false, physicalOffset });
    const belongs = state === 'whole' && headBelongs(data, at, log.queueId, queueOffset);
    if (!belongs || !topicBelongs(data, at, Buffer.from(log.topic))) {
      this.#options.stats.skippedMessages++;
      const fields = { queue: log.toString(), queueOffset, physicalOffset, state };
      this.#options.logger.warn('a message of a compaction topic is not served', fields);
      return;
    }
    if (filter !== undefined && !this.#matches(filter, data, at)) {
      walk.miss('NO_MATCHED_MESSAGE');
      return;
    }
    walk.add(data, at, sizeBytes, queueOffset);
  }

  #matches(filter: MessageFilter, data: RecordBytes, at: number): boolean {
    try {
      return filter.isMatchedByCommitLog(this.#properties.of(data, at));
    } finally {
      this.#properties.end();
    }
  }
}
