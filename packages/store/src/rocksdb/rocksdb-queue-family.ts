/** All consume queues in RocksDB. Source: RocksDBConsumeQueueStore. */
import type { Files, Logger } from '@rocketmq-ts/common';
import type { AnyConsumeQueue, QueueContext, QueueFamily } from '../consume-queue-interface.js';
import { entryPhysicalOffset, entrySize } from '../queue-entry.js';
import type { KeyValue, KeyValueStorage, OpenKeyValueStorage } from './key-value-storage.js';
import {
  ALL_ENDS,
  CHECKPOINT_KEY,
  ENTRY_VALUE_BYTES,
  QueueKeys,
  readEnd,
  readEndKey,
  writeCheckpoint,
} from './queue-keys.js';
import { QueueTables } from './queue-tables.js';
import { type KnownEnds, RocksDBConsumeQueue } from './rocksdb-consume-queue.js';

export interface RocksDBQueueFamilyOptions {
  readonly files: Files;
  readonly storePathRootDir: string;
  /** The queues have `consumequeue_rocksdb` to themselves, instead of `consumequeue`. */
  readonly useSeparateStorePathForRocksdbCQ: boolean;
  readonly open: OpenKeyValueStorage;
  readonly logger: Logger;
}

interface MutableEnds {
  min: KnownEnds['min'];
  max: KnownEnds['max'];
  physicalEnd: number;
}

const unknownEnds = (): MutableEnds => ({ min: undefined, max: undefined, physicalEnd: 0 });

const ENDS_AT_A_TIME = 1024;
const ENTRIES_AT_A_TIME = 256;

export class RocksDBQueueFamily implements QueueFamily {
  readonly #options: RocksDBQueueFamilyOptions;
  readonly #directory: string;
  #tables: QueueTables | undefined;
  readonly #known = new Map<string, MutableEnds>();
  /** The ids of the queues of each topic. */
  readonly #queueIds = new Map<string, number[]>();

  constructor(options: RocksDBQueueFamilyOptions) {
    const { files, storePathRootDir: root, useSeparateStorePathForRocksdbCQ: isSeparate } = options;
    this.#options = options;
    const directories = [`${root}/consumequeue`, `${root}/consumequeue_rocksdb`];
    const [used, other] = isSeparate ? directories.reverse() : directories;
    this.#directory = used!;
    if (files.statSync(`${other}/CURRENT`) !== undefined) {
      throw new Error(
        `the consume queues are in ${other}, and useSeparateStorePathForRocksdbCQ=${isSeparate} asks for ${used}: change the setting, or delete that directory to have them made again`,
      );
    }
  }

  async load(): Promise<Iterable<string>> {
    this.#options.files.mkdirSync(this.#directory);
    let storage = await this.#options.open(this.#directory);
    const unreadable = await this.#readEnds(storage);
    if (unreadable !== undefined) {
      await storage.close();
      this.#setAside(unreadable);
      storage = await this.#options.open(this.#directory);
    }
    this.#tables = new QueueTables(storage);
    for (const [name, { max }] of this.#known) {
      if (max === undefined) continue;
      const split = name.lastIndexOf('-');
      const topic = name.slice(0, split);
      const ids = this.#queueIds.get(topic) ?? [];
      ids.push(Number(name.slice(split + 1)));
      this.#queueIds.set(topic, ids);
    }
    return this.#queueIds.keys();
  }

  queueIdsOf(topic: string): readonly number[] {
    return this.#queueIds.get(topic) ?? [];
  }

  create(topic: string, queueId: number, context: QueueContext): AnyConsumeQueue {
    const known = this.#known.get(nameOf(topic, queueId)) ?? unknownEnds();
    this.#known.delete(nameOf(topic, queueId));
    return new RocksDBConsumeQueue(topic, queueId, this.#mustHaveTables(), context, known);
  }

  removeTopic(topic: string): void {
    // Its queues are destroyed by whoever asks; nothing else is kept of it.
    this.#queueIds.delete(topic);
  }

  async flush(physicalEnd: number): Promise<void> {
    const tables = this.#mustHaveTables();
    await tables.put('offset', [{ key: CHECKPOINT_KEY, value: writeCheckpoint(physicalEnd) }]);
    await tables.flush();
  }

  async close(): Promise<void> {
    await this.#tables?.close();
  }

  #mustHaveTables(): QueueTables {
    if (this.#tables === undefined) throw new Error('the consume queues are used before they are loaded');
    return this.#tables;
  }

  /** Learns where the queues begin and end; says why when their entries cannot be read. */
  async #readEnds(storage: KeyValueStorage): Promise<Error | undefined> {
    try {
      for (let from: Uint8Array = ALL_ENDS.from; ; ) {
        const pairs = await storage.range('offset', from, ALL_ENDS.to, ENDS_AT_A_TIME);
        for (const pair of pairs) this.#learn(pair);
        if (pairs.length < ENDS_AT_A_TIME) break;
        from = Buffer.concat([pairs.at(-1)!.key, Buffer.of(0)]);
      }
      await this.#readLastEntries(storage);
      return undefined;
    } catch (error) {
      return error as Error;
    }
  }

  #learn({ key, value }: KeyValue): void {
    const name = readEndKey(key);
    const end = readEnd(value);
    if (name === undefined || end === undefined || name.queueId < 0 || end.queueOffset < 0) return;
    const text = nameOf(name.topic, name.queueId);
    const ends = this.#known.get(text) ?? unknownEnds();
    ends[name.end] = end;
    this.#known.set(text, ends);
  }

  /**
   * Reads the last entry of each queue: where its message ends. That also shows whether the files can
   * be read: the reference compresses them with LZ4, which the library here does not know.
   */
  async #readLastEntries(storage: KeyValueStorage): Promise<void> {
    const queues = [...this.#known];
    for (let i = 0; i < queues.length; i += ENTRIES_AT_A_TIME) {
      const some = queues.slice(i, i + ENTRIES_AT_A_TIME);
      await Promise.all(some.map(([name, ends]) => this.#readLastEntry(storage, name, ends)));
    }
  }

  async #readLastEntry(storage: KeyValueStorage, name: string, ends: MutableEnds): Promise<void> {
    const split = name.lastIndexOf('-');
    const keys = new QueueKeys(name.slice(0, split), Number(name.slice(split + 1)));
    if (ends.min !== undefined) await storage.get('default', keys.entry(ends.min.queueOffset));
    if (ends.max === undefined) return;
    const value = await storage.get('default', keys.entry(ends.max.queueOffset));
    if (value?.length === ENTRY_VALUE_BYTES) ends.physicalEnd = entryPhysicalOffset(value, 0) + entrySize(value, 0);
    // An end without an entry is none: the queue is made again.
    else ends.max = undefined;
  }

  #setAside(reason: Error): void {
    const { files, storePathRootDir: root, logger } = this.#options;
    this.#known.clear();
    files.mkdirSync(`${root}/damaged`);
    let target = '';
    for (let i = 1; target === '' || files.statSync(target) !== undefined; i++)
      target = `${root}/damaged/consumequeue-${i}`;
    files.renameSync(this.#directory, target);
    files.mkdirSync(this.#directory);
    logger.warn(
      'the consume queues in RocksDB cannot be read, were set aside, and are made again from the commit log; of a reference broker with rocksdbCompressionType and bottomMostCompressionTypeForConsumeQueueStore set to none they can be read',
      { target, reason: reason.message },
    );
  }
}

function nameOf(topic: string, queueId: number): string {
  return `${topic}-${queueId}`;
}
