/** The topics of a broker and `config/topics.json`. */
import {
  alterAttributes,
  type Clock,
  ConfigManager,
  createTopicConfig,
  DataVersion,
  type Files,
  isInherited,
  isLmq,
  isSystemTopic,
  type Logger,
  PermName,
  parseJson,
  SystemTopic,
  TOPIC_ATTRIBUTES,
  type TopicConfig,
  type Turn,
} from '@rocketmq-ts/common';
import { dataVersion, TopicConfigSerializeWrapper, topicConfig } from '@rocketmq-ts/remoting';
import { ChangeLog } from '../change-log.js';
import { RateLimit } from '../rate-limit.js';
import { WrittenEntries } from '../written-entries.js';
import { type SystemTopicConfig, systemTopicConfigs } from './system-topics.js';

/** More queues than this no topic may have. */
export const MAX_QUEUE_NUMS = 65_536;
/** Topics that sends and heartbeats may bring into being in a minute. */
const AUTO_CREATED_PER_MINUTE = 10_000;

export interface TopicConfigManagerParts {
  readonly config: SystemTopicConfig;
  readonly storeConfig: { readonly timerWheelEnable: boolean; readonly enableLmq: boolean };
  readonly path: string;
  readonly files: Files;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly turn: Turn;
  /** Hears of topics that were made or changed, so that the name servers learn of them. */
  readonly onChange?: (topics: readonly TopicConfig[]) => void;
}

/** Source: TopicConfigManager. */
export class TopicConfigManager extends ConfigManager {
  readonly #parts: TopicConfigManagerParts;
  readonly #table = new Map<string, TopicConfig>();
  readonly #systemTopics = new Set<string>();
  readonly #autoCreation: RateLimit;
  readonly #changes: ChangeLog;
  readonly #written = new WrittenEntries(topicConfig.write);
  readonly dataVersion: DataVersion;

  constructor(parts: TopicConfigManagerParts) {
    super(parts.path, parts);
    this.#parts = parts;
    this.#autoCreation = new RateLimit(parts.clock, AUTO_CREATED_PER_MINUTE);
    this.#changes = new ChangeLog(parts.turn, () => this.persistSync());
    this.dataVersion = new DataVersion(parts.clock.now());
    for (const topic of systemTopicConfigs(parts.config, parts.storeConfig.timerWheelEnable)) {
      this.#table.set(topic.topicName, topic);
      this.#systemTopics.add(topic.topicName);
    }
  }

  /** Another number after each change: what was derived from a topic's settings holds as long as it stays. */
  get changeCount(): number {
    return this.dataVersion.counter;
  }

  /** All topics by name. */
  get table(): ReadonlyMap<string, TopicConfig> {
    return this.#table;
  }

  /** The names of the topics that this broker made for itself. */
  get systemTopics(): ReadonlySet<string> {
    return this.#systemTopics;
  }

  /** The topic; a light one is there without being configured. */
  select(topic: string): TopicConfig | undefined {
    return this.#table.get(topic) ?? (this.#isLight(topic) ? lightTopic(topic) : undefined);
  }

  has(topic: string): boolean {
    return this.#table.has(topic) || this.#isLight(topic);
  }

  isOrderTopic(topic: string): boolean {
    return this.#table.get(topic)?.order ?? false;
  }

  /** A fixed system topic, or one this broker made. */
  isSystem(topic: string): boolean {
    return this.#systemTopics.has(topic) || isSystemTopic(topic);
  }

  /** The topic of a send, made after the default topic when there is none yet and that one may be inherited. */
  createInSend(request: {
    topic: string;
    defaultTopic: string;
    queueNums: number;
    sysFlag: number;
    remoteAddress: string;
  }): TopicConfig | undefined {
    const { topic, defaultTopic, queueNums, sysFlag, remoteAddress } = request;
    const known = this.#table.get(topic);
    if (known !== undefined) return known;
    const origin = this.#originOf(defaultTopic);
    if (origin === undefined || !isInherited(origin.perm) || !this.#autoCreation.tryTake()) {
      this.#parts.logger.warn('topic not created', { topic, defaultTopic, peer: remoteAddress });
      return undefined;
    }
    const count = Math.max(0, Math.min(queueNums, origin.writeQueueNums));
    const created = createTopicConfig(topic, {
      readQueueNums: count,
      writeQueueNums: count,
      perm: origin.perm & ~PermName.INHERIT,
      topicFilterType: origin.topicFilterType,
      topicSysFlag: sysFlag,
    });
    this.#put(created, 'topic created by a send');
    return created;
  }

  /** The topic that others are made after; the default one is not when topics are not made by sends. */
  #originOf(defaultTopic: string): TopicConfig | undefined {
    const origin = this.#table.get(defaultTopic);
    const isClosed = defaultTopic === SystemTopic.AUTO_CREATE_TOPIC_KEY && !this.#parts.config.autoCreateTopicEnable;
    const perm = PermName.READ | PermName.WRITE;
    if (origin === undefined || !isClosed || origin.perm === perm) return origin;
    const closed = { ...origin, perm };
    this.#table.set(defaultTopic, closed);
    return closed;
  }

  /** A retry or dead letter topic, made when there is none yet. */
  createInSendBack(request: {
    topic: string;
    queueNums: number;
    perm: number;
    sysFlag: number;
    order?: boolean;
  }): TopicConfig | undefined {
    const { topic, queueNums, perm, sysFlag, order = false } = request;
    const known = this.#table.get(topic);
    if (known !== undefined) {
      if (known.order === order) return known;
      const changed = { ...known, order };
      this.#put(changed, 'topic changed');
      return changed;
    }
    if (!this.#autoCreation.tryTake()) {
      this.#parts.logger.warn('topic not created: too many in a minute', { topic });
      return undefined;
    }
    const count = Math.max(0, Math.min(queueNums, MAX_QUEUE_NUMS));
    const created = createTopicConfig(topic, {
      readQueueNums: count,
      writeQueueNums: count,
      perm,
      topicSysFlag: sysFlag,
      order,
    });
    this.#put(created, 'topic created');
    return created;
  }

  /** Makes topics or changes them. Their attributes are changes (`+key`, `-key`). Throws MalformedDataError; nothing was changed then. */
  update(topics: readonly TopicConfig[]): void {
    const kept = topics.filter(({ topicName }) => !this.#isLight(topicName));
    const altered = kept.map((topic) => ({ ...topic, attributes: this.#alteredAttributes(topic) }));
    for (const topic of altered) {
      this.#table.set(topic.topicName, topic);
      this.dataVersion.next(this.#parts.clock.now());
    }
    this.#announce(altered, 'topic set');
  }

  /** Marks topics that the name server calls ordered. Source: TopicConfigManager#updateOrderTopicConfig. */
  updateOrderTopics(orderTopics: Iterable<string>): void {
    let changed = false;
    for (const name of orderTopics) {
      const topic = this.#table.get(name);
      if (topic === undefined || topic.order) continue;
      this.#table.set(name, { ...topic, order: true });
      changed = true;
    }
    if (!changed) return;
    this.dataVersion.next(this.#parts.clock.now());
    this.#changes.changed();
  }

  /** Forgets a topic; false when there is none. */
  delete(topic: string): boolean {
    if (!this.#table.delete(topic)) return false;
    this.#parts.logger.info('topic deleted', { topic });
    this.dataVersion.next(this.#parts.clock.now());
    this.#changes.changed();
    return true;
  }

  protected override encode(): string {
    return Buffer.concat(this.encodePieces()).toString();
  }

  protected override encodePieces(): readonly Uint8Array[] {
    return this.#written.pieces(this.#table, (topicConfigTable) => {
      return { dataVersion: dataVersion.write(this.dataVersion), topicConfigTable };
    });
  }

  protected override decode(text: string): void {
    const { topicConfigTable, dataVersion } = TopicConfigSerializeWrapper.read(parseJson(text), 'topics.json');
    for (const [name, topic] of topicConfigTable) {
      this.#table.set(name, topic.topicName === '' ? { ...topic, topicName: name } : topic);
    }
    this.dataVersion.assign(dataVersion);
  }

  #alteredAttributes(topic: TopicConfig): Map<string, string> {
    const known = this.#table.get(topic.topicName);
    return alterAttributes({
      create: known === undefined,
      all: TOPIC_ATTRIBUTES,
      current: known?.attributes ?? new Map(),
      change: topic.attributes,
    });
  }

  /** Light topics need no configuration. Source: LmqTopicConfigManager. */
  #isLight(topic: string): boolean {
    return this.#parts.storeConfig.enableLmq && isLmq(topic);
  }

  #put(topic: TopicConfig, event: string): void {
    this.#table.set(topic.topicName, topic);
    this.dataVersion.next(this.#parts.clock.now());
    this.#announce([topic], event);
  }

  #announce(topics: readonly TopicConfig[], event: string): void {
    for (const { topicName, readQueueNums, writeQueueNums, perm } of topics) {
      this.#parts.logger.info(event, { topic: topicName, readQueueNums, writeQueueNums, perm });
    }
    this.#changes.changed();
    this.#parts.onChange?.(topics);
  }
}

function lightTopic(topic: string): TopicConfig {
  return createTopicConfig(topic, { readQueueNums: 1, writeQueueNums: 1, perm: PermName.READ | PermName.WRITE });
}
