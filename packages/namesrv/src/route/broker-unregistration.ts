/** What leaving brokers do to the tables. */
import { PermName } from '@rocketmq-ts/common';
import type { MinBrokerIdChange } from './broker-registration.js';
import { type BrokerData, MASTER_ID, minBrokerIdOf } from './route-data.js';
import type { RouteTables } from './route-tables.js';

/** A broker process that leaves, or has gone. */
export interface BrokerUnregistration {
  readonly clusterName: string;
  readonly brokerName: string;
  readonly brokerAddr: string;
  readonly brokerId: number;
}

/**
 * Takes a batch of brokers out, so that the topics are gone through once for all
 * of them. Gives the groups whose lowest id is another one now.
 * Source: RouteInfoManager#unRegisterBroker.
 */
export function unregisterBrokers(
  tables: RouteTables,
  batch: readonly BrokerUnregistration[],
): readonly MinBrokerIdChange[] {
  const removed = new Set<string>();
  const reduced = new Set<string>();
  const lostLowest = new Map<string, string>();
  for (const { clusterName, brokerName, brokerAddr, brokerId } of batch) {
    tables.removeLive(clusterName, brokerAddr);
    const data = tables.brokers.get(brokerName);
    if (data === undefined) continue;
    if (brokerId === minBrokerIdOf(data.brokerAddrs)) lostLowest.set(brokerName, brokerAddr);
    tables.removeBrokerAddr(brokerName, brokerAddr);
    if (data.brokerAddrs.size > 0) {
      reduced.add(brokerName);
      continue;
    }
    tables.removeBroker(brokerName);
    removed.add(brokerName);
    reduced.delete(brokerName);
    lostLowest.delete(brokerName);
  }
  removeFromTopics(tables, removed, withoutMaster(tables, reduced));
  return changesByDeparture(tables, lostLowest);
}

/** The names whose groups would need an acting master: their topics are read only until a master is back. */
function withoutMaster(tables: RouteTables, brokerNames: ReadonlySet<string>): string[] {
  return [...brokerNames].filter((name) => {
    const data = tables.brokers.get(name);
    return data?.enableActingMaster === true && (minBrokerIdOf(data.brokerAddrs) ?? MASTER_ID) > MASTER_ID;
  });
}

function removeFromTopics(tables: RouteTables, removed: ReadonlySet<string>, readOnly: readonly string[]): void {
  if (removed.size === 0 && readOnly.length === 0) return;
  for (const [topic, queues] of tables.topics) {
    for (const brokerName of readOnly) {
      const data = queues.byBroker.get(brokerName);
      if (data !== undefined) tables.setQueueData(topic, { ...data, perm: data.perm & ~PermName.WRITE });
    }
    for (const brokerName of removed) tables.removeQueueData(topic, brokerName);
  }
}

function changesByDeparture(tables: RouteTables, lostLowest: ReadonlyMap<string, string>): MinBrokerIdChange[] {
  const changes: MinBrokerIdChange[] = [];
  for (const [brokerName, offlineBrokerAddr] of lostLowest) {
    const data = tables.brokers.get(brokerName);
    if (data?.enableActingMaster === true) changes.push(changeByDeparture(data, offlineBrokerAddr));
  }
  return changes;
}

function changeByDeparture(data: BrokerData, offlineBrokerAddr: string): MinBrokerIdChange {
  const minBrokerId = minBrokerIdOf(data.brokerAddrs) ?? MASTER_ID;
  return {
    brokerName: data.brokerName,
    minBrokerId,
    minBrokerAddr: data.brokerAddrs.get(minBrokerId) ?? '',
    offlineBrokerAddr,
    haBrokerAddr: undefined,
    brokerAddrs: [...data.brokerAddrs.values()],
  };
}
