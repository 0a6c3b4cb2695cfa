/**
 * RocksDB, by the package `rocksdb-native`, which users install beside this one
 * when they want it: it is large. It is built without LZ4 and Zstandard.
 */
import type { KeyValue, KeyValueStorage, KeyValueTable } from './key-value-storage.js';

/** What is used of the package; it has no types of its own. */
interface RocksDB {
  ready(): Promise<void>;
  columnFamily(name: string): RocksDB;
  get(key: Uint8Array): Promise<Buffer | null>;
  write(options: { capacity: number; autoDestroy: true }): WriteBatch;
  iterator(
    range: { gte: Uint8Array; lt: Uint8Array },
    options: { limit: number; capacity: number },
  ): AsyncIterable<KeyValue>;
  flush(): Promise<void>;
  close(): Promise<void>;
}

interface WriteBatch {
  tryPut(key: Uint8Array, value: Uint8Array): void;
  tryDelete(key: Uint8Array): void;
  tryDeleteRange(from: Uint8Array, to: Uint8Array): void;
  flush(): Promise<void>;
}

type RocksDBConstructor = new (path: string, options: Record<string, unknown>) => RocksDB;

const PACKAGE = 'rocksdb-native';
const MEBIBYTE = 1024 * 1024;
/** What the reference's RocksDB reads. Source: RocksDBOptionsFactory. */
const TABLE_FORMAT_VERSION = 5;
const TABLE_BLOCK_BYTES = 32 * 1024;
const READ_AT_A_TIME = 256;

/** @throws Error that says what to install when the package is missing; what RocksDB reports otherwise */
export function openRocksDB(directory: string): Promise<KeyValueStorage> {
  return open(directory, false);
}

/** As `openRocksDB`, for looking only: no file is changed, and another process may have it open. */
export function openRocksDBReadOnly(directory: string): Promise<KeyValueStorage> {
  return open(directory, true);
}

async function open(directory: string, readOnly: boolean): Promise<KeyValueStorage> {
  const Database = await loadPackage();
  const database = new Database(directory, {
    columnFamilies: ['offset'],
    tableFormatVersion: TABLE_FORMAT_VERSION,
    tableBlockSize: TABLE_BLOCK_BYTES,
    writeBufferSize: 32 * MEBIBYTE,
    maxBackgroundJobs: 2,
    readOnly,
  });
  await database.ready();
  return new RocksDBStorage(database);
}

async function loadPackage(): Promise<RocksDBConstructor> {
  try {
    const { default: Database } = await import('rocksdb-native');
    return Database as unknown as RocksDBConstructor;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new Error(
      `storeType=defaultRocksDB needs the package '${PACKAGE}', which is not installed: run 'npm install ${PACKAGE}@3.18.1', or set storeType=default`,
      { cause: error },
    );
  }
}

class RocksDBStorage implements KeyValueStorage {
  readonly #tables: Readonly<Record<KeyValueTable, RocksDB>>;

  constructor(database: RocksDB) {
    this.#tables = { default: database, offset: database.columnFamily('offset') };
  }

  put(table: KeyValueTable, pairs: readonly KeyValue[]): Promise<void> {
    const batch = this.#batch(table, pairs.length);
    for (const { key, value } of pairs) batch.tryPut(key, value);
    return batch.flush();
  }

  async get(table: KeyValueTable, key: Uint8Array): Promise<Uint8Array | undefined> {
    return (await this.#tables[table].get(key)) ?? undefined;
  }

  async range(table: KeyValueTable, from: Uint8Array, to: Uint8Array, limit: number): Promise<KeyValue[]> {
    const pairs: KeyValue[] = [];
    const options = { limit, capacity: Math.min(limit, READ_AT_A_TIME) };
    for await (const pair of this.#tables[table].iterator({ gte: from, lt: to }, options)) pairs.push(pair);
    return pairs;
  }

  delete(table: KeyValueTable, keys: readonly Uint8Array[]): Promise<void> {
    const batch = this.#batch(table, keys.length);
    for (const key of keys) batch.tryDelete(key);
    return batch.flush();
  }

  deleteRange(table: KeyValueTable, from: Uint8Array, to: Uint8Array): Promise<void> {
    const batch = this.#batch(table, 1);
    batch.tryDeleteRange(from, to);
    return batch.flush();
  }

  async flush(): Promise<void> {
    await this.#tables.default.flush();
    await this.#tables.offset.flush();
  }

  async close(): Promise<void> {
    await this.#tables.offset.close();
    await this.#tables.default.close();
  }

  #batch(table: KeyValueTable, count: number): WriteBatch {
    return this.#tables[table].write({ capacity: Math.max(1, count), autoDestroy: true });
  }
}
