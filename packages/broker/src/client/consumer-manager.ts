/** The consumers that are connected, by group, and what is known of groups that pull without heartbeats. */
import type { Clock, Logger } from '@rocketmq-ts/common';
import type { SubscriptionData } from '@rocketmq-ts/filter';
import type { Connection } from '@rocketmq-ts/remoting';
import type { BrokerConfig } from '../config.js';
import type { ClientChannel } from './client-channel.js';
import { ConsumerGroupInfo, type ConsumerProfile } from './consumer-group-info.js';

/** Hears of what happens to groups. */
export interface ConsumerGroupListener {
  /** Clients came or went, or the subscribed topics changed: the members have to share the queues anew. */
  membersChanged(group: string, connections: readonly Connection[]): void;
  /** A client announced what its group subscribes to. */
  registered(group: string, subscriptions: readonly SubscriptionData[]): void;
  /** The last client of a group is gone. */
  unregistered(group: string): void;
}

export interface ConsumerManagerParts {
  readonly config: Pick<BrokerConfig, 'channelExpiredTimeout' | 'subscriptionExpiredTimeout'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly listener: ConsumerGroupListener;
}

/** What a client announces of one group. */
export interface ConsumerRegistration {
  readonly group: string;
  readonly channel: ClientChannel;
  readonly profile: ConsumerProfile;
  /** Absent in a heartbeat that refers to the one before. */
  readonly subscriptions: readonly SubscriptionData[] | undefined;
  /** Whether the members of this group are told of changes. */
  readonly notify: boolean;
}

interface Compensation {
  readonly data: SubscriptionData;
  usedMs: number;
}

/** Groups that are kept at most, of either kind. */
const MAX_GROUPS = 100_000;

/** Source: ConsumerManager. */
export class ConsumerManager {
  readonly #parts: ConsumerManagerParts;
  readonly #groups = new Map<string, ConsumerGroupInfo>();
  readonly #groupsOfTopic = new Map<string, Set<string>>();
  readonly #groupsOfConnection = new Map<Connection, Set<string>>();
  /** Subscriptions that came with pulls, by group, then topic. */
  readonly #compensation = new Map<string, Map<string, Compensation>>();

  constructor(parts: ConsumerManagerParts) {
    this.#parts = parts;
  }

  /** The connected groups by name. */
  get groups(): ReadonlyMap<string, ConsumerGroupInfo> {
    return this.#groups;
  }

  find(group: string): ConsumerGroupInfo | undefined {
    return this.#groups.get(group);
  }

  findChannel(group: string, clientId: string): ClientChannel | undefined {
    return this.#groups.get(group)?.channelOf(clientId);
  }

  /** What a group subscribes to in a topic, by heartbeat or else by its last pull. */
  findSubscription(group: string, topic: string): SubscriptionData | undefined {
    return this.#groups.get(group)?.subscriptions.get(topic) ?? this.#compensation.get(group)?.get(topic)?.data;
  }

  /** The connected groups that subscribe to a topic. */
  groupsOf(topic: string): ReadonlySet<string> {
    return this.#groupsOfTopic.get(topic) ?? NO_GROUPS;
  }

  /** Remembers a subscription that came with a pull. */
  compensate(group: string, data: SubscriptionData): void {
    const nowMs = this.#parts.clock.now();
    let topics = this.#compensation.get(group);
    if (topics === undefined) {
      if (this.#compensation.size >= MAX_GROUPS) return;
      topics = new Map();
      this.#compensation.set(group, topics);
    }
    const known = topics.get(data.topic);
    if (known?.data === data) known.usedMs = nowMs;
    else topics.set(data.topic, { data, usedMs: nowMs });
  }

  /** Takes a heartbeat of one group; true when something changed. */
  register({ group, channel, profile, subscriptions, notify }: ConsumerRegistration): boolean {
    const { connection } = channel;
    if (connection.closed) return false;
    let info = this.#groups.get(group);
    if (info === undefined) {
      if (this.#groups.size >= MAX_GROUPS) return false;
      info = new ConsumerGroupInfo(group, profile);
      this.#groups.set(group, info);
    }
    const isNew = info.updateChannel(channel, profile);
    if (isNew) {
      const groups = this.#groupsOfConnection.get(connection);
      if (groups === undefined) this.#groupsOfConnection.set(connection, new Set([group]));
      else groups.add(group);
      this.#parts.logger.info('consumer connected', { group, clientId: channel.clientId });
    }
    const changed = subscriptions !== undefined && this.#updateSubscriptions(info, subscriptions);
    if ((isNew || changed) && notify && !info.isBroadcast) this.#tellMembers(info);
    if (subscriptions !== undefined) this.#parts.listener.registered(group, subscriptions);
    return isNew || changed;
  }

  /** A client leaves a group. */
  unregister(group: string, connection: Connection, { notify }: { notify: boolean }): void {
    const info = this.#groups.get(group);
    if (info === undefined) return;
    this.#forget(info, connection);
    if (notify && !info.isBroadcast) this.#tellMembers(info);
  }

  /** The connection is closed: the others of its groups are told at once. */
  closed(connection: Connection): void {
    for (const group of this.#groupsOfConnection.get(connection) ?? []) {
      this.unregister(group, connection, { notify: true });
    }
  }

  /** Cuts off clients that have been silent for too long, and forgets subscriptions that nobody pulls by any more. */
  scan(): void {
    const { clock, config } = this.#parts;
    const oldest = clock.now() - config.channelExpiredTimeout;
    for (const info of this.#groups.values()) {
      for (const { connection, lastUpdateTimestamp, clientId } of info.channels.values()) {
        if (lastUpdateTimestamp >= oldest) continue;
        this.#parts.logger.warn('consumer silent for too long', { group: info.groupName, clientId });
        this.closed(connection);
        connection.destroy();
      }
    }
    const oldestUse = clock.now() - config.subscriptionExpiredTimeout;
    for (const [group, topics] of this.#compensation) {
      for (const [topic, { usedMs }] of topics) {
        if (usedMs < oldestUse) topics.delete(topic);
      }
      if (topics.size === 0) this.#compensation.delete(group);
    }
  }

  #updateSubscriptions(info: ConsumerGroupInfo, subscriptions: readonly SubscriptionData[]): boolean {
    const before = new Set(info.subscriptions.keys());
    const changed = info.updateSubscriptions(subscriptions);
    if (!changed) return false;
    for (const topic of info.subscriptions.keys()) {
      if (before.delete(topic)) continue;
      const groups = this.#groupsOfTopic.get(topic);
      if (groups === undefined) this.#groupsOfTopic.set(topic, new Set([info.groupName]));
      else groups.add(info.groupName);
    }
    for (const topic of before) this.#leaveTopic(topic, info.groupName);
    return true;
  }

  #forget(info: ConsumerGroupInfo, connection: Connection): void {
    const channel = info.channels.get(connection);
    if (channel === undefined) return;
    info.channels.delete(connection);
    const groups = this.#groupsOfConnection.get(connection);
    groups?.delete(info.groupName);
    if (groups?.size === 0) this.#groupsOfConnection.delete(connection);
    this.#parts.logger.info('consumer gone', { group: info.groupName, clientId: channel.clientId });
    if (info.channels.size > 0) return;
    this.#groups.delete(info.groupName);
    for (const topic of info.subscriptions.keys()) this.#leaveTopic(topic, info.groupName);
    this.#parts.listener.unregistered(info.groupName);
  }

  #leaveTopic(topic: string, group: string): void {
    const groups = this.#groupsOfTopic.get(topic);
    groups?.delete(group);
    if (groups?.size === 0) this.#groupsOfTopic.delete(topic);
  }

  #tellMembers(info: ConsumerGroupInfo): void {
    if (info.channels.size > 0) this.#parts.listener.membersChanged(info.groupName, [...info.channels.keys()]);
  }
}

const NO_GROUPS: ReadonlySet<string> = new Set();
