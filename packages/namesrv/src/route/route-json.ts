/**
 * Writes what the name server answers as the reference's JSON: members of
 * objects by name, missing ones left out. Number keys stay bare unless the
 * reader wants strict JSON.
 */
import { type WritableJson, writeJson } from '@rocketmq-ts/common';
import type { BrokerData, DataVersion, QueueData, TopicQueueMappingInfo, TopicRouteData } from './route-data.js';
import type { RouteTables } from './route-tables.js';

/** `strict` also sorts the keys of maps, as the reference does for readers that are not Java. */
export type JsonStyle = 'fastjson' | 'strict';

/** Source: TopicRouteData#encode, ClientRequestProcessor#getRouteInfoByTopic. */
export function topicRouteJson(route: TopicRouteData, style: JsonStyle): Buffer {
  const mappings = route.topicQueueMappingByBroker;
  return encode(
    {
      brokerDatas: route.brokerDatas.map((data) => brokerDataValue(data)),
      filterServerTable: sorted(route.filterServerTable),
      orderTopicConf: route.orderTopicConf,
      queueDatas: route.queueDatas.map(queueDataValue),
      topicQueueMappingByBroker:
        mappings === undefined
          ? undefined
          : new Map([...sorted(mappings)].map(([name, info]) => [name, mappingValue(info)])),
    },
    style,
  );
}

/** Source: ClusterInfo. */
export function clusterInfoJson(tables: RouteTables): Buffer {
  return encode({
    brokerAddrTable: new Map([...tables.brokers].map(([name, data]) => [name, brokerDataValue(data)])),
    clusterAddrTable: new Map([...tables.clusters].map(([cluster, names]) => [cluster, [...names]])),
  });
}

/** Source: TopicList. */
export function topicListJson(topics: Iterable<string>, brokerAddr?: string): Buffer {
  return encode({ brokerAddr, topicList: [...topics] });
}

/** Echoes the asked names, whether they are known or not. Source: GetBrokerMemberGroupResponseBody. */
export function brokerMemberGroupJson(
  asked: { readonly clusterName: string | undefined; readonly brokerName: string | undefined },
  data: BrokerData | undefined,
): Buffer {
  const { clusterName: cluster, brokerName } = asked;
  return encode({ brokerMemberGroup: { brokerAddrs: sorted(data?.brokerAddrs ?? new Map()), brokerName, cluster } });
}

/** Source: DataVersion. */
export function dataVersionJson({ counter, stateVersion, timestamp }: DataVersion): Buffer {
  return encode({ counter, stateVersion, timestamp });
}

function brokerDataValue({ brokerAddrs, brokerName, cluster, enableActingMaster, zoneName }: BrokerData): WritableJson {
  return { brokerAddrs: sorted(brokerAddrs), brokerName, cluster, enableActingMaster, zoneName };
}

function queueDataValue({ brokerName, perm, readQueueNums, topicSysFlag, writeQueueNums }: QueueData): WritableJson {
  return { brokerName, perm, readQueueNums, topicSysFlag, writeQueueNums };
}

function mappingValue({
  bname,
  currIdMap,
  dirty,
  epoch,
  scope,
  topic,
  totalQueues,
}: TopicQueueMappingInfo): WritableJson {
  return { bname, currIdMap: sorted(currIdMap), dirty, epoch, scope, topic, totalQueues };
}

function sorted<K extends string | number, V>(map: ReadonlyMap<K, V>): Map<K, V> {
  return new Map([...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

function encode(value: WritableJson, style: JsonStyle = 'fastjson'): Buffer {
  return Buffer.from(writeJson(value, { style }));
}
