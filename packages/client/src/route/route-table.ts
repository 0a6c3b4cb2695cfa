/** Routes by topic, kept fresh, and the addresses of brokers that they tell. */
import { type Clock, type Logger, type MessageQueue, messageQueueKey, SystemTopic } from '@rocketmq-ts/common';
import { GET_ROUTEINFO_BY_TOPIC, ResponseCode, TopicRouteData } from '@rocketmq-ts/remoting';
import type { NameServers } from '../connection/name-servers.js';
import {
  BrokerError,
  BrokerNotFoundError,
  ClientError,
  NameServerUnreachableError,
  TopicNotFoundError,
} from '../errors.js';
import { type BrokerAddresses, buildTopicRoute, isSameRoute, MASTER_ID, type TopicRoute } from './topic-route.js';

/** Called when the route of a topic is not what it was. */
export type RouteListener = (route: TopicRoute) => void;

/** Where a broker can be reached, and whether it is a slave. */
export interface BrokerAddress {
  readonly address: string;
  readonly isSlave: boolean;
}

export interface RouteTableOptions {
  readonly nameServers: Pick<NameServers, 'invoke'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Routes are not asked for more often than this because something failed. */
const SHORTEST_REFRESH_MS = 1000;

/** Source: MQClientInstance#updateTopicRouteInfoFromNameServer and the tables around it. */
export class RouteTable {
  readonly #nameServers: Pick<NameServers, 'invoke'>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #routes = new Map<string, TopicRoute>();
  /** Routes of topics that do not exist yet, borrowed from the default topic. */
  readonly #borrowed = new Map<string, TopicRoute>();
  readonly #fetching = new Map<string, Promise<TopicRoute>>();
  readonly #listeners = new Set<RouteListener>();
  readonly #refreshedMs = new Map<string, number>();
  #brokers: ReadonlyMap<string, BrokerAddresses> = new Map();

  constructor({ nameServers, clock, logger }: RouteTableOptions) {
    this.#nameServers = nameServers;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** All brokers of all known routes. */
  get brokers(): ReadonlyMap<string, BrokerAddresses> {
    return this.#brokers;
  }

  /** Returns a function that takes the listener back. */
  onChange(listener: RouteListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The route as far as it is known. */
  peek(topic: string): TopicRoute | undefined {
    return this.#routes.get(topic) ?? this.#borrowed.get(topic);
  }

  /** The route, asked for when it is not known. @throws TopicNotFoundError, NameServerUnreachableError */
  async get(topic: string): Promise<TopicRoute> {
    return this.#routes.get(topic) ?? this.refresh(topic);
  }

  /**
   * The route to send by: a topic that does not exist takes that of the default
   * topic, so that its first message creates it.
   */
  async getForPublish(topic: string, queueNums: number): Promise<TopicRoute> {
    const known = this.peek(topic);
    if (known !== undefined && known.publishQueues.length > 0) return known;
    try {
      const route = await this.refresh(topic);
      if (route.publishQueues.length > 0) return route;
    } catch (error) {
      if (!(error instanceof TopicNotFoundError)) throw error;
      return this.#borrow(topic, queueNums);
    }
    throw new TopicNotFoundError(topic, 'none of its queues can be written to');
  }

  /** Asks for the route now; several callers share one request. */
  refresh(topic: string): Promise<TopicRoute> {
    let fetching = this.#fetching.get(topic);
    if (fetching === undefined) {
      this.#refreshedMs.set(topic, this.#clock.monotonicMs());
      fetching = this.#fetch(topic).finally(() => this.#fetching.delete(topic));
      this.#fetching.set(topic, fetching);
    }
    return fetching;
  }

  /** Asks for all these routes; what fails keeps its old route and is logged. */
  async refreshAll(topics: Iterable<string>): Promise<void> {
    const wanted = new Set(topics);
    for (const topic of this.#routes.keys())
      if (!wanted.has(topic)) {
        this.#routes.delete(topic);
        this.#refreshedMs.delete(topic);
      }
    for (const topic of this.#borrowed.keys()) if (!wanted.has(topic)) this.#borrowed.delete(topic);
    await Promise.all([...wanted].map((topic) => this.#tryRefresh(topic)));
    this.#collectBrokers();
  }

  /** Why no route of these topics is known, if no name server answers; for a start that should not wait in silence. */
  async whyUnreachable(topics: Iterable<string>): Promise<NameServerUnreachableError | undefined> {
    const [topic, ...others] = topics;
    if (topic === undefined || [topic, ...others].some((each) => this.peek(each) !== undefined)) return undefined;
    try {
      await this.refresh(topic);
    } catch (error) {
      if (error instanceof NameServerUnreachableError) return error;
      if (!(error instanceof ClientError)) throw error;
    }
    return undefined;
  }

  /** Something failed that an old route may explain: asks for a new one, but not all the time. */
  refreshSoon(topic: string): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - (this.#refreshedMs.get(topic) ?? Number.NEGATIVE_INFINITY) < SHORTEST_REFRESH_MS) return;
    this.#tryRefresh(topic).catch((error: unknown) => this.#logger.error('route refresh failed', { topic, error }));
  }

  /** The broker that holds a queue: its own, except for queues of static topics. */
  brokerNameOf(queue: MessageQueue): string {
    const owners = this.#routes.get(queue.topic)?.logicalQueues;
    return owners?.get(messageQueueKey(queue)) ?? queue.brokerName;
  }

  masterAddress(brokerName: string): string | undefined {
    return this.#brokers.get(brokerName)?.get(MASTER_ID);
  }

  /** The address of the broker with this id, else of its neighbour, else of any. Source: MQClientInstance#findBrokerAddressInSubscribe. */
  addressOf(brokerName: string, brokerId: number = MASTER_ID): BrokerAddress | undefined {
    const addresses = this.#brokers.get(brokerName);
    if (addresses === undefined) return undefined;
    const candidates = brokerId === MASTER_ID ? [brokerId] : [brokerId, brokerId + 1];
    for (const id of [...candidates, ...addresses.keys()]) {
      const address = addresses.get(id);
      if (address !== undefined) return { address, isSlave: id !== MASTER_ID };
    }
    return undefined;
  }

  /** As `addressOf`, asking for the route of the topic when nothing is known. @throws BrokerNotFoundError */
  async mustAddressOf(queue: MessageQueue, brokerId: number = MASTER_ID): Promise<BrokerAddress> {
    const known = this.addressOf(this.brokerNameOf(queue), brokerId);
    if (known !== undefined) return known;
    await this.refresh(queue.topic);
    const brokerName = this.brokerNameOf(queue);
    const found = this.addressOf(brokerName, brokerId);
    if (found === undefined) throw new BrokerNotFoundError(brokerName);
    return found;
  }

  /** The address of the master of a queue, asking for the route when it is not known. @throws BrokerNotFoundError */
  async mustMasterOf(queue: MessageQueue): Promise<string> {
    const known = this.masterAddress(this.brokerNameOf(queue));
    if (known !== undefined) return known;
    await this.refresh(queue.topic);
    const brokerName = this.brokerNameOf(queue);
    const address = this.masterAddress(brokerName);
    if (address === undefined) throw new BrokerNotFoundError(brokerName);
    return address;
  }

  async #tryRefresh(topic: string): Promise<void> {
    try {
      await this.refresh(topic);
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      this.#logger.debug('route not refreshed', { topic, error });
    }
  }

  async #fetch(topic: string): Promise<TopicRoute> {
    const answer = await this.#nameServers.invoke(GET_ROUTEINFO_BY_TOPIC, { topic, acceptStandardJsonOnly: true });
    if (answer.code === ResponseCode.TOPIC_NOT_EXIST) {
      throw new TopicNotFoundError(topic, answer.remark ?? 'no name server knows it');
    }
    if (answer.code !== ResponseCode.SUCCESS) {
      throw new BrokerError(answer.code, answer.remark, answer.address, `route of topic '${topic}'`);
    }
    const route = buildTopicRoute(topic, TopicRouteData.decode(answer.body));
    this.#take(route);
    return route;
  }

  #take(route: TopicRoute): void {
    const before = this.#routes.get(route.topic) ?? this.#borrowed.get(route.topic);
    this.#routes.set(route.topic, route);
    this.#borrowed.delete(route.topic);
    if (before !== undefined && isSameRoute(before, route)) return;
    this.#collectBrokers();
    for (const listener of this.#listeners) listener(route);
  }

  async #borrow(topic: string, queueNums: number): Promise<TopicRoute> {
    const template = await this.get(SystemTopic.AUTO_CREATE_TOPIC_KEY).catch((error: unknown) => {
      if (!(error instanceof TopicNotFoundError)) throw error;
      throw new TopicNotFoundError(topic, 'it does not exist, and the brokers do not create topics by themselves', {
        cause: error,
      });
    });
    const queueDatas = template.data.queueDatas.map((queues) => {
      const count = Math.min(queueNums, queues.readQueueNums);
      return { ...queues, readQueueNums: count, writeQueueNums: count };
    });
    const route = buildTopicRoute(topic, { ...template.data, queueDatas });
    this.#borrowed.set(topic, route);
    this.#collectBrokers();
    return route;
  }

  #collectBrokers(): void {
    const brokers = new Map<string, BrokerAddresses>();
    for (const route of [...this.#borrowed.values(), ...this.#routes.values()]) {
      for (const [name, addresses] of route.brokers) brokers.set(name, addresses);
    }
    this.#brokers = brokers;
  }
}
