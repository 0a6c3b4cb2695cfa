/** The tables and services behind the processors: makes them, loads them, runs what is periodic, writes them. */
import {
  type Clock,
  type Files,
  HostAddress,
  type Logger,
  type Random,
  TIMER_TOPIC,
  type Timer,
  type Turn,
  UniqueIdGenerator,
} from '@rocketmq-ts/common';
import type { Connection, Lane, RemotingClient } from '@rocketmq-ts/remoting';
import { type ArrivingListener, type Store, TimerMessageStore } from '@rocketmq-ts/store';
import { BrokerConfigService } from './broker-config-service.js';
import { ConsumerIdsChange } from './client/consumer-ids-change.js';
import { ConsumerManager } from './client/consumer-manager.js';
import { MessageRequestModeManager } from './client/message-request-mode-manager.js';
import { ProducerManager } from './client/producer-manager.js';
import { RebalanceLockManager } from './client/rebalance-lock-manager.js';
import type { EarlyTables } from './early-tables.js';
import { HeldPullSubscriptions } from './filter/pull-subscriptions.js';
import { PullRequestHold } from './longpolling/pull-request-hold.js';
import { ConsumerOffsetManager } from './offset/consumer-offset-manager.js';
import type { BrokerContext } from './processor/context.js';
import { TopicRouteInfo } from './route/topic-route-info.js';
import { DelayLevels } from './schedule/delay-levels.js';
import { DelayOffsets } from './schedule/delay-offsets.js';
import { ScheduleService } from './schedule/schedule-service.js';
import { TimedMessages } from './schedule/timed-messages.js';
import type { BrokerSettings } from './settings.js';
import { BrokerStats } from './stats/broker-stats.js';
import { SubscriptionGroupManager } from './subscription/subscription-group-manager.js';

export interface BrokerServicesOptions {
  readonly settings: BrokerSettings;
  readonly clock: Clock;
  readonly files: Files;
  readonly turn: Turn;
  readonly random: Random;
  readonly logger: Logger;
  readonly pid: number;
  readonly store: Store;
  readonly tables: EarlyTables;
  readonly storeHost: Uint8Array;
  /** `brokerIP1:listenPort`. */
  readonly address: string;
  /** For questions to the name servers. */
  readonly client: RemotingClient;
  readonly onPermissionChanged: () => void;
  readonly lanes: () => ReadonlyMap<string, Lane>;
}

const CLIENT_SCAN_MS = 10_000;
const FILTER_PERSIST_MS = 10_000;

/** Everything a running broker holds in memory. */
export class BrokerServices {
  readonly context: BrokerContext;
  readonly #options: BrokerServicesOptions;
  readonly #idsChange: ConsumerIdsChange;
  readonly #timers: Timer[] = [];
  #offsetTimer: Timer | undefined;
  #stopped = false;

  constructor(options: BrokerServicesOptions) {
    this.#options = options;
    const { settings, clock, turn, logger, store, storeHost, random, files, pid } = options;
    const { broker: config, store: storeConfig, configuration } = settings;
    const tables = makeTables(options);
    const idsChange = new ConsumerIdsChange({ config, clock, filters: tables.filters });
    const consumers = new ConsumerManager({ config, clock, logger, listener: idsChange });
    this.#idsChange = idsChange;
    const stats = new BrokerStats({
      clock,
      clusterName: config.brokerClusterName,
      countsLight: () => !storeConfig.enableLmq || config.enableLmqStats,
    });
    const delayLevels = new DelayLevels(storeConfig.messageDelayLevel);
    const { delayOffsets } = tables;
    const timer = makeTimer(options, stats);
    this.context = {
      ...tables,
      delayLevels,
      schedule: new ScheduleService({
        config: storeConfig,
        clock,
        logger,
        store,
        levels: delayLevels,
        offsets: delayOffsets,
        stats,
      }),
      timer,
      timedMessages: new TimedMessages({ config: storeConfig, clock, timer }),
      config,
      storeConfig,
      configuration,
      clock,
      turn,
      files,
      random,
      logger,
      store,
      storeHost,
      consumers,
      uniqueIds: new UniqueIdGenerator({ clock, random, pid, ip: HostAddress.fromBytes(storeHost).ip }),
      maxMessageSize: storeConfig.maxMessageSize,
      producers: new ProducerManager({ config, clock, logger }),
      locks: new RebalanceLockManager(clock, settings.lockMaxLiveMs),
      compiler: tables.filters.compiler,
      subscriptions: new HeldPullSubscriptions({ ...tables, config, clock, consumers }),
      stats,
      hold: new PullRequestHold({ clock, turn }),
      routes: new TopicRouteInfo({ config, clock, client: options.client }),
      configService: new BrokerConfigService({ configuration, config, clock, files, logger }),
      address: options.address,
      lanes: options.lanes,
    };
    configuration.onChange((changes) => {
      timer?.wake();
      if (!changes.some(({ key }) => key === 'brokerPermission')) return;
      tables.topics.dataVersion.next(clock.now());
      options.onPermissionChanged();
    });
  }

  /** Reads the tables that the store has not needed. Throws MalformedDataError when one of them and its backup are damaged. */
  async load(): Promise<void> {
    const { groups, offsets, modes, delayOffsets } = this.context;
    for (const table of [groups, offsets, modes, delayOffsets]) table.load();
    await this.context.timer?.load();
  }

  start(): void {
    const { clock, store } = this.#options;
    const { stats, hold, producers, consumers, locks, filters, logger } = this.context;
    store.setArrivingListener(arrivals(hold, this.context.timer));
    hold.start();
    stats.start();
    this.#idsChange.start();
    this.context.schedule.start();
    this.context.timer?.start();
    const every = (intervalMs: number, action: () => void): void => {
      this.#timers.push(clock.setRepeating(intervalMs, action, { background: true }));
    };
    every(CLIENT_SCAN_MS, () => {
      producers.scan();
      consumers.scan();
      locks.scan();
    });
    every(FILTER_PERSIST_MS, () => {
      filters.flush().catch((error: unknown) => logger.error('filters not written', { error }));
    });
    this.#scheduleOffsets();
  }

  /** A client's connection is gone. */
  closed(connection: Connection): void {
    this.context.producers.closed(connection);
    this.context.consumers.closed(connection);
  }

  /** Answers the pulls that wait for messages. */
  stopWaiting(): void {
    this.context.hold.stop();
  }

  /** Stops what is periodic and writes the tables. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const { offsets, filters, stats, schedule, timer } = this.context;
    await schedule.stop();
    await timer?.stop();
    this.#options.store.setArrivingListener(undefined);
    for (const timer of this.#timers) timer.cancel();
    this.#offsetTimer?.cancel();
    this.#idsChange.stop();
    stats.stop();
    await offsets.flush();
    await filters.flush();
  }

  /** The interval is read anew each time: it may change while running. */
  #scheduleOffsets(): void {
    const { config, offsets, logger } = this.context;
    this.#offsetTimer = this.#options.clock.setTimer(
      config.flushConsumerOffsetInterval,
      () => {
        offsets
          .flush()
          .catch((error: unknown) => logger.error('offsets not written', { error }))
          .finally(() => {
            if (!this.#stopped) this.#scheduleOffsets();
          });
      },
      { background: true },
    );
  }
}

/** Tells the timer of its messages, and those who wait of all. */
function arrivals(hold: ArrivingListener, timer: TimerMessageStore | undefined): ArrivingListener {
  if (timer === undefined) return hold;
  return {
    arriving: (topic, queueId, nextOffset, tagsCode, storeTimestamp) => {
      if (topic === TIMER_TOPIC) timer.wake();
      hold.arriving(topic, queueId, nextOffset, tagsCode, storeTimestamp);
    },
  };
}

function makeTimer(options: BrokerServicesOptions, stats: BrokerStats): TimerMessageStore | undefined {
  const config = options.settings.store;
  if (!config.timerWheelEnable) return undefined;
  if (config.timerRocksDBEnable) {
    options.logger.warn('timerRocksDBEnable: there is no timeline in RocksDB here, the timer wheel does its work');
  }
  return new TimerMessageStore({
    ...options,
    config,
    delivered: (topic, { messageCount, sizeBytes }) =>
      stats.onTimerDelivered(topic, { count: messageCount, sizeBytes }),
  });
}

function makeTables(options: BrokerServicesOptions) {
  const { settings, clock, turn, files, logger, store } = options;
  const { broker: config, store: storeConfig } = settings;
  const directory = `${storeConfig.storePathRootDir}/config`;
  const ports = { files, logger, clock, turn };
  const groupsPath = `${directory}/subscriptionGroup.json`;
  const groups = new SubscriptionGroupManager({ ...ports, config, storeConfig, path: groupsPath });
  const offsets = new ConsumerOffsetManager({ ...ports, config, storeConfig, store, directory });
  const modes = new MessageRequestModeManager({ ...ports, path: `${directory}/messageRequestMode.json` });
  const delayOffsets = new DelayOffsets({ ...ports, config, store, path: `${directory}/delayOffset.json` });
  return { ...options.tables, groups, offsets, modes, delayOffsets };
}
