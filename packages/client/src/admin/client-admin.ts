/** Producers that are connected to brokers. */
import {
  GET_ALL_PRODUCER_INFO,
  GET_PRODUCER_CONNECTION_LIST,
  ProducerConnection,
  ProducerTableInfo,
  ResponseCode,
} from '@rocketmq-ts/remoting';
import { AdminNotFoundError } from './admin-errors.js';
import type { AdminTransport } from './admin-transport.js';
import { brokerAddressOf } from './cluster.js';
import type { NameServerAdmin } from './name-server-admin.js';

export class ClientAdmin {
  readonly #transport: AdminTransport;
  readonly #nameServer: NameServerAdmin;

  constructor(transport: AdminTransport, nameServer: NameServerAdmin) {
    this.#transport = transport;
    this.#nameServer = nameServer;
  }

  /** The connections of a producer group at the first broker of a topic that has any. @throws AdminNotFoundError when there are none */
  async producerConnections(producerGroup: string, topic: string): Promise<ProducerConnection> {
    const route = await this.#nameServer.topicRoute(topic);
    for (const broker of route.brokerDatas) {
      const address = brokerAddressOf(broker);
      if (address === undefined) continue;
      const response = await this.#transport.ask(address, GET_PRODUCER_CONNECTION_LIST, { producerGroup });
      const connection = response.code === ResponseCode.SUCCESS ? ProducerConnection.decode(response.body) : undefined;
      if (connection !== undefined && connection.connectionSet.length > 0) return connection;
    }
    throw new AdminNotFoundError(ResponseCode.SYSTEM_ERROR, `producer group '${producerGroup}' has no connection`);
  }

  /** All producers of a broker, by group. */
  async producers(address: string): Promise<ProducerTableInfo> {
    return ProducerTableInfo.decode((await this.#transport.call(address, GET_ALL_PRODUCER_INFO, {})).body);
  }
}
