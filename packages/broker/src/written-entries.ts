/** The text of each entry of a table in a configuration file, kept as long as the entry. */
import { type WritableJson, WrittenJson, writeJson } from '@rocketmq-ts/common';

/** Where the entries of a table stand in its file. */
const INDENT = '\t\t';

/**
 * A table is written as a whole for each change of one entry: the text of the
 * others is there already. Entries are replaced, never changed.
 */
export class WrittenEntries<T extends object> {
  readonly #write: (entry: T) => WritableJson;
  readonly #texts = new WeakMap<T, WrittenJson>();

  constructor(write: (entry: T) => WritableJson) {
    this.#write = write;
  }

  /** The table, as a member of the file's object. */
  table(entries: ReadonlyMap<string, T>): ReadonlyMap<string, WrittenJson> {
    const texts = new Map<string, WrittenJson>();
    for (const [name, entry] of entries) texts.set(name, this.#textOf(entry));
    return texts;
  }

  #textOf(entry: T): WrittenJson {
    const known = this.#texts.get(entry);
    if (known !== undefined) return known;
    const written = new WrittenJson(writeJson(this.#write(entry), { pretty: true, indent: INDENT }));
    this.#texts.set(entry, written);
    return written;
  }
}
