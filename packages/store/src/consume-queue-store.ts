/** All consume queues by topic and queue id, and the work that concerns all of them. */
import { isLmq, isSystemTopic, type Logger } from '@rocketmq-ts/common';
import type {
  AnyConsumeQueue,
  ConsumeQueueInterface,
  CQType,
  QueueContext,
  QueueLog,
} from './consume-queue-interface.js';
import { QueueEnds } from './queue-ends.js';
import type { QueueEntry } from './queue-entry.js';
import type { ManifestEntry, QueueManifest } from './queue-manifest.js';
import { type QueueFamilies, TOPIC_QUEUE_TYPES, TopicListing, type TopicQueueType } from './topic-listing.js';
import { TopicQueues } from './topic-queues.js';

export interface ConsumeQueueStoreOptions {
  /** Where the queues of each type live. */
  readonly families: QueueFamilies;
  /** The type that the queues of a topic have when they are made. */
  readonly typeOf: (topic: string) => TopicQueueType;
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
  readonly #listing: TopicListing;
  /** What the check point that is being made will say. */
  readonly ends = new QueueEnds();
  /** What the queues had at the check point that the store was opened with. */
  #manifest: QueueManifest | undefined;
  #dirty: AnyConsumeQueue[] = [];
  #unopened = new Set<AnyConsumeQueue>();
  #queueCount = 0;
  #lightQueueCount = 0;
  /** End of the log when the store was opened. */
  #recoveredEnd = 0;
  maxTailEntries = MAX_TAIL_ENTRIES;
  manifestHolds = false;
  /** Makes up for the end of a queue that was found to be short when it was opened. */
  repair: ((queue: AnyConsumeQueue) => void) | undefined;

  constructor(options: ConsumeQueueStoreOptions) {
    this.#options = options;
    this.#listing = new TopicListing(options);
  }

  get minPhysicalOffset(): number {
    return this.#options.log.minOffset;
  }

  /** Light queues that exist. */
  get lightQueueCount(): number {
    return this.#lightQueueCount + this.#listing.lightCount;
  }

  /** True when the queue exists. */
  has(topic: string, queueId: number): boolean {
    return this.topicQueues(topic)?.queues.has(queueId) ?? false;
  }

  /** Of the queue as it is, or will be when it is made. */
  typeOf(topic: string, queueId: number): CQType {
    return this.topicQueues(topic)?.queues.get(queueId)?.type ?? this.#options.typeOf(topic);
  }

  get queueCount(): number {
    return [...this.everyQueue()].length;
  }

  /** True when there is no queue; looks no further than to the first. */
  get isEmpty(): boolean {
    return this.everyQueue()[Symbol.iterator]().next().done === true;
  }

  /** False for a topic whose directory was not read yet. */
  isListed(topic: string): boolean {
    return !this.#listing.has(topic);
  }

  /** Topics that have queues, or may have some. */
  get topicCount(): number {
    return this.#topics.size + this.#listing.size;
  }

  /** Learns which topics there are; their directories and the files of their queues are looked at when they are first used. */
  load(): Promise<void> {
    return this.#listing.load();
  }

  /** Tells where the log ended when it was recovered: what queues say of places beyond is not believed. */
  setRecoveredEnd(physicalOffset: number): void {
    this.#recoveredEnd = physicalOffset;
  }

  topicQueues(topic: string): TopicQueues | undefined {
    return this.#topics.get(topic) ?? this.#list(topic);
  }

  /** The queue, opened, or undefined when there is none. */
  find(topic: string, queueId: number): AnyConsumeQueue | undefined {
    const queue = this.topicQueues(topic)?.queues.get(queueId);
    if (queue !== undefined) this.#open(queue);
    return queue;
  }

  /** The queue, opened, and made when there is none. The name must be safe. */
  findOrCreate(topics: TopicQueues, queueId: number): AnyConsumeQueue {
    const queue = topics.queues.get(queueId) ?? this.#create(topics.topic, queueId, this.#options.typeOf(topics.topic));
    if (this.#unopened.size > 0) this.#open(queue);
    return queue;
  }

  findOrCreateTopic(topic: string): TopicQueues {
    let topics = this.topicQueues(topic);
    if (topics === undefined) {
      topics = new TopicQueues(topic);
      this.#topics.set(topic, topics);
    }
    return topics;
  }

  /** How many entries each queue has in its files after a thorough flush. Without a manifest all must be open: a queue that is left out would be taken for a new one. */
  *manifest(): Iterable<ManifestEntry> {
    for (const { topic, queues } of this.manifestHolds ? this.#topics.values() : this.#everyTopic()) {
      for (const [queueId, queue] of queues) {
        if (!this.manifestHolds) this.#open(queue);
        const maxOffset = this.#unopened.has(queue) ? queue.expectedMaxOffset : queue.maxOffset;
        if (maxOffset > 0) yield { topic, queueId, maxOffset };
      }
    }
    for (const topic of this.#listing.names()) yield* this.#manifest?.of(topic) ?? [];
  }

  /** Nothing that the manifest knows is missing: it says where the queues end. */
  believe(manifest: QueueManifest): void {
    this.#manifest = manifest;
    this.manifestHolds = true;
  }

  /** Puts the queue on the list of those with entries to write. */
  markDirty(queue: AnyConsumeQueue): void {
    if (queue.dirty) return;
    queue.dirty = true;
    this.#dirty.push(queue);
  }

  /** The queues on that list. */
  get dirtyQueues(): readonly AnyConsumeQueue[] {
    return this.#dirty;
  }

  /** Takes the list of queues with entries to write or files to make durable. */
  takeDirty(): AnyConsumeQueue[] {
    const dirty = this.#dirty;
    this.#dirty = [];
    for (const queue of dirty) queue.dirty = false;
    return dirty;
  }

  topics(): string[] {
    return [...this.#everyTopic()].filter(({ queues }) => queues.size > 0).map(({ topic }) => topic);
  }

  /** All queues, opened. */
  *allQueues(): Iterable<AnyConsumeQueue> {
    for (const queue of this.everyQueue()) {
      this.#open(queue);
      yield queue;
    }
  }

  /** The queues that have been used since the start. */
  *openQueues(): Iterable<AnyConsumeQueue> {
    for (const topics of this.#topics.values()) {
      for (const queue of topics.queues.values()) if (!this.#unopened.has(queue)) yield queue;
    }
  }

  /** All queues, opened or not. Those of topics that come while it is walked are left out. */
  *everyQueue(): Iterable<AnyConsumeQueue> {
    for (const topics of this.#everyTopic()) yield* topics.queues.values();
  }

  /** Opens a queue that may have files to give up; false for one that is not in use and has none. */
  openForCleaning(queue: AnyConsumeQueue): boolean {
    if (this.#unopened.has(queue) && !queue.hasOldFiles()) return false;
    this.#open(queue);
    return true;
  }

  /** Queue ids of a topic, ascending. */
  queueIdsOf(topic: string): number[] {
    return [...(this.topicQueues(topic)?.queues.keys() ?? [])].sort((a, b) => a - b);
  }

  /** Drops a queue of which the newest message is not in the log any more, unless it is one of the system's; true when it went. */
  dropIfExpired(topic: string, queueId: number): boolean {
    const queue = isSystemTopic(topic) ? undefined : this.find(topic, queueId);
    // Nothing is known of a queue that was just made, or that has messages under way.
    if (queue === undefined || queue.physicalEnd === 0 || queue.nextOffset > queue.maxOffset) return false;
    if (queue.physicalEnd > this.minPhysicalOffset) return false;
    const { queues } = this.#topics.get(topic)!;
    if (queues.size === 1) return this.deleteTopic(topic);
    queue.destroy();
    queues.delete(queueId);
    this.ends.forget(topic, queueId);
    this.#count(topic, -1);
    return true;
  }

  /** Drops all queues of a topic with their files; false when it has none. */
  deleteTopic(topic: string): boolean {
    const topics = this.topicQueues(topic);
    if (topics === undefined || topics.queues.size === 0) return false;
    for (const queue of topics.queues.values()) queue.settle?.();
    // First the files, which go or stay as a whole: when they stay, nothing has changed.
    for (const type of TOPIC_QUEUE_TYPES) this.#options.families[type].removeTopic(topic);
    this.#topics.delete(topic);
    this.ends.forget(topic);
    for (const queue of topics.queues.values()) {
      this.#unopened.delete(queue);
      this.#count(topic, -1);
      queue.destroy();
    }
    return true;
  }

  /** Makes durable what the queues of a type share. */
  async flush(physicalOffset: number): Promise<void> {
    for (const type of TOPIC_QUEUE_TYPES) await this.#options.families[type].flush?.(physicalOffset);
  }

  async close(): Promise<void> {
    for (const queue of this.openQueues()) queue.close();
    for (const type of TOPIC_QUEUE_TYPES) await this.#options.families[type].close?.();
  }

  fits(queue: ConsumeQueueInterface, queueOffset: number, entry: QueueEntry): boolean {
    return this.#options.log.fits(queue, queueOffset, entry);
  }

  writeFailed(queue: ConsumeQueueInterface, error: Error): void {
    this.#options.logger.error('cannot write a consume queue', { queue: queue.toString(), error: error.message });
    this.#options.writeFailed(error);
  }

  #count(topic: string, change: number): void {
    this.#queueCount += change;
    if (isLmq(topic)) this.#lightQueueCount += change;
  }

  #open(queue: AnyConsumeQueue): void {
    if (!this.#unopened.has(queue)) return;
    // A queue that cannot be read now is tried again: it must not be taken for an empty one.
    queue.open(this.#recoveredEnd);
    this.#unopened.delete(queue);
    if (this.manifestHolds && queue.maxOffset < queue.expectedMaxOffset) this.repair?.(queue);
  }

  *#everyTopic(): Iterable<TopicQueues> {
    for (const topic of [...this.#topics.keys(), ...this.#listing.names()]) {
      const topics = this.topicQueues(topic);
      if (topics !== undefined) yield topics;
    }
  }

  /** Takes the queues of a topic that was not used yet; undefined when it has none. One that only the manifest knows is made again when it is opened. */
  #list(topic: string): TopicQueues | undefined {
    if (!this.#listing.has(topic)) return undefined;
    for (const [queueId, type] of this.#listing.take(topic)) this.#unopened.add(this.#create(topic, queueId, type));
    for (const { queueId, maxOffset } of this.manifestHolds ? this.#manifest!.of(topic) : []) {
      let queue = this.#topics.get(topic)?.queues.get(queueId);
      if (queue === undefined) {
        queue = this.#create(topic, queueId, this.#options.typeOf(topic));
        this.#unopened.add(queue);
      }
      queue.expectedMaxOffset = maxOffset;
    }
    return this.#topics.get(topic);
  }

  #create(topic: string, queueId: number, type: TopicQueueType): AnyConsumeQueue {
    const queue = this.#options.families[type].create(topic, queueId, this);
    this.findOrCreateTopic(topic).queues.set(queueId, queue);
    this.#count(topic, 1);
    const fair = Math.floor(TAIL_BUDGET_ENTRIES / this.#queueCount);
    this.maxTailEntries = Math.min(MAX_TAIL_ENTRIES, Math.max(MIN_TAIL_ENTRIES, fair));
    return queue;
  }
}
