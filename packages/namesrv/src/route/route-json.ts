/**
 * Writes what the name server answers as the reference's JSON. Number keys stay
 * bare unless the reader wants strict JSON.
 */
import {
  ClusterInfo,
  type EncodeBodyOptions,
  GetBrokerMemberGroupResponseBody,
  TopicList,
  TopicRouteData,
} from '@rocketmq-ts/remoting';
import type { BrokerData } from './route-data.js';
import type { RouteTables } from './route-tables.js';

/** `standard` also sorts the keys of maps, as the reference does for readers that are not Java. */
export type JsonStyle = NonNullable<EncodeBodyOptions['style']>;

/** Source: TopicRouteData#encode, ClientRequestProcessor#getRouteInfoByTopic. */
export function topicRouteJson(route: TopicRouteData, style: JsonStyle): Buffer {
  return TopicRouteData.encode(route, { style });
}

/** Source: ClusterInfo. */
export function clusterInfoJson({ brokers, clusters }: RouteTables): Buffer {
  const clusterAddrTable = new Map([...clusters].map(([cluster, names]) => [cluster, [...names]]));
  return ClusterInfo.encode({ brokerAddrTable: brokers, clusterAddrTable });
}

/** Source: TopicList. */
export function topicListJson(topics: Iterable<string>, brokerAddr?: string): Buffer {
  return TopicList.encode({ topicList: [...topics], brokerAddr });
}

/** Echoes the asked names, whether they are known or not. Source: GetBrokerMemberGroupResponseBody. */
export function brokerMemberGroupJson(
  asked: { readonly clusterName: string | undefined; readonly brokerName: string | undefined },
  data: BrokerData | undefined,
): Buffer {
  const { clusterName: cluster, brokerName } = asked;
  const brokerMemberGroup = { cluster, brokerName, brokerAddrs: data?.brokerAddrs ?? new Map<number, string>() };
  return GetBrokerMemberGroupResponseBody.encode({ brokerMemberGroup });
}
