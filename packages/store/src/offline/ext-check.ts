/** Compares extension units with the messages of whose queue entries they are part. */
import { MAX_EXT_UNIT_BYTES, MIN_EXT_UNIT_BYTES, readExtUnit } from '../ext-unit.js';
import type { Findings } from './findings.js';
import type { ExtReport } from './report.js';
import { WindowReader } from './window-reader.js';

const MAX_OPEN_WINDOWS = 64;

/** What is found of one queue. */
interface Seen {
  matched: number;
  wrong: number;
  firstWrong: string | undefined;
}

export class ExtCheck {
  readonly #findings: Findings;
  readonly #seen = new Map<string, Seen>();
  /** Windows by queue, the least recently used first. */
  readonly #windows = new Map<string, WindowReader>();

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  /** Looks at the unit at `place`, to which the entry at `queueOffset` refers. */
  compare(
    queue: { readonly topic: string; readonly queueId: number },
    queueOffset: number,
    place: number,
    expected: { readonly tagsCode: number | undefined; readonly storeTimestamp: number },
  ): void {
    const name = `${queue.topic}/${queue.queueId}`;
    const unit = this.#unitAt(name, place);
    const seen = this.#seen.get(name) ?? { matched: 0, wrong: 0, firstWrong: undefined };
    this.#seen.set(name, seen);
    const sameTags = expected.tagsCode === undefined || unit?.tagsCode === expected.tagsCode;
    if (unit !== undefined && sameTags && unit.msgStoreTime === expected.storeTimestamp) {
      seen.matched++;
      return;
    }
    seen.wrong++;
    const there = unit === undefined ? 'no unit' : `tags ${unit.tagsCode}, stored at ${unit.msgStoreTime}`;
    seen.firstWrong ??= `entry ${queueOffset} refers to place ${place}, where ${there} stands; the message has tags ${expected.tagsCode}, stored at ${expected.storeTimestamp}`;
  }

  /** Says what is wrong; answers what there is. */
  judge(): ExtReport[] {
    const { directory, problems } = this.#findings;
    const reports = Array.from(directory.queues('consumequeue_ext'), ({ topic, queueId, path }) => ({
      topic,
      queueId,
      files: directory.queueFiles(path, 'consumequeue_ext').count,
      units: this.#seen.get(`${topic}/${queueId}`)?.matched ?? 0,
    }));
    for (const [name, { wrong, firstWrong }] of this.#seen) {
      if (wrong === 0) continue;
      const what = `${wrong} entries of the queue have no fitting unit: ${firstWrong}`;
      problems.add('consumequeue_ext', `consumequeue_ext/${name}`, what);
    }
    return reports;
  }

  #unitAt(name: string, place: number) {
    const window = this.#windowOf(name);
    let at = window.at(place, MIN_EXT_UNIT_BYTES);
    if (at < 0) return undefined;
    const sizeBytes = window.data.view.getInt16(at);
    if (sizeBytes < MIN_EXT_UNIT_BYTES || sizeBytes > MAX_EXT_UNIT_BYTES) return undefined;
    at = window.at(place, sizeBytes);
    return at < 0 ? undefined : readExtUnit(window.data.bytes, at);
  }

  #windowOf(name: string): WindowReader {
    const { directory } = this.#findings;
    let window = this.#windows.get(name);
    if (window === undefined) {
      window = new WindowReader(directory.queueFiles(directory.path(`consumequeue_ext/${name}`), 'consumequeue_ext'));
      if (this.#windows.size >= MAX_OPEN_WINDOWS) this.#windows.delete(this.#windows.keys().next().value!);
    } else this.#windows.delete(name);
    this.#windows.set(name, window);
    return window;
  }
}
