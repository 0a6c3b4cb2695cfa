/** One consumer group as it is connected now: its clients and what they subscribe to. */
import type { SubscriptionData } from '@rocketmq-ts/filter';
import type { Connection, ConsumeFromWhere, ConsumeType, MessageModel } from '@rocketmq-ts/remoting';
import type { ClientChannel } from './client-channel.js';

/** How a group consumes, as its clients announce it. */
export interface ConsumerProfile {
  readonly consumeType: ConsumeType | undefined;
  readonly messageModel: MessageModel | undefined;
  readonly consumeFromWhere: ConsumeFromWhere | undefined;
}

/** Source: ConsumerGroupInfo. */
export class ConsumerGroupInfo {
  readonly channels = new Map<Connection, ClientChannel>();
  readonly subscriptions = new Map<string, SubscriptionData>();

  constructor(
    readonly groupName: string,
    public profile: ConsumerProfile,
  ) {}

  get isBroadcast(): boolean {
    return this.profile.messageModel === 'BROADCASTING';
  }

  get clientIds(): string[] {
    return [...this.channels.values()].map((channel) => channel.clientId);
  }

  channelOf(clientId: string): ClientChannel | undefined {
    for (const channel of this.channels.values()) {
      if (channel.clientId === clientId) return channel;
    }
    return undefined;
  }

  /** Takes a heartbeat of a client; true when the connection is new. */
  updateChannel(channel: ClientChannel, profile: ConsumerProfile): boolean {
    this.profile = profile;
    const known = this.channels.get(channel.connection);
    if (known !== undefined && known.clientId === channel.clientId) {
      known.lastUpdateTimestamp = channel.lastUpdateTimestamp;
      return false;
    }
    this.channels.set(channel.connection, channel);
    return known === undefined;
  }

  /** Takes over what a client subscribes to; true when topics came or went. A newer version of a known topic is no such change. */
  updateSubscriptions(subscriptions: readonly SubscriptionData[]): boolean {
    let changed = false;
    const topics = new Set<string>();
    for (const subscription of subscriptions) {
      const { topic } = subscription;
      topics.add(topic);
      const known = this.subscriptions.get(topic);
      if (known === undefined) changed = true;
      if (known === undefined || subscription.subVersion > known.subVersion)
        this.subscriptions.set(topic, subscription);
    }
    for (const topic of this.subscriptions.keys()) {
      if (topics.has(topic)) continue;
      this.subscriptions.delete(topic);
      changed = true;
    }
    return changed;
  }
}
