/** What name servers are asked: clusters, routes, topics, keys, settings, write permissions. */
import { readProperties, writeProperties } from '@rocketmq-ts/common';
import {
  ADD_WRITE_PERM_OF_BROKER,
  ClusterInfo,
  DELETE_KV_CONFIG,
  DELETE_TOPIC_IN_NAMESRV,
  GET_ALL_TOPIC_LIST_FROM_NAMESERVER,
  GET_BROKER_CLUSTER_INFO,
  GET_KV_CONFIG,
  GET_KVLIST_BY_NAMESPACE,
  GET_NAMESRV_CONFIG,
  GET_ROUTEINFO_BY_TOPIC,
  GET_TOPICS_BY_CLUSTER,
  KVTable,
  PUT_KV_CONFIG,
  ResponseCode,
  TopicList,
  TopicRouteData,
  UPDATE_NAMESRV_CONFIG,
  WIPE_WRITE_PERM_OF_BROKER,
} from '@rocketmq-ts/remoting';
import { hasCode } from './admin-errors.js';
import type { AdminTransport } from './admin-transport.js';

/** Namespace of the order configurations of topics. Source: NamesrvUtil. */
const ORDER_TOPIC_CONFIG = 'ORDER_TOPIC_CONFIG';

export class NameServerAdmin {
  readonly #transport: AdminTransport;

  constructor(transport: AdminTransport) {
    this.#transport = transport;
  }

  /** The configured name servers. */
  get addresses(): readonly string[] {
    return this.#transport.nameServers;
  }

  async clusterInfo(): Promise<ClusterInfo> {
    const response = await this.#transport.callNameServer(GET_BROKER_CLUSTER_INFO, undefined);
    return ClusterInfo.decode(response.body);
  }

  /** @throws BrokerError TOPIC_NOT_EXIST when no broker has the topic */
  async topicRoute(topic: string): Promise<TopicRouteData> {
    const header = { topic, acceptStandardJsonOnly: true };
    const response = await this.#transport.callNameServer(GET_ROUTEINFO_BY_TOPIC, header);
    return TopicRouteData.decode(response.body);
  }

  /** The topic that leads to the brokers of `topic`: light queues and the timer's topic have no route of their own. */
  routeTopicOf(topic: string, clusterName: string | undefined): string {
    const hidden = topic.startsWith('%LMQ%') || topic === 'rmq_sys_wheel_timer';
    return hidden && clusterName !== undefined ? clusterName : topic;
  }

  async topics(): Promise<readonly string[]> {
    const response = await this.#transport.callNameServer(GET_ALL_TOPIC_LIST_FROM_NAMESERVER, undefined);
    return TopicList.decode(response.body).topicList;
  }

  async topicsOfCluster(cluster: string): Promise<readonly string[]> {
    const response = await this.#transport.callNameServer(GET_TOPICS_BY_CLUSTER, { cluster });
    return TopicList.decode(response.body).topicList;
  }

  /** Removes the route of a topic from all name servers; in one cluster only if it is named. */
  async deleteTopic(topic: string, clusterName?: string): Promise<void> {
    await this.#transport.callEveryNameServer(DELETE_TOPIC_IN_NAMESRV, { topic, clusterName });
  }

  /** @throws BrokerError QUERY_NOT_FOUND for an unknown key */
  async getKv(namespace: string, key: string): Promise<string> {
    const response = await this.#transport.callNameServer(GET_KV_CONFIG, { namespace, key });
    return response.header().value ?? '';
  }

  async getKvNamespace(namespace: string): Promise<ReadonlyMap<string, string>> {
    const response = await this.#transport.callNameServer(GET_KVLIST_BY_NAMESPACE, { namespace });
    return KVTable.decode(response.body).table;
  }

  /** Sets a key on all name servers. */
  async putKv(namespace: string, key: string, value: string): Promise<void> {
    await this.#transport.callEveryNameServer(PUT_KV_CONFIG, { namespace, key, value });
  }

  /** Removes a key from all name servers. */
  async deleteKv(namespace: string, key: string): Promise<void> {
    await this.#transport.callEveryNameServer(DELETE_KV_CONFIG, { namespace, key });
  }

  /** `brokerName:queues` of all brokers of an ordered topic, separated by semicolons. */
  getOrderConf(topic: string): Promise<string> {
    return this.getKv(ORDER_TOPIC_CONFIG, topic);
  }

  putOrderConf(topic: string, orderConf: string): Promise<void> {
    return this.putKv(ORDER_TOPIC_CONFIG, topic, orderConf);
  }

  deleteOrderConf(topic: string): Promise<void> {
    return this.deleteKv(ORDER_TOPIC_CONFIG, topic);
  }

  /** Sets one broker's part of an order configuration. Source: DefaultMQAdminExtImpl#createOrUpdateOrderConf. */
  async mergeOrderConf(topic: string, brokerConf: string): Promise<void> {
    const parts = new Map((await this.#orderConfParts(topic)).map((part) => [part.split(':')[0], part]));
    parts.set(brokerConf.split(':')[0], brokerConf);
    await this.putOrderConf(topic, [...parts.values()].join(';'));
  }

  async #orderConfParts(topic: string): Promise<string[]> {
    try {
      return (await this.getOrderConf(topic)).split(';').filter((part) => part !== '');
    } catch (error) {
      if (hasCode(error, ResponseCode.QUERY_NOT_FOUND)) return [];
      throw error;
    }
  }

  /** The settings of one name server. */
  async getConfig(address: string): Promise<Map<string, string>> {
    const response = await this.#transport.call(address, GET_NAMESRV_CONFIG, undefined);
    return readConfig(response.body);
  }

  async updateConfig(address: string, settings: ReadonlyMap<string, string>): Promise<void> {
    await this.#transport.call(address, UPDATE_NAMESRV_CONFIG, undefined, { body: writeConfig(settings) });
  }

  /** Takes the write permission from all topics of a broker on one name server; gives their number. */
  async wipeWritePerm(address: string, brokerName: string): Promise<number> {
    const response = await this.#transport.call(address, WIPE_WRITE_PERM_OF_BROKER, { brokerName });
    return response.header().wipeTopicCount;
  }

  /** Gives all topics of a broker the write permission back on one name server; gives their number. */
  async addWritePerm(address: string, brokerName: string): Promise<number> {
    const response = await this.#transport.call(address, ADD_WRITE_PERM_OF_BROKER, { brokerName });
    return response.header().addTopicCount;
  }
}

/** Reads the body of a GET_*_CONFIG answer: `key=value` lines in UTF-8. */
export function readConfig(body: Buffer | undefined): Map<string, string> {
  return readProperties(body?.toString('utf8') ?? '');
}

/** The body of an UPDATE_*_CONFIG request. */
export function writeConfig(settings: ReadonlyMap<string, string>): Buffer {
  return Buffer.from(writeProperties(settings));
}
