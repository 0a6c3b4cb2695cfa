/** What the off-line tools tell of a store: plain data, to be printed or written as JSON. */

/** Something that is wrong. */
export interface StoreProblem {
  readonly area: 'directory' | 'commitlog' | 'consumequeue' | 'index' | 'checkpoint' | 'config';
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

  add(area: StoreProblem['area'], path: string, what: string): void {
    this.count++;
    if (this.kept.length < this.#limit) this.kept.push({ area, path, what });
  }
}

/** The files of the log, and what of it was read. */
export interface LogReport {
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

/** One consume queue. */
export interface QueueReport {
  readonly topic: string;
  readonly queueId: number;
  readonly minOffset: number;
  readonly maxOffset: number;
  /** Messages of the log that have no entry yet, which the next start makes up for. */
  readonly pending: number;
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

/** What a store consists of, and what is wrong with it. */
export interface StoreReport {
  readonly root: string;
  /** The mark of a store that is in use, or did not end well. */
  readonly abort: boolean;
  readonly lock: boolean;
  readonly commitLog: LogReport;
  readonly queues: readonly QueueReport[];
  readonly batchQueues: number;
  readonly index: readonly IndexReport[];
  readonly checkpoint: Readonly<Record<string, number>>;
  readonly config: readonly string[];
  /** What is left to be said and is no problem. */
  readonly notes: readonly string[];
  readonly problems: readonly StoreProblem[];
  /** All problems, those that are not listed included. */
  readonly problemCount: number;
}
