/** What the name server knows of topics and brokers, as plain values. Their text on the wire is made in `route-json.ts`. */

/** The share of one broker in a topic. Values are replaced, never changed. Source: QueueData. */
export interface QueueData {
  readonly brokerName: string;
  readonly readQueueNums: number;
  readonly writeQueueNums: number;
  /** Bits of `PermName`. */
  readonly perm: number;
  readonly topicSysFlag: number;
}

/** One replication group: a broker name with the addresses of its members. Source: BrokerData. */
export interface BrokerData {
  readonly cluster: string;
  readonly brokerName: string;
  /** Broker id to address; id 0 is the master. */
  readonly brokerAddrs: ReadonlyMap<number, string>;
  readonly zoneName: string | undefined;
  /** A slave may stand in for a missing master. */
  readonly enableActingMaster: boolean;
}

/** Version of a broker's topic table. Source: DataVersion. */
export interface DataVersion {
  readonly stateVersion: number;
  readonly timestamp: number;
  readonly counter: number;
}

/** Where one broker hosts the logical queues of a static topic. Source: TopicQueueMappingInfo. */
export interface TopicQueueMappingInfo {
  readonly topic: string;
  readonly scope: string;
  readonly totalQueues: number;
  /** The broker that hosts the queues. */
  readonly bname: string;
  readonly epoch: number;
  readonly dirty: boolean;
  /** Logical queue id to the queue id of the broker. */
  readonly currIdMap: ReadonlyMap<number, number>;
}

/** The route of a topic. Source: TopicRouteData. */
export interface TopicRouteData {
  readonly queueDatas: readonly QueueData[];
  readonly brokerDatas: readonly BrokerData[];
  /** Broker address to its filter servers. */
  readonly filterServerTable: ReadonlyMap<string, readonly string[]>;
  readonly topicQueueMappingByBroker: ReadonlyMap<string, TopicQueueMappingInfo> | undefined;
  readonly orderTopicConf: string | undefined;
}

/** Id of the master of a broker name. */
export const MASTER_ID = 0;

/** True when both have the same three numbers. */
export function isSameDataVersion(a: DataVersion, b: DataVersion): boolean {
  return a.stateVersion === b.stateVersion && a.timestamp === b.timestamp && a.counter === b.counter;
}

/** The lowest id of a group; `undefined` when it has no members. */
export function minBrokerIdOf(brokerAddrs: ReadonlyMap<number, string>): number | undefined {
  let lowest: number | undefined;
  for (const id of brokerAddrs.keys()) {
    if (lowest === undefined || id < lowest) lowest = id;
  }
  return lowest;
}
