/** Finding brokers in what the name server tells of a cluster. */
import { type BrokerData, type ClusterInfo, ResponseCode } from '@rocketmq-ts/remoting';
import { MASTER_ID } from '../route/topic-route.js';
import { AdminNotFoundError } from './admin-errors.js';

/** The address of a broker name to ask: its master, else the slave with the lowest id. Source: BrokerData#selectBrokerAddr. */
export function brokerAddressOf({ brokerAddrs }: BrokerData): string | undefined {
  const master = brokerAddrs.get(MASTER_ID);
  if (master !== undefined) return master;
  const ids = [...brokerAddrs.keys()].sort((a, b) => a - b);
  return ids.length === 0 ? undefined : brokerAddrs.get(ids[0]!);
}

function brokersOf(info: ClusterInfo, clusterName: string): BrokerData[] {
  const names = info.clusterAddrTable.get(clusterName);
  if (names === undefined) {
    const known = [...info.clusterAddrTable.keys()].join(', ') || 'none';
    throw new AdminNotFoundError(ResponseCode.BROKER_NOT_EXIST, `no cluster '${clusterName}' (known: ${known})`);
  }
  return names.map((name) => info.brokerAddrTable.get(name)).filter((data) => data !== undefined);
}

/** Addresses of the masters of a cluster. @throws AdminNotFoundError for an unknown cluster */
export function mastersOfCluster(info: ClusterInfo, clusterName: string): string[] {
  const addresses = brokersOf(info, clusterName).map(({ brokerAddrs }) => brokerAddrs.get(MASTER_ID));
  return addresses.filter((address) => address !== undefined);
}

/** All addresses of a cluster, slaves included. @throws AdminNotFoundError for an unknown cluster */
export function addressesOfCluster(info: ClusterInfo, clusterName: string): string[] {
  return brokersOf(info, clusterName).flatMap(({ brokerAddrs }) => [...brokerAddrs.values()]);
}

/** A master (absent when none is alive) with its slaves. */
export interface ReplicaGroup {
  readonly brokerName: string;
  readonly master: string | undefined;
  readonly slaves: readonly string[];
}

/** The replica groups of a cluster. @throws AdminNotFoundError for an unknown cluster */
export function replicaGroupsOfCluster(info: ClusterInfo, clusterName: string): ReplicaGroup[] {
  return brokersOf(info, clusterName).map(({ brokerName, brokerAddrs }) => ({
    brokerName,
    master: brokerAddrs.get(MASTER_ID),
    slaves: [...brokerAddrs].filter(([id]) => id !== MASTER_ID).map(([, address]) => address),
  }));
}

/** The name of the broker with this address. @throws AdminNotFoundError */
export function brokerNameOfAddress(info: ClusterInfo, address: string): string {
  for (const [name, { brokerAddrs }] of info.brokerAddrTable) {
    if ([...brokerAddrs.values()].includes(address)) return name;
  }
  throw new AdminNotFoundError(ResponseCode.BROKER_NOT_EXIST, `no broker has the address ${address}`);
}

/** The cluster of a broker name; undefined when it is in none. */
export function clusterOfBroker(info: ClusterInfo, brokerName: string): string | undefined {
  for (const [cluster, names] of info.clusterAddrTable) if (names.includes(brokerName)) return cluster;
  return undefined;
}
