/** What the parts of a verification share: the directory, and the lists that they add to. */
import type { DispatchRequest } from '../record-reader.js';
import type { ProblemList } from './report.js';
import type { StoreDirectory } from './store-directory.js';

export interface Findings {
  readonly directory: StoreDirectory;
  readonly problems: ProblemList;
  readonly notes: string[];
  /** The store is in use, or its last run did not end well: what the next start makes up for is no problem. */
  readonly abort: boolean;
  /** `false`: only what can be known without reading everything. */
  readonly thorough: boolean;
}

/** What of the log was read. */
export interface ScannedLog {
  readonly minOffset: number;
  readonly endOffset: number;
  /** Damage was stepped over. */
  readonly hasHoles: boolean;
}

/** Compares one part of a store with the log while that is read. */
export interface LogListener {
  /** Hears of each whole message, in the order of the log. */
  take(message: DispatchRequest): void;
}

/** Messages of queues that are not there: their topic was deleted, or the queue is lost. */
export class MissingQueues {
  readonly #counts = new Map<string, number>();

  add(topic: string, queueId: number): void {
    const name = `${topic}/${queueId}`;
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  /** `topics`: those that are configured, if that is known. */
  judge({ problems, notes, abort }: Findings, topics: ReadonlySet<string> | undefined): void {
    for (const [name, count] of this.#counts) {
      const what = `${count} messages of the log, and no queue`;
      const isDeleted = topics !== undefined && !topics.has(name.slice(0, name.lastIndexOf('/')));
      if (isDeleted || abort) notes.push(`consumequeue/${name}: ${what}${isDeleted ? ': the topic was deleted' : ''}`);
      else problems.add('consumequeue', `consumequeue/${name}`, what);
    }
  }
}
