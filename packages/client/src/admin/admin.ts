/** What clusters are asked and told besides messages: topics, groups, offsets, statistics. */
import {
  createSubscriptionGroupConfig,
  type MessageExt,
  type MessageQueue,
  type SubscriptionGroupConfig,
  SystemTopic,
} from '@rocketmq-ts/common';
import {
  ClusterInfo,
  type CommandDeclaration,
  ConsumerConnection,
  type ConsumeStats,
  ConsumeStats as ConsumeStatsBody,
  DELETE_SUBSCRIPTIONGROUP,
  DELETE_TOPIC_IN_BROKER,
  DELETE_TOPIC_IN_NAMESRV,
  GET_ALL_TOPIC_LIST_FROM_NAMESERVER,
  GET_BROKER_CLUSTER_INFO,
  GET_CONSUME_STATS,
  GET_CONSUMER_CONNECTION_LIST,
  GET_TOPIC_STATS_INFO,
  type Header,
  type HeaderInit,
  type HeaderSchema,
  type RemotingResponse,
  SubscriptionGroupConfigBody,
  TopicList,
  type TopicRouteData,
  TopicStatsTable,
  UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
  UPDATE_AND_CREATE_TOPIC,
} from '@rocketmq-ts/remoting';
import type { ClientInstance } from '../client-instance.js';
import { type ClientSource, leaseClient } from '../client-source.js';
import { maxOffsetOf, minOffsetOf, mustSucceed, searchOffsetOf } from '../consumer/broker-calls.js';
import { RemoteOffsetStore } from '../consumer/remote-offset-store.js';
import { BrokerNotFoundError } from '../errors.js';
import type { ClientPorts } from '../ports.js';
import { MASTER_ID } from '../route/topic-route.js';
import { MessageFinder, type QueryOptions } from './message-finder.js';
import { type ResetPosition, resetOffsets, resetQueueOffset } from './offset-reset.js';

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

const DEFAULT_QUEUE_NUMS = 8;
const READ_AND_WRITE = 6;

/**
 * Administers a cluster.
 *
 * ```ts
 * await using admin = new Admin({ nameServers: '127.0.0.1:9876' });
 * await admin.createTopic({ topic: 'Orders', readQueueNums: 4 });
 * ```
 *
 * Names are taken as they are, without a namespace. Source: MQAdminExt.
 */
export class Admin implements AsyncDisposable {
  readonly #client: ClientInstance;
  readonly #ownsClient: boolean;
  readonly #finder: MessageFinder;

  /** `ports` are for tests. @throws InvalidArgumentError */
  constructor(source: ClientSource, ports?: ClientPorts) {
    const { client, isOwn } = leaseClient(source, ports);
    this.#client = client;
    this.#ownsClient = isOwn;
    this.#finder = new MessageFinder(client);
  }

  /** All brokers, and which cluster they are in. */
  async clusterInfo(): Promise<ClusterInfo> {
    const answer = await this.#client.nameServers.invoke(GET_BROKER_CLUSTER_INFO, undefined);
    return ClusterInfo.decode(mustSucceed(answer, 'list of brokers').body);
  }

  async topics(): Promise<readonly string[]> {
    const answer = await this.#client.nameServers.invoke(GET_ALL_TOPIC_LIST_FROM_NAMESERVER, undefined);
    return TopicList.decode(mustSucceed(answer, 'list of topics').body).topicList;
  }

  /** @throws TopicNotFoundError */
  async route(topic: string): Promise<TopicRouteData> {
    return (await this.#client.routes.refresh(topic)).data;
  }

  /** Creates the topic on the masters of the brokers, or changes it there. */
  async createTopic(settings: TopicSettings): Promise<void> {
    const readQueueNums = settings.readQueueNums ?? DEFAULT_QUEUE_NUMS;
    const header = {
      topic: settings.topic,
      defaultTopic: SystemTopic.AUTO_CREATE_TOPIC_KEY,
      readQueueNums,
      writeQueueNums: settings.writeQueueNums ?? readQueueNums,
      perm: settings.perm ?? READ_AND_WRITE,
      topicFilterType: 'SINGLE_TAG',
      topicSysFlag: 0,
      order: settings.isOrder ?? false,
      attributes: settings.attributes?.join(','),
      force: false,
    };
    await this.#toMasters(settings.brokerNames, UPDATE_AND_CREATE_TOPIC, header);
  }

  /** Removes the topic from all brokers and from the name servers. */
  async deleteTopic(topic: string): Promise<void> {
    await this.#toMasters(undefined, DELETE_TOPIC_IN_BROKER, { topic });
    const { timeoutMs } = this.#timeout;
    for (const address of this.#client.nameServers.addresses) {
      const answer = await this.#client.remoting.invoke(address, DELETE_TOPIC_IN_NAMESRV, { topic }, { timeoutMs });
      mustSucceed(answer, `removal of topic '${topic}'`);
    }
  }

  /** Creates a consumer group on all masters, or changes it there; what is not given has the reference's default. */
  async createGroup(groupName: string, settings: Partial<SubscriptionGroupConfig> = {}): Promise<void> {
    const config = createSubscriptionGroupConfig(groupName, settings);
    const body = SubscriptionGroupConfigBody.encode(config);
    await this.#toMasters(undefined, UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, undefined, body);
  }

  async deleteGroup(groupName: string, options: { readonly cleanOffset?: boolean } = {}): Promise<void> {
    const cleanOffset = options.cleanOffset ?? false;
    await this.#toMasters(undefined, DELETE_SUBSCRIPTIONGROUP, { groupName, cleanOffset });
  }

  /** Offsets of the queues of a topic, and when they last changed. */
  async topicStats(topic: string): Promise<TopicStatsTable> {
    const answers = await this.#toBrokersOf(topic, GET_TOPIC_STATS_INFO, { topic });
    const tables = answers.map(({ body }) => TopicStatsTable.decode(body));
    return {
      offsetTable: new Map(tables.flatMap(({ offsetTable }) => [...offsetTable])),
      topicPutTps: tables.reduce((sum, { topicPutTps }) => sum + topicPutTps, 0),
    };
  }

  /** How far a group has come on the queues of a topic, and how far it could. */
  async consumeStats(consumerGroup: string, topic: string): Promise<ConsumeStats> {
    const answers = await this.#toBrokersOf(topic, GET_CONSUME_STATS, { consumerGroup, topic });
    const tables = answers.map(({ body }) => ConsumeStatsBody.decode(body));
    return {
      offsetTable: new Map(tables.flatMap(({ offsetTable }) => [...offsetTable])),
      consumeTps: tables.reduce((sum, { consumeTps }) => sum + consumeTps, 0),
    };
  }

  /** The members of a group and their subscriptions, as a broker of the topic sees them. */
  async consumerConnection(consumerGroup: string, topic: string): Promise<ConsumerConnection> {
    const [answer] = await this.#toBrokersOf(topic, GET_CONSUMER_CONNECTION_LIST, { consumerGroup });
    return ConsumerConnection.decode(answer?.body);
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

  /** Has a group go on elsewhere on all queues of a topic, its running consumers too; gives the new offsets. */
  resetOffsets(group: string, topic: string, position: ResetPosition): Promise<ReadonlyMap<MessageQueue, number>> {
    return resetOffsets(this.#client, group, topic, position);
  }

  /** Has a group go on at this offset of a queue, its running consumer too. */
  resetQueueOffset(group: string, queue: MessageQueue, offset: number): Promise<void> {
    return resetQueueOffset(this.#client, group, queue, offset);
  }

  /** Messages of a topic that a group has not consumed, as the brokers know it. */
  async lag(consumerGroup: string, topic: string): Promise<number> {
    const { offsetTable } = await this.consumeStats(consumerGroup, topic);
    let total = 0;
    for (const { brokerOffset, consumerOffset } of offsetTable.values()) {
      total += Math.max(0, brokerOffset - consumerOffset);
    }
    return total;
  }

  /** Messages of a topic that have the key, oldest first. */
  messagesByKey(topic: string, key: string, options?: QueryOptions): Promise<readonly MessageExt[]> {
    return this.#finder.byKey(topic, key, options);
  }

  /** The message with this id, unique or offset; undefined when there is none. */
  messageById(topic: string, id: string): Promise<MessageExt | undefined> {
    return this.#finder.byId(topic, id);
  }

  async close(): Promise<void> {
    if (this.#ownsClient) await this.#client.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  get #timeout(): { timeoutMs: number } {
    return { timeoutMs: this.#client.options.requestTimeoutMs };
  }

  async #toMasters<Q extends HeaderSchema | undefined>(
    brokerNames: readonly string[] | undefined,
    command: CommandDeclaration<Q>,
    header: HeaderInit<Q>,
    body?: Uint8Array,
  ): Promise<void> {
    const { brokerAddrTable } = await this.clusterInfo();
    if (brokerAddrTable.size === 0) throw new BrokerNotFoundError('any: none is registered');
    for (const brokerName of brokerNames ?? brokerAddrTable.keys()) {
      const address = brokerAddrTable.get(brokerName)?.brokerAddrs.get(MASTER_ID);
      if (address === undefined) throw new BrokerNotFoundError(brokerName);
      const options = body === undefined ? this.#timeout : { ...this.#timeout, body };
      mustSucceed(await this.#client.remoting.invoke(address, command, header, options), command.name);
    }
  }

  async #toBrokersOf<Q extends HeaderSchema | undefined, A extends HeaderSchema | undefined>(
    topic: string,
    command: CommandDeclaration<Q, A>,
    header: HeaderInit<Q>,
  ): Promise<readonly RemotingResponse<Header<A>>[]> {
    const { brokers } = await this.#client.routes.get(topic);
    const call = async (brokerName: string): Promise<RemotingResponse<Header<A>>> => {
      const broker = this.#client.routes.addressOf(brokerName);
      if (broker === undefined) throw new BrokerNotFoundError(brokerName);
      const answer = await this.#client.remoting.invoke(broker.address, command, header, this.#timeout);
      return mustSucceed(answer, command.name);
    };
    return Promise.all([...brokers.keys()].map(call));
  }
}
