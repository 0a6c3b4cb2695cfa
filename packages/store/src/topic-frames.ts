/** What the records of a topic have in common, kept for each topic that messages were put to. */
import type { ConsumeQueueStore } from './consume-queue-store.js';
import { isSafeName } from './queue-family.js';
import type { RecordFrame } from './record-encoder.js';
import type { TopicQueues } from './topic-queues.js';

const MAX_TOPIC_BYTES = 127;
const MAX_RETRY_TOPIC_BYTES = 255;
const RETRY_PREFIX = '%RETRY%';

/** The frame of a topic's records, kept while the settings it came from hold. */
export interface TopicFrame extends RecordFrame {
  readonly topics: TopicQueues;
}

export interface TopicFramesOptions {
  readonly config: { readonly enabledAppendPropCRC: boolean };
  readonly queues: Pick<ConsumeQueueStore, 'findOrCreateTopic'>;
  /** Address and port that the records carry. */
  readonly storeHost: Uint8Array;
}

export class TopicFrames {
  readonly #options: TopicFramesOptions;
  readonly #frames = new Map<string, TopicFrame>();

  constructor(options: TopicFramesOptions) {
    this.#options = options;
  }

  /** The topic's frame; undefined when the name cannot be one. */
  of(topic: string): TopicFrame | undefined {
    const { config, queues, storeHost } = this.#options;
    const known = this.#frames.get(topic);
    if (known !== undefined && known.appendPropertyCrc === config.enabledAppendPropCRC) return known;
    if (!isSafeName(topic)) return undefined;
    const limit = topic.startsWith(RETRY_PREFIX) ? MAX_RETRY_TOPIC_BYTES : MAX_TOPIC_BYTES;
    if (Buffer.byteLength(topic) > limit) return undefined;
    const topics = queues.findOrCreateTopic(topic);
    const frame = {
      topics,
      topicBytes: topics.topicBytes,
      // One byte cannot hold a length beyond 127, whatever the setting says.
      version2: topics.topicBytes.length > MAX_TOPIC_BYTES,
      storeHost,
      appendPropertyCrc: config.enabledAppendPropCRC,
    };
    this.#frames.set(topic, frame);
    return frame;
  }

  /** Forgets what is known of a topic that was deleted. */
  forget(topic: string): void {
    this.#frames.delete(topic);
  }
}
