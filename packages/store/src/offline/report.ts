/** What the off-line tools tell of a store: plain data, to be printed or written as JSON. Described in docs/store-tools.md. */

/** The parts of a store that problems are found in. */
export type StoreArea =
  | 'directory'
  | 'commitlog'
  | 'consumequeue'
  | 'consumequeue_ext'
  | 'batchconsumequeue'
  | 'index'
  | 'timer'
  | 'compaction'
  | 'checkpoint'
  | 'config';

/** Something that is wrong. */
export interface StoreProblem {
  readonly area: StoreArea;
  /** The file or directory, relative to the root. */
  readonly path: string;
  /** In words, with the numbers. */
  readonly what: string;
}

/** Problems, of which the first ones are kept and all are counted. */
export class ProblemList {
  readonly kept: StoreProblem[] = [];
  count = 0;
  readonly #limit: number;

  constructor(limit = 200) {
    this.#limit = limit;
  }

  add(area: StoreArea, path: string, what: string): void {
    this.count++;
    if (this.kept.length < this.#limit) this.kept.push({ area, path, what });
  }
}

/** The files of the log, and what of it was read. */
export interface LogReport {
  /** Where the files lie. */
  readonly directories: readonly string[];
  readonly files: number;
  readonly fileSizeBytes: number;
  readonly minOffset: number;
  /** After the last whole message; with `inspect` only when the check point is near enough to look. */
  readonly endOffset: number;
  readonly messages: number;
  readonly firstStoreTimestamp: number;
  readonly lastStoreTimestamp: number;
  /** Stretches that hold no whole message, though some follow. */
  readonly holes: readonly { readonly start: number; readonly end: number }[];
  /** Bytes behind the end that are not zero. */
  readonly tailBytes: number;
  readonly endReason: string;
}

/** One consume queue, of any kind. */
export interface QueueReport {
  readonly topic: string;
  readonly queueId: number;
  readonly minOffset: number;
  readonly maxOffset: number;
  /** Messages of the log that have no entry yet, which the next start makes up for. */
  readonly pending: number;
}

/** One batch consume queue: offsets count messages, entries records. */
export interface BatchQueueReport extends QueueReport {
  readonly entries: number;
}

/** The extension files of one queue. */
export interface ExtReport {
  readonly topic: string;
  readonly queueId: number;
  readonly files: number;
  /** Units that the entries of the queue refer to; 0 with `inspect`. */
  readonly units: number;
}

/** One index file. */
export interface IndexReport {
  readonly name: string;
  readonly keys: number;
  readonly beginTimestamp: number;
  readonly endTimestamp: number;
  readonly beginPhysicalOffset: number;
  readonly endPhysicalOffset: number;
}

/** The timer's files. */
export interface TimerReport {
  /** What config/timercheck says; undefined when it cannot be read. */
  readonly checkpoint: Readonly<Record<string, number>> | undefined;
  readonly logFiles: number;
  readonly logFileBytes: number;
  readonly logMinOffset: number;
  readonly logEndOffset: number;
  /** Records of the timer log; 0 with `inspect`. */
  readonly records: number;
  /** The wheel that is gone by: `timerwheel`, or a snapshot of it; undefined when there is none. */
  readonly wheel: string | undefined;
  /** Slots whose time has not come, and the messages that they count. */
  readonly waitingSlots: number;
  readonly waitingMessages: number;
  /** Times of the first and the last of them, ms; 0 without. */
  readonly firstSlotMs: number;
  readonly lastSlotMs: number;
}

/** The compaction log of one queue. */
export interface CompactionReport {
  readonly topic: string;
  readonly queueId: number;
  readonly segments: number;
  readonly messages: number;
  /** Queue offsets of the first message, and after the last. */
  readonly minOffset: number;
  readonly maxOffset: number;
  /** Offset of the newest message whose key was compared; -1 for none. */
  readonly position: number;
}

/** What a store consists of, and what is wrong with it. */
export interface StoreReport {
  readonly root: string;
  /** The mark of a store that is in use, or did not end well. */
  readonly abort: boolean;
  readonly lock: boolean;
  readonly commitLog: LogReport;
  /** Where the plain consume queues are kept. */
  readonly queueStore: 'files' | 'RocksDB';
  /** The directory of the RocksDB, or else of the files. */
  readonly queueStorePath: string;
  readonly queues: readonly QueueReport[];
  readonly batchQueues: readonly BatchQueueReport[];
  readonly extensions: readonly ExtReport[];
  readonly extensionFileBytes: number;
  readonly index: readonly IndexReport[];
  /** Undefined when the store has no timer. */
  readonly timer: TimerReport | undefined;
  readonly compaction: readonly CompactionReport[];
  readonly checkpoint: Readonly<Record<string, number>>;
  readonly config: readonly string[];
  /** What is left to be said and is no problem. */
  readonly notes: readonly string[];
  readonly problems: readonly StoreProblem[];
  /** All problems, those that are not listed included. */
  readonly problemCount: number;
}
