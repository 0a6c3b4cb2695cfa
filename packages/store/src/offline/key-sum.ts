/** Compares the keys of all messages with all entries of the index by sums, without keeping either. */
import type { IndexHeader } from '../index-header.js';
import { indexHash, indexKeyOf, NO_KEY } from '../index-key.js';
import type { IndexedMessage } from '../index-service.js';
import { continueHash, javaHash, skipsIndex } from '../record-layout.js';
import { Sum } from './sum.js';

/** The first and the last message of the index are left out: their keys may be in it in part. */
export class KeySum {
  readonly #entries = new Sum();
  readonly #keys = new Sum();
  /** Stores of versions before 5.5 have no tags in the index. */
  readonly #keysWithoutTags = new Sum();
  #first = Number.POSITIVE_INFINITY;
  #last = -1;

  /** Tells what the index covers of a log that begins at `minOffset`; without files it covers nothing. */
  limit(headers: readonly IndexHeader[], minOffset: number): void {
    const used = headers.filter(({ nextEntry }) => nextEntry > 1);
    if (used.length === 0) return;
    this.#first = Math.max(used[0]!.beginPhysicalOffset, minOffset - 1);
    this.#last = used.at(-1)!.endPhysicalOffset;
  }

  addMessage(message: IndexedMessage): void {
    const { topic, physicalOffset, uniqKey, keys, tags } = message;
    if (physicalOffset <= this.#first || physicalOffset >= this.#last || skipsIndex(message.sysFlag)) return;
    const prefix = javaHash(`${topic}#`);
    const words = keys === undefined ? [] : keys.split(' ').filter((word) => word !== '');
    const wordKeys = words.map(indexKeyOf);
    for (const key of uniqKey === NO_KEY ? wordKeys : [uniqKey, ...wordKeys]) {
      this.#keys.add(indexHash(prefix, key), physicalOffset);
      this.#keysWithoutTags.add(indexHash(prefix, key), physicalOffset);
    }
    if (tags > 0) this.#keys.add(indexHash(continueHash(prefix, 'T#'), tags), physicalOffset);
  }

  addEntry({ hash, physicalOffset }: { hash: number; physicalOffset: number }): void {
    if (physicalOffset <= this.#first || physicalOffset >= this.#last) return;
    this.#entries.add(hash, physicalOffset);
  }

  /** What is different, in words; undefined when nothing is. Entries that are too many are harmless: readers compare the keys. */
  difference(): { readonly what: string; readonly isSurplus: boolean } | undefined {
    if (this.#entries.equals(this.#keys) || this.#entries.equals(this.#keysWithoutTags)) return undefined;
    return {
      what: `the messages between ${this.#first} and ${this.#last} have ${this.#keys.count} keys, the index has ${this.#entries.count}, or others`,
      isSurplus: this.#entries.count > this.#keys.count,
    };
  }
}
