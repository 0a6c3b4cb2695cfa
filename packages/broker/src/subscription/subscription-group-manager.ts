/** The consumer groups of a broker, what they must not consume, and `config/subscriptionGroup.json`. */
import {
  alterAttributes,
  type Clock,
  ConfigManager,
  createSubscriptionGroupConfig,
  DataVersion,
  type Files,
  GROUP_ATTRIBUTES,
  isLmq,
  isSystemGroup,
  type Logger,
  PredefinedGroup,
  parseJson,
  type SubscriptionGroupConfig,
  type Turn,
  validateGroup,
} from '@rocketmq-ts/common';
import { SubscriptionGroupWrapper, subscriptionGroupConfig } from '@rocketmq-ts/remoting';
import { ChangeLog } from '../change-log.js';
import type { BrokerConfig } from '../config.js';
import { RateLimit } from '../rate-limit.js';
import { WrittenEntries } from '../written-entries.js';

/** Groups that requests may bring into being in a minute. */
const AUTO_CREATED_PER_MINUTE = 10_000;
/** The bit of the forbidden table that stands for reading. Source: PermName#INDEX_PERM_READ. */
const READ_BIT = 1 << 2;

const NO_GROUPS: ReadonlyMap<string, SubscriptionGroupConfig> = new Map();
/** Source: SubscriptionGroupManager#init. */
const SYSTEM_GROUPS = [
  PredefinedGroup.TOOLS_CONSUMER,
  PredefinedGroup.FILTERSRV_CONSUMER,
  PredefinedGroup.SELF_TEST_CONSUMER,
  PredefinedGroup.ONS_HTTP_PROXY,
  PredefinedGroup.CID_ONSAPI_PULL,
  PredefinedGroup.CID_ONSAPI_PERMISSION,
  PredefinedGroup.CID_ONSAPI_OWNER,
  PredefinedGroup.CID_SYS_RMQ_TRANS,
];

export interface SubscriptionGroupManagerParts {
  readonly config: Pick<BrokerConfig, 'autoCreateSubscriptionGroup' | 'enableCreateSysGroup'>;
  readonly storeConfig: { readonly enableLmq: boolean };
  readonly path: string;
  readonly files: Files;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly turn: Turn;
}

/** Source: SubscriptionGroupManager. */
export class SubscriptionGroupManager extends ConfigManager {
  readonly #parts: SubscriptionGroupManagerParts;
  readonly #table = new Map<string, SubscriptionGroupConfig>();
  readonly #forbidden = new Map<string, Map<string, number>>();
  readonly #autoCreation: RateLimit;
  readonly #changes: ChangeLog;
  readonly #written = new WrittenEntries(subscriptionGroupConfig.write);
  readonly dataVersion: DataVersion;

  constructor(parts: SubscriptionGroupManagerParts) {
    super(parts.path, parts);
    this.#parts = parts;
    this.#autoCreation = new RateLimit(parts.clock, AUTO_CREATED_PER_MINUTE);
    this.#changes = new ChangeLog(parts.turn, () => this.persistSync());
    this.dataVersion = new DataVersion(parts.clock.now());
    for (const group of SYSTEM_GROUPS) this.#table.set(group, createSubscriptionGroupConfig(group));
  }

  /** All groups by name. */
  get table(): ReadonlyMap<string, SubscriptionGroupConfig> {
    return this.#table;
  }

  /** Bits of what a group must not do with a topic, by group, then topic. */
  get forbiddenTable(): ReadonlyMap<string, ReadonlyMap<string, number>> {
    return this.#forbidden;
  }

  has(group: string): boolean {
    return this.#table.has(group) || this.#isLight(group);
  }

  /** The group; made when there is none and the configuration allows it. Source: #findSubscriptionGroupConfig. */
  find(group: string): SubscriptionGroupConfig | undefined {
    const known = this.#table.get(group);
    if (known !== undefined) return known;
    return this.#isLight(group) ? createSubscriptionGroupConfig(group) : this.#tryCreate(group);
  }

  /** Makes groups or changes them. Their attributes are changes (`+key`, `-key`). Throws MalformedDataError; nothing was changed then. */
  update(groups: readonly SubscriptionGroupConfig[]): void {
    const kept = groups.filter(({ groupName }) => !this.#isLight(groupName));
    const altered = kept.map((group) => ({ ...group, attributes: this.#alteredAttributes(group) }));
    for (const group of altered) {
      this.#table.set(group.groupName, group);
      this.dataVersion.next(this.#parts.clock.now());
      this.#parts.logger.info('subscription group set', { group: group.groupName });
    }
    if (altered.length > 0) this.#changes.changed();
  }

  /** Forgets a group; false when there is none. */
  delete(group: string): boolean {
    this.#forbidden.delete(group);
    if (!this.#table.delete(group)) return false;
    this.#parts.logger.info('subscription group deleted', { group });
    this.#changed();
    return true;
  }

  isReadForbidden(group: string, topic: string): boolean {
    return ((this.#forbidden.get(group)?.get(topic) ?? 0) & READ_BIT) !== 0;
  }

  setReadForbidden(group: string, topic: string, forbidden: boolean): void {
    const topics = this.#forbidden.get(group) ?? new Map<string, number>();
    const bits = topics.get(topic) ?? 0;
    const next = forbidden ? bits | READ_BIT : bits & ~READ_BIT;
    if (next === 0) topics.delete(topic);
    else topics.set(topic, next);
    if (topics.size === 0) this.#forbidden.delete(group);
    else this.#forbidden.set(group, topics);
    this.#changed();
  }

  /** Groups of light topics need no configuration. Source: LmqSubscriptionGroupManager. */
  #isLight(group: string): boolean {
    return this.#parts.storeConfig.enableLmq && isLmq(group);
  }

  protected override encode(): string {
    return Buffer.concat(this.encodePieces()).toString();
  }

  protected override encodePieces(): readonly Uint8Array[] {
    const { dataVersion, forbiddenTable } = this;
    const head = SubscriptionGroupWrapper.write({ dataVersion, forbiddenTable, subscriptionGroupTable: NO_GROUPS });
    return this.#written.pieces(this.#table, (subscriptionGroupTable) => {
      return { ...(head as object), subscriptionGroupTable };
    });
  }

  protected override decode(text: string): void {
    const wrapper = SubscriptionGroupWrapper.read(parseJson(text), 'subscriptionGroup.json');
    for (const [name, group] of wrapper.subscriptionGroupTable) {
      this.#table.set(name, group.groupName === '' ? { ...group, groupName: name } : group);
    }
    for (const [group, topics] of wrapper.forbiddenTable) this.#forbidden.set(group, new Map(topics));
    this.dataVersion.assign(wrapper.dataVersion);
  }

  #tryCreate(group: string): SubscriptionGroupConfig | undefined {
    const { autoCreateSubscriptionGroup, enableCreateSysGroup } = this.#parts.config;
    if (!autoCreateSubscriptionGroup && !(enableCreateSysGroup && isSystemGroup(group))) return undefined;
    if (validateGroup(group) !== undefined) return undefined;
    if (!this.#autoCreation.tryTake()) {
      this.#parts.logger.warn('subscription group not created: too many in a minute', { group });
      return undefined;
    }
    const created = createSubscriptionGroupConfig(group);
    this.#table.set(group, created);
    this.#parts.logger.info('subscription group created', { group });
    this.#changed();
    return created;
  }

  #alteredAttributes(group: SubscriptionGroupConfig): Map<string, string> {
    const known = this.#table.get(group.groupName);
    return alterAttributes({
      create: known === undefined,
      all: GROUP_ATTRIBUTES,
      current: known?.attributes ?? new Map(),
      change: group.attributes,
    });
  }

  #changed(): void {
    this.dataVersion.next(this.#parts.clock.now());
    this.#changes.changed();
  }
}
