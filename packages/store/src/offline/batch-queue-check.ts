/** Compares batch consume queues with the log: both have the same order, so that each is gone through once. */
import { BATCH_ENTRY_FORMAT, BATCH_ENTRY_SIZE_BYTES, type BatchEntry } from '../batch-entry.js';
import type { FileQueue } from '../file-queue.js';
import { skipsConsumeQueue } from '../record-layout.js';
import type { DispatchRequest } from '../record-reader.js';
import type { Findings, LogListener, ScannedLog } from './findings.js';
import type { BatchQueueReport } from './report.js';
import type { QueuePlace } from './store-directory.js';

const BLOCK_ENTRIES = 128;

/** Gives out the entries of a queue, one after the other; they end where nothing stands. */
export function* batchEntries(files: FileQueue): Generator<BatchEntry> {
  for (const start of files.starts) {
    for (let position = start; position < start + files.fileSizeBytes; ) {
      const block = Buffer.alloc(BLOCK_ENTRIES * BATCH_ENTRY_SIZE_BYTES);
      const read = files.readSync(position, block, 0, block.length);
      const count = Math.floor(read / BATCH_ENTRY_SIZE_BYTES);
      for (let i = 0; i < count; i++) {
        const entry = BATCH_ENTRY_FORMAT.read(block, i * BATCH_ENTRY_SIZE_BYTES);
        if (entry.sizeBytes !== 0 || entry.physicalOffset !== 0) yield entry;
      }
      if (count === 0) break;
      position += count * BATCH_ENTRY_SIZE_BYTES;
    }
  }
}

/** One queue, and how far it was compared. */
class ComparedQueue {
  readonly place: QueuePlace;
  readonly #entries: Generator<BatchEntry>;
  #next: BatchEntry | undefined;
  #pointsIntoLog = false;
  count = 0;
  minOffset = 0;
  endOffset = 0;
  /** Entries that begin elsewhere than the one before them ends. */
  gaps = 0;
  implausible = 0;
  wrong = 0;
  firstWrong: string | undefined;
  /** Entries that point to no message. */
  lost = 0;
  /** Messages of the log that have no entry. */
  missing = 0;
  lastOffset = -1;

  constructor(place: QueuePlace, files: FileQueue, minPhysicalOffset: number) {
    this.place = place;
    this.#entries = batchEntries(files);
    for (const entry of batchEntries(files)) this.#count(entry, minPhysicalOffset);
    this.#next = this.#entries.next().value as BatchEntry | undefined;
  }

  take(message: DispatchRequest): void {
    const { physicalOffset, sizeBytes, queueOffset, messageCount, storeTimestamp, tagsCode } = message;
    if (queueOffset <= this.lastOffset) {
      // The topic was deleted and made again: its older messages belong to no queue.
      this.missing = 0;
      this.wrong = 0;
    }
    this.lastOffset = queueOffset;
    this.skipTo(physicalOffset, 0);
    const entry = this.#next;
    if (entry === undefined || entry.physicalOffset !== physicalOffset) {
      this.missing++;
      return;
    }
    this.#advance();
    const expected: BatchEntry = { physicalOffset, sizeBytes, tagsCode, storeTimestamp, queueOffset, messageCount };
    if (textOf(entry) === textOf(expected)) return;
    this.wrong++;
    this.firstWrong ??= `one says ${textOf(entry)}, the log has ${textOf(expected)}`;
  }

  /** Passes over the entries before `physicalOffset`; those that point to `minOffset` or behind it are lost. */
  skipTo(physicalOffset: number, minOffset: number): void {
    while (this.#next !== undefined && this.#next.physicalOffset < physicalOffset) {
      if (this.#next.physicalOffset >= minOffset) this.lost++;
      this.#advance();
    }
  }

  #advance(): void {
    this.#next = this.#entries.next().value as BatchEntry | undefined;
  }

  #count(entry: BatchEntry, minPhysicalOffset: number): void {
    if (!BATCH_ENTRY_FORMAT.isPlausible(entry, Number.MAX_SAFE_INTEGER)) {
      this.implausible++;
      return;
    }
    // Of entries whose messages are deleted some may never have reached the disk.
    if (this.count === 0 || !this.#pointsIntoLog) this.minOffset = entry.queueOffset;
    else if (entry.queueOffset !== this.endOffset) this.gaps++;
    this.#pointsIntoLog ||= entry.physicalOffset >= minPhysicalOffset;
    this.count++;
    this.endOffset = entry.queueOffset + entry.messageCount;
  }
}

export class BatchQueueCheck implements LogListener {
  readonly #findings: Findings;
  readonly #queues = new Map<string, ComparedQueue>();

  constructor(findings: Findings) {
    this.#findings = findings;
    for (const place of findings.directory.queues('batchconsumequeue')) {
      const files = findings.directory.queueFiles(place.path, 'batchconsumequeue');
      this.#queues.set(
        `${place.topic}/${place.queueId}`,
        new ComparedQueue(place, files, findings.directory.log().minOffset),
      );
    }
  }

  has(topic: string, queueId: number): boolean {
    return this.#queues.has(`${topic}/${queueId}`);
  }

  /** Entries before the log point to what was deleted. */
  begin(minOffset: number): void {
    for (const queue of this.#queues.values()) queue.skipTo(minOffset, Number.POSITIVE_INFINITY);
  }

  take(message: DispatchRequest): void {
    if (skipsConsumeQueue(message.sysFlag)) return;
    this.#queues.get(`${message.topic}/${message.queueId}`)?.take(message);
  }

  /** Says what is wrong; answers the queues. */
  judge(log: ScannedLog): BatchQueueReport[] {
    return Array.from(this.#queues.values(), (queue) => this.#judgeQueue(queue, log));
  }

  #judgeQueue(queue: ComparedQueue, log: ScannedLog): BatchQueueReport {
    const { directory, problems, notes, abort, thorough } = this.#findings;
    const path = directory.nameOf(queue.place.path);
    const say = (what: string) => problems.add('batchconsumequeue', path, what);
    const isCompared = thorough && directory.hasLog;
    if (isCompared) queue.skipTo(Number.POSITIVE_INFINITY, 0);
    const { topic, queueId } = queue.place;
    const { count, minOffset, endOffset, gaps, implausible, wrong, firstWrong, lost, missing } = queue;
    if (implausible > 0) say(`${implausible} entries can be none`);
    if (gaps > 0 && log.hasHoles) notes.push(`${path}: offsets leap ${gaps} times: messages were lost with the log`);
    else if (gaps > 0) say(`${gaps} entries begin elsewhere than the one before them ends`);
    if (wrong > 0) say(`${wrong} entries do not fit the log: ${firstWrong}`);
    if (isCompared && lost > 0)
      say(`${lost} entries point to no message between ${log.minOffset} and ${log.endOffset}`);
    if (isCompared && missing > 0 && !abort) say(`${missing} messages of the log have no entry`);
    return { topic, queueId, entries: count, minOffset, maxOffset: endOffset, pending: abort ? missing : 0 };
  }
}

function textOf({
  physicalOffset,
  sizeBytes,
  tagsCode,
  storeTimestamp,
  queueOffset,
  messageCount,
}: BatchEntry): string {
  return `${physicalOffset}+${sizeBytes} tags ${tagsCode}, stored at ${storeTimestamp}, offset ${queueOffset}+${messageCount}`;
}
