/** The entries of one queue in RocksDB, and its ends. */
import { ENTRY_SIZE_BYTES, type QueueEntry, readEntry } from '../queue-entry.js';
import type { KeyValue } from './key-value-storage.js';
import { ENTRY_VALUE_BYTES, type QueueEnd, QueueKeys, writeEnd, writeEntryValue } from './queue-keys.js';
import type { QueueTables } from './queue-tables.js';

/** An entry as it is stored. */
export interface StoredEntry extends QueueEntry {
  readonly queueOffset: number;
  readonly storeTimestamp: number;
}

export class EntryTable {
  readonly #tables: QueueTables;
  readonly #keys: QueueKeys;

  constructor(tables: QueueTables, topic: string, queueId: number) {
    this.#tables = tables;
    this.#keys = new QueueKeys(topic, queueId);
  }

  put(entries: readonly StoredEntry[]): Promise<void> {
    const pairs = entries.map(({ queueOffset, physicalOffset, sizeBytes, tagsCode, storeTimestamp }) => ({
      key: this.#keys.entry(queueOffset),
      value: writeEntryValue(physicalOffset, sizeBytes, tagsCode, storeTimestamp),
    }));
    return this.#tables.put('default', pairs);
  }

  putEnds(ends: { readonly min?: QueueEnd; readonly max?: QueueEnd }): Promise<void> {
    const pairs: KeyValue[] = [];
    if (ends.min !== undefined) pairs.push({ key: this.#keys.end('min'), value: writeEnd(ends.min) });
    if (ends.max !== undefined) pairs.push({ key: this.#keys.end('max'), value: writeEnd(ends.max) });
    return this.#tables.put('offset', pairs);
  }

  async get(queueOffset: number): Promise<QueueEntry | undefined> {
    if (queueOffset < 0) return undefined;
    const value = await this.#tables.get('default', this.#keys.entry(queueOffset));
    return value?.length === ENTRY_VALUE_BYTES ? readEntry(value, 0) : undefined;
  }

  /** The entries from `offset` on and before `end`, as those of a queue in files; they end before the first that is missing. */
  async read(offset: number, end: number): Promise<Uint8Array> {
    const pairs = await this.#tables.range('default', this.#keys.entry(offset), this.#keys.entry(end), end - offset);
    const bytes = Buffer.allocUnsafe(pairs.length * ENTRY_SIZE_BYTES);
    let count = 0;
    for (const { key, value } of pairs) {
      if (this.#keys.queueOffsetOf(key) !== offset + count || value.length !== ENTRY_VALUE_BYTES) break;
      bytes.set(value.subarray(0, ENTRY_SIZE_BYTES), count * ENTRY_SIZE_BYTES);
      count++;
    }
    return bytes.subarray(0, count * ENTRY_SIZE_BYTES);
  }

  /** Deletes the entries before `offset`. */
  deleteBefore(offset: number): Promise<void> {
    return this.#tables.deleteRange('default', this.#keys.bounds.from, this.#keys.entry(offset));
  }

  /** Deletes the entries from `offset` on. */
  deleteFrom(offset: number): Promise<void> {
    return this.#tables.deleteRange('default', this.#keys.entry(offset), this.#keys.bounds.to);
  }

  /** Deletes all entries and the ends. */
  async clear(): Promise<void> {
    const { from, to } = this.#keys.bounds;
    const entries = this.#tables.deleteRange('default', from, to);
    // Asked for in one turn, so that no entry of a new queue of this name comes in between.
    const ends = this.#tables.delete('offset', [this.#keys.end('min'), this.#keys.end('max')]);
    await Promise.all([entries, ends]);
  }
}
