/** What sending knows of each topic that is sent to, found with one look. */
import { isNotAllowedSendTopic, isRetryTopic, type TopicConfig } from '@rocketmq-ts/common';
import type { TopicPlace } from '@rocketmq-ts/store';
import type { TopicPuts } from '../stats/topic-puts.js';
import type { SendParts } from './send-parts.js';

/** A topic as a send sees it. With thousands of topics each table and object that is looked at costs a wait for memory: this is the only one of the broker. */
export class SendTopic {
  readonly name: string;
  readonly writeQueueNums: number;
  /** Queue ids are below this. */
  readonly queueNums: number;
  readonly isMultiTag: boolean;
  /** Messages must have a key. */
  readonly isCompacted: boolean;
  readonly isForbidden: boolean;
  /** Holds messages of a group that are tried again. */
  readonly isRetry: boolean;

  constructor(
    readonly config: TopicConfig,
    readonly place: TopicPlace | undefined,
    readonly puts: TopicPuts | undefined,
  ) {
    this.name = config.topicName;
    this.writeQueueNums = config.writeQueueNums;
    this.queueNums = Math.max(config.writeQueueNums, config.readQueueNums);
    this.isMultiTag = config.topicFilterType === 'MULTI_TAG';
    this.isCompacted = config.attributes.get('cleanup.policy') === 'COMPACTION';
    this.isRetry = isRetryTopic(config.topicName);
    this.isForbidden = isNotAllowedSendTopic(config.topicName);
  }
}

/** Topics that are kept: what comes beyond them is looked up for each send. */
const MAX_TOPICS = 100_000;

/** Keeps what is found until a topic changes. */
export class SendTopics {
  readonly #parts: Pick<SendParts, 'topics' | 'store' | 'stats'>;
  readonly #known = new Map<string, SendTopic>();
  #changeCount = 0;

  constructor(parts: Pick<SendParts, 'topics' | 'store' | 'stats'>) {
    this.#parts = parts;
  }

  /** The topic, when there is one. */
  find(name: string): SendTopic | undefined {
    if (this.#parts.topics.changeCount !== this.#changeCount) this.#forgetAll();
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const config = this.#parts.topics.select(name);
    return config === undefined ? undefined : this.of(config);
  }

  /** What sending knows of a topic with these settings. */
  of(config: TopicConfig): SendTopic {
    const { store, stats } = this.#parts;
    const { topicName } = config;
    const topic = new SendTopic(config, store.placeOf(topicName), stats.putsOf(topicName));
    if (this.#known.size < MAX_TOPICS) this.#known.set(topicName, topic);
    return topic;
  }

  #forgetAll(): void {
    this.#known.clear();
    this.#changeCount = this.#parts.topics.changeCount;
  }
}
