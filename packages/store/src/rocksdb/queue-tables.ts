/** The tables of all queues in RocksDB: changes are made one after the other, in the order in which they were asked for. */
import type { KeyValue, KeyValueStorage, KeyValueTable } from './key-value-storage.js';

export class QueueTables {
  readonly #storage: KeyValueStorage;
  #last: Promise<void> = Promise.resolve();

  constructor(storage: KeyValueStorage) {
    this.#storage = storage;
  }

  put(table: KeyValueTable, pairs: readonly KeyValue[]): Promise<void> {
    return this.#inOrder(() => this.#storage.put(table, pairs));
  }

  delete(table: KeyValueTable, keys: readonly Uint8Array[]): Promise<void> {
    return this.#inOrder(() => this.#storage.delete(table, keys));
  }

  deleteRange(table: KeyValueTable, from: Uint8Array, to: Uint8Array): Promise<void> {
    return this.#inOrder(() => this.#storage.deleteRange(table, from, to));
  }

  /** Makes durable what was asked for before. */
  flush(): Promise<void> {
    return this.#inOrder(() => this.#storage.flush());
  }

  get(table: KeyValueTable, key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#storage.get(table, key);
  }

  range(table: KeyValueTable, from: Uint8Array, to: Uint8Array, limit: number): Promise<KeyValue[]> {
    return this.#storage.range(table, from, to, limit);
  }

  /** Does what was asked for before, and closes. */
  close(): Promise<void> {
    return this.#inOrder(() => this.#storage.close());
  }

  /** One change that fails does not keep the next ones from being made. */
  #inOrder(change: () => Promise<void>): Promise<void> {
    const done = this.#last.then(change);
    this.#last = done.catch(() => {});
    return done;
  }
}
