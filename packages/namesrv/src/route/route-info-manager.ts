/**
 * The routes of a name server as one pure core: what happened and the time go in,
 * answers and what is to be done come out. It owns no timer, socket or file.
 */
import type { DataVersion } from '@rocketmq-ts/common';
import type { QueueData } from '@rocketmq-ts/remoting';
import { brokersOfChannel, expiredBrokers, unregistrationOf } from './broker-liveness.js';
import {
  type BrokerRegistration,
  type MinBrokerIdChange,
  type RegistrationOutcome,
  type RegistrationRules,
  registerBroker,
} from './broker-registration.js';
import { type BrokerUnregistration, unregisterBrokers } from './broker-unregistration.js';
import { checkCapacity, checkRegistration, isValidQueueData } from './registration-check.js';
import { RouteCache, type RouteView } from './route-cache.js';
import type { BrokerData } from './route-data.js';
import { brokerMemberGroupJson, clusterInfoJson, topicListJson, topicRouteJson } from './route-json.js';
import { DEFAULT_ROUTE_LIMITS, type RouteLimits } from './route-limits.js';
import { isValidRouteTopic } from './route-names.js';
import { type BrokerLiveInfo, type Channel, RouteTables } from './route-tables.js';
import { changeWritePermission, deleteTopic, registerTopic } from './topic-changes.js';
import { systemTopics, topicsOfCluster, type UnitKind, unitTopics } from './topic-lists.js';
import { filterByZone, pickupTopicRoute } from './topic-route.js';

/** A broker that is gone, and how to take it out of the tables. */
export interface GoneBroker {
  readonly live: BrokerLiveInfo;
  /** Undefined when its address belongs to no broker name any more: it was forgotten at once. */
  readonly unregistration: BrokerUnregistration | undefined;
}

/** What a registration came to, with the topics that were left out. */
export interface RegistrationResult {
  readonly outcome: RegistrationOutcome;
  readonly refusedTopics: readonly string[];
  readonly refusedCount: number;
}

/** Times are monotonic ms of one clock. Bodies are encoded JSON. Source: RouteInfoManager. */
export class RouteInfoManager {
  readonly limits: RouteLimits;
  readonly #tables = new RouteTables();
  readonly #cache = new RouteCache(this.#tables);

  constructor(limits: Partial<RouteLimits> = {}) {
    this.limits = { ...DEFAULT_ROUTE_LIMITS, ...limits };
  }

  /** @throws RocketMQError when names, addresses or counts are not acceptable; nothing is entered then */
  registerBroker(registration: BrokerRegistration, options: RegistrationRules & { nowMs: number }): RegistrationResult {
    const { registration: checked, refusedTopics, refusedCount } = checkRegistration(registration, this.limits);
    checkCapacity(this.#tables, checked, this.limits);
    return { outcome: registerBroker(this.#tables, checked, options), refusedTopics, refusedCount };
  }

  unregisterBrokers(batch: readonly BrokerUnregistration[]): readonly MinBrokerIdChange[] {
    return unregisterBrokers(this.#tables, batch);
  }

  /** A sign of life of a broker; an unknown one is ignored. */
  touch(clusterName: string, brokerAddr: string, nowMs: number): void {
    const live = this.#tables.live(clusterName, brokerAddr);
    if (live !== undefined) live.lastUpdateMs = nowMs;
  }

  /** The version of the topics that a broker registered last. */
  dataVersionOf(clusterName: string, brokerAddr: string): DataVersion | undefined {
    return this.#tables.live(clusterName, brokerAddr)?.dataVersion;
  }

  /** The brokers that were silent beyond their time-out. */
  expiredBrokers(nowMs: number): readonly GoneBroker[] {
    return this.#gone(expiredBrokers(this.#tables, nowMs));
  }

  /** The brokers whose connection is closed. */
  brokersOfChannel(channel: Channel): readonly GoneBroker[] {
    return this.#gone(brokersOfChannel(this.#tables, channel));
  }

  /** Body of GET_ROUTEINFO_BY_TOPIC; the same buffer until something in it changes. */
  topicRoute(topic: string, view: RouteView): Buffer | undefined {
    return this.#cache.get(topic, view);
  }

  /** As `topicRoute`, for the brokers of one zone. */
  topicRouteOfZone(topic: string, zoneName: string, view: RouteView): Buffer | undefined {
    const route = pickupTopicRoute(this.#tables, topic, view);
    if (route === undefined) return undefined;
    return topicRouteJson(filterByZone({ ...route, orderTopicConf: view.orderTopicConf }, zoneName), view.style);
  }

  /** False when the topic, a broker or a number is not acceptable; nothing is entered then. */
  registerTopic(topic: string, queueDatas: readonly QueueData[]): boolean {
    if (!isValidRouteTopic(topic) || !queueDatas.every((data) => isValidQueueData(data, this.limits))) return false;
    if (this.#tables.topics.size >= this.limits.maxTopics && !this.#tables.topics.has(topic)) return false;
    return registerTopic(this.#tables, topic, queueDatas);
  }

  deleteTopic(topic: string, clusterName: string | undefined): void {
    deleteTopic(this.#tables, topic, clusterName);
  }

  /** The number of topics of the broker. */
  wipeWritePermission(brokerName: string): number {
    return changeWritePermission(this.#tables, brokerName, 'wipe');
  }

  /** The number of topics of the broker. */
  addWritePermission(brokerName: string): number {
    return changeWritePermission(this.#tables, brokerName, 'add');
  }

  clusterInfo(): Buffer {
    return clusterInfoJson(this.#tables);
  }

  brokerMemberGroup(asked: { clusterName: string | undefined; brokerName: string | undefined }): Buffer {
    return brokerMemberGroupJson(asked, this.broker(asked.brokerName ?? ''));
  }

  broker(brokerName: string): BrokerData | undefined {
    return this.#tables.brokers.get(brokerName);
  }

  allTopics(): Buffer {
    return topicListJson(this.#tables.topics.keys());
  }

  topicsOfCluster(clusterName: string): Buffer {
    return topicListJson(topicsOfCluster(this.#tables, clusterName));
  }

  systemTopics(): Buffer {
    const { topics, brokerAddr } = systemTopics(this.#tables);
    return topicListJson(topics, brokerAddr);
  }

  unitTopics(kind: UnitKind): Buffer {
    return topicListJson(unitTopics(this.#tables, kind));
  }

  #gone(lives: readonly BrokerLiveInfo[]): GoneBroker[] {
    return lives.map((live) => {
      const unregistration = unregistrationOf(this.#tables, live);
      if (unregistration === undefined) this.#tables.removeLive(live.clusterName, live.brokerAddr);
      return { live, unregistration };
    });
  }
}
