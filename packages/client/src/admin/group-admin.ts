/** Consumer groups on brokers: their settings, statistics and connected clients. */
import {
  isPredefinedGroup,
  isSystemGroup,
  type MessageQueue,
  messageQueueKey,
  popRetryTopicV1,
  retryTopicOf,
  type SubscriptionGroupConfig,
} from '@rocketmq-ts/common';
import type { SubscriptionData } from '@rocketmq-ts/filter';
import {
  CONSUME_MESSAGE_DIRECTLY,
  ConsumeMessageDirectlyResult,
  ConsumerConnection,
  ConsumerRunningInfo,
  ConsumeStats,
  ConsumeStatsList,
  DELETE_SUBSCRIPTIONGROUP,
  GET_ALL_SUBSCRIPTIONGROUP_CONFIG,
  GET_BROKER_CONSUME_STATS,
  GET_CONSUME_STATS,
  GET_CONSUMER_CONNECTION_LIST,
  GET_CONSUMER_RUNNING_INFO,
  GroupForbidden,
  type OffsetWrapper,
  QUERY_SUBSCRIPTION_BY_CONSUMER,
  QUERY_TOPICS_BY_CONSUMER,
  QuerySubscriptionResponseBody,
  ResponseCode,
  SET_MESSAGE_REQUEST_MODE,
  SetMessageRequestModeRequestBody,
  SubscriptionGroupConfigBody,
  SubscriptionGroupList,
  SubscriptionGroupWrapper,
  TopicList,
  type TopicRouteData,
  UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
  UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST,
  UPDATE_AND_GET_GROUP_FORBIDDEN,
} from '@rocketmq-ts/remoting';
import { AdminNotFoundError, consumerNotOnline, hasCode } from './admin-errors.js';
import type { AdminTransport } from './admin-transport.js';
import { brokerAddressOf } from './cluster.js';
import type { NameServerAdmin } from './name-server-admin.js';

/** Pages of a group table that are fetched at most. */
const MAX_PAGES = 10_000;

export class GroupAdmin {
  readonly #transport: AdminTransport;
  readonly #nameServer: NameServerAdmin;

  constructor(transport: AdminTransport, nameServer: NameServerAdmin) {
    this.#transport = transport;
    this.#nameServer = nameServer;
  }

  /** Creates a group on a broker, or changes it. */
  async update(address: string, config: SubscriptionGroupConfig): Promise<void> {
    const body = SubscriptionGroupConfigBody.encode(config);
    await this.#transport.call(address, UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, undefined, { body });
  }

  async updateList(address: string, groupConfigList: readonly SubscriptionGroupConfig[]): Promise<void> {
    const body = SubscriptionGroupList.encode({ groupConfigList });
    await this.#transport.call(address, UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST, undefined, { body });
  }

  async delete(address: string, groupName: string, options: { readonly cleanOffset: boolean }): Promise<void> {
    await this.#transport.call(address, DELETE_SUBSCRIPTIONGROUP, { groupName, ...options });
  }

  /**
   * Settings of a group; undefined when the broker does not know it. Taken from
   * the table of all groups: asked for one, a broker may create it.
   */
  async config(address: string, group: string): Promise<SubscriptionGroupConfig | undefined> {
    return (await this.configs(address)).subscriptionGroupTable.get(group);
  }

  /** All groups of a broker, page by page where the broker knows pages. */
  async configs(address: string): Promise<SubscriptionGroupWrapper> {
    const subscriptionGroupTable = new Map<string, SubscriptionGroupConfig>();
    const forbiddenTable = new Map<string, ReadonlyMap<string, number>>();
    for (let page = 0; ; page++) {
      const header = { groupSeq: subscriptionGroupTable.size, maxGroupNum: 2000 };
      const response = await this.#transport.call(address, GET_ALL_SUBSCRIPTIONGROUP_CONFIG, header);
      const part = SubscriptionGroupWrapper.decode(response.body);
      const before = subscriptionGroupTable.size;
      for (const [name, config] of part.subscriptionGroupTable) subscriptionGroupTable.set(name, config);
      for (const [name, bits] of part.forbiddenTable) forbiddenTable.set(name, bits);
      const total = response.header().totalGroupNum ?? 0;
      const done = subscriptionGroupTable.size >= total || subscriptionGroupTable.size === before;
      if (done || page >= MAX_PAGES) return { subscriptionGroupTable, forbiddenTable, dataVersion: part.dataVersion };
    }
  }

  /** The groups that users made. Source: DefaultMQAdminExtImpl#getUserSubscriptionGroup. */
  async userConfigs(address: string): Promise<SubscriptionGroupWrapper> {
    const all = await this.configs(address);
    const kept = [...all.subscriptionGroupTable].filter(([name]) => !isSystemGroup(name) && !isPredefinedGroup(name));
    return { ...all, subscriptionGroupTable: new Map(kept) };
  }

  /** Makes a group pull or pop a topic. */
  async setRequestMode(
    address: string,
    mode: {
      readonly topic: string;
      readonly consumerGroup: string;
      readonly mode: 'PULL' | 'POP';
      readonly popShareQueueNum: number;
    },
  ): Promise<void> {
    const body = SetMessageRequestModeRequestBody.encode(mode);
    await this.#transport.call(address, SET_MESSAGE_REQUEST_MODE, undefined, { body, timeoutMs: 5000 });
  }

  /** Offsets and lag of a group on one broker. */
  async consumeStatsOfBroker(address: string, consumerGroup: string, topic?: string): Promise<ConsumeStats> {
    const timeoutMs = this.#transport.timeoutMs * 3;
    const response = await this.#transport.call(address, GET_CONSUME_STATS, { consumerGroup, topic }, { timeoutMs });
    return ConsumeStats.decode(response.body);
  }

  /**
   * Offsets and lag of a group on all brokers.
   *
   * @throws AdminNotFoundError CONSUMER_NOT_ONLINE or BROADCAST_CONSUMPTION when there are no offsets
   */
  async consumeStats(consumerGroup: string, topic?: string, clusterName?: string): Promise<ConsumeStats> {
    const route = await this.#routeOfGroup(consumerGroup, topic, clusterName);
    const offsets = new Map<string, [MessageQueue, OffsetWrapper]>();
    let consumeTps = 0;
    for (const broker of route.brokerDatas) {
      const address = brokerAddressOf(broker);
      if (address === undefined) continue;
      const stats = await this.consumeStatsOfBroker(address, consumerGroup, topic);
      for (const [queue, offset] of stats.offsetTable) offsets.set(messageQueueKey(queue), [queue, offset]);
      consumeTps += stats.consumeTps;
    }
    if (offsets.size === 0) await this.#explainNoOffsets(consumerGroup);
    return { offsetTable: new Map(offsets.values()), consumeTps };
  }

  async #explainNoOffsets(group: string): Promise<void> {
    const connection = await this.connections(group);
    if (connection.messageModel === 'BROADCASTING') {
      throw new AdminNotFoundError(
        ResponseCode.BROADCAST_CONSUMPTION,
        `group '${group}' keeps its offsets in its clients: it broadcasts`,
      );
    }
  }

  async #routeOfGroup(group: string, topic?: string, clusterName?: string): Promise<TopicRouteData> {
    const candidates = [retryTopicOf(group)];
    if (topic !== undefined) {
      candidates.push(topic, popRetryTopicV1(topic, group));
      const routeTopic = this.#nameServer.routeTopicOf(topic, clusterName);
      if (routeTopic !== topic) candidates.push(routeTopic);
    }
    for (const candidate of candidates.slice(0, -1)) {
      try {
        return await this.#nameServer.topicRoute(candidate);
      } catch (error) {
        if (!hasCode(error, ResponseCode.TOPIC_NOT_EXIST)) throw error;
      }
    }
    return this.#nameServer.topicRoute(candidates.at(-1)!);
  }

  /** Statistics of all groups of a broker. */
  async consumeStatsInBroker(
    address: string,
    options: { readonly isOrder: boolean; readonly timeoutMs: number },
  ): Promise<ConsumeStatsList> {
    const { isOrder, timeoutMs } = options;
    const response = await this.#transport.call(address, GET_BROKER_CONSUME_STATS, { isOrder }, { timeoutMs });
    return ConsumeStatsList.decode(response.body);
  }

  /**
   * The connected clients of a group, as one broker knows them: the given one, or the first of its retry topic.
   *
   * @throws CONSUMER_NOT_ONLINE when there are none
   */
  async connections(consumerGroup: string, brokerAddress?: string): Promise<ConsumerConnection> {
    const address = brokerAddress ?? (await this.#addressOfGroup(consumerGroup));
    const response = await this.#transport.call(address, GET_CONSUMER_CONNECTION_LIST, { consumerGroup });
    const connection = ConsumerConnection.decode(response.body);
    if (connection.connectionSet.length === 0)
      throw consumerNotOnline(`group '${consumerGroup}' has no client at ${address}`);
    return connection;
  }

  async #addressOfGroup(group: string): Promise<string> {
    const route = await this.#nameServer.topicRoute(retryTopicOf(group));
    const address = route.brokerDatas.map(brokerAddressOf).find((candidate) => candidate !== undefined);
    if (address === undefined)
      throw new AdminNotFoundError(ResponseCode.BROKER_NOT_EXIST, `group '${group}' has no living broker`);
    return address;
  }

  /** The topics that a group has offsets of, on all brokers of its retry topic. */
  async topicsOf(group: string): Promise<readonly string[]> {
    const topics = new Set<string>();
    const route = await this.#nameServer.topicRoute(retryTopicOf(group));
    for (const address of route.brokerDatas.map(brokerAddressOf)) {
      if (address === undefined) continue;
      const response = await this.#transport.call(address, QUERY_TOPICS_BY_CONSUMER, { group });
      for (const topic of TopicList.decode(response.body).topicList) topics.add(topic);
    }
    return [...topics];
  }

  /** What a group selects of a topic, as a broker of the topic knows it; undefined when it is not subscribed. */
  async subscription(group: string, topic: string): Promise<SubscriptionData | undefined> {
    const route = await this.#nameServer.topicRoute(topic);
    const address = route.brokerDatas.map(brokerAddressOf).find((candidate) => candidate !== undefined);
    if (address === undefined) return undefined;
    const response = await this.#transport.call(address, QUERY_SUBSCRIPTION_BY_CONSUMER, { group, topic });
    return QuerySubscriptionResponseBody.decode(response.body).subscriptionData ?? undefined;
  }

  /** Whether a group may read a topic on a broker; `readable` changes it. */
  async readPermission(address: string, group: string, topic: string, readable?: boolean): Promise<boolean> {
    const response = await this.#transport.call(address, UPDATE_AND_GET_GROUP_FORBIDDEN, { group, topic, readable });
    return GroupForbidden.decode(response.body).readable ?? true;
  }

  /** The inner state of one consumer, which its broker asks it for. */
  async runningInfo(
    consumerGroup: string,
    clientId: string,
    { jstackEnable = false }: { readonly jstackEnable?: boolean } = {},
  ): Promise<ConsumerRunningInfo> {
    const address = await this.#addressOfGroup(consumerGroup);
    const header = { consumerGroup, clientId, jstackEnable };
    return ConsumerRunningInfo.decode((await this.#transport.call(address, GET_CONSUMER_RUNNING_INFO, header)).body);
  }

  /** Makes one consumer process a stored message; `msgId` is its offset id, `address` the broker that has it. */
  async consumeMessageDirectly(
    address: string,
    header: {
      readonly consumerGroup: string;
      readonly clientId: string;
      readonly topic: string;
      readonly msgId: string;
    },
  ): Promise<ConsumeMessageDirectlyResult> {
    const response = await this.#transport.call(address, CONSUME_MESSAGE_DIRECTLY, header);
    return ConsumeMessageDirectlyResult.decode(response.body);
  }
}

/** How many messages wait, over all queues. Source: ConsumeStats#computeTotalDiff. */
export function totalDiff({ offsetTable }: ConsumeStats): number {
  let total = 0;
  for (const { brokerOffset, consumerOffset } of offsetTable.values()) total += brokerOffset - consumerOffset;
  return total;
}
