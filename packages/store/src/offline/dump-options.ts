/** What can be asked of a dump, and what it gives out. */
import type { MessageExt } from '@rocketmq-ts/common';
import type { OpenKeyValueStorage } from '../rocksdb/key-value-storage.js';
import type { IndexGeometry } from './index-check.js';
import type { StoreDirectoryOptions } from './store-directory.js';

/** What can be dumped. */
export const DUMP_KINDS = [
  'messages',
  'queue',
  'batchqueue',
  'ext',
  'index',
  'checkpoint',
  'timerlog',
  'timerwheel',
  'timercheck',
  'compaction',
] as const;

/** One of them. */
export type DumpKind = (typeof DUMP_KINDS)[number];

/** What of it is wanted; what is undefined does not matter. */
export interface DumpFilter {
  readonly topic?: string | undefined;
  readonly queueId?: number | undefined;
  /** Queue offsets, the second one not included. */
  readonly fromOffset?: number | undefined;
  readonly toOffset?: number | undefined;
  /** One of the words of KEYS, or the unique key. */
  readonly key?: string | undefined;
  /** Store times in ms, both included. */
  readonly beginTimestamp?: number | undefined;
  readonly endTimestamp?: number | undefined;
}

export interface DumpOptions extends StoreDirectoryOptions {
  readonly kind: DumpKind;
  readonly filter: DumpFilter;
  readonly indexGeometry?: IndexGeometry | undefined;
  /** The setting of this name. Default 1000. */
  readonly timerPrecisionMs?: number | undefined;
  /** Opens RocksDB for reading. Default: the package `rocksdb-native`. */
  readonly openKeyValueStorage?: OpenKeyValueStorage;
}

/** A message as it is given out. */
export interface DumpedMessage {
  readonly kind: 'message';
  readonly message: MessageExt;
}

/** Anything but a message: names and numbers. */
export interface DumpedEntry {
  readonly kind: Exclude<DumpKind, 'messages'>;
  readonly fields: Readonly<Record<string, string | number>>;
}
