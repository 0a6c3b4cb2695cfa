/** All consume queues by topic and queue id, and the work that concerns all of them. */
import type { Files, Logger } from '@rocketmq-ts/common';
import { ConsumeQueue, type QueueContext } from './consume-queue.js';
import { FileQueue } from './file-queue.js';
import type { HandleCache } from './handle-cache.js';
import { ENTRY_SIZE_BYTES, type QueueEntry } from './queue-entry.js';
import type { ManifestEntry } from './queue-manifest.js';

/** What a topic has in the store: its name in UTF-8, its counters and its queues. */
export class TopicQueues {
  readonly topic: string;
  readonly topicBytes: Uint8Array;
  readonly queues = new Map<number, ConsumeQueue>();
  /** Messages and bytes put since start. */
  putTimes = 0;
  putBytes = 0;

  constructor(topic: string) {
    this.topic = topic;
    this.topicBytes = Buffer.from(topic, 'utf8');
  }
}

/** What the consume queues ask of the log. */
export interface QueueLog {
  readonly minOffset: number;
  /** Compares an entry with the message at its place in the log. */
  fits(queue: ConsumeQueue, queueOffset: number, entry: QueueEntry): boolean;
}

export interface ConsumeQueueStoreOptions {
  readonly files: Files;
  readonly handles: HandleCache;
  /** The directory `consumequeue`. */
  readonly directory: string;
  readonly fileSizeBytes: number;
  readonly log: QueueLog;
  readonly logger: Logger;
  readonly writeFailed: (error: Error) => void;
}

/** Memory for the newest entries of all queues together, as entries. */
const TAIL_BUDGET_ENTRIES = 1 << 20;
const MAX_TAIL_ENTRIES = 4096;
const MIN_TAIL_ENTRIES = 64;

/** Source: ConsumeQueueStore. */
export class ConsumeQueueStore implements QueueContext {
  readonly #options: ConsumeQueueStoreOptions;
  readonly #topics = new Map<string, TopicQueues>();
  #dirty: ConsumeQueue[] = [];
  #unopened = new Set<ConsumeQueue>();
  #queueCount = 0;
  /** End of the log when the store was opened. */
  #recoveredEnd = 0;
  maxTailEntries = MAX_TAIL_ENTRIES;

  constructor(options: ConsumeQueueStoreOptions) {
    this.#options = options;
  }

  get minPhysicalOffset(): number {
    return this.#options.log.minOffset;
  }

  get queueCount(): number {
    return this.#queueCount;
  }

  /** Learns which queues exist; their files are looked at when they are first used. */
  load(): void {
    const { files, directory } = this.#options;
    for (const topic of files.readdirSync(directory)) {
      if (!isSafeName(topic)) continue;
      for (const name of files.readdirSync(`${directory}/${topic}`)) {
        if (/^\d{1,9}$/.test(name)) this.#unopened.add(this.#create(topic, Number(name)));
      }
    }
  }

  /** Tells where the log ended when it was recovered: what queues say of places beyond is not believed. */
  setRecoveredEnd(physicalOffset: number): void {
    this.#recoveredEnd = physicalOffset;
  }

  topicQueues(topic: string): TopicQueues | undefined {
    return this.#topics.get(topic);
  }

  /** The queue, opened, or undefined when there is none. */
  find(topic: string, queueId: number): ConsumeQueue | undefined {
    const queue = this.#topics.get(topic)?.queues.get(queueId);
    if (queue !== undefined) this.#open(queue);
    return queue;
  }

  /** The queue, opened, and made when there is none. The name must be safe. */
  findOrCreate(topics: TopicQueues, queueId: number): ConsumeQueue {
    const queue = topics.queues.get(queueId) ?? this.#create(topics.topic, queueId);
    if (this.#unopened.size > 0) this.#open(queue);
    return queue;
  }

  findOrCreateTopic(topic: string): TopicQueues {
    let topics = this.#topics.get(topic);
    if (topics === undefined) {
      topics = new TopicQueues(topic);
      this.#topics.set(topic, topics);
    }
    return topics;
  }

  /**
   * How many entries each queue has in its files after a thorough flush: of queues that were
   * not used since the start what the manifest said, if it said anything.
   */
  *manifest(): Iterable<ManifestEntry> {
    for (const { topic, queues } of this.#topics.values()) {
      for (const [queueId, queue] of queues) {
        const maxOffset = this.#unopened.has(queue) ? queue.expectedMaxOffset : queue.maxOffset;
        if (maxOffset > 0) yield { topic, queueId, maxOffset };
      }
    }
  }

  /** Compares the queues on disk with a manifest; answers those that are missing or short. */
  compare(manifest: readonly ManifestEntry[]): ManifestEntry[] {
    return manifest.filter(({ topic, queueId, maxOffset }) => {
      const queue = this.#topics.get(topic)?.queues.get(queueId);
      if (queue === undefined) return true;
      queue.expectedMaxOffset = maxOffset;
      return !queue.hasOnDisk(maxOffset - 1);
    });
  }

  /** Puts the queue on the list of those with entries to write. */
  markDirty(queue: ConsumeQueue): void {
    if (queue.dirty) return;
    queue.dirty = true;
    this.#dirty.push(queue);
  }

  /** The queues on that list. */
  get dirtyQueues(): readonly ConsumeQueue[] {
    return this.#dirty;
  }

  /** Takes the list of queues with entries to write or files to make durable. */
  takeDirty(): ConsumeQueue[] {
    const dirty = this.#dirty;
    this.#dirty = [];
    for (const queue of dirty) queue.dirty = false;
    return dirty;
  }

  topics(): string[] {
    return [...this.#topics].filter(([, topics]) => topics.queues.size > 0).map(([topic]) => topic);
  }

  *allTopics(): Iterable<TopicQueues> {
    yield* this.#topics.values();
  }

  /** All queues, opened. */
  *allQueues(): Iterable<ConsumeQueue> {
    for (const topics of this.#topics.values()) {
      for (const queue of topics.queues.values()) {
        this.#open(queue);
        yield queue;
      }
    }
  }

  /** The queues that have been used since the start. */
  *openQueues(): Iterable<ConsumeQueue> {
    for (const topics of this.#topics.values()) {
      for (const queue of topics.queues.values()) if (!this.#unopened.has(queue)) yield queue;
    }
  }

  /** Drops all queues of a topic with their files; false when it has none. */
  deleteTopic(topic: string): boolean {
    const topics = this.#topics.get(topic);
    if (topics === undefined || topics.queues.size === 0) return false;
    for (const queue of topics.queues.values()) {
      queue.destroy();
      this.#unopened.delete(queue);
      this.#queueCount--;
    }
    topics.queues.clear();
    this.#topics.delete(topic);
    this.#options.files.removeSync(`${this.#options.directory}/${topic}`);
    return true;
  }

  /** Drops every queue: the log they spoke of is gone. */
  destroyAll(): void {
    for (const topic of [...this.#topics.keys()]) this.deleteTopic(topic);
  }

  fits(queue: ConsumeQueue, queueOffset: number, entry: QueueEntry): boolean {
    return this.#options.log.fits(queue, queueOffset, entry);
  }

  writeFailed(queue: ConsumeQueue, error: Error): void {
    this.#options.logger.error('cannot write a consume queue', { queue: queue.toString(), error: error.message });
    this.#options.writeFailed(error);
  }

  #open(queue: ConsumeQueue): void {
    if (!this.#unopened.delete(queue)) return;
    queue.open(this.#recoveredEnd);
  }

  #create(topic: string, queueId: number): ConsumeQueue {
    const { files, handles, directory, fileSizeBytes } = this.#options;
    const queueFiles = new FileQueue(files, handles, `${directory}/${topic}/${queueId}`, fileSizeBytes);
    const queue = new ConsumeQueue(topic, queueId, queueFiles, this);
    this.findOrCreateTopic(topic).queues.set(queueId, queue);
    this.#queueCount++;
    const fair = Math.floor(TAIL_BUDGET_ENTRIES / this.#queueCount);
    this.maxTailEntries = Math.min(MAX_TAIL_ENTRIES, Math.max(MIN_TAIL_ENTRIES, fair));
    return queue;
  }
}

/** True for a name that can be one step of a path and nothing else. */
export function isSafeName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\\\0]/.test(name);
}

/** Size of a consume-queue file: the setting, rounded up to whole entries. */
export function queueFileSize(configuredBytes: number): number {
  return Math.ceil(configuredBytes / ENTRY_SIZE_BYTES) * ENTRY_SIZE_BYTES;
}
