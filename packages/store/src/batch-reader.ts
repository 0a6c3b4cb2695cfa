// Reads the messages of batch consume queues: record by record, since each has its own number of messages.
import type { GetRequest } from './api.js';
import { BATCH_ENTRY_SIZE_BYTES } from './batch-entry.js';
import type { CommitLog } from './commit-log.js';
import type { BatchQueue, CqUnit } from './consume-queue-interface.js';
import type { GetConfig, GetLimits } from './get-limits.js';
import type { GetWalk } from './get-walk.js';
import { messagesIn } from './record-properties.js';
import type { RecordTaker, WantedRecords } from './record-taker.js';

/** What one get looks for. */
interface SoughtBatches extends WantedRecords {
  readonly queue: BatchQueue;
  readonly request: GetRequest;
  readonly limits: GetLimits;
}

/** Entries that are read at a time. */
const STRETCH_ENTRIES = 512;

export class BatchReader {
  readonly #log: CommitLog;
  readonly #config: GetConfig;
  readonly #taker: RecordTaker;

  constructor(log: CommitLog, config: GetConfig, taker: RecordTaker) {
    this.#log = log;
    this.#config = config;
    this.#taker = taker;
  }

  /** Walks from the offset of the walk on until it is full, the scan is long enough, or something was found and a stretch ends. */
  async walk(walk: GetWalk, sought: SoughtBatches): Promise<void> {
    const { queue } = sought;
    for (let stretch = 0; walk.totalBytes === 0 && walk.nextBeginOffset < walk.maxOffset; stretch++) {
      if (stretch >= Math.max(1, this.#config.travelCqFileNumWhenGetMessage)) return;
      const first = walk.nextBeginOffset;
      const units = queue.unitsInMemory(first, STRETCH_ENTRIES) ?? (await queue.readUnits(first, STRETCH_ENTRIES));
      if (units.length === 0) {
        walk.status = 'OFFSET_FOUND_NULL';
        walk.nextBeginOffset = Math.min(queue.rollNextFile(first), walk.maxOffset);
        return;
      }
      if (!(await this.#walkUnits(walk, sought, units))) return;
      // No entry was right: the messages here cannot be found.
      if (walk.nextBeginOffset === first) walk.nextBeginOffset = queue.beginAfter(first);
    }
  }

  /** False when the walk is over. */
  async #walkUnits(walk: GetWalk, sought: SoughtBatches, units: readonly CqUnit[]): Promise<boolean> {
    const { queue, filter, request, limits } = sought;
    const maxScannedBytes = Math.max(this.#config.maxFilterMessageSize, request.maxMessages * BATCH_ENTRY_SIZE_BYTES);
    for (const [i, unit] of units.entries()) {
      const { physicalOffset, sizeBytes, queueOffset, messageCount } = unit;
      const end = Math.min(queueOffset + messageCount, walk.maxOffset);
      // A damaged entry, or what came while this was read.
      if (end <= walk.nextBeginOffset || queueOffset >= walk.maxOffset) continue;
      // The place of a damaged entry, or this is one: the next search finds out.
      if (i > 0 && queueOffset > walk.nextBeginOffset) return true;
      // Only the first can begin before what is asked for, unless the next one does, too.
      if (queueOffset < walk.nextBeginOffset && (i > 0 || overlaps(units[1], walk.nextBeginOffset))) continue;
      const scannedBytes = (walk.nextBeginOffset - request.offset) * BATCH_ENTRY_SIZE_BYTES;
      if (scannedBytes >= maxScannedBytes || this.#isFull(walk, unit, limits)) return false;
      const begin = walk.nextBeginOffset;
      // An entry that claims messages of the next one is damaged: those are not stepped over.
      const next = units[i + 1]?.queueOffset ?? end;
      walk.nextBeginOffset = next > walk.nextBeginOffset && next < end ? next : end;
      if (!this.#taker.isPossible(walk, queue, physicalOffset, sizeBytes)) continue;
      if (filter !== undefined && !filter.isMatchedByConsumeQueue(unit.tagsCode)) {
        walk.miss('NO_MATCHED_MESSAGE');
        continue;
      }
      const span = await this.#log.readShared(physicalOffset, sizeBytes);
      const before = walk.messageCount;
      if (!this.#taker.take(walk, sought, unit, span)) {
        walk.nextBeginOffset = begin;
        continue;
      }
      // The message itself is right, whatever its entry says.
      const count = messagesIn(span.data, span.at);
      walk.nextBeginOffset = queueOffset + count;
      if (walk.messageCount > before) walk.messageCount += count - 1;
    }
    return true;
  }

  #isFull(walk: GetWalk, unit: CqUnit, limits: GetLimits): boolean {
    if (walk.messageCount === 0) return false;
    const inMemory = limits.isInMemory(this.#log.maxOffset, unit.physicalOffset);
    return (
      walk.messageCount + unit.messageCount > limits.maxMessages ||
      limits.isFull(walk.messageCount, walk.totalBytes, unit.sizeBytes, inMemory) ||
      walk.totalBytes >= limits.maxBytes
    );
  }
}

function overlaps(next: CqUnit | undefined, offset: number): boolean {
  return next !== undefined && next.queueOffset <= offset;
}
