/**
 * Reads a store as a whole, from the log to all that was made from it, and says
 * what does not fit together. One pass over the log, one over each other file;
 * memory does not grow with them.
 */
import { silentLogger } from '@rocketmq-ts/common';
import type { DispatchRequest } from '../record-reader.js';
import { LogScan, type ScanResult } from '../recovery.js';
import type { OpenKeyValueStorage } from '../rocksdb/key-value-storage.js';
import { openRocksDBReadOnly } from '../rocksdb/rocksdb-storage.js';
import { StoreCheckpoint } from '../store-checkpoint.js';
import { BatchQueueCheck } from './batch-queue-check.js';
import { CompactionCheck } from './compaction-check.js';
import { checkConfig, configuredTopics } from './config-check.js';
import { type Findings, type LogListener, MissingQueues, type ScannedLog } from './findings.js';
import { type IndexGeometry, IndexReader } from './index-check.js';
import { KeySum } from './key-sum.js';
import { type IndexReport, ProblemList, type StoreReport } from './report.js';
import { RocksDBQueueCheck } from './rocksdb-queue-check.js';
import { SimpleQueueCheck } from './simple-queue-check.js';
import { StoreDirectory, type StoreDirectoryOptions } from './store-directory.js';
import { tailBytes } from './tail-bytes.js';
import { TimerCheck } from './timer-check.js';

/** How much of the log is read between two calls of `progress`. */
const STEP_BYTES = 64 * 1024 * 1024;
const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;
const PROBLEMS_PER_PART = 5;
/** Holes that are kept; all are counted. */
const MAX_HOLES = 10_000;
const DEFAULT_TIMER_PRECISION_MS = 1000;

export interface VerifyOptions extends StoreDirectoryOptions {
  /** `false`: only what can be known without reading all of the log and of what was made from it. */
  readonly thorough: boolean;
  readonly indexGeometry?: IndexGeometry | undefined;
  /** The setting of this name. Default 1000. */
  readonly timerPrecisionMs?: number | undefined;
  /** Hears how far the log was read. */
  readonly progress?: (offset: number, endOffset: number) => void;
  /** Opens RocksDB for reading. Default: the package `rocksdb-native`. */
  readonly openKeyValueStorage?: OpenKeyValueStorage;
}

/** Inspects or verifies a store. Throws when there is none. */
export async function verifyStore(options: VerifyOptions): Promise<StoreReport> {
  const directory = new StoreDirectory(options);
  try {
    return await new Verification(directory, options).run();
  } finally {
    directory.close();
  }
}

class Verification {
  readonly #options: VerifyOptions;
  readonly #findings: Findings;
  readonly #missing = new MissingQueues();
  readonly #simple: SimpleQueueCheck | RocksDBQueueCheck;
  readonly #batch: BatchQueueCheck;
  readonly #timer: TimerCheck;
  readonly #keys = new KeySum();
  readonly #listeners: readonly LogListener[];
  #messages = 0;
  #holes = 0;
  #firstTimestamp = 0;
  #lastTimestamp = 0;

  constructor(directory: StoreDirectory, options: VerifyOptions) {
    const { thorough } = options;
    this.#options = options;
    this.#findings = { directory, problems: new ProblemList(), notes: [], abort: directory.has('abort'), thorough };
    const batch = new BatchQueueCheck(this.#findings);
    this.#batch = batch;
    const isElsewhere = (topic: string, queueId: number) => batch.has(topic, queueId);
    this.#simple =
      directory.rocksDB === undefined
        ? new SimpleQueueCheck(this.#findings, this.#missing, isElsewhere)
        : new RocksDBQueueCheck(this.#findings, this.#missing, isElsewhere);
    this.#timer = new TimerCheck(this.#findings, options.timerPrecisionMs ?? DEFAULT_TIMER_PRECISION_MS);
    this.#listeners = [this.#simple, this.#batch, this.#timer];
  }

  async run(): Promise<StoreReport> {
    const { directory, problems, notes, abort, thorough } = this.#findings;
    this.#describe();
    const log = directory.log();
    if (this.#simple instanceof SimpleQueueCheck) this.#simple.survey(log.minOffset);
    this.#batch.begin(log.minOffset);
    const checkpoint = this.#checkpoint();
    const indexes = this.#openIndexes();
    this.#keys.limit(
      indexes.map(({ header }) => header),
      log.minOffset,
    );
    const scan = this.#scanLog(checkpoint.logicsPhysicalOffset ?? 0);
    const tail = thorough ? this.#judgeLog(scan) : 0;
    const scanned = { minOffset: log.minOffset, endOffset: scan.endOffset, hasHoles: scan.holes.length > 0 };
    const { queues, extensions } = await this.#judgeQueues(scanned);
    const batchQueues = this.#batch.judge(scanned);
    this.#missing.judge(this.#findings, configuredTopics(directory));
    const index = indexes.map((reader) => this.#judgeIndex(reader));
    if (thorough && directory.hasLog) this.#judgeKeys();
    const timer = this.#timer.judge(scanned);
    const compaction = new CompactionCheck(this.#findings).judge([...queues, ...batchQueues]);
    this.#judgeCheckpoint(checkpoint, scan.endOffset);
    return {
      root: directory.root,
      abort,
      lock: directory.has('lock'),
      commitLog: this.#logReport(scan, tail),
      queueStore: directory.rocksDB === undefined ? 'files' : 'RocksDB',
      queueStorePath: directory.rocksDB ?? 'consumequeue',
      queues,
      batchQueues,
      extensions,
      extensionFileBytes: directory.fileBytes('consumequeue_ext'),
      index,
      timer,
      compaction,
      checkpoint,
      config: checkConfig(directory, problems),
      notes,
      problems: problems.kept,
      problemCount: problems.count,
    };
  }

  #describe(): void {
    const { directory, problems, notes, abort } = this.#findings;
    if (!directory.hasLog) notes.push("there is no 'commitlog': the log of another kind (DLedger) is not read");
    else
      for (const path of directory.logDirectories.all)
        if (directory.files.statSync(path)?.isDirectory !== true)
          problems.add('commitlog', directory.nameOf(path), 'there is no such directory: is a disk missing?');
    if (abort) notes.push("'abort' is there: the store is in use, or its last run did not end well");
  }

  #logReport(scan: ScanResult, tail: number): StoreReport['commitLog'] {
    const { directory } = this.#findings;
    const log = directory.log();
    return {
      directories: directory.logDirectories.all,
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
    };
  }

  #scanLog(checkpointOffset: number): ScanResult {
    const log = this.#findings.directory.log();
    const scan = new LogScan({
      log: { files: log },
      maxMessageSize: MAX_MESSAGE_BYTES,
      checkCrc: true,
      deliverTime: () => 0,
      message: (message) => this.#take(message),
      logger: silentLogger,
    });
    let offset = log.minOffset;
    if (!this.#findings.thorough) {
      if (log.count > 0) scan.first(offset);
      const isNear = checkpointOffset > offset && checkpointOffset < log.endOffset && scan.startsAt(checkpointOffset);
      offset = isNear ? checkpointOffset : (log.starts.at(-1) ?? 0);
    }
    const holes: { start: number; end: number }[] = [];
    for (;;) {
      const result = scan.run(offset, offset + STEP_BYTES);
      for (const hole of result.holes) if (holes.length < MAX_HOLES) holes.push(hole);
      this.#holes += result.holes.length;
      offset = result.endOffset;
      this.#options.progress?.(offset, log.endOffset);
      if (result.reason !== 'enough was read') return { endOffset: offset, reason: result.reason, holes };
    }
  }

  #take(message: DispatchRequest): void {
    const { storeTimestamp } = message;
    this.#messages++;
    if (this.#firstTimestamp === 0) this.#firstTimestamp = storeTimestamp;
    this.#lastTimestamp = storeTimestamp;
    if (!this.#findings.thorough) return;
    this.#keys.addMessage(message);
    for (const listener of this.#listeners) listener.take(message);
  }

  /** Says what is wrong with the log itself; answers how many bytes stand behind its end. */
  #judgeLog(scan: ScanResult): number {
    const { directory, problems } = this.#findings;
    const log = directory.log();
    for (const start of log.starts) {
      const sizeBytes = log.statSize(start);
      const path = directory.nameOf(log.pathOf(start));
      if (start % log.fileSizeBytes !== 0)
        problems.add('commitlog', path, `its name is no multiple of the size of the files, ${log.fileSizeBytes}`);
      if (sizeBytes !== log.fileSizeBytes)
        problems.add('commitlog', path, `${sizeBytes} bytes long, the others ${log.fileSizeBytes}`);
    }
    const tail = tailBytes(log, scan.endOffset);
    if (tail > 0)
      problems.add('commitlog', 'commitlog', `${tail} bytes behind the end at ${scan.endOffset}: ${scan.reason}`);
    for (const { start, end } of scan.holes)
      problems.add('commitlog', 'commitlog', `no whole message from ${start} to ${end}`);
    problems.count += this.#holes - scan.holes.length;
    return tail;
  }

  async #judgeQueues(scanned: ScannedLog): Promise<Pick<StoreReport, 'queues' | 'extensions'>> {
    if (this.#simple instanceof SimpleQueueCheck) return this.#simple.judge(scanned);
    const open = this.#options.openKeyValueStorage ?? openRocksDBReadOnly;
    return { queues: await this.#simple.judge(scanned, open), extensions: [] };
  }

  #openIndexes(): IndexReader[] {
    const { directory, notes } = this.#findings;
    const readers: IndexReader[] = [];
    for (const name of directory.indexNames()) {
      try {
        readers.push(new IndexReader(directory.files, directory.path(`index/${name}`), this.#options.indexGeometry));
      } catch (error) {
        notes.push(`index/${name} was not looked at: ${(error as Error).message}`);
      }
    }
    return readers;
  }

  #judgeIndex(reader: IndexReader): IndexReport {
    const { thorough, problems } = this.#findings;
    const name = reader.path.slice(reader.path.lastIndexOf('/') + 1);
    const { beginTimestamp, endTimestamp, beginPhysicalOffset, endPhysicalOffset } = reader.header;
    if (thorough) {
      const found = reader.check((entry) => this.#keys.addEntry(entry), PROBLEMS_PER_PART);
      for (const what of found) problems.add('index', `index/${name}`, what);
    }
    reader.close();
    return { name, keys: reader.keyCount, beginTimestamp, endTimestamp, beginPhysicalOffset, endPhysicalOffset };
  }

  #judgeKeys(): void {
    const { abort, notes, problems } = this.#findings;
    const difference = this.#keys.difference();
    if (difference === undefined) return;
    const { what, isSurplus } = difference;
    if (isSurplus) notes.push(`the index knows messages twice, or such that a power cut has taken: ${what}`);
    else if (abort) notes.push(`the index is behind the log: ${what}`);
    else problems.add('index', 'index', what);
  }

  #checkpoint(): Record<string, number> {
    const { directory, notes } = this.#findings;
    if (!directory.has('checkpoint')) {
      notes.push("'checkpoint' is missing: the next start reads the whole log");
      return {};
    }
    return StoreCheckpoint.read(directory.files, directory.path('checkpoint'));
  }

  #judgeCheckpoint(checkpoint: Record<string, number>, endOffset: number): void {
    const { directory, problems } = this.#findings;
    const known = checkpoint.logicsPhysicalOffset ?? 0;
    if (!directory.hasLog || known <= 0 || known < endOffset) return;
    const what = `logicsPhysicalOffset ${known} is behind the end of the log, ${endOffset}`;
    problems.add('checkpoint', 'checkpoint', what);
  }
}
