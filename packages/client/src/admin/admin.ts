/** The admin client as applications use it: with connections of its own, and for all brokers of a cluster at once. */
import {
  createSubscriptionGroupConfig,
  createTopicConfig,
  IndexType,
  type MessageExt,
  type MessageQueue,
  parseAttributes,
  type SubscriptionGroupConfig,
  type TopicConfig,
} from '@rocketmq-ts/common';
import {
  type ClusterInfo,
  type ConsumerConnection,
  type ConsumerRunningInfo,
  type ConsumeStats,
  ResponseCode,
  type TopicRouteData,
  type TopicStatsTable,
} from '@rocketmq-ts/remoting';
import type { ClientInstance } from '../client-instance.js';
import { type ClientSource, leaseClient } from '../client-source.js';
import { maxOffsetOf, minOffsetOf, searchOffsetOf } from '../consumer/broker-calls.js';
import { RemoteOffsetStore } from '../consumer/remote-offset-store.js';
import { BrokerNotFoundError } from '../errors.js';
import type { ClientPorts } from '../ports.js';
import { MASTER_ID } from '../route/topic-route.js';
import { hasCode } from './admin-errors.js';
import { totalDiff } from './group-admin.js';
import { MQAdminExt } from './mq-admin-ext.js';
import { type ResetPosition, resetTimestampOf } from './offset-admin.js';

/** A topic to create, or to change to this. */
export interface TopicSettings {
  readonly topic: string;
  /** Default: 8. */
  readonly readQueueNums?: number;
  /** Default: as many as are read. */
  readonly writeQueueNums?: number;
  /** Bits of `PermName`. Default: read and write. */
  readonly perm?: number;
  readonly isOrder?: boolean;
  /** Changes of attributes, e.g. `+message.type=FIFO`. */
  readonly attributes?: readonly string[];
  /** Brokers by name. Default: all. */
  readonly brokerNames?: readonly string[];
}

/** Which of the messages with a key. */
export interface QueryOptions {
  /** Default: 64. */
  readonly maxMessages?: number;
  /** ms since the epoch. Default: the beginning. */
  readonly beginMs?: number;
  /** ms since the epoch. Default: the end. */
  readonly endMs?: number;
}

const DEFAULT_QUEUE_NUMS = 8;
const READ_AND_WRITE = 6;
const DEFAULT_MAX_MESSAGES = 64;
const DEFAULT_TIMEOUT_MS = 5000;

/**
 * Administers a cluster. What concerns single servers is found by subject:
 * `brokers`, `topics`, `groups`, `offsets`, `messages`, `traces`, `clients`, `nameServer`.
 *
 * ```ts
 * await using admin = new Admin({ nameServers: '127.0.0.1:9876' });
 * await admin.createTopic({ topic: 'Orders', readQueueNums: 4 });
 * ```
 *
 * Names are taken as they are, without a namespace. Source: MQAdminExt.
 */
export class Admin extends MQAdminExt implements AsyncDisposable {
  readonly #client: ClientInstance;
  readonly #ownsClient: boolean;

  /** `ports` are for tests. @throws InvalidArgumentError */
  constructor(source: ClientSource, ports?: ClientPorts) {
    const { client, isOwn } = leaseClient(source, ports, { requestTimeoutMs: DEFAULT_TIMEOUT_MS });
    const { requestTimeoutMs: timeoutMs } = client.options;
    super({ remoting: client.remoting, nameServers: client.nameServers, timeoutMs });
    this.#client = client;
    this.#ownsClient = isOwn;
  }

  /** All brokers, and which cluster they are in. */
  clusterInfo(): Promise<ClusterInfo> {
    return this.nameServer.clusterInfo();
  }

  /** The names of all topics. */
  listTopics(): Promise<readonly string[]> {
    return this.nameServer.topics();
  }

  /** @throws BrokerError TOPIC_NOT_EXIST */
  route(topic: string): Promise<TopicRouteData> {
    return this.nameServer.topicRoute(topic);
  }

  /** Creates the topic on the masters of the brokers, or changes it there. */
  async createTopic(settings: TopicSettings): Promise<void> {
    const config = topicConfigOf(settings);
    for (const address of await this.#masters(settings.brokerNames)) await this.topics.update(address, config);
  }

  /** Removes the topic from all brokers and from the name servers. */
  async deleteTopic(topic: string): Promise<void> {
    for (const address of await this.#masters()) await this.topics.delete(address, topic);
    await this.nameServer.deleteTopic(topic);
  }

  /** Creates a consumer group on all masters, or changes it there; what is not given has the reference's default. */
  async createGroup(groupName: string, settings: Partial<SubscriptionGroupConfig> = {}): Promise<void> {
    const config = createSubscriptionGroupConfig(groupName, settings);
    for (const address of await this.#masters()) await this.groups.update(address, config);
  }

  async deleteGroup(groupName: string, options: { readonly cleanOffset?: boolean } = {}): Promise<void> {
    const cleanOffset = options.cleanOffset ?? false;
    for (const address of await this.#masters()) await this.groups.delete(address, groupName, { cleanOffset });
  }

  /** The names of all groups that users made, of all masters. */
  async listGroups(): Promise<readonly string[]> {
    const names = new Set<string>();
    for (const address of await this.#masters()) {
      for (const name of (await this.groups.userConfigs(address)).subscriptionGroupTable.keys()) names.add(name);
    }
    return [...names];
  }

  /** Offsets of the queues of a topic, and when they last changed. */
  topicStats(topic: string): Promise<TopicStatsTable> {
    return this.topics.stats(topic);
  }

  /** How far a group has come on the queues of a topic, or of all its topics, and how far it could. */
  consumeStats(consumerGroup: string, topic?: string): Promise<ConsumeStats> {
    return this.groups.consumeStats(consumerGroup, topic);
  }

  /** The members of a group and their subscriptions, as a broker of the group sees them. */
  consumerConnection(consumerGroup: string): Promise<ConsumerConnection> {
    return this.groups.connections(consumerGroup);
  }

  /** The inner state of one member of a group. */
  consumerRunningInfo(consumerGroup: string, clientId: string): Promise<ConsumerRunningInfo> {
    return this.groups.runningInfo(consumerGroup, clientId);
  }

  /** The offset that the next message of a queue will get. */
  maxOffset(queue: MessageQueue): Promise<number> {
    return maxOffsetOf(this.#client, queue);
  }

  /** The offset of the oldest message of a queue. */
  minOffset(queue: MessageQueue): Promise<number> {
    return minOffsetOf(this.#client, queue);
  }

  /** The offset of the first message stored at this time (ms since the epoch) or after. */
  searchOffset(queue: MessageQueue, timestampMs: number): Promise<number> {
    return searchOffsetOf(this.#client, queue, timestampMs);
  }

  /** The next offset that a group will consume of a queue; undefined when it has none. */
  async consumerOffset(group: string, queue: MessageQueue): Promise<number | undefined> {
    await this.#client.routes.get(queue.topic);
    return new RemoteOffsetStore(this.#client, group).fetch(queue);
  }

  /**
   * Has a group go on elsewhere on all queues of a topic, its running consumers
   * too; gives the new offsets. Of a group that is not online the offsets are just set.
   */
  resetOffsets(group: string, topic: string, position: ResetPosition): Promise<ReadonlyMap<MessageQueue, number>> {
    return this.offsets.reset({ group, topic, timestamp: resetTimestampOf(position), force: true });
  }

  /** Has a group go on at this offset of a queue, its running consumer too. */
  async resetQueueOffset(group: string, queue: MessageQueue, offset: number): Promise<void> {
    await this.#client.routes.get(queue.topic);
    await this.offsets.resetQueue(await this.#client.routes.mustMasterOf(queue), group, queue, offset);
  }

  /** Messages of a topic that a group has not consumed, as the brokers know it. */
  async lag(consumerGroup: string, topic: string): Promise<number> {
    return totalDiff(await this.groups.consumeStats(consumerGroup, topic));
  }

  /** Messages of a topic that have the key, oldest first. */
  async messagesByKey(topic: string, key: string, options: QueryOptions = {}): Promise<readonly MessageExt[]> {
    const { maxMessages: maxNum = DEFAULT_MAX_MESSAGES, beginMs: begin = 0, endMs: end } = options;
    const query = { topic, key, maxNum, begin, end: end ?? Number.MAX_SAFE_INTEGER, indexType: IndexType.KEY };
    const found = await noneIfMissing(this.messages.query(query));
    return found?.sort((a, b) => a.storeTimestamp - b.storeTimestamp) ?? [];
  }

  /** The message with this id: an offset message id, or a unique id of the last three days; undefined when there is none. */
  messageById(topic: string, id: string): Promise<MessageExt | undefined> {
    return noneIfMissing(this.messages.byId(topic, id, { now: this.#client.ports.clock.now() }));
  }

  async close(): Promise<void> {
    if (this.#ownsClient) await this.#client.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** @throws BrokerNotFoundError */
  async #masters(brokerNames?: readonly string[]): Promise<string[]> {
    const { brokerAddrTable } = await this.clusterInfo();
    if (brokerAddrTable.size === 0) throw new BrokerNotFoundError('any: none is registered');
    return [...(brokerNames ?? brokerAddrTable.keys())].map((brokerName) => {
      const address = brokerAddrTable.get(brokerName)?.brokerAddrs.get(MASTER_ID);
      if (address === undefined) throw new BrokerNotFoundError(brokerName);
      return address;
    });
  }
}

function topicConfigOf(settings: TopicSettings): TopicConfig {
  const { topic, readQueueNums = DEFAULT_QUEUE_NUMS, perm = READ_AND_WRITE, isOrder = false, attributes } = settings;
  return createTopicConfig(topic, {
    readQueueNums,
    writeQueueNums: settings.writeQueueNums ?? readQueueNums,
    perm,
    order: isOrder,
    attributes: parseAttributes(attributes?.join(',') ?? ''),
  });
}

async function noneIfMissing<R>(search: Promise<R>): Promise<R | undefined> {
  try {
    return await search;
  } catch (error) {
    if (hasCode(error, ResponseCode.NO_MESSAGE)) return undefined;
    throw error;
  }
}
