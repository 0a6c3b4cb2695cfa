/** What a client makes of a route: the queues to send to, the queues to read from, and where their brokers are. */
import { compareMessageQueues, isReadable, isWriteable, type MessageQueue } from '@rocketmq-ts/common';
import type { TopicRouteData } from '@rocketmq-ts/remoting';
import { staticTopicQueues } from './static-topic.js';

/** Broker id of a master. */
export const MASTER_ID = 0;

/** Addresses of a broker name by broker id. */
export type BrokerAddresses = ReadonlyMap<number, string>;

export interface TopicRoute {
  readonly topic: string;
  /** Queues that may be written to, on brokers with a master. */
  readonly publishQueues: readonly MessageQueue[];
  /** Queues that may be read. */
  readonly subscribeQueues: readonly MessageQueue[];
  readonly brokers: ReadonlyMap<string, BrokerAddresses>;
  /** Which broker really holds a queue of a static topic, by the key of the queue; undefined for ordinary topics. */
  readonly logicalQueues: ReadonlyMap<string, string> | undefined;
  /** The queues come from the order configuration of the name server. */
  readonly isOrderTopic: boolean;
  /** As the name server gave it. */
  readonly data: TopicRouteData;
}

/** Source: MQClientInstance#topicRouteData2TopicPublishInfo, #topicRouteData2TopicSubscribeInfo. */
export function buildTopicRoute(topic: string, data: TopicRouteData): TopicRoute {
  const brokers = new Map(data.brokerDatas.map((broker) => [broker.brokerName, broker.brokerAddrs]));
  const orderConf = data.orderTopicConf ?? '';
  const base = { topic, brokers, data, isOrderTopic: orderConf !== '' };
  const logical = data.topicQueueMappingByBroker;
  if (logical !== undefined && logical.size > 0) {
    const { queues, owners } = staticTopicQueues(topic, logical);
    return { ...base, publishQueues: queues, subscribeQueues: queues, logicalQueues: owners };
  }
  const publishQueues = orderConf !== '' ? orderedQueues(topic, orderConf) : writeQueues(topic, data, brokers);
  return { ...base, publishQueues, subscribeQueues: readQueues(topic, data), logicalQueues: undefined };
}

/** Whether two routes say the same; the order of their parts does not matter. */
export function isSameRoute(a: TopicRoute, b: TopicRoute): boolean {
  return fingerprint(a) === fingerprint(b);
}

function fingerprint({ data, publishQueues, subscribeQueues }: TopicRoute): string {
  const brokers = data.brokerDatas.map(({ brokerName, brokerAddrs }) =>
    [brokerName, ...[...brokerAddrs].map(([id, address]) => `${id}=${address}`).sort()].join(' '),
  );
  const queues = [publishQueues, subscribeQueues].map((list) =>
    list.map(({ brokerName, queueId }) => `${brokerName} ${queueId}`).sort(),
  );
  return JSON.stringify([data.orderTopicConf ?? '', brokers.sort(), queues]);
}

function orderedQueues(topic: string, orderConf: string): MessageQueue[] {
  return orderConf.split(';').flatMap((part) => {
    const colon = part.lastIndexOf(':');
    const count = Number(part.slice(colon + 1));
    return colon <= 0 ? [] : queuesOf(topic, part.slice(0, colon), count);
  });
}

function writeQueues(
  topic: string,
  data: TopicRouteData,
  brokers: ReadonlyMap<string, BrokerAddresses>,
): MessageQueue[] {
  return data.queueDatas
    .filter(({ perm, brokerName }) => isWriteable(perm) && brokers.get(brokerName)?.has(MASTER_ID))
    .flatMap(({ brokerName, writeQueueNums }) => queuesOf(topic, brokerName, writeQueueNums))
    .sort(compareMessageQueues);
}

function readQueues(topic: string, data: TopicRouteData): MessageQueue[] {
  return data.queueDatas
    .filter(({ perm }) => isReadable(perm))
    .flatMap(({ brokerName, readQueueNums }) => queuesOf(topic, brokerName, readQueueNums))
    .sort(compareMessageQueues);
}

/** More queues than this on one broker are a mistake, or worse. */
const MAX_QUEUES = 65_536;

function queuesOf(topic: string, brokerName: string, count: number): MessageQueue[] {
  if (!(count > 0)) return [];
  return Array.from({ length: Math.min(count, MAX_QUEUES) }, (_, queueId) => ({ topic, brokerName, queueId }));
}
