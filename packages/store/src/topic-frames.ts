/** What appending wants to know of a topic, in one object, kept for each topic that messages were put to. */
import type { TopicPlace } from './api.js';
import type { AnyConsumeQueue } from './consume-queue-interface.js';
import type { ConsumeQueueStore } from './consume-queue-store.js';
import { isSafeName } from './queue-family.js';
import type { RecordFrame } from './record-encoder.js';
import { topicPrefixHash } from './record-layout.js';
import type { TopicQueues } from './topic-queues.js';

const MAX_TOPIC_BYTES = 127;
const MAX_RETRY_TOPIC_BYTES = 255;
const RETRY_PREFIX = '%RETRY%';
/** Queues with higher ids are looked up each time. */
const MAX_KNOWN_QUEUES = 256;

export interface TopicFramesOptions {
  readonly config: { readonly enabledAppendPropCRC: boolean };
  readonly queues: Pick<ConsumeQueueStore, 'findOrCreateTopic' | 'findOrCreate'>;
  /** Address and port that the records carry. */
  readonly storeHost: Uint8Array;
  /** True for a compaction topic. One that exists stays what it is. */
  readonly isCompacted: (topic: string) => boolean;
}

const NAMES_BYTES = 16 * 1024;

/** Names of topics side by side: an array for each would be one thing more that has to come from memory with a message. */
class TopicNames {
  /** Where the name that was added last stands. */
  bytes = Buffer.allocUnsafeSlow(NAMES_BYTES);
  #usedBytes = 0;

  /** Answers where it stands. */
  add(name: Uint8Array): number {
    if (this.#usedBytes + name.length > NAMES_BYTES) {
      this.bytes = Buffer.allocUnsafeSlow(NAMES_BYTES);
      this.#usedBytes = 0;
    }
    const at = this.#usedBytes;
    this.bytes.set(name, at);
    this.#usedBytes += name.length;
    return at;
  }
}

/** The frame of a topic's records and its queues, kept while the settings it came from hold and no queue is deleted. */
export class TopicFrame implements RecordFrame, TopicPlace {
  readonly topic: string;
  readonly names: Uint8Array;
  readonly topicAt: number;
  readonly topicLength: number;
  readonly version2: boolean;
  readonly storeHost: Uint8Array;
  readonly appendPropertyCrc: boolean;
  /** What the hashes of all keys in the index begin with. */
  readonly indexPrefix: number;
  /** As it was when the frame was made. */
  readonly isCompacted: boolean;
  /** Must not be used any more. */
  isForgotten = false;
  readonly #topics: TopicQueues;
  readonly #queues: TopicFramesOptions['queues'];
  readonly #known: (AnyConsumeQueue | undefined)[] = [];

  constructor(topics: TopicQueues, names: TopicNames, { config, queues, storeHost, isCompacted }: TopicFramesOptions) {
    this.topic = topics.topic;
    this.topicAt = names.add(topics.topicBytes);
    this.topicLength = topics.topicBytes.length;
    this.names = names.bytes;
    // One byte cannot hold a length beyond 127, whatever the setting says.
    this.version2 = this.topicLength > MAX_TOPIC_BYTES;
    this.storeHost = storeHost;
    this.appendPropertyCrc = config.enabledAppendPropCRC;
    this.indexPrefix = topicPrefixHash(topics.topic);
    this.isCompacted = isCompacted(topics.topic);
    this.#topics = topics;
    this.#queues = queues;
  }

  /** The queue, opened, and made when there is none. */
  queue(queueId: number): AnyConsumeQueue {
    return this.#known[queueId] ?? this.#find(queueId);
  }

  #find(queueId: number): AnyConsumeQueue {
    const queue = this.#queues.findOrCreate(this.#topics, queueId);
    if (queueId < MAX_KNOWN_QUEUES) this.#known[queueId] = queue;
    return queue;
  }
}

export class TopicFrames {
  readonly #options: TopicFramesOptions;
  readonly #frames = new Map<string, TopicFrame>();
  readonly #names = new TopicNames();

  constructor(options: TopicFramesOptions) {
    this.#options = options;
  }

  /** The topic's frame, which `place` may be; undefined when the name cannot be one. */
  of(topic: string, place: TopicPlace | undefined): TopicFrame | undefined {
    if (place instanceof TopicFrame && place.topic === topic && this.#holds(place)) return place;
    const known = this.#frames.get(topic);
    if (known !== undefined && this.#holds(known)) return known;
    if (!isSafeName(topic)) return undefined;
    const limit = topic.startsWith(RETRY_PREFIX) ? MAX_RETRY_TOPIC_BYTES : MAX_TOPIC_BYTES;
    if (Buffer.byteLength(topic) > limit) return undefined;
    const frame = new TopicFrame(this.#options.queues.findOrCreateTopic(topic), this.#names, this.#options);
    this.#frames.set(topic, frame);
    return frame;
  }

  /** Forgets what is known of a topic of which queues were deleted. */
  forget(topic: string): void {
    const frame = this.#frames.get(topic);
    if (frame !== undefined) frame.isForgotten = true;
    this.#frames.delete(topic);
  }

  #holds(frame: TopicFrame): boolean {
    return !frame.isForgotten && frame.appendPropertyCrc === this.#options.config.enabledAppendPropCRC;
  }
}
