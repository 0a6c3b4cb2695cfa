/** Compares the consume queues in RocksDB with the log, by sums over the entries and over the messages of each queue. */
import { LIGHT_QUEUE_ID, statedPlaces } from '../light-queues.js';
import { type QueueEntry, readEntry, readInt64 } from '../queue-entry.js';
import { skipsConsumeQueue } from '../record-layout.js';
import type { DispatchRequest } from '../record-reader.js';
import { isScheduleTopic } from '../record-reader.js';
import type { KeyValueStorage, OpenKeyValueStorage } from '../rocksdb/key-value-storage.js';
import { ALL_ENTRIES, ENTRY_VALUE_BYTES, readEntryKey } from '../rocksdb/queue-keys.js';
import type { Findings, LogListener, MissingQueues, ScannedLog } from './findings.js';
import type { QueueReport } from './report.js';
import { mix, Sum } from './sum.js';

const PAIRS_PER_READ = 1024;

/** An entry as it stands in RocksDB. */
export interface RocksDBEntry extends QueueEntry {
  readonly topic: string;
  readonly queueId: number;
  readonly queueOffset: number;
  readonly storeTimestamp: number;
}

/** All entries, queue by queue; what is none is left out. */
export async function* rocksDBEntries(storage: KeyValueStorage): AsyncGenerator<RocksDBEntry> {
  for (let from: Uint8Array = ALL_ENTRIES.from; ; ) {
    const pairs = await storage.range('default', from, ALL_ENTRIES.to, PAIRS_PER_READ);
    for (const { key, value } of pairs) {
      const place = readEntryKey(key);
      if (place === undefined || value.length !== ENTRY_VALUE_BYTES) continue;
      yield { ...place, ...readEntry(value, 0), storeTimestamp: readInt64(value, 20) };
    }
    if (pairs.length < PAIRS_PER_READ) return;
    from = Buffer.concat([pairs.at(-1)!.key, Buffer.of(0)]);
  }
}

/** What is known of one queue, from the log and from its entries. */
class SummedQueue {
  messages = new Sum();
  readonly entries = new Sum();
  lastOffset = -1;
  minOffset = -1;
  endOffset = 0;
  gaps = 0;
}

export class RocksDBQueueCheck implements LogListener {
  readonly #findings: Findings;
  readonly #missing: MissingQueues;
  readonly #queues = new Map<
    string,
    { readonly topic: string; readonly queueId: number; readonly sums: SummedQueue }
  >();
  readonly #isElsewhere: (topic: string, queueId: number) => boolean;

  /** `isElsewhere` tells of queues that are kept in files. */
  constructor(findings: Findings, missing: MissingQueues, isElsewhere: (topic: string, queueId: number) => boolean) {
    this.#findings = findings;
    this.#missing = missing;
    this.#isElsewhere = isElsewhere;
  }

  take(message: DispatchRequest): void {
    const { physicalOffset, sizeBytes, tagsCode, storeTimestamp, topic, queueId, queueOffset } = message;
    if (skipsConsumeQueue(message.sysFlag) || this.#isElsewhere(topic, queueId)) return;
    const rest = { physicalOffset, sizeBytes, tagsCode, storeTimestamp };
    this.#takeOne({ ...rest, topic, queueId, queueOffset });
    for (const place of statedPlaces(message.lightNames, message.lightOffsets))
      this.#takeOne({ ...rest, topic: place.name, queueId: LIGHT_QUEUE_ID, queueOffset: place.queueOffset });
  }

  /** Reads the entries and says what is wrong; answers the queues. */
  async judge(log: ScannedLog, open: OpenKeyValueStorage): Promise<QueueReport[]> {
    const { directory, notes, problems } = this.#findings;
    const name = directory.rocksDB!;
    let storage: KeyValueStorage;
    try {
      storage = await open(directory.path(name));
    } catch (error) {
      const { message } = error as Error;
      // Without the library nothing can be said of them; with it, they cannot be read.
      if (message.includes('is not installed')) notes.push(`${name} was not looked at: ${message}`);
      else problems.add('consumequeue', name, `RocksDB cannot be read: ${message}`);
      return [];
    }
    try {
      for await (const entry of rocksDBEntries(storage)) this.#count(entry, log);
    } catch (error) {
      problems.add('consumequeue', name, `RocksDB cannot be read: ${(error as Error).message}`);
      return [];
    } finally {
      await storage.close();
    }
    return this.#report(name, log);
  }

  #takeOne(entry: RocksDBEntry): void {
    const sums = this.#find(entry);
    // The topic was deleted and made again: its older messages belong to no queue.
    if (entry.queueOffset <= sums.lastOffset) sums.messages = new Sum();
    sums.lastOffset = entry.queueOffset;
    sums.messages.add(hashOf(entry), entry.physicalOffset);
  }

  #count(entry: RocksDBEntry, log: ScannedLog): void {
    const sums = this.#find(entry);
    if (sums.minOffset < 0) sums.minOffset = entry.queueOffset;
    else if (entry.queueOffset !== sums.endOffset) sums.gaps++;
    sums.endOffset = entry.queueOffset + 1;
    if (entry.physicalOffset >= log.minOffset) sums.entries.add(hashOf(entry), entry.physicalOffset);
  }

  #report(name: string, log: ScannedLog): QueueReport[] {
    const { problems, abort, thorough, directory } = this.#findings;
    const reports: QueueReport[] = [];
    for (const { topic, queueId, sums } of this.#queues.values()) {
      if (sums.minOffset < 0) {
        for (let i = 0; i < sums.messages.count; i++) this.#missing.add(topic, queueId);
        continue;
      }
      const behind = sums.messages.count - sums.entries.count;
      const isPending = abort && behind > 0;
      const say = (what: string) => problems.add('consumequeue', name, `${topic}/${queueId}: ${what}`);
      if (sums.gaps > 0 && !log.hasHoles) say(`${sums.gaps} offsets have no entry`);
      if (thorough && directory.hasLog && !isPending && !sums.messages.equals(sums.entries))
        say(`${sums.entries.count} entries do not fit the ${sums.messages.count} messages of the log`);
      const pending = isPending ? behind : 0;
      reports.push({ topic, queueId, minOffset: sums.minOffset, maxOffset: sums.endOffset, pending });
    }
    return reports;
  }

  #find({ topic, queueId }: { readonly topic: string; readonly queueId: number }): SummedQueue {
    const name = `${topic}/${queueId}`;
    let queue = this.#queues.get(name);
    if (queue === undefined) {
      queue = { topic, queueId, sums: new SummedQueue() };
      this.#queues.set(name, queue);
    }
    return queue.sums;
  }
}

/** Over all that an entry says; the levels of their day decide what those of delayed messages say in place of tags. */
function hashOf({ topic, queueOffset, sizeBytes, tagsCode, storeTimestamp }: RocksDBEntry): number {
  const head = mix(mix(0, queueOffset) * 31, sizeBytes) | 0;
  const tail = mix(head * 31, storeTimestamp) | 0;
  return isScheduleTopic(topic) ? tail : mix(tail * 31, tagsCode) | 0;
}
