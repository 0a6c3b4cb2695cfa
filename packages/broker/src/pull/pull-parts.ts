/** What pulling needs of the broker, and the shapes its files share. */
import type { Clock, SubscriptionGroupConfig, TopicConfig } from '@rocketmq-ts/common';
import type { MessageFilter, SubscriptionData } from '@rocketmq-ts/filter';
import type { Answer, Exchange, PullMessageRequestHeader, PullMessageResponseHeader } from '@rocketmq-ts/remoting';
import type { Store } from '@rocketmq-ts/store';
import type { PullRequestHold } from '../longpolling/pull-request-hold.js';

/** What pulling reads of the broker's configuration. */
export interface PullConfig {
  readonly brokerIP1: string;
  readonly brokerId: number;
  readonly brokerPermission: number;
  readonly slaveReadEnable: boolean;
  readonly isInBrokerContainer: boolean;
  readonly litePullMessageEnable: boolean;
  readonly longPollingEnable: boolean;
  readonly shortPollingTimeMills: number;
  readonly useServerSideResetOffset: boolean;
  readonly rejectPullConsumerEnable: boolean;
}

/** A subscription as a pull uses it: what it says and how it filters. */
export interface PullSubscription {
  readonly data: SubscriptionData;
  readonly filter: MessageFilter;
}

/** What pulling needs of the broker's other parts. */
export interface PullParts {
  readonly config: PullConfig;
  readonly clock: Clock;
  readonly store: Pick<Store, 'get' | 'minOffsetInQueue' | 'maxOffsetInQueue'>;
  readonly hold: Pick<PullRequestHold, 'hold'>;
  readonly topics: { select(topic: string): TopicConfig | undefined };
  readonly groups: { find(group: string): SubscriptionGroupConfig | undefined };
  readonly subscriptions: PullSubscriptions;
  readonly offsets: {
    commit(request: { clientHost: string; group: string; topic: string; queueId: number; offset: number }): void;
    commitPull(group: string, topic: string, queueId: number, offset: number): void;
    /** Takes a pending server-side reset out of the table. */
    takeReset(group: string, topic: string, queueId: number): number | undefined;
  };
  readonly stats: { onGet(group: string, topic: string, got: { count: number; sizeBytes: number }): void };
}

/** Finds the subscription that a pull is to be served by. */
export interface PullSubscriptions {
  /** @throws RocketMQError with the code that tells the client what is wrong with its subscription. */
  mustFind(header: PullMessageRequestHeader, group: SubscriptionGroupConfig, exchange: Exchange): PullSubscription;
}

/** A pull request under way. */
export type PullExchange = Exchange<PullMessageResponseHeader>;
/** What a pull is answered with. */
export type PullAnswer = Answer<PullMessageResponseHeader>;
