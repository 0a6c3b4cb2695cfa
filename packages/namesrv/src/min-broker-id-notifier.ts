/** Tells the members of a broker group, one-way, that their lowest live id is another one. */
import type { Logger } from '@rocketmq-ts/common';
import {
  NOTIFY_MIN_BROKER_ID_CHANGE,
  type NotifyMinBrokerIdChangeRequestHeader,
  type RemotingClient,
  RemotingError,
} from '@rocketmq-ts/remoting';
import type { MinBrokerIdChange } from './route/broker-registration.js';

/** The reference's time for connecting and sending. */
const TIMEOUT_MS = 300;
/** Members told at one time; brokers beyond it learn the change from their own queries. */
const MAX_UNDER_WAY = 1000;

/** Source: RouteInfoManager#notifyMinBrokerIdChanged. */
export class MinBrokerIdNotifier {
  readonly #client: Pick<RemotingClient, 'oneway'>;
  readonly #logger: Logger;
  #underWay = 0;

  constructor(dependencies: { client: Pick<RemotingClient, 'oneway'>; logger: Logger }) {
    this.#client = dependencies.client;
    this.#logger = dependencies.logger;
  }

  notify({ minBrokerId, minBrokerAddr, offlineBrokerAddr, haBrokerAddr, brokerAddrs }: MinBrokerIdChange): void {
    this.#logger.info('min broker id changed', {
      minBrokerId,
      minBrokerAddr,
      offlineBrokerAddr,
      notified: brokerAddrs,
    });
    const header = { minBrokerId, minBrokerAddr, offlineBrokerAddr, haBrokerAddr };
    for (const address of brokerAddrs) {
      if (this.#underWay >= MAX_UNDER_WAY) return;
      this.#underWay++;
      void this.#send(address, header).finally(() => {
        this.#underWay--;
      });
    }
  }

  async #send(address: string, header: NotifyMinBrokerIdChangeRequestHeader): Promise<void> {
    try {
      await this.#client.oneway(address, NOTIFY_MIN_BROKER_ID_CHANGE, header, { timeoutMs: TIMEOUT_MS });
    } catch (error) {
      if (!(error instanceof RemotingError)) throw error;
      this.#logger.warn('a broker could not be told of the min broker id', { address, reason: error.message });
    }
  }
}
