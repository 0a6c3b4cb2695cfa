/** Tells brokers which groups live in this client, and notices brokers that no longer answer. */
import type { Logger } from '@rocketmq-ts/common';
import {
  type ConsumerData,
  HEART_BEAT,
  HeartbeatData,
  heartbeatFingerprint,
  type ProducerData,
  type RemotingClient,
  RemotingError,
  ResponseCode,
} from '@rocketmq-ts/remoting';
import { type BrokerAddresses, MASTER_ID } from '../route/topic-route.js';

export interface HeartbeatsOptions {
  readonly remoting: Pick<RemotingClient, 'invoke' | 'closeConnection'>;
  readonly clientId: string;
  readonly timeoutMs: number;
  readonly logger: Logger;
  /** The brokers of all known routes. */
  readonly brokers: () => ReadonlyMap<string, BrokerAddresses>;
  readonly producers: () => readonly ProducerData[];
  readonly consumers: () => readonly ConsumerData[];
}

/**
 * Subscriptions travel when a broker does not know them yet; after that, to a
 * broker that understands it, only their fingerprint. Source:
 * MQClientInstance#sendHeartbeatToAllBrokerV2.
 */
export class Heartbeats {
  readonly #options: HeartbeatsOptions;
  /** The fingerprint that a broker (by its address) holds for this client. */
  readonly #known = new Map<string, number>();
  /** What brokers have last said of their versions, by address. */
  readonly #versions = new Map<string, number>();
  readonly #probing = new Map<string, Promise<void>>();

  constructor(options: HeartbeatsOptions) {
    this.#options = options;
  }

  /** To every broker that needs it: producers announce themselves to masters only. */
  async sendAll(): Promise<void> {
    const addresses = this.#addresses();
    for (const table of [this.#known, this.#versions]) {
      for (const address of table.keys()) if (!addresses.includes(address)) table.delete(address);
    }
    const heartbeat = this.#heartbeat();
    if (heartbeat === undefined) return;
    await Promise.all(addresses.map((address) => this.#send(address, heartbeat)));
  }

  /** A new connection: the broker may have forgotten us with the old one. */
  async connectionOpened(address: string): Promise<void> {
    this.#known.delete(address);
    const heartbeat = this.#heartbeat();
    if (heartbeat !== undefined && this.#addresses().includes(address)) await this.#send(address, heartbeat);
  }

  /** The version of a broker; undefined when it does not tell. */
  async version(address: string): Promise<number | undefined> {
    if (!this.#versions.has(address)) await this.connectionOpened(address);
    return this.#versions.get(address);
  }

  /** Looks whether a broker that let a request time out is still there; if not, its connection is closed. */
  probe(address: string): Promise<void> {
    let probing = this.#probing.get(address);
    if (probing === undefined) {
      const heartbeat = this.#heartbeat();
      if (heartbeat === undefined) return Promise.resolve();
      probing = this.#send(address, heartbeat).finally(() => this.#probing.delete(address));
      this.#probing.set(address, probing);
    }
    return probing;
  }

  #addresses(): string[] {
    const mastersOnly = this.#options.consumers().length === 0;
    const found = new Set<string>();
    for (const addresses of this.#options.brokers().values()) {
      for (const [id, address] of addresses) if (!mastersOnly || id === MASTER_ID) found.add(address);
    }
    return [...found];
  }

  #heartbeat(): HeartbeatData | undefined {
    const { clientId, producers, consumers } = this.#options;
    const producerDataSet = producers();
    const consumerDataSet = consumers();
    if (producerDataSet.length === 0 && consumerDataSet.length === 0) return undefined;
    const data = { clientID: clientId, producerDataSet, consumerDataSet, heartbeatFingerprint: 0, withoutSub: false };
    return { ...data, heartbeatFingerprint: heartbeatFingerprint(data) };
  }

  async #send(address: string, heartbeat: HeartbeatData): Promise<void> {
    const { remoting, timeoutMs, logger } = this.#options;
    const fingerprint = heartbeat.heartbeatFingerprint;
    const isLight = this.#known.get(address) === fingerprint;
    const consumerDataSet = isLight
      ? heartbeat.consumerDataSet.map((consumer) => ({ ...consumer, subscriptionDataSet: [] }))
      : heartbeat.consumerDataSet;
    const body = HeartbeatData.encode({ ...heartbeat, consumerDataSet, withoutSub: isLight });
    try {
      const answer = await remoting.invoke(address, HEART_BEAT, {}, { timeoutMs, body });
      this.#versions.set(address, answer.command.version);
      if (answer.code !== ResponseCode.SUCCESS) {
        logger.warn('heartbeat refused', { address, code: answer.code, remark: answer.remark });
        return;
      }
      const { isSupportHeartBeatV2, isSubChange } = answer.header();
      if (isSupportHeartBeatV2 === true && isSubChange !== true) this.#known.set(address, fingerprint);
      else this.#known.delete(address);
      if (isLight && isSubChange === true) await this.#send(address, heartbeat);
    } catch (error) {
      if (!(error instanceof RemotingError)) throw error;
      logger.warn('heartbeat failed', { address, error });
      this.#known.delete(address);
      // A link that swallows everything looks open: only closing it makes requests go another way.
      if (error.code === 'REMOTING_TIMEOUT') remoting.closeConnection(address);
    }
  }
}
