/** The compiled expressions of groups that filter by SQL92, and `config/consumerFilter.json`. */
import {
  type Clock,
  ConfigManager,
  type Files,
  jsonEntries,
  type Logger,
  MalformedDataError,
  parseJson,
  type WritableJson,
  writeJson,
} from '@rocketmq-ts/common';
import {
  BitsArray,
  BloomFilter,
  ConsumerFilterData,
  consumerFilterDataFromJson,
  ExpressionCache,
  type ExpressionCompiler,
  FilterCompileError,
  FilterError,
  isTagType,
  type PropertyLookup,
  type SubscriptionData,
} from '@rocketmq-ts/filter';
import type { BrokerConfig } from '../config.js';

export interface ConsumerFilterManagerParts {
  readonly config: Pick<
    BrokerConfig,
    'expectConsumerNumUseFilter' | 'filterDataCleanTimeSpan' | 'maxErrorRateOfBloomFilter'
  >;
  readonly path: string;
  readonly files: Files;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Groups are taken for dead when the file is read, since when is unknown. */
const DEAD_SINCE_BEFORE_LOAD_MS = 30_000;
/** Topics of filters that are kept at most. */
const MAX_TOPICS = 10_000;
const MAX_GROUPS_OF_TOPIC = 10_000;
/** Of expressions that are new, so much of one group is compiled in one heartbeat; the rest follows in the next ones. */
const MAX_NEW_CHARS = 128 * 1024;

/** Source: ConsumerFilterManager. */
export class ConsumerFilterManager extends ConfigManager {
  readonly #parts: ConsumerFilterManagerParts;
  readonly #topics = new Map<string, Map<string, ConsumerFilterData>>();
  readonly #expressions = new ExpressionCache();
  #dirty = false;
  readonly bloomFilter: BloomFilter;

  constructor(parts: ConsumerFilterManagerParts) {
    super(parts.path, parts);
    this.#parts = parts;
    const { maxErrorRateOfBloomFilter, expectConsumerNumUseFilter } = parts.config;
    this.bloomFilter = new BloomFilter({
      errorRatePercent: maxErrorRateOfBloomFilter,
      expectedCount: expectConsumerNumUseFilter,
    });
  }

  get compiler(): ExpressionCompiler {
    return this.#expressions;
  }

  find(topic: string, group: string): ConsumerFilterData | undefined {
    return this.#topics.get(topic)?.get(group);
  }

  /** Takes over what a group subscribes to by expressions; what it no longer names is dead. */
  register(group: string, subscriptions: readonly SubscriptionData[]): void {
    let newChars = 0;
    for (const subscription of subscriptions) {
      const { expressionType, subString } = subscription;
      if (isTagType(expressionType) || subString === '') continue;
      if (!this.#isKnown(group, subscription)) newChars += subString.length;
      if (newChars <= MAX_NEW_CHARS) this.#register(group, subscription);
    }
    if (this.#topics.size === 0) return;
    const named = new Set(subscriptions.map((subscription) => subscription.topic));
    for (const [topic, groups] of this.#topics) {
      const data = groups.get(group);
      if (data !== undefined && !named.has(topic)) this.#die(data);
    }
  }

  /** The last consumer of a group is gone. */
  unregister(group: string): void {
    for (const groups of this.#topics.values()) {
      const data = groups.get(group);
      if (data !== undefined) this.#die(data);
    }
  }

  /** Filter data that is not kept: for a subscription that came with a pull. Throws FilterCompileError. */
  build(group: string, subscription: SubscriptionData, clientVersion: number): ConsumerFilterData {
    const fields = {
      consumerGroup: group,
      topic: subscription.topic,
      expression: subscription.subString,
      expressionType: subscription.expressionType,
      bornTime: this.#parts.clock.now(),
      clientVersion,
    };
    return new ConsumerFilterData(fields, this.#expressions);
  }

  /** The bit map of a message of the topic; undefined when nobody filters the topic. Source: CommitLogDispatcherCalcBitMap. */
  bitMapOf(topic: string, lookup: PropertyLookup): Uint8Array | undefined {
    const groups = this.#topics.get(topic);
    if (groups === undefined || groups.size === 0) return undefined;
    const bits = new BitsArray(this.bloomFilter.bitCount);
    for (const { bloomFilterData, compiledExpression } of groups.values()) {
      if (bloomFilterData === undefined || !this.bloomFilter.isValid(bloomFilterData)) continue;
      if (compiledExpression.matches(lookup)) this.bloomFilter.hashTo(bloomFilterData, bits);
    }
    return bits.bytes;
  }

  /** Writes the file when something changed since the last time. */
  async flush(): Promise<void> {
    if (!this.#dirty) return;
    this.#dirty = false;
    if (!(await this.persist())) this.#dirty = true;
  }

  protected override encode(): string {
    this.#clean();
    const filterDataByTopic = new Map<string, WritableJson>();
    for (const [topic, groups] of this.#topics) {
      const groupFilterData = new Map([...groups].map(([group, data]) => [group, data.toJson() as WritableJson]));
      filterDataByTopic.set(topic, { groupFilterData, topic });
    }
    return writeJson({ filterDataByTopic }, { pretty: true });
  }

  protected override decode(text: string): void {
    const loaded: ConsumerFilterData[] = [];
    try {
      const root = new Map(jsonEntries(parseJson(text)));
      for (const [, topic] of jsonEntries(root.get('filterDataByTopic'))) {
        const members = new Map(jsonEntries(topic));
        for (const [, json] of jsonEntries(members.get('groupFilterData'))) {
          loaded.push(consumerFilterDataFromJson(json, this.#expressions));
        }
      }
    } catch (error) {
      if (!(error instanceof FilterError)) throw error;
      throw new MalformedDataError(`consumerFilter.json: ${error.message}`, { cause: error });
    }
    // The bits of another bloom filter say nothing to this one.
    if (loaded.some((data) => !this.bloomFilter.isValid(data.bloomFilterData))) return;
    const deadTime = this.#parts.clock.now() - DEAD_SINCE_BEFORE_LOAD_MS;
    for (const data of loaded) {
      if (data.deadTime === 0) data.deadTime = Math.max(deadTime, data.bornTime);
      this.#keep(data);
    }
  }

  #die(data: ConsumerFilterData): void {
    if (data.isDead()) return;
    data.deadTime = this.#parts.clock.now();
    this.#dirty = true;
  }

  #isKnown(group: string, { topic, subString, expressionType }: SubscriptionData): boolean {
    const known = this.find(topic, group);
    return known !== undefined && known.expression === subString && known.expressionType === expressionType;
  }

  #register(group: string, subscription: SubscriptionData): void {
    const { topic, subVersion } = subscription;
    const known = this.find(topic, group);
    if (known !== undefined && subVersion === known.clientVersion && !known.isDead()) return;
    this.#dirty = true;
    if (known !== undefined && subVersion <= known.clientVersion) {
      if (subVersion === known.clientVersion) known.deadTime = 0;
      return;
    }
    if (known !== undefined && this.#isKnown(group, subscription)) {
      known.clientVersion = subVersion;
      known.deadTime = 0;
      return;
    }
    try {
      const data = this.build(group, subscription, subVersion);
      data.bloomFilterData = this.bloomFilter.generate(`${group}#${topic}`);
      this.#keep(data);
    } catch (error) {
      if (!(error instanceof FilterCompileError)) throw error;
      // Without filter data the client's pulls are answered with what is wrong.
      this.#topics.get(topic)?.delete(group);
      this.#parts.logger.warn('filter expression not accepted', { group, topic, reason: error.message.slice(0, 120) });
    }
  }

  #keep(data: ConsumerFilterData): void {
    let groups = this.#topics.get(data.topic);
    if (groups === undefined) {
      if (this.#topics.size >= MAX_TOPICS) return;
      groups = new Map();
      this.#topics.set(data.topic, groups);
    }
    if (groups.size < MAX_GROUPS_OF_TOPIC || groups.has(data.consumerGroup)) groups.set(data.consumerGroup, data);
  }

  #clean(): void {
    const nowMs = this.#parts.clock.now();
    for (const [topic, groups] of this.#topics) {
      for (const [group, data] of groups) {
        if (data.howLongAfterDeath(nowMs) >= this.#parts.config.filterDataCleanTimeSpan) groups.delete(group);
      }
      if (groups.size === 0) this.#topics.delete(topic);
    }
  }
}
