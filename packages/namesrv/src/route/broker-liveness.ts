/** Which brokers count as gone: those silent for too long, and those whose connection is closed. */
import type { BrokerUnregistration } from './broker-unregistration.js';
import type { BrokerLiveInfo, Channel, RouteTables } from './route-tables.js';

/** The brokers whose last sign of life is older than their time-out. Source: RouteInfoManager#scanNotActiveBroker. */
export function expiredBrokers(tables: RouteTables, nowMs: number): readonly BrokerLiveInfo[] {
  return [...tables.liveBrokers].filter((live) => live.lastUpdateMs + live.heartbeatTimeoutMs < nowMs);
}

/** The brokers that registered through a connection; several when they share a process. */
export function brokersOfChannel(tables: RouteTables, channel: Channel): readonly BrokerLiveInfo[] {
  const found: BrokerLiveInfo[] = [];
  for (const live of tables.liveBrokers) {
    if (live.channel === channel) found.push(live);
  }
  return found;
}

/**
 * The unregistration that takes a gone broker out; `undefined` when no broker
 * name lists its address any more. Source: RouteInfoManager#setupUnRegisterRequest.
 */
export function unregistrationOf(tables: RouteTables, gone: BrokerLiveInfo): BrokerUnregistration | undefined {
  const { clusterName, brokerAddr } = gone;
  for (const data of tables.brokers.values()) {
    if (data.cluster !== clusterName) continue;
    for (const [brokerId, addr] of data.brokerAddrs) {
      if (addr === brokerAddr) return { clusterName, brokerName: data.brokerName, brokerAddr, brokerId };
    }
  }
  return undefined;
}
