/** A key-value storage in memory for tests: it forgets on a crash what RocksDB may forget. */
import type { KeyValue, KeyValueStorage, KeyValueTable } from './key-value-storage.js';

type Change = (tables: Record<KeyValueTable, Map<string, Buffer>>) => void;
const emptyTables = () => ({ default: new Map<string, Buffer>(), offset: new Map<string, Buffer>() });
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');

/** What outlives the one who uses it. */
export class MemoryKeyValueDisk {
  #durable = emptyTables();
  /** Changes since the last flush, in order. */
  #changes: Change[] = [];
  #tables = emptyTables();
  opened = 0;

  /** The disk as somebody sees it until a crash, or until it is closed. */
  open(): KeyValueStorage {
    const run = ++this.opened;
    const mustBeOpen = async () => {
      if (run !== this.opened) throw new Error('the storage was closed');
    };
    const change = async (apply: Change) => {
      await mustBeOpen();
      apply(this.#tables);
      this.#changes.push(apply);
    };
    return {
      put: (table, pairs) =>
        change((tables) => {
          for (const { key, value } of pairs) tables[table].set(text(key), Buffer.from(value));
        }),
      delete: (table, keys) =>
        change((tables) => {
          for (const key of keys) tables[table].delete(text(key));
        }),
      deleteRange: (table, from, to) =>
        change((tables) => {
          for (const key of keysWithin(tables[table], from, to)) tables[table].delete(key);
        }),
      get: async (table, key) => {
        await mustBeOpen();
        return this.#tables[table].get(text(key));
      },
      range: async (table, from, to, limit) => {
        await mustBeOpen();
        return keysWithin(this.#tables[table], from, to)
          .slice(0, limit)
          .map((key): KeyValue => ({ key: Buffer.from(key, 'latin1'), value: this.#tables[table].get(key)! }));
      },
      flush: async () => {
        await mustBeOpen();
        this.#apply(this.#changes.length);
      },
      close: async () => {
        await mustBeOpen();
        this.opened++;
      },
    };
  }

  /** Number of changes that a loss of power may take. */
  get unflushed(): number {
    return this.#changes.length;
  }

  /** Loses power: of the changes since the last flush the first `kept` are there. */
  crash(kept: number): void {
    this.opened++;
    this.#apply(kept);
    this.#changes = [];
    this.#tables = { default: new Map(this.#durable.default), offset: new Map(this.#durable.offset) };
  }

  #apply(count: number): void {
    for (const change of this.#changes.splice(0, count)) change(this.#durable);
  }
}

function keysWithin(table: ReadonlyMap<string, Buffer>, from: Uint8Array, to: Uint8Array): string[] {
  const [low, high] = [text(from), text(to)];
  return [...table.keys()].filter((key) => key >= low && key < high).sort();
}
