/**
 * Gives out what a store holds, one thing at a time: messages, queue entries,
 * index entries, the check point. Memory stays bounded, and whoever has read
 * enough just stops.
 */
import { decodeMessage, type MessageExt, MessageFormatError, silentLogger } from '@rocketmq-ts/common';
import { LogScan } from '../recovery.js';
import { StoreCheckpoint } from '../store-checkpoint.js';
import { type IndexGeometry, IndexReader } from './index-check.js';
import { ProbedQueue } from './queue-probe.js';
import { StoreDirectory, type StoreDirectoryOptions } from './store-directory.js';

const STEP_BYTES = 4 * 1024 * 1024;
const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;

/** What can be dumped. */
export type DumpKind = 'messages' | 'queue' | 'index' | 'checkpoint';

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
}

/** A message as it is given out. */
export interface DumpedMessage {
  readonly kind: 'message';
  readonly message: MessageExt;
}

/** Anything but a message: names and numbers. */
export interface DumpedEntry {
  readonly kind: 'queue' | 'index' | 'checkpoint';
  readonly fields: Readonly<Record<string, string | number>>;
}

/** Throws when the directory holds no store. */
export function* dumpStore(options: DumpOptions): Generator<DumpedMessage | DumpedEntry> {
  const directory = new StoreDirectory(options);
  try {
    if (options.kind === 'messages') yield* messages(directory, options.filter);
    else if (options.kind === 'queue') yield* queueEntries(directory, options.filter);
    else if (options.kind === 'index') yield* indexEntries(directory, options.indexGeometry);
    else if (directory.has('checkpoint')) {
      yield { kind: 'checkpoint', fields: StoreCheckpoint.read(directory.files, directory.path('checkpoint')) };
    }
  } finally {
    directory.close();
  }
}

function* messages(directory: StoreDirectory, filter: DumpFilter): Generator<DumpedMessage> {
  const places =
    filter.topic !== undefined && filter.queueId !== undefined ? queuePlaces(directory, filter) : undefined;
  for (const place of places ?? logPlaces(directory, filter)) {
    const message = messageAt(directory, place);
    if (message !== undefined && fits(message, filter)) yield { kind: 'message', message };
  }
}

interface Place {
  readonly physicalOffset: number;
  readonly sizeBytes: number;
}

/** The places that the entries of a queue name; undefined when the queue is not there, and the log must be searched. */
function queuePlaces(
  directory: StoreDirectory,
  { topic, queueId, fromOffset, toOffset }: DumpFilter,
): Iterable<Place> | undefined {
  const found = [...directory.queues()].find((queue) => queue.topic === topic && queue.queueId === queueId);
  if (found === undefined) return undefined;
  const queue = new ProbedQueue(found.topic, found.queueId, found.path, directory.queueFiles(found.path));
  return within(queue.entries(fromOffset ?? 0), toOffset);
}

function* within<T extends { queueOffset: number }>(entries: Iterable<T>, toOffset: number | undefined): Iterable<T> {
  for (const entry of entries) {
    if (toOffset !== undefined && entry.queueOffset >= toOffset) return;
    yield entry;
  }
}

/** The places of the whole messages of the log, some MiB at a time. */
function* logPlaces(directory: StoreDirectory, filter: DumpFilter): Generator<Place> {
  const log = directory.log();
  let batch: { place: Place; storeTimestamp: number }[] = [];
  const scan = new LogScan({
    log: { files: log },
    maxMessageSize: MAX_MESSAGE_BYTES,
    checkCrc: true,
    deliverTime: () => 0,
    message: ({ physicalOffset, sizeBytes, fields }) => {
      batch.push({ place: { physicalOffset, sizeBytes }, storeTimestamp: fields.storeTimestamp });
    },
    logger: silentLogger,
  });
  /** The last file whose first message is not younger than the wanted ones. */
  const startOfTime = (time: number): number => {
    for (const start of [...log.starts].reverse()) {
      batch = [];
      if (scan.first(start) && batch[0]!.storeTimestamp <= time) return start;
    }
    return log.minOffset;
  };
  let offset = filter.beginTimestamp === undefined ? log.minOffset : startOfTime(filter.beginTimestamp);
  for (;;) {
    batch = [];
    const result = scan.run(offset, offset + STEP_BYTES);
    for (const { place } of batch) yield place;
    if (result.reason !== 'enough was read') return;
    offset = result.endOffset;
  }
}

function messageAt(directory: StoreDirectory, { physicalOffset, sizeBytes }: Place): MessageExt | undefined {
  if (sizeBytes <= 0 || sizeBytes > MAX_MESSAGE_BYTES * 2) return undefined;
  const bytes = Buffer.alloc(sizeBytes);
  if (directory.log().readSync(physicalOffset, bytes, 0, sizeBytes) < sizeBytes) return undefined;
  try {
    return decodeMessage(bytes, 0, { checkCrc: true });
  } catch (error) {
    if (!(error instanceof MessageFormatError)) throw error;
    return undefined;
  }
}

function fits(message: MessageExt, filter: DumpFilter): boolean {
  const { topic, queueId, fromOffset = 0, toOffset = Number.MAX_SAFE_INTEGER, key } = filter;
  const { beginTimestamp = 0, endTimestamp = Number.MAX_SAFE_INTEGER } = filter;
  if (topic !== undefined && message.topic !== topic && !topic.startsWith('%LMQ%')) return false;
  if (queueId !== undefined && message.queueId !== queueId && !topic?.startsWith('%LMQ%')) return false;
  if (!topic?.startsWith('%LMQ%') && (message.queueOffset < fromOffset || message.queueOffset >= toOffset))
    return false;
  if (message.storeTimestamp < beginTimestamp || message.storeTimestamp > endTimestamp) return false;
  if (key === undefined) return true;
  const keys = message.properties.get('KEYS')?.split(' ') ?? [];
  return keys.includes(key) || message.properties.get('UNIQ_KEY') === key;
}

function* queueEntries(directory: StoreDirectory, filter: DumpFilter): Generator<DumpedEntry> {
  for (const { topic, queueId, path } of directory.queues()) {
    if (filter.topic !== undefined && topic !== filter.topic) continue;
    if (filter.queueId !== undefined && queueId !== filter.queueId) continue;
    const queue = new ProbedQueue(topic, queueId, path, directory.queueFiles(path));
    for (const { queueOffset, physicalOffset, sizeBytes, tagsCode } of within(
      queue.entries(filter.fromOffset ?? 0),
      filter.toOffset,
    )) {
      yield { kind: 'queue', fields: { topic, queueId, queueOffset, physicalOffset, sizeBytes, tagsCode } };
    }
  }
}

function* indexEntries(directory: StoreDirectory, geometry: IndexGeometry | undefined): Generator<DumpedEntry> {
  for (const name of directory.indexNames()) {
    const reader = new IndexReader(directory.files, directory.path(`index/${name}`), geometry);
    try {
      for (const { number, hash, physicalOffset, secondsSinceBegin, previous } of reader.entries()) {
        yield { kind: 'index', fields: { file: name, number, hash, physicalOffset, secondsSinceBegin, previous } };
      }
    } finally {
      reader.close();
    }
  }
}
