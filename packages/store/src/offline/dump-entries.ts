/** Reads the entries of everything that a store makes from its messages, as names and numbers. */
import { EXT_END_BYTES, MAX_EXT_UNIT_BYTES, MIN_EXT_UNIT_BYTES, readExtUnit } from '../ext-unit.js';
import type { FileQueue } from '../file-queue.js';
import { openRocksDBReadOnly } from '../rocksdb/rocksdb-storage.js';
import { StoreCheckpoint } from '../store-checkpoint.js';
import { TimerLog } from '../timer/timer-log.js';
import { batchEntries } from './batch-queue-check.js';
import { compactionEntries, compactionQueues } from './compaction-check.js';
import type { DumpedEntry, DumpFilter, DumpOptions } from './dump-options.js';
import { IndexReader } from './index-check.js';
import { ProbedQueue } from './queue-probe.js';
import { rocksDBEntries } from './rocksdb-queue-check.js';
import type { QueueKind, QueuePlace, StoreDirectory } from './store-directory.js';
import { readTimerProgress } from './timer-check.js';
import { wheelBase, wheelSlots } from './timer-wheel-check.js';
import { WindowReader } from './window-reader.js';

type Fields = DumpedEntry['fields'];
type EntryOptions = DumpOptions & { readonly kind: DumpedEntry['kind'] };

/** The entries of one kind that pass the filter. */
export async function* dumpEntries(directory: StoreDirectory, options: EntryOptions): AsyncGenerator<Fields> {
  const { filter } = options;
  switch (options.kind) {
    case 'queue':
      yield* directory.rocksDB === undefined ? queue(directory, filter) : rocksDBQueue(directory, options);
      return;
    case 'batchqueue':
      yield* batchQueue(directory, filter);
      return;
    case 'ext':
      yield* extensions(directory, filter);
      return;
    case 'index':
      yield* index(directory, options);
      return;
    case 'checkpoint':
      if (directory.has('checkpoint')) yield StoreCheckpoint.read(directory.files, directory.path('checkpoint'));
      return;
    case 'timerlog':
      yield* timerLog(directory);
      return;
    case 'timerwheel':
      yield* timerWheel(directory, options.timerPrecisionMs ?? 1000);
      return;
    case 'timercheck': {
      const { progress } = readTimerProgress({ directory });
      if (progress !== undefined) yield { ...progress };
      return;
    }
    case 'compaction':
      yield* compaction(directory, filter);
  }
}

const isWanted = ({ topic, queueId }: Pick<QueuePlace, 'topic' | 'queueId'>, filter: DumpFilter): boolean =>
  (filter.topic === undefined || topic === filter.topic) &&
  (filter.queueId === undefined || queueId === filter.queueId);

/** `count`: how many messages the entry at `offset` speaks of. */
const isWithin = (offset: number, { fromOffset = 0, toOffset = Number.MAX_SAFE_INTEGER }: DumpFilter, count = 1) =>
  offset + count > fromOffset && offset < toOffset;

function wantedQueues(directory: StoreDirectory, filter: DumpFilter, kind: QueueKind): QueuePlace[] {
  return [...directory.queues(kind)].filter((place) => isWanted(place, filter));
}

function* queue(directory: StoreDirectory, filter: DumpFilter): Generator<Fields> {
  for (const { topic, queueId, path } of wantedQueues(directory, filter, 'consumequeue')) {
    const files = directory.queueFiles(path);
    for (const entry of new ProbedQueue(topic, queueId, path, files).entries(filter.fromOffset ?? 0)) {
      const { queueOffset, physicalOffset, sizeBytes, tagsCode } = entry;
      if (!isWithin(queueOffset, filter)) break;
      yield { topic, queueId, queueOffset, physicalOffset, sizeBytes, tagsCode };
    }
  }
}

async function* rocksDBQueue(directory: StoreDirectory, options: EntryOptions): AsyncGenerator<Fields> {
  const open = options.openKeyValueStorage ?? openRocksDBReadOnly;
  const storage = await open(directory.path(directory.rocksDB!));
  try {
    for await (const { topic, queueId, queueOffset, physicalOffset, sizeBytes, ...rest } of rocksDBEntries(storage)) {
      if (!isWanted({ topic, queueId }, options.filter) || !isWithin(queueOffset, options.filter)) continue;
      const { tagsCode, storeTimestamp } = rest;
      yield { topic, queueId, queueOffset, physicalOffset, sizeBytes, tagsCode, storeTimestamp };
    }
  } finally {
    await storage.close();
  }
}

function* batchQueue(directory: StoreDirectory, filter: DumpFilter): Generator<Fields> {
  for (const { topic, queueId, path } of wantedQueues(directory, filter, 'batchconsumequeue')) {
    for (const entry of batchEntries(directory.queueFiles(path, 'batchconsumequeue'))) {
      const { queueOffset, messageCount, physicalOffset, sizeBytes, tagsCode, storeTimestamp } = entry;
      if (!isWithin(queueOffset, filter, messageCount)) continue;
      yield { topic, queueId, queueOffset, messageCount, physicalOffset, sizeBytes, tagsCode, storeTimestamp };
    }
  }
}

function* extensions(directory: StoreDirectory, filter: DumpFilter): Generator<Fields> {
  for (const { topic, queueId, path } of wantedQueues(directory, filter, 'consumequeue_ext')) {
    for (const unit of units(directory.queueFiles(path, 'consumequeue_ext'))) yield { topic, queueId, ...unit };
  }
}

/** The units of each file, up to the first that is none. */
function* units(files: FileQueue): Generator<Fields> {
  const window = new WindowReader(files);
  for (const start of files.starts) {
    const end = start + files.fileSizeBytes - EXT_END_BYTES;
    for (let place = start; place < end; ) {
      const headAt = window.at(place, MIN_EXT_UNIT_BYTES);
      const sizeBytes = headAt < 0 ? 0 : window.data.view.getInt16(headAt);
      if (sizeBytes < MIN_EXT_UNIT_BYTES || sizeBytes > MAX_EXT_UNIT_BYTES) break;
      const at = window.at(place, sizeBytes);
      const unit = at < 0 ? undefined : readExtUnit(window.data.bytes, at);
      if (unit === undefined) break;
      const { tagsCode, msgStoreTime: storeTimestamp, filterBitMap } = unit;
      yield { place, sizeBytes, tagsCode, storeTimestamp, bitMap: Buffer.from(filterBitMap ?? []).toString('hex') };
      place += sizeBytes;
    }
  }
}

function* index(directory: StoreDirectory, { indexGeometry }: EntryOptions): Generator<Fields> {
  for (const name of directory.indexNames()) {
    const reader = new IndexReader(directory.files, directory.path(`index/${name}`), indexGeometry);
    try {
      for (const { number, hash, physicalOffset, secondsSinceBegin, previous } of reader.entries()) {
        yield { file: name, number, hash, physicalOffset, secondsSinceBegin, previous };
      }
    } finally {
      reader.close();
    }
  }
}

function timerLog(directory: StoreDirectory): Generator<Fields> {
  const log = new TimerLog({ clock: { endOfTurn: (callback) => callback() }, files: directory.timerLog() });
  log.load();
  return timerRecords(log);
}

/** Some at a time: the log hands them out without a pause. */
function* timerRecords(log: TimerLog): Generator<Fields> {
  for (let from = log.minOffset; ; ) {
    const found: Fields[] = [];
    const end = log.scan(from, ({ previous, magic, writeTimeMs, slotTimeMs, ...message }, position) => {
      const { physicalOffset, sizeBytes, topicHash } = message;
      found.push({ position, previous, magic, writeTimeMs, slotTimeMs, physicalOffset, sizeBytes, topicHash });
      return found.length < RECORDS_AT_A_TIME;
    });
    yield* found;
    if (found.length < RECORDS_AT_A_TIME) return;
    from = log.scan(end, stopAtSecond());
  }
}

const RECORDS_AT_A_TIME = 1024;

/** The record that a scan was stopped at was handed out: the next one begins behind it. */
function stopAtSecond(): () => boolean {
  let count = 0;
  return () => count++ === 0;
}

function* timerWheel(directory: StoreDirectory, precisionMs: number): Generator<Fields> {
  const base = wheelBase({ directory });
  if (base === undefined) return;
  for (const { index: number, time, slot } of wheelSlots({ directory }, base)) {
    const { firstPosition = -1, lastPosition = -1, count = 0 } = slot ?? {};
    yield { slot: number, timeMs: time * precisionMs, firstPosition, lastPosition, count };
  }
}

function* compaction(directory: StoreDirectory, filter: DumpFilter): Generator<Fields> {
  for (const place of compactionQueues({ directory }).filter((other) => isWanted(other, filter))) {
    const { topic, queueId } = place;
    for (const entry of compactionEntries({ directory }, place)) {
      if (!isWithin(entry.queueOffset, filter)) continue;
      const { segment, queueOffset, physicalOffset, sizeBytes, tagsCode, storeTimestamp } = entry;
      yield { topic, queueId, segment, queueOffset, physicalOffset, sizeBytes, tagsCode, storeTimestamp };
    }
  }
}
