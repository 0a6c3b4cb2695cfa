/** The tables that the store needs to know before it recovers: how topics keep their queues, and who filters them. */
import type { Clock, Files, Logger, TopicConfig, Turn } from '@rocketmq-ts/common';
import { ConsumerFilterManager } from './filter/consumer-filter-manager.js';
import type { BrokerSettings } from './settings.js';
import { TopicConfigManager } from './topic/topic-config-manager.js';

export interface EarlyTablesOptions {
  readonly settings: BrokerSettings;
  readonly clock: Clock;
  readonly files: Files;
  readonly turn: Turn;
  readonly logger: Logger;
  readonly onTopicsChanged: (topics: readonly TopicConfig[]) => void;
}

export interface EarlyTables {
  readonly topics: TopicConfigManager;
  readonly filters: ConsumerFilterManager;
}

/** Makes and reads the tables. Throws MalformedDataError when one of them and its backup are damaged. */
export function loadEarlyTables(options: EarlyTablesOptions): EarlyTables {
  const { settings, clock, files, turn, logger, onTopicsChanged: onChange } = options;
  const { broker: config, store: storeConfig } = settings;
  const directory = `${storeConfig.storePathRootDir}/config`;
  const ports = { clock, files, turn, logger };
  const topics = new TopicConfigManager({ ...ports, config, storeConfig, path: `${directory}/topics.json`, onChange });
  const filters = new ConsumerFilterManager({ ...ports, config, path: `${directory}/consumerFilter.json` });
  topics.load();
  filters.load();
  return { topics, filters };
}
