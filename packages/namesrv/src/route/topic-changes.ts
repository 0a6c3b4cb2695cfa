/** Changes of topics that administrators and brokers ask for outside of a registration. */
import { PermName } from '@rocketmq-ts/common';
import type { QueueData } from '@rocketmq-ts/remoting';
import type { RouteTables } from './route-tables.js';

/**
 * Enters the given brokers as hosts of a topic, all or none: an unknown broker
 * name refuses the whole. Source: RouteInfoManager#registerTopic.
 */
export function registerTopic(tables: RouteTables, topic: string, queueDatas: readonly QueueData[]): boolean {
  if (!queueDatas.every((data) => tables.brokers.has(data.brokerName))) return false;
  for (const data of queueDatas) tables.setQueueData(topic, data);
  return true;
}

/** Forgets a topic, or only its brokers of one cluster. Source: RouteInfoManager#deleteTopic. */
export function deleteTopic(tables: RouteTables, topic: string, clusterName: string | undefined): void {
  if (clusterName === undefined) tables.removeTopic(topic);
  else for (const brokerName of tables.clusters.get(clusterName) ?? []) tables.removeQueueData(topic, brokerName);
  // A topic of the same name that comes later must not be taken for the static one.
  if (!tables.topics.has(topic)) tables.removeMappings(topic);
}

/** Takes the write permission from all topics of a broker, or gives it back; the number of topics. */
export function changeWritePermission(tables: RouteTables, brokerName: string, change: 'wipe' | 'add'): number {
  let topicCount = 0;
  for (const [topic, queues] of tables.topics) {
    const data = queues.byBroker.get(brokerName);
    if (data === undefined) continue;
    const perm = change === 'wipe' ? data.perm & ~PermName.WRITE : PermName.READ | PermName.WRITE;
    tables.setQueueData(topic, { ...data, perm });
    topicCount++;
  }
  return topicCount;
}
