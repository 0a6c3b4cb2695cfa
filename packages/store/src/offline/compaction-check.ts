/** Compares the logs of compaction topics with their queue files, entry by entry and record by record. */
import { isJsonObject, jsonEntries, MalformedDataError, parseJson } from '@rocketmq-ts/common';
import { SegmentFiles } from '../compaction/segment-files.js';
import { COMPACTING_FOLDER } from '../compaction/segment-replacement.js';
import { readSparseEntry, SPARSE_ENTRY_SIZE_BYTES, type SparseEntry } from '../compaction/sparse-entry.js';
import { RecordBytes } from '../record-bytes.js';
import { checkRecord, readDispatchRequest } from '../record-reader.js';
import type { Findings } from './findings.js';
import type { CompactionReport, QueueReport } from './report.js';
import type { QueuePlace } from './store-directory.js';

const LOG = 'compaction/compactionLog';
const QUEUE = 'compaction/compactionCq';
/** The file that says up to where keys were compared. */
export const POSITIONS = 'compaction/position-checkpoint';
const SAID_OF_EACH = 5;
const ENTRIES_PER_READ = 512;
/** More cannot be one record. */
const MAX_RECORD_BYTES = 64 * 1024 * 1024;

/** An entry and what stands in its place of the log. */
export interface CompactionEntry extends SparseEntry {
  readonly segment: number;
}

/** The two kinds of files of one queue. */
interface Parts {
  readonly log: SegmentFiles;
  readonly queue: SegmentFiles;
}

/** All queues that have files for compaction. */
export function compactionQueues({ directory }: Pick<Findings, 'directory'>): QueuePlace[] {
  const found = new Map<string, QueuePlace>();
  for (const part of [LOG, QUEUE])
    for (const place of directory.queuesIn(part)) found.set(`${place.topic}/${place.queueId}`, place);
  return [...found.values()];
}

/** The entries of a queue's files, in their order; each file ends with the first that is none. */
export function* compactionEntries(
  findings: Pick<Findings, 'directory'>,
  place: QueuePlace,
): Generator<CompactionEntry> {
  const { queue } = partsOf(findings, place);
  for (const segment of queue.starts()) yield* entriesOf(queue, segment);
}

function* entriesOf(queue: SegmentFiles, segment: number): Generator<CompactionEntry> {
  const sizeBytes = queue.sizeOf(segment);
  for (let position = 0; position + SPARSE_ENTRY_SIZE_BYTES <= sizeBytes; ) {
    const bytes = Buffer.alloc(ENTRIES_PER_READ * SPARSE_ENTRY_SIZE_BYTES);
    const read = queue.readSync(segment, position, bytes);
    for (let at = 0; at + SPARSE_ENTRY_SIZE_BYTES <= read; at += SPARSE_ENTRY_SIZE_BYTES) {
      const entry = readSparseEntry(bytes, at);
      if (entry === undefined) return;
      yield { ...entry, segment };
    }
    if (read < bytes.length) return;
    position += read;
  }
}

function partsOf({ directory }: Pick<Findings, 'directory'>, { topic, queueId }: QueuePlace): Parts {
  const files = (part: string) =>
    new SegmentFiles(directory.files, directory.handles, directory.path(`${part}/${topic}/${queueId}`), 0);
  return { log: files(LOG), queue: files(QUEUE) };
}

export class CompactionCheck {
  readonly #findings: Findings;
  readonly #positions: ReadonlyMap<string, number>;
  #said = 0;

  constructor(findings: Findings) {
    this.#findings = findings;
    this.#positions = this.#readPositions();
  }

  /** Says what is wrong; answers the queues. */
  judge(queues: readonly QueueReport[]): CompactionReport[] {
    return compactionQueues(this.#findings).map((place) => {
      const report = this.#judgeQueue(place);
      this.#judgePosition(report, queues);
      return report;
    });
  }

  #judgeQueue(place: QueuePlace): CompactionReport {
    const { topic, queueId } = place;
    const parts = partsOf(this.#findings, place);
    this.#said = 0;
    const name = `${topic}/${queueId}`;
    const [logs, queues] = [parts.log.starts(), parts.queue.starts()];
    const lonely = [...logs, ...queues].find((start) => !logs.includes(start) || !queues.includes(start));
    if (lonely !== undefined) this.#say(name, `segment ${lonely} has one of its two files only`);
    if (this.#findings.directory.has(`${LOG}/${name}/${COMPACTING_FOLDER}`))
      this.#findings.notes.push(`${LOG}/${name}/${COMPACTING_FOLDER}: a compaction was cut short`);
    let messages = 0;
    let minOffset = 0;
    let maxOffset = 0;
    for (const start of logs.filter((other) => queues.includes(other))) {
      let position = 0;
      for (const entry of entriesOf(parts.queue, start)) {
        if (messages === 0) minOffset = entry.queueOffset;
        else if (entry.queueOffset < maxOffset)
          this.#say(name, `offset ${entry.queueOffset} follows ${maxOffset - 1} in segment ${start}`);
        messages++;
        maxOffset = entry.queueOffset + 1;
        if (this.#findings.thorough) this.#compare(name, parts, entry, position);
        position = entry.physicalOffset + entry.sizeBytes - start;
      }
      if (this.#findings.thorough) this.#mustEndAt(name, parts, start, position);
    }
    const position = this.#positions.get(`${topic}_${queueId}`) ?? -1;
    return { topic, queueId, segments: logs.length, messages, minOffset, maxOffset, position };
  }

  /** What is not copied yet cannot have been compared. */
  #judgePosition({ topic, queueId, position, maxOffset }: CompactionReport, queues: readonly QueueReport[]): void {
    const queue = queues.find((other) => other.topic === topic && other.queueId === queueId);
    const end = Math.max(maxOffset, queue?.maxOffset ?? 0);
    if (position < end || position < 0) return;
    const what = `${topic}/${queueId} was compared up to ${position}, and ends at ${end}`;
    this.#findings.problems.add('compaction', POSITIONS, what);
  }

  /** The record must stand where the one before it ends, be whole, and say what its entry says. */
  #compare(name: string, { log }: Parts, entry: CompactionEntry, position: number): void {
    const { segment, physicalOffset, sizeBytes, queueOffset } = entry;
    const say = (what: string) => this.#say(name, `the entry of offset ${queueOffset} in segment ${segment} ${what}`);
    if (physicalOffset - segment !== position) say(`points to ${physicalOffset}, not to ${segment + position}`);
    const inFile = physicalOffset - segment;
    if (inFile < 0 || sizeBytes > MAX_RECORD_BYTES || inFile + sizeBytes > log.sizeOf(segment)) {
      say(`points to ${physicalOffset}+${sizeBytes}, which is not in its file`);
      return;
    }
    const record = new RecordBytes(Buffer.alloc(sizeBytes));
    const available = log.readSync(segment, inFile, record.bytes);
    const state = checkRecord(record, 0, available, { bodyCrc: true, physicalOffset });
    if (state !== 'whole') {
      say(`points to ${physicalOffset}, where the record is ${state}`);
      return;
    }
    const fields = readDispatchRequest(record, 0, () => 0);
    const fits =
      record.view.getInt32(0) === sizeBytes &&
      fields.queueOffset === queueOffset &&
      fields.storeTimestamp === entry.storeTimestamp &&
      fields.tagsCode === entry.tagsCode &&
      `${fields.topic}/${fields.queueId}` === name;
    if (!fits)
      say(`is not that of the record at ${physicalOffset}: ${fields.topic}/${fields.queueId}@${fields.queueOffset}`);
  }

  /** Behind the last entry's record none may follow. */
  #mustEndAt(name: string, { log }: Parts, segment: number, position: number): void {
    const head = new RecordBytes(Buffer.alloc(8));
    if (log.readSync(segment, position, head.bytes) < 8) return;
    const sizeBytes = head.view.getInt32(0);
    const rest = log.sizeOf(segment) - position;
    if (sizeBytes <= 8 || sizeBytes > Math.min(rest, MAX_RECORD_BYTES)) return;
    const record = new RecordBytes(Buffer.alloc(sizeBytes));
    const available = log.readSync(segment, position, record.bytes);
    const check = { bodyCrc: true, physicalOffset: segment + position };
    if (checkRecord(record, 0, available, check) !== 'whole') return;
    const what = `the record at ${segment + position} and what follows has no entry`;
    // An entry is written after its record: the next start cuts the log there, and copies the message anew.
    if (this.#findings.abort) this.#findings.notes.push(`${LOG}/${name}: ${what}`);
    else this.#say(name, what);
  }

  #readPositions(): Map<string, number> {
    const { directory, problems } = this.#findings;
    const positions = new Map<string, number>();
    if (!directory.has(POSITIONS)) return positions;
    try {
      const root = parseJson(directory.files.readFileSync(directory.path(POSITIONS)));
      if (!isJsonObject(root)) throw new MalformedDataError('expected an object with queueOffsetMap');
      for (const [queue, offset] of jsonEntries(root.queueOffsetMap))
        if (typeof offset === 'number') positions.set(String(queue), offset);
    } catch (error) {
      if (!(error instanceof MalformedDataError)) throw error;
      problems.add('compaction', POSITIONS, error.message);
    }
    return positions;
  }

  #say(name: string, what: string): void {
    if (this.#said++ < SAID_OF_EACH) this.#findings.problems.add('compaction', `${LOG}/${name}`, what);
    else this.#findings.problems.count++;
  }
}
