/** What a registration does to the tables. */
import { type DataVersion, PermName, type TopicConfig } from '@rocketmq-ts/common';
import type { TopicQueueMappingInfo } from '@rocketmq-ts/remoting';
import { type BrokerData, MASTER_ID, minBrokerIdOf } from './route-data.js';
import type { Channel, RouteTables } from './route-tables.js';

/** Brokers that do not name a time-out are given this one. Source: DEFAULT_BROKER_CHANNEL_EXPIRED_TIME. */
const DEFAULT_HEARTBEAT_TIMEOUT_MS = 120_000;

/** The fields of a topic's configuration that make its route. */
export type RegisteredTopic = Readonly<
  Pick<TopicConfig, 'topicName' | 'readQueueNums' | 'writeQueueNums' | 'perm' | 'topicSysFlag'>
>;

/** One REGISTER_BROKER request, checked. */
export interface BrokerRegistration {
  readonly clusterName: string;
  readonly brokerName: string;
  readonly brokerAddr: string;
  readonly brokerId: number;
  readonly haServerAddr: string;
  readonly zoneName: string | undefined;
  readonly heartbeatTimeoutMs: number | undefined;
  /** Undefined with brokers of old versions, which never act as master. */
  readonly enableActingMaster: boolean | undefined;
  readonly dataVersion: DataVersion;
  readonly topics: readonly RegisteredTopic[];
  readonly mappings: readonly TopicQueueMappingInfo[];
  /** Undefined leaves those known as they are. */
  readonly filterServers: readonly string[] | undefined;
  readonly channel: Channel;
}

/** The lowest id of a group is another one now; its members want to know. */
export interface MinBrokerIdChange {
  readonly brokerName: string;
  readonly minBrokerId: number;
  readonly minBrokerAddr: string;
  /** The member that left, when that is what changed it. */
  readonly offlineBrokerAddr: string | undefined;
  /** Replication address of the member that came. */
  readonly haBrokerAddr: string | undefined;
  /** Whom to tell. */
  readonly brokerAddrs: readonly string[];
}

/** What became of a registration. */
export type RegistrationOutcome =
  | {
      readonly kind: 'registered';
      /** Replication address of the master, for slaves. */
      readonly haServerAddr: string | undefined;
      readonly masterAddr: string | undefined;
      readonly minBrokerIdChange: MinBrokerIdChange | undefined;
      /** The broker process was not known before. */
      readonly isNew: boolean;
    }
  /** Another process holds the id with newer data: nothing was entered. */
  | { readonly kind: 'conflict'; readonly holderAddr: string }
  /** A single topic of a broker that has not registered as a whole: nothing was entered. */
  | { readonly kind: 'unknownBroker' };

export interface RegistrationRules {
  /** Remove topics of the broker that the registration lacks. */
  readonly deleteMissingTopics: boolean;
}

/** Enters a broker and its topics. Source: RouteInfoManager#registerBroker. */
export function registerBroker(
  tables: RouteTables,
  registration: BrokerRegistration,
  options: RegistrationRules & { readonly nowMs: number },
): RegistrationOutcome {
  const { clusterName, brokerName, brokerAddr, brokerId } = registration;
  const known = tables.brokers.get(brokerName);
  const holderAddr = newerHolder(tables, registration, known);
  if (holderAddr !== undefined) {
    // The refused process must not stay listed under an id that it had before: nothing would ever time it out.
    tables.removeBrokerAddr(brokerName, brokerAddr, brokerId);
    tables.removeLive(clusterName, brokerAddr);
    return { kind: 'conflict', holderAddr };
  }
  if (known?.brokerAddrs.has(brokerId) !== true && registration.topics.length === 1) return { kind: 'unknownBroker' };

  const previousMinId = known === undefined ? MASTER_ID : (minBrokerIdOf(known.brokerAddrs) ?? MASTER_ID);
  const isFirst = known === undefined || !known.brokerAddrs.get(brokerId);
  const data = enterBroker(tables, registration);
  const previous = tables.live(clusterName, brokerAddr);
  const isChanged = isFirst || previous === undefined || !previous.dataVersion.equals(registration.dataVersion);
  if (ownsTopics(registration, data)) enterTopics(tables, registration, data, { isChanged, ...options });
  enterLive(tables, registration, options.nowMs);
  const master = brokerId === MASTER_ID ? undefined : masterOf(tables, clusterName, data);
  return {
    kind: 'registered',
    haServerAddr: master?.haServerAddr,
    masterAddr: master?.brokerAddr,
    minBrokerIdChange: brokerId < previousMinId ? changeByArrival(data, registration.haServerAddr) : undefined,
    isNew: previous === undefined,
  };
}

/** The address that holds the id with a newer state than the registering one's. */
function newerHolder(
  tables: RouteTables,
  { clusterName, brokerAddr, brokerId, dataVersion }: BrokerRegistration,
  known: BrokerData | undefined,
): string | undefined {
  const holderAddr = known?.brokerAddrs.get(brokerId);
  if (holderAddr === undefined || holderAddr === brokerAddr) return undefined;
  const holder = tables.live(clusterName, holderAddr);
  return holder !== undefined && holder.dataVersion.stateVersion > dataVersion.stateVersion ? holderAddr : undefined;
}

function enterBroker(tables: RouteTables, registration: BrokerRegistration): BrokerData {
  const { clusterName, brokerName, brokerAddr, brokerId, zoneName, enableActingMaster } = registration;
  const data = tables.enterBroker(clusterName, brokerName);
  tables.setBrokerTraits(brokerName, { zoneName, enableActingMaster: enableActingMaster === true });
  // An address stands under one id only: a slave that became master leaves its old id.
  tables.removeBrokerAddr(brokerName, brokerAddr, brokerId);
  tables.setBrokerAddr(brokerName, brokerId, brokerAddr);
  return data;
}

/** Routes are made from the master's topics; without one, from those of the lowest slave. */
function ownsTopics({ brokerId, enableActingMaster }: BrokerRegistration, data: BrokerData): boolean {
  return brokerId === MASTER_ID || (enableActingMaster !== undefined && brokerId === minBrokerIdOf(data.brokerAddrs));
}

function enterTopics(
  tables: RouteTables,
  registration: BrokerRegistration,
  data: BrokerData,
  { isChanged, deleteMissingTopics }: RegistrationRules & { readonly isChanged: boolean },
): void {
  const { brokerName, brokerId, topics, mappings } = registration;
  if (deleteMissingTopics && mappings.length === 0) removeMissingTopics(tables, registration);
  const isActingMaster = brokerId !== MASTER_ID && data.enableActingMaster;
  for (const topic of topics) {
    if (!isChanged && tables.topics.get(topic.topicName)?.byBroker.has(brokerName) === true) continue;
    const { topicName, readQueueNums, writeQueueNums, topicSysFlag } = topic;
    const perm = isActingMaster ? topic.perm & ~PermName.WRITE : topic.perm;
    tables.setQueueData(topicName, { brokerName, readQueueNums, writeQueueNums, perm, topicSysFlag });
  }
  if (!isChanged) return;
  for (const mapping of mappings) {
    if (mapping.topic !== undefined && mapping.bname !== undefined) {
      tables.setMapping(mapping.topic, mapping.bname, mapping);
    }
  }
}

function removeMissingTopics(tables: RouteTables, { brokerName, topics }: BrokerRegistration): void {
  const present = new Set(topics.map((topic) => topic.topicName));
  for (const topic of tables.topics.keys()) {
    if (!present.has(topic)) tables.removeQueueData(topic, brokerName);
  }
}

function enterLive(tables: RouteTables, registration: BrokerRegistration, nowMs: number): void {
  const { clusterName, brokerAddr, haServerAddr, dataVersion, channel, heartbeatTimeoutMs, filterServers } =
    registration;
  tables.setLive({
    clusterName,
    brokerAddr,
    haServerAddr,
    dataVersion,
    channel,
    heartbeatTimeoutMs: heartbeatTimeoutMs ?? DEFAULT_HEARTBEAT_TIMEOUT_MS,
    lastUpdateMs: nowMs,
  });
  if (filterServers !== undefined) tables.setFilterServers(clusterName, brokerAddr, filterServers);
}

function masterOf(tables: RouteTables, clusterName: string, data: BrokerData) {
  const addr = data.brokerAddrs.get(MASTER_ID);
  return addr === undefined ? undefined : tables.live(clusterName, addr);
}

/** A lower id came: the others are told, or the newcomer itself when it is alone. */
function changeByArrival(data: BrokerData, haBrokerAddr: string): MinBrokerIdChange | undefined {
  const minBrokerId = minBrokerIdOf(data.brokerAddrs);
  if (minBrokerId === undefined) return undefined;
  const others = [...data.brokerAddrs].filter(([id]) => data.brokerAddrs.size === 1 || id !== minBrokerId);
  return {
    brokerName: data.brokerName,
    minBrokerId,
    minBrokerAddr: data.brokerAddrs.get(minBrokerId)!,
    offlineBrokerAddr: undefined,
    haBrokerAddr,
    brokerAddrs: others.map(([, addr]) => addr),
  };
}
