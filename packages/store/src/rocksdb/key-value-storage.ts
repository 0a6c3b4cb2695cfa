/** A sorted store of keys and values in two tables, as far as consume queues need one. The library behind it does its own file I/O. */

/** The tables of the reference: entries of queues, and the ends of queues. Source: ConsumeQueueRocksDBStorage. */
export type KeyValueTable = 'default' | 'offset';

/** One pair of a table. */
export interface KeyValue {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** Keys are compared byte by byte. All errors are rejections. */
export interface KeyValueStorage {
  /** Writes all or nothing; what was written outlives the process. */
  put(table: KeyValueTable, pairs: readonly KeyValue[]): Promise<void>;
  get(table: KeyValueTable, key: Uint8Array): Promise<Uint8Array | undefined>;
  /** The pairs from `from` on and before `to`, in order, `limit` at most. */
  range(table: KeyValueTable, from: Uint8Array, to: Uint8Array, limit: number): Promise<KeyValue[]>;
  delete(table: KeyValueTable, keys: readonly Uint8Array[]): Promise<void>;
  /** Deletes the keys from `from` on and before `to`. */
  deleteRange(table: KeyValueTable, from: Uint8Array, to: Uint8Array): Promise<void>;
  /** Makes durable what was written. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** Opens the storage in a directory, which is made when it is missing. */
export type OpenKeyValueStorage = (directory: string) => Promise<KeyValueStorage>;
