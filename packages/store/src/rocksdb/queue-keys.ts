/**
 * Keys and values of consume queues in RocksDB. Source: RocksDBConsumeQueueTable,
 * RocksDBConsumeQueueOffsetTable.
 *
 * | table | key | value |
 * | --- | --- | --- |
 * | default | length of the topic (4), 1, topic, 1, queue id (4), 1, queue offset (8) | physical offset (8), size (4), tag hash (8), store time (8) |
 * | offset | length of the topic (4), 1, topic, 1, `max` or `min`, 1, queue id (4) | physical offset (8), queue offset (8) |
 *
 * Below `CHECKPOINT_TOPIC`, queue 0, `max` stands the physical offset (8) up to
 * which the queues are complete.
 */
import { readInt32, readInt64, writeInt32, writeInt64 } from '../queue-entry.js';

const SEPARATOR = 1;
const BEFORE_SEPARATOR = 0;
const AFTER_SEPARATOR = 2;
const CHECKPOINT_TOPIC = Buffer.from('CHECKPOINT_TOPIC');
const END_NAMES = { max: Buffer.from('max'), min: Buffer.from('min') };
/** Bytes of the value of an entry. */
export const ENTRY_VALUE_BYTES = 28;
const END_VALUE_BYTES = 16;

/** An end of a queue: the offset of its first or its last message, and where that is in the log. */
export interface QueueEnd {
  readonly physicalOffset: number;
  readonly queueOffset: number;
}

/** What an entry of the offset table speaks of. */
export interface QueueEndKey {
  readonly topic: string;
  readonly queueId: number;
  readonly end: 'min' | 'max';
}

/** The keys of one queue. */
export class QueueKeys {
  readonly #prefix: Buffer;
  readonly #topicBytes: Buffer;
  readonly #queueId: number;

  constructor(topic: string, queueId: number) {
    this.#topicBytes = Buffer.from(topic, 'utf8');
    this.#queueId = queueId;
    this.#prefix = Buffer.alloc(4 + 1 + this.#topicBytes.length + 1 + 4);
    this.#prefix.writeInt32BE(this.#topicBytes.length, 0);
    this.#prefix[4] = SEPARATOR;
    this.#topicBytes.copy(this.#prefix, 5);
    this.#prefix[5 + this.#topicBytes.length] = SEPARATOR;
    this.#prefix.writeInt32BE(queueId, 6 + this.#topicBytes.length);
  }

  /** Key of the entry of a message. */
  entry(queueOffset: number): Uint8Array {
    const key = Buffer.alloc(this.#prefix.length + 9);
    this.#prefix.copy(key);
    key[this.#prefix.length] = SEPARATOR;
    writeInt64(key, this.#prefix.length + 1, queueOffset);
    return key;
  }

  /** Keys between which all entries of the queue lie. */
  get bounds(): { readonly from: Uint8Array; readonly to: Uint8Array } {
    return {
      from: Buffer.concat([this.#prefix, Buffer.of(BEFORE_SEPARATOR)]),
      to: Buffer.concat([this.#prefix, Buffer.of(AFTER_SEPARATOR)]),
    };
  }

  /** Key of an end of the queue, in the offset table. */
  end(end: 'min' | 'max'): Uint8Array {
    return endKey(this.#topicBytes, end, this.#queueId);
  }

  /** The queue offset in the key of an entry of this queue. */
  queueOffsetOf(key: Uint8Array): number {
    return readInt64(key, this.#prefix.length + 1);
  }
}

/** Key of the physical offset up to which the queues are complete, in the offset table. */
export const CHECKPOINT_KEY: Uint8Array = endKey(CHECKPOINT_TOPIC, 'max', 0);

/** Bounds of the whole offset table. */
export const ALL_ENDS = { from: Buffer.alloc(0), to: Buffer.alloc(8, 0xff) };

/** Bounds of the whole table of entries. */
export const ALL_ENTRIES = ALL_ENDS;

/** What a key of the table of entries speaks of; undefined when it is none. */
export function readEntryKey(
  key: Uint8Array,
): { readonly topic: string; readonly queueId: number; readonly queueOffset: number } | undefined {
  if (key.length < 19) return undefined;
  const length = readInt32(key, 0);
  if (length < 0 || key.length !== length + 19) return undefined;
  const at = 5 + length;
  if (key[4] !== SEPARATOR || key[at] !== SEPARATOR || key[at + 5] !== SEPARATOR) return undefined;
  const topic = Buffer.from(key.buffer, key.byteOffset + 5, length).toString('utf8');
  return { topic, queueId: readInt32(key, at + 1), queueOffset: readInt64(key, at + 6) };
}

/** Value of the check point: the offset after the newest message that the queues know. */
export function writeCheckpoint(physicalOffset: number): Uint8Array {
  const value = Buffer.alloc(8);
  writeInt64(value, 0, physicalOffset);
  return value;
}

/** Value of an entry. */
export function writeEntryValue(
  physicalOffset: number,
  sizeBytes: number,
  tagsCode: number,
  storeTimestamp: number,
): Uint8Array {
  const value = Buffer.alloc(ENTRY_VALUE_BYTES);
  writeInt64(value, 0, physicalOffset);
  writeInt32(value, 8, sizeBytes);
  writeInt64(value, 12, tagsCode);
  writeInt64(value, 20, storeTimestamp);
  return value;
}

/** Value of an end of a queue. */
export function writeEnd(end: QueueEnd): Uint8Array {
  const value = Buffer.alloc(END_VALUE_BYTES);
  writeInt64(value, 0, end.physicalOffset);
  writeInt64(value, 8, end.queueOffset);
  return value;
}

/** Reads the value of an end; undefined when it is none, as that of the check point. */
export function readEnd(value: Uint8Array): QueueEnd | undefined {
  if (value.length !== END_VALUE_BYTES) return undefined;
  const physicalOffset = readInt64(value, 0);
  const queueOffset = readInt64(value, 8);
  if (!Number.isSafeInteger(physicalOffset) || !Number.isSafeInteger(queueOffset)) return undefined;
  return { physicalOffset, queueOffset };
}

/** Reads a key of the offset table; undefined when it is none. */
export function readEndKey(key: Uint8Array): QueueEndKey | undefined {
  if (key.length < 14) return undefined;
  const length = readInt32(key, 0);
  if (length < 0 || key.length !== length + 14) return undefined;
  const at = 5 + length;
  const name = Buffer.from(key.buffer, key.byteOffset + at + 1, 3);
  const end = END_NAMES.max.equals(name) ? 'max' : END_NAMES.min.equals(name) ? 'min' : undefined;
  if (end === undefined || key[4] !== SEPARATOR || key[at] !== SEPARATOR || key[at + 4] !== SEPARATOR) return undefined;
  const topic = Buffer.from(key.buffer, key.byteOffset + 5, length).toString('utf8');
  return { topic, queueId: readInt32(key, at + 5), end };
}

function endKey(topicBytes: Buffer, end: 'min' | 'max', queueId: number): Uint8Array {
  const head = Buffer.alloc(5);
  head.writeInt32BE(topicBytes.length, 0);
  head[4] = SEPARATOR;
  const tail = Buffer.alloc(4);
  tail.writeInt32BE(queueId, 0);
  return Buffer.concat([head, topicBytes, Buffer.of(SEPARATOR), END_NAMES[end], Buffer.of(SEPARATOR), tail]);
}
