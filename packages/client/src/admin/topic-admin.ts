/** Topics on brokers. */
import {
  formatAttributes,
  isDlqTopic,
  isRetryTopic,
  isSystemTopic,
  type MessageQueue,
  messageQueueKey,
  type TopicConfig,
} from '@rocketmq-ts/common';
import {
  CreateTopicListRequestBody,
  DELETE_TOPIC_IN_BROKER,
  GET_ALL_TOPIC_CONFIG,
  GET_SYSTEM_TOPIC_LIST_FROM_BROKER,
  GET_TOPIC_CONFIG,
  GET_TOPIC_STATS_INFO,
  GroupList,
  QUERY_TOPIC_CONSUME_BY_WHO,
  ResponseCode,
  TopicConfigAndQueueMapping,
  TopicConfigSerializeWrapper,
  TopicList,
  type TopicOffset,
  type TopicStatsTable,
  TopicStatsTable as TopicStatsTableBody,
  UPDATE_AND_CREATE_TOPIC,
  UPDATE_AND_CREATE_TOPIC_LIST,
} from '@rocketmq-ts/remoting';
import { AdminNotFoundError } from './admin-errors.js';
import type { AdminTransport } from './admin-transport.js';
import { brokerAddressOf } from './cluster.js';
import type { NameServerAdmin } from './name-server-admin.js';

/** Pages of a topic table that are fetched at most. */
const MAX_PAGES = 10_000;

export class TopicAdmin {
  readonly #transport: AdminTransport;
  readonly #nameServer: NameServerAdmin;

  constructor(transport: AdminTransport, nameServer: NameServerAdmin) {
    this.#transport = transport;
    this.#nameServer = nameServer;
  }

  /** Creates a topic on a broker, or changes it; attributes are changes (`+key`, `-key`). */
  async update(address: string, config: TopicConfig): Promise<void> {
    const { topicName: topic, attributes, ...rest } = config;
    const header = { ...rest, topic, defaultTopic: 'TBW102', attributes: formatAttributes(attributes) };
    await this.#transport.call(address, UPDATE_AND_CREATE_TOPIC, header);
  }

  async updateList(address: string, topicConfigList: readonly TopicConfig[]): Promise<void> {
    const body = CreateTopicListRequestBody.encode({ topicConfigList });
    await this.#transport.call(address, UPDATE_AND_CREATE_TOPIC_LIST, {}, { body });
  }

  async delete(address: string, topic: string): Promise<void> {
    await this.#transport.call(address, DELETE_TOPIC_IN_BROKER, { topic });
  }

  /** @throws BrokerError TOPIC_NOT_EXIST */
  async config(address: string, topic: string): Promise<TopicConfig> {
    const response = await this.#transport.call(address, GET_TOPIC_CONFIG, { topic, lo: true });
    return TopicConfigAndQueueMapping.decode(response.body).topicConfig;
  }

  /** All topics of a broker, page by page where the broker knows pages. */
  async configs(address: string): Promise<TopicConfigSerializeWrapper> {
    const topicConfigTable = new Map<string, TopicConfig>();
    for (let page = 0; ; page++) {
      const header = { topicSeq: topicConfigTable.size, maxTopicNum: 2000 };
      const response = await this.#transport.call(address, GET_ALL_TOPIC_CONFIG, header);
      const part = TopicConfigSerializeWrapper.decode(response.body);
      const before = topicConfigTable.size;
      for (const [name, config] of part.topicConfigTable) topicConfigTable.set(name, config);
      const total = response.header().totalTopicNum ?? 0;
      const done = topicConfigTable.size >= total || topicConfigTable.size === before;
      if (done || page >= MAX_PAGES) return { topicConfigTable, dataVersion: part.dataVersion };
    }
  }

  /** The topics that users made; `special` adds retry and dead letter topics. Source: DefaultMQAdminExtImpl#getUserTopicConfig. */
  async userConfigs(address: string, { special }: { readonly special: boolean }): Promise<TopicConfigSerializeWrapper> {
    const { topicConfigTable, dataVersion } = await this.configs(address);
    const response = await this.#transport.call(address, GET_SYSTEM_TOPIC_LIST_FROM_BROKER, undefined);
    const system = new Set(TopicList.decode(response.body).topicList);
    const kept = [...topicConfigTable].filter(([, { topicName, perm }]) => {
      if (system.has(topicName) || isSystemTopic(topicName)) return false;
      return (special || !(isRetryTopic(topicName) || isDlqTopic(topicName))) && perm >= 0 && perm < 8;
    });
    return { topicConfigTable: new Map(kept), dataVersion };
  }

  /** Offsets of all queues of a topic on one broker. */
  async statsOfBroker(address: string, topic: string): Promise<TopicStatsTable> {
    const response = await this.#transport.call(address, GET_TOPIC_STATS_INFO, { topic });
    return TopicStatsTableBody.decode(response.body);
  }

  /** Offsets of all queues of a topic. `routeTopic` finds the brokers where the topic has no route of its own. */
  async stats(topic: string, routeTopic = topic): Promise<TopicStatsTable> {
    const offsets = new Map<string, [MessageQueue, TopicOffset]>();
    const route = await this.#nameServer.topicRoute(routeTopic);
    let topicPutTps = 0;
    for (const broker of route.brokerDatas) {
      const address = brokerAddressOf(broker);
      if (address === undefined) continue;
      const stats = await this.statsOfBroker(address, topic);
      for (const [queue, offset] of stats.offsetTable) offsets.set(messageQueueKey(queue), [queue, offset]);
      topicPutTps += stats.topicPutTps;
    }
    if (offsets.size === 0)
      throw new AdminNotFoundError(ResponseCode.QUERY_NOT_FOUND, `topic '${topic}' has no queues`);
    return { offsetTable: new Map(offsets.values()), topicPutTps };
  }

  /** The groups that have offsets of a topic or subscribe to it, as the first broker that can be asked knows them. */
  async consumeByWho(topic: string): Promise<readonly string[]> {
    const route = await this.#nameServer.topicRoute(topic);
    const address = route.brokerDatas.map(brokerAddressOf).find((candidate) => candidate !== undefined);
    if (address === undefined) return [];
    const response = await this.#transport.call(address, QUERY_TOPIC_CONSUME_BY_WHO, { topic });
    return GroupList.decode(response.body).groupList;
  }
}
