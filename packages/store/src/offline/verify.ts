/**
 * Reads a store as a whole, from the log to queues and index, and says what does
 * not fit together. One pass over the log, one over each queue and each index
 * file; memory does not grow with them.
 */
import { silentLogger } from '@rocketmq-ts/common';
import { MIN_TAGS_CODE } from '../ext-unit.js';
import { LIGHT_QUEUE_ID, statedPlaces } from '../light-queues.js';
import { skipsConsumeQueue } from '../record-layout.js';
import { isScheduleTopic } from '../record-reader.js';
import { LogScan, type RecoveredMessage, type ScanResult } from '../recovery.js';
import { StoreCheckpoint } from '../store-checkpoint.js';
import { checkConfig, configuredTopics } from './config-check.js';
import { type IndexGeometry, IndexReader } from './index-check.js';
import { KeySum } from './key-sum.js';
import { type ProbedQueue, QueueProbe } from './queue-probe.js';
import { type IndexReport, ProblemList, type QueueReport, type StoreReport } from './report.js';
import { StoreDirectory, type StoreDirectoryOptions } from './store-directory.js';
import { tailBytes } from './tail-bytes.js';

/** How much of the log is read between two calls of `progress`. */
const STEP_BYTES = 64 * 1024 * 1024;
const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;
const PROBLEMS_PER_PART = 5;

export interface VerifyOptions extends StoreDirectoryOptions {
  /** `false`: only what can be known without reading all of the log, the queues and the index. */
  readonly thorough: boolean;
  readonly indexGeometry?: IndexGeometry | undefined;
  /** Hears how far the log was read. */
  readonly progress?: (offset: number, endOffset: number) => void;
}

/** Inspects or verifies a store. Throws when there is none. */
export function verifyStore(options: VerifyOptions): StoreReport {
  const directory = new StoreDirectory(options);
  try {
    return new Verification(directory, options).run();
  } finally {
    directory.close();
  }
}

class Verification {
  readonly #directory: StoreDirectory;
  readonly #options: VerifyOptions;
  readonly #problems = new ProblemList();
  readonly #notes: string[] = [];
  readonly #probe: QueueProbe;
  readonly #batchQueues: ReadonlySet<string>;
  readonly #keys = new KeySum();
  /** Messages whose queue is not there, by queue. */
  readonly #withoutQueue = new Map<string, number>();
  #messages = 0;
  #firstTimestamp = 0;
  #lastTimestamp = 0;

  constructor(directory: StoreDirectory, options: VerifyOptions) {
    this.#directory = directory;
    this.#options = options;
    this.#probe = new QueueProbe(directory);
    this.#batchQueues = new Set(
      Array.from(directory.queues('batchconsumequeue'), ({ topic, queueId }) => `${topic}/${queueId}`),
    );
  }

  run(): StoreReport {
    const directory = this.#directory;
    const abort = directory.has('abort');
    if (!directory.has('commitlog'))
      this.#notes.push("there is no 'commitlog': the log of another kind (DLedger) is not read");
    if (abort) this.#notes.push("'abort' is there: the store is in use, or its last run did not end well");
    const log = directory.log();
    for (const queue of this.#probe.all()) queue.survey(log.minOffset);
    const checkpoint = this.#checkpoint();
    const indexes = this.#openIndexes();
    this.#keys.limit(indexes.map(({ header }) => header));
    const scan = this.#scanLog(checkpoint.logicsPhysicalOffset ?? 0);
    const tail = this.#options.thorough ? tailBytes(log, scan.endOffset) : 0;
    if (tail > 0) {
      this.#problems.add('commitlog', 'commitlog', `${tail} bytes behind the end at ${scan.endOffset}: ${scan.reason}`);
    }
    for (const { start, end } of scan.holes) {
      this.#problems.add('commitlog', 'commitlog', `no whole message from ${start} to ${end}`);
    }
    const queues = Array.from(this.#probe.all(), (queue) =>
      this.#judgeQueue(queue, abort, log.minOffset, scan.endOffset),
    );
    this.#judgeMissingQueues(abort);
    const index = indexes.map((reader) => this.#judgeIndex(reader));
    if (this.#options.thorough && directory.has('commitlog')) this.#judgeKeys(abort);
    this.#judgeCheckpoint(checkpoint, scan.endOffset);
    return {
      root: directory.root,
      abort,
      lock: directory.has('lock'),
      commitLog: {
        files: log.count,
        fileSizeBytes: log.fileSizeBytes,
        minOffset: log.minOffset,
        endOffset: scan.endOffset,
        messages: this.#messages,
        firstStoreTimestamp: this.#firstTimestamp,
        lastStoreTimestamp: this.#lastTimestamp,
        holes: scan.holes,
        tailBytes: tail,
        endReason: scan.reason,
      },
      queues,
      batchQueues: this.#batchQueues.size,
      index,
      checkpoint,
      config: checkConfig(directory, this.#problems),
      notes: this.#notes,
      problems: this.#problems.kept,
      problemCount: this.#problems.count,
    };
  }

  #scanLog(checkpointOffset: number): ScanResult {
    const log = this.#directory.log();
    for (const start of log.starts) {
      const sizeBytes = log.statSize(start);
      if (sizeBytes === log.fileSizeBytes) continue;
      const path = `commitlog/${log.pathOf(start).split('/').at(-1)}`;
      this.#problems.add('commitlog', path, `${sizeBytes} bytes long, the others ${log.fileSizeBytes}`);
    }
    const scan = new LogScan({
      log: { files: log },
      maxMessageSize: MAX_MESSAGE_BYTES,
      checkCrc: true,
      deliverTime: () => 0,
      message: (message) => this.#take(message),
      logger: silentLogger,
    });
    let offset = log.minOffset;
    if (!this.#options.thorough) {
      if (log.count > 0) scan.first(offset);
      const isNear = checkpointOffset > offset && checkpointOffset < log.endOffset && scan.startsAt(checkpointOffset);
      offset = isNear ? checkpointOffset : (log.starts.at(-1) ?? 0);
    }
    const holes: { start: number; end: number }[] = [];
    for (;;) {
      const result = scan.run(offset, offset + STEP_BYTES);
      holes.push(...result.holes);
      offset = result.endOffset;
      this.#options.progress?.(offset, log.endOffset);
      if (result.reason !== 'enough was read') return { endOffset: offset, reason: result.reason, holes };
    }
  }

  #take({ physicalOffset, sizeBytes, fields }: RecoveredMessage): void {
    this.#messages++;
    if (this.#firstTimestamp === 0) this.#firstTimestamp = fields.storeTimestamp;
    this.#lastTimestamp = fields.storeTimestamp;
    if (!this.#options.thorough) return;
    this.#keys.addMessage({ ...fields, physicalOffset });
    if (skipsConsumeQueue(fields.sysFlag)) return;
    const place = { physicalOffset, sizeBytes, tagsCode: isScheduleTopic(fields.topic) ? undefined : fields.tagsCode };
    this.#compare(fields.topic, fields.queueId, fields.queueOffset, place);
    for (const { name, queueOffset } of statedPlaces(fields.lightNames, fields.lightOffsets)) {
      this.#compare(name, LIGHT_QUEUE_ID, queueOffset, place);
    }
  }

  #compare(
    topic: string,
    queueId: number,
    queueOffset: number,
    place: { physicalOffset: number; sizeBytes: number; tagsCode: number | undefined },
  ): void {
    if (this.#batchQueues.has(`${topic}/${queueId}`)) return;
    const queue = this.#probe.find(topic, queueId);
    if (queue === undefined) {
      const name = `${topic}/${queueId}`;
      this.#withoutQueue.set(name, (this.#withoutQueue.get(name) ?? 0) + 1);
      return;
    }
    if (queueOffset <= queue.lastOffset) {
      queue.missing = 0;
      queue.wrong = 0;
    }
    queue.lastOffset = queueOffset;
    const entry = this.#probe.entryAt(queue, queueOffset);
    if (entry === undefined) {
      queue.missing++;
      return;
    }
    // A code below those of hashes is a place in consumequeue_ext.
    const sameTags =
      place.tagsCode === undefined || entry.tagsCode < MIN_TAGS_CODE || entry.tagsCode === place.tagsCode;
    if (entry.physicalOffset === place.physicalOffset && entry.sizeBytes === place.sizeBytes && sameTags) {
      queue.matched++;
      return;
    }
    queue.wrong++;
    queue.firstWrong ??= `entry ${queueOffset} says ${entry.physicalOffset}+${entry.sizeBytes} tags ${entry.tagsCode}, the log has ${place.physicalOffset}+${place.sizeBytes} tags ${place.tagsCode}`;
  }

  /** Messages of queues that are not there: the topic was deleted, or the queue is lost. */
  #judgeMissingQueues(abort: boolean): void {
    const topics = configuredTopics(this.#directory);
    for (const [name, count] of this.#withoutQueue) {
      const what = `${count} messages of the log, and no queue`;
      const isDeleted = topics !== undefined && !topics.has(name.slice(0, name.lastIndexOf('/')));
      if (isDeleted || abort)
        this.#notes.push(`consumequeue/${name}: ${what}${isDeleted ? ': the topic was deleted' : ''}`);
      else this.#problems.add('consumequeue', `consumequeue/${name}`, what);
    }
  }

  #judgeQueue(queue: ProbedQueue, abort: boolean, minPhysicalOffset: number, endOffset: number): QueueReport {
    const { topic, queueId, matched, wrong, missing, pointing, empty, firstWrong } = queue;
    const path = `consumequeue/${topic}/${queueId}`;
    const say = (what: string) => this.#problems.add('consumequeue', path, what);
    if (empty > 0) say(`${empty} places between the first and the last entry are empty`);
    if (wrong > 0) say(`${wrong} entries do not fit the log: ${firstWrong}`);
    if (missing > 0 && !abort) say(`${missing} messages of the log have no entry`);
    const lost = pointing - matched - wrong;
    if (this.#options.thorough && this.#directory.has('commitlog') && lost > 0)
      say(`${lost} entries point to no message between ${minPhysicalOffset} and ${endOffset}`);
    const minOffset = Math.max(0, queue.firstOffset);
    return { topic, queueId, minOffset, maxOffset: queue.endOffset, pending: abort ? missing : 0 };
  }

  #openIndexes(): IndexReader[] {
    const readers: IndexReader[] = [];
    for (const name of this.#directory.indexNames()) {
      try {
        readers.push(
          new IndexReader(this.#directory.files, this.#directory.path(`index/${name}`), this.#options.indexGeometry),
        );
      } catch (error) {
        this.#notes.push(`index/${name} was not looked at: ${(error as Error).message}`);
      }
    }
    return readers;
  }

  #judgeIndex(reader: IndexReader): IndexReport {
    const name = reader.path.slice(reader.path.lastIndexOf('/') + 1);
    const { beginTimestamp, endTimestamp, beginPhysicalOffset, endPhysicalOffset } = reader.header;
    if (this.#options.thorough) {
      const problems = reader.check((entry) => this.#keys.addEntry(entry), PROBLEMS_PER_PART);
      for (const what of problems) this.#problems.add('index', `index/${name}`, what);
    }
    reader.close();
    return { name, keys: reader.keyCount, beginTimestamp, endTimestamp, beginPhysicalOffset, endPhysicalOffset };
  }

  #judgeKeys(abort: boolean): void {
    const difference = this.#keys.difference();
    if (difference === undefined) return;
    if (abort) this.#notes.push(`the index is behind the log: ${difference}`);
    else this.#problems.add('index', 'index', difference);
  }

  #checkpoint(): Record<string, number> {
    if (!this.#directory.has('checkpoint')) {
      this.#notes.push("'checkpoint' is missing: the next start reads the whole log");
      return {};
    }
    return StoreCheckpoint.read(this.#directory.files, this.#directory.path('checkpoint'));
  }

  #judgeCheckpoint(checkpoint: Record<string, number>, endOffset: number): void {
    const known = checkpoint.logicsPhysicalOffset ?? 0;
    if (this.#directory.has('commitlog') && known > 0 && known >= endOffset) {
      this.#problems.add(
        'checkpoint',
        'checkpoint',
        `logicsPhysicalOffset ${known} is behind the end of the log, ${endOffset}`,
      );
    }
  }
}
