/**
 * The tables of the name server, and the numbers that tell when what was derived
 * from them is out of date. Changes go through the methods; rules are elsewhere.
 */
import type { DataVersion } from '@rocketmq-ts/common';
import type { QueueData, TopicQueueMappingInfo } from '@rocketmq-ts/remoting';
import type { BrokerData } from './route-data.js';

/** The connection a broker registered through, of which only the identity matters here. */
export type Channel = object;

/** The brokers that host a topic. */
export interface TopicQueues {
  readonly byBroker: ReadonlyMap<string, QueueData>;
  /** Grows with each change of this topic. */
  readonly revision: number;
}

/** One broker process that has registered. Source: BrokerLiveInfo. */
export interface BrokerLiveInfo {
  readonly clusterName: string;
  readonly brokerAddr: string;
  readonly haServerAddr: string;
  readonly dataVersion: DataVersion;
  readonly channel: Channel;
  /** Silence after which it counts as gone. */
  readonly heartbeatTimeoutMs: number;
  /** Monotonic time of its last sign of life. */
  lastUpdateMs: number;
}

interface MutableTopicQueues extends TopicQueues {
  readonly byBroker: Map<string, QueueData>;
  revision: number;
}

interface MutableBrokerData extends BrokerData {
  readonly brokerAddrs: Map<number, string>;
  zoneName: string | undefined;
  enableActingMaster: boolean;
}

/** A broker process is known by cluster and address. Names hold no line feed, so the joined text is unambiguous. */
function liveKey(clusterName: string, brokerAddr: string): string {
  return `${clusterName}\n${brokerAddr}`;
}

/** Topics, broker names, clusters, live brokers, filter servers and static-topic mappings. Source: RouteInfoManager. */
export class RouteTables {
  readonly #topics = new Map<string, MutableTopicQueues>();
  readonly #brokers = new Map<string, MutableBrokerData>();
  readonly #clusters = new Map<string, Set<string>>();
  readonly #live = new Map<string, BrokerLiveInfo>();
  readonly #filterServers = new Map<string, readonly string[]>();
  readonly #mappings = new Map<string, Map<string, TopicQueueMappingInfo>>();
  #brokerRevision = 0;
  #topicRevision = 0;

  /** Grows with each change that may show in the routes of several topics. */
  get brokerRevision(): number {
    return this.#brokerRevision;
  }

  get topics(): ReadonlyMap<string, TopicQueues> {
    return this.#topics;
  }

  get brokers(): ReadonlyMap<string, BrokerData> {
    return this.#brokers;
  }

  get clusters(): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#clusters;
  }

  get liveBrokers(): Iterable<BrokerLiveInfo> {
    return this.#live.values();
  }

  get liveBrokerCount(): number {
    return this.#live.size;
  }

  live(clusterName: string, brokerAddr: string): BrokerLiveInfo | undefined {
    return this.#live.get(liveKey(clusterName, brokerAddr));
  }

  /** The table entry of a broker name, made when it is not there yet. */
  enterBroker(clusterName: string, brokerName: string): BrokerData {
    const names = this.#clusters.get(clusterName);
    if (names === undefined) this.#clusters.set(clusterName, new Set([brokerName]));
    else names.add(brokerName);
    const known = this.#brokers.get(brokerName);
    if (known !== undefined) return known;
    const data: MutableBrokerData = {
      cluster: clusterName,
      brokerName,
      brokerAddrs: new Map(),
      zoneName: undefined,
      enableActingMaster: false,
    };
    this.#brokers.set(brokerName, data);
    this.#brokerRevision++;
    return data;
  }

  setBrokerTraits(brokerName: string, traits: { zoneName: string | undefined; enableActingMaster: boolean }): void {
    const data = this.#brokers.get(brokerName);
    if (data === undefined) return;
    if (data.zoneName === traits.zoneName && data.enableActingMaster === traits.enableActingMaster) return;
    data.zoneName = traits.zoneName;
    data.enableActingMaster = traits.enableActingMaster;
    this.#brokerRevision++;
  }

  setBrokerAddr(brokerName: string, brokerId: number, brokerAddr: string): void {
    const addrs = this.#brokers.get(brokerName)?.brokerAddrs;
    if (addrs === undefined || addrs.get(brokerId) === brokerAddr) return;
    const entries = [...addrs.set(brokerId, brokerAddr)].sort(([a], [b]) => a - b);
    addrs.clear();
    for (const [id, addr] of entries) addrs.set(id, addr);
    this.#brokerRevision++;
  }

  /** Takes the address away from all ids but `exceptId`. */
  removeBrokerAddr(brokerName: string, brokerAddr: string, exceptId?: number): void {
    const addrs = this.#brokers.get(brokerName)?.brokerAddrs;
    if (addrs === undefined) return;
    for (const [id, addr] of addrs) {
      if (addr !== brokerAddr || id === exceptId) continue;
      addrs.delete(id);
      this.#brokerRevision++;
    }
  }

  /** Forgets a broker name; a cluster without names goes too. */
  removeBroker(brokerName: string): void {
    if (!this.#brokers.delete(brokerName)) return;
    for (const [cluster, names] of this.#clusters) {
      if (names.delete(brokerName) && names.size === 0) this.#clusters.delete(cluster);
    }
    this.#brokerRevision++;
  }

  setLive(info: BrokerLiveInfo): void {
    this.#live.set(liveKey(info.clusterName, info.brokerAddr), info);
  }

  /** Forgets a broker process, its filter servers included; false when it was not known. */
  removeLive(clusterName: string, brokerAddr: string): boolean {
    const key = liveKey(clusterName, brokerAddr);
    if (this.#filterServers.delete(key)) this.#brokerRevision++;
    return this.#live.delete(key);
  }

  filterServers(clusterName: string, brokerAddr: string): readonly string[] | undefined {
    return this.#filterServers.get(liveKey(clusterName, brokerAddr));
  }

  setFilterServers(clusterName: string, brokerAddr: string, servers: readonly string[]): void {
    const key = liveKey(clusterName, brokerAddr);
    const previous = this.#filterServers.get(key);
    if (previous === undefined && servers.length === 0) return;
    if (previous?.join('\n') === servers.join('\n')) return;
    if (servers.length === 0) this.#filterServers.delete(key);
    else this.#filterServers.set(key, servers);
    this.#brokerRevision++;
  }

  setQueueData(topic: string, data: QueueData): void {
    const queues = this.#topics.get(topic);
    if (queues === undefined) {
      const byBroker = new Map([[data.brokerName, data]]);
      this.#topics.set(topic, { byBroker, revision: ++this.#topicRevision });
      return;
    }
    if (isSameQueueData(queues.byBroker.get(data.brokerName), data)) return;
    queues.byBroker.set(data.brokerName, data);
    queues.revision = ++this.#topicRevision;
  }

  /** Takes a broker out of a topic; a topic without brokers goes too. */
  removeQueueData(topic: string, brokerName: string): void {
    const queues = this.#topics.get(topic);
    if (queues === undefined || !queues.byBroker.delete(brokerName)) return;
    queues.revision = ++this.#topicRevision;
    if (queues.byBroker.size === 0) this.#topics.delete(topic);
  }

  removeTopic(topic: string): void {
    this.#topics.delete(topic);
  }

  mappings(topic: string): ReadonlyMap<string, TopicQueueMappingInfo> | undefined {
    return this.#mappings.get(topic);
  }

  setMapping(topic: string, brokerName: string, info: TopicQueueMappingInfo): void {
    const byBroker = this.#mappings.get(topic);
    if (byBroker === undefined) this.#mappings.set(topic, new Map([[brokerName, info]]));
    else byBroker.set(brokerName, info);
    this.#touch(topic);
  }

  removeMappings(topic: string): void {
    if (this.#mappings.delete(topic)) this.#touch(topic);
  }

  #touch(topic: string): void {
    const queues = this.#topics.get(topic);
    if (queues !== undefined) queues.revision = ++this.#topicRevision;
  }
}

function isSameQueueData(a: QueueData | undefined, b: QueueData): boolean {
  return (
    a !== undefined &&
    a.readQueueNums === b.readQueueNums &&
    a.writeQueueNums === b.writeQueueNums &&
    a.perm === b.perm &&
    a.topicSysFlag === b.topicSysFlag
  );
}
