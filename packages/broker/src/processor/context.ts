/** What the processors of a broker choose from: each declares what it needs of it. */
import type { Clock, Configuration, Files, Logger, Random, Turn, UniqueIdGenerator } from '@rocketmq-ts/common';
import type { ExpressionCompiler } from '@rocketmq-ts/filter';
import type { Lane } from '@rocketmq-ts/remoting';
import type { MessageStoreConfig, Store, TimerMessageStore } from '@rocketmq-ts/store';
import type { BrokerConfigService } from '../broker-config-service.js';
import type { ConsumerManager } from '../client/consumer-manager.js';
import type { MessageRequestModeManager } from '../client/message-request-mode-manager.js';
import type { ProducerManager } from '../client/producer-manager.js';
import type { RebalanceLockManager } from '../client/rebalance-lock-manager.js';
import type { BrokerConfig } from '../config.js';
import type { ConsumerFilterManager } from '../filter/consumer-filter-manager.js';
import type { PullRequestHold } from '../longpolling/pull-request-hold.js';
import type { ConsumerOffsetManager } from '../offset/consumer-offset-manager.js';
import type { PullSubscriptions } from '../pull/pull-parts.js';
import type { TopicRouteInfo } from '../route/topic-route-info.js';
import type { DelayLevels } from '../schedule/delay-levels.js';
import type { DelayOffsets } from '../schedule/delay-offsets.js';
import type { ScheduleService } from '../schedule/schedule-service.js';
import type { TimedMessages } from '../schedule/timed-messages.js';
import type { BrokerStats } from '../stats/broker-stats.js';
import type { SubscriptionGroupManager } from '../subscription/subscription-group-manager.js';
import type { TopicConfigManager } from '../topic/topic-config-manager.js';

export interface BrokerContext {
  readonly config: BrokerConfig;
  readonly storeConfig: MessageStoreConfig;
  readonly configuration: Configuration;
  readonly clock: Clock;
  readonly turn: Turn;
  readonly files: Files;
  readonly random: Random;
  readonly logger: Logger;
  readonly uniqueIds: Pick<UniqueIdGenerator, 'next'>;
  readonly store: Store;
  readonly maxMessageSize: number;
  /** `brokerIP1:listenPort` in the form messages carry it, 8 or 20 bytes. */
  readonly storeHost: Uint8Array;
  readonly topics: TopicConfigManager;
  readonly groups: SubscriptionGroupManager;
  readonly offsets: ConsumerOffsetManager;
  readonly consumers: ConsumerManager;
  readonly producers: ProducerManager;
  readonly locks: RebalanceLockManager;
  readonly filters: ConsumerFilterManager;
  readonly compiler: ExpressionCompiler;
  readonly subscriptions: PullSubscriptions;
  readonly stats: BrokerStats;
  readonly hold: PullRequestHold;
  readonly modes: MessageRequestModeManager;
  readonly delayLevels: DelayLevels;
  readonly delayOffsets: DelayOffsets;
  readonly schedule: ScheduleService;
  /** Undefined without `timerWheelEnable`. */
  readonly timer: TimerMessageStore | undefined;
  readonly timedMessages: TimedMessages;
  readonly routes: TopicRouteInfo;
  readonly configService: BrokerConfigService;
  /** `brokerIP1:listenPort`. */
  readonly address: string;
  /** The lanes of the main port, for figures. */
  readonly lanes: () => ReadonlyMap<string, Lane>;
}
