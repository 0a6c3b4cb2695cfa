/** Makes the route of a topic out of the tables. */
import { isWriteable } from '@rocketmq-ts/common';
import type { QueueData, TopicRouteData } from '@rocketmq-ts/remoting';
import { type BrokerData, MASTER_ID, minBrokerIdOf } from './route-data.js';
import type { RouteTables } from './route-tables.js';

/** Every broker knows this topic of every group; it must name slaves as slaves. Source: TopicValidator. */
const SYNC_BROKER_MEMBER_GROUP_PREFIX = 'rmq_sys_SYNC_BROKER_MEMBER_';

/** The route of a topic; `undefined` when no known broker hosts it. Source: RouteInfoManager#pickupTopicRouteData. */
export function pickupTopicRoute(
  tables: RouteTables,
  topic: string,
  options: { readonly supportActingMaster: boolean },
): TopicRouteData | undefined {
  const queues = tables.topics.get(topic)?.byBroker;
  if (queues === undefined) return undefined;
  const brokerDatas: BrokerData[] = [];
  for (const brokerName of queues.keys()) {
    const data = tables.brokers.get(brokerName);
    if (data !== undefined) brokerDatas.push(data);
  }
  if (brokerDatas.length === 0) return undefined;
  const mayAct = options.supportActingMaster && !topic.startsWith(SYNC_BROKER_MEMBER_GROUP_PREFIX);
  return {
    queueDatas: [...queues.values()],
    brokerDatas: mayAct ? brokerDatas.map((data) => withActingMaster(data, queues.get(data.brokerName))) : brokerDatas,
    filterServerTable: filterServersOf(tables, brokerDatas),
    topicQueueMappingByBroker: tables.mappings(topic),
  };
}

/** Shows the lowest slave as the master, where there is none and the group wants it. */
function withActingMaster(data: BrokerData, queueData: QueueData | undefined): BrokerData {
  const { brokerAddrs, enableActingMaster } = data;
  if (!enableActingMaster || brokerAddrs.has(MASTER_ID) || queueData === undefined) return data;
  if (isWriteable(queueData.perm)) return data;
  const minBrokerId = minBrokerIdOf(brokerAddrs);
  if (minBrokerId === undefined) return data;
  const others = [...brokerAddrs].filter(([id]) => id !== minBrokerId);
  return { ...data, brokerAddrs: new Map([[MASTER_ID, brokerAddrs.get(minBrokerId)!], ...others]) };
}

function filterServersOf(tables: RouteTables, brokerDatas: readonly BrokerData[]): Map<string, readonly string[]> {
  const table = new Map<string, readonly string[]>();
  for (const { cluster, brokerAddrs } of brokerDatas) {
    for (const addr of brokerAddrs.values()) {
      const servers = tables.filterServers(cluster, addr);
      if (servers !== undefined) table.set(addr, servers);
    }
  }
  return table;
}

/**
 * Keeps the brokers of one zone, and groups without a master, whose slaves serve
 * everybody. Source: ZoneRouteRPCHook#filterByZoneName.
 */
export function filterByZone(route: TopicRouteData, zoneName: string): TopicRouteData {
  const wanted = zoneName.toLowerCase();
  const isKept = (data: TopicRouteData['brokerDatas'][number]): boolean =>
    !data.brokerAddrs.has(MASTER_ID) || data.zoneName?.toLowerCase() === wanted;
  const removed = route.brokerDatas.filter((data) => !isKept(data));
  const removedNames = new Set(removed.map((data) => data.brokerName));
  const removedAddrs = new Set(removed.flatMap((data) => [...data.brokerAddrs.values()]));
  return {
    ...route,
    brokerDatas: route.brokerDatas.filter(isKept),
    queueDatas: route.queueDatas.filter((data) => !removedNames.has(data.brokerName)),
    filterServerTable: new Map([...route.filterServerTable].filter(([addr]) => !removedAddrs.has(addr))),
  };
}
