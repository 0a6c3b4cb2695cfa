/**
 * The topics that have queues on disk and of which nothing was asked yet: a start does not read thousands of directories,
 * each is read when its topic is first used.
 */
import { isLmq, type Logger } from '@rocketmq-ts/common';
import type { QueueFamily } from './consume-queue-interface.js';

/** How a topic can ask to have its queues kept, in its attribute `queue.type`. */
export type TopicQueueType = 'SimpleCQ' | 'BatchCQ';
export const TOPIC_QUEUE_TYPES: readonly TopicQueueType[] = ['SimpleCQ', 'BatchCQ'];

/** Where the queues of each type live. */
export type QueueFamilies = Readonly<Record<TopicQueueType, QueueFamily>>;

export interface TopicListingOptions {
  readonly families: QueueFamilies;
  /** The type that a topic asks for. */
  readonly typeOf: (topic: string) => TopicQueueType;
  readonly logger: Logger;
}

export class TopicListing {
  readonly #options: TopicListingOptions;
  /** With the types of queues that each has, or may have. */
  readonly #unlisted = new Map<string, TopicQueueType[]>();
  #lightCount = 0;

  constructor(options: TopicListingOptions) {
    this.#options = options;
  }

  /** Learns which topics there are. */
  async load(): Promise<void> {
    for (const type of TOPIC_QUEUE_TYPES) {
      for (const topic of await this.#options.families[type].load()) {
        const known = this.#unlisted.get(topic);
        if (known !== undefined) known.push(type);
        else {
          this.#unlisted.set(topic, [type]);
          if (isLmq(topic)) this.#lightCount++;
        }
      }
    }
  }

  /** Topics whose directories were not read yet. */
  get size(): number {
    return this.#unlisted.size;
  }

  /** How many of them are light: each has one queue. */
  get lightCount(): number {
    return this.#lightCount;
  }

  has(topic: string): boolean {
    return this.#unlisted.has(topic);
  }

  names(): Iterable<string> {
    return this.#unlisted.keys();
  }

  /**
   * Reads the directories of a topic, which counts as listed from now on; answers the type of each of its queues.
   * What a queue was made as it stays; where there are two, the topic's attribute decides.
   */
  take(topic: string): ReadonlyMap<number, TopicQueueType> {
    const { families, typeOf, logger } = this.#options;
    const wanted = typeOf(topic);
    const queues = new Map<number, TopicQueueType>();
    for (const type of this.#unlisted.get(topic) ?? []) {
      for (const queueId of families[type].queueIdsOf(topic)) {
        if (type !== wanted || queues.has(queueId)) {
          logger.warn('a queue is not of the type that its topic asks for', { topic, queueId, type, wanted });
        }
        if (type === wanted || !queues.has(queueId)) queues.set(queueId, type);
      }
    }
    // Not before: what cannot be read now is tried again.
    this.#unlisted.delete(topic);
    if (isLmq(topic)) this.#lightCount--;
    return queues;
  }
}
