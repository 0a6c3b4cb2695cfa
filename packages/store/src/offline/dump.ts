/**
 * Gives out what a store holds, one thing at a time: messages, and the entries
 * of everything that is made from them. Memory stays bounded, and whoever has
 * read enough just stops.
 */
import { decodeMessage, type MessageExt, MessageFormatError, silentLogger } from '@rocketmq-ts/common';
import { LogScan } from '../recovery.js';
import { dumpEntries } from './dump-entries.js';
import type { DumpedEntry, DumpedMessage, DumpFilter, DumpOptions } from './dump-options.js';
import { ProbedQueue } from './queue-probe.js';
import { StoreDirectory } from './store-directory.js';

const STEP_BYTES = 4 * 1024 * 1024;
const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;

/** Throws when the directory holds no store. */
export async function* dumpStore(options: DumpOptions): AsyncGenerator<DumpedMessage | DumpedEntry> {
  const { kind, filter } = options;
  const directory = new StoreDirectory(options);
  try {
    if (kind === 'messages') yield* messages(directory, filter);
    else for await (const fields of dumpEntries(directory, { ...options, kind })) yield { kind, fields };
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
    message: ({ physicalOffset, sizeBytes, storeTimestamp }) => {
      batch.push({ place: { physicalOffset, sizeBytes }, storeTimestamp });
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
