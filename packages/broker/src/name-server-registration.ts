/** Keeps the name servers informed of this broker and its topics, as long as it runs. */
import {
  type Clock,
  crc32,
  DataVersion,
  isReadable,
  isWriteable,
  type Logger,
  type Timer,
  type TopicConfig,
} from '@rocketmq-ts/common';
import {
  DataVersionBody,
  encodeCompressedRegisterBrokerBody,
  KVTable,
  QUERY_DATA_VERSION,
  REGISTER_BROKER,
  REGISTER_TOPIC_IN_NAMESRV,
  RegisterBrokerBody,
  type RemotingClient,
  RemotingError,
  ResponseCode,
  TopicRouteData,
  UNREGISTER_BROKER,
} from '@rocketmq-ts/remoting';
import type { BrokerConfig } from './config.js';
import type { TopicConfigManager } from './topic/topic-config-manager.js';

export interface NameServerRegistrationParts {
  readonly config: Pick<
    BrokerConfig,
    | 'brokerClusterName'
    | 'brokerId'
    | 'brokerName'
    | 'brokerPermission'
    | 'compressedRegister'
    | 'enableSingleTopicRegister'
    | 'enableSplitRegistration'
    | 'forceRegister'
    | 'namesrvAddr'
    | 'registerBrokerTimeoutMills'
    | 'registerNameServerPeriod'
    | 'splitRegistrationSize'
  >;
  readonly brokerAddr: string;
  readonly haServerAddr: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly client: Pick<RemotingClient, 'invoke'>;
  readonly topics: Pick<TopicConfigManager, 'table' | 'dataVersion' | 'updateOrderTopics'>;
}

/** What one name server has to be told. */
interface Peer {
  readonly address: string;
  /** It has to hear of all topics. */
  needsAll: boolean;
  readonly changed: Map<string, TopicConfig>;
  busy: boolean;
  registered: boolean;
  retry: Timer | undefined;
  /** Failures in a row. */
  failures: number;
}

const MIN_PERIOD_MS = 10_000;
const MAX_PERIOD_MS = 60_000;
/** A name server that did not answer is tried again so soon. */
const RETRY_MS = 1000;
/** One of so many failures in a row is logged. */
const LOG_EVERY = 30;
const SHORT_TIMEOUT_MS = 3000;
const MAX_NAME_SERVERS = 64;

/** The addresses of a `;` separated list. */
export function nameServerAddresses(namesrvAddr: string | undefined): string[] {
  const addresses = (namesrvAddr ?? '').split(/[;,\s]+/).filter((address) => address !== '');
  return [...new Set(addresses)].slice(0, MAX_NAME_SERVERS);
}

/** Source: BrokerController#registerBrokerAll, BrokerOuterAPI. */
export class NameServerRegistration {
  readonly #parts: NameServerRegistrationParts;
  readonly #peers: readonly Peer[];
  #timer: Timer | undefined;
  #stopped = false;

  constructor(parts: NameServerRegistrationParts) {
    this.#parts = parts;
    this.#peers = nameServerAddresses(parts.config.namesrvAddr).map((address) => ({
      address,
      needsAll: true,
      changed: new Map(),
      busy: false,
      registered: false,
      retry: undefined,
      failures: 0,
    }));
  }

  /** Tries each name server once and resolves then; those that fail are tried again until they answer. */
  async start(): Promise<void> {
    this.#schedule();
    await Promise.all(this.#peers.map((peer) => this.#pump(peer)));
  }

  /** Topics were made or changed. */
  topicsChanged(topics: readonly TopicConfig[]): void {
    if (this.#stopped) return;
    for (const peer of this.#peers) {
      for (const topic of topics) peer.changed.set(topic.topicName, topic);
      this.#pumpSoon(peer);
    }
  }

  /** Tells every name server everything, such as after a change of the broker's permission. */
  registerAll(): void {
    for (const peer of this.#peers) {
      peer.needsAll = true;
      this.#pumpSoon(peer);
    }
  }

  /** Takes the broker out of the name servers that answer in time. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    for (const peer of this.#peers) peer.retry?.cancel();
    await Promise.all(this.#peers.map((peer) => this.#unregister(peer)));
  }

  #schedule(): void {
    const periodMs = Math.min(Math.max(this.#parts.config.registerNameServerPeriod, MIN_PERIOD_MS), MAX_PERIOD_MS);
    this.#timer = this.#parts.clock.setTimer(
      periodMs,
      () => {
        this.#schedule();
        for (const peer of this.#peers) this.#pumpSoon(peer, { periodic: true });
      },
      { background: true },
    );
  }

  #pumpSoon(peer: Peer, options: { periodic?: boolean } = {}): void {
    this.#pump(peer, options).catch((error: unknown) => {
      this.#parts.logger.error('registration failed', { nameServer: peer.address, error });
    });
  }

  /** Sends what a name server has to hear, one request after the other. */
  async #pump(peer: Peer, { periodic = false } = {}): Promise<void> {
    if (peer.busy || this.#stopped) return;
    peer.busy = true;
    peer.retry?.cancel();
    peer.retry = undefined;
    try {
      if (periodic) peer.needsAll ||= this.#parts.config.forceRegister || (await this.#isOutdated(peer));
      while (!this.#stopped && (peer.needsAll || peer.changed.size > 0)) await this.#tellOnce(peer);
      peer.failures = 0;
    } catch (error) {
      if (!(error instanceof RemotingError || error instanceof RegistrationRefusedError)) throw error;
      this.#onFailure(peer, error);
    } finally {
      peer.busy = false;
    }
  }

  #onFailure(peer: Peer, error: Error): void {
    peer.needsAll = true;
    if (peer.failures++ % LOG_EVERY === 0) {
      this.#parts.logger.warn('name server not reached, trying again', {
        nameServer: peer.address,
        reason: error.message,
      });
    }
    if (this.#stopped) return;
    peer.retry = this.#parts.clock.setTimer(RETRY_MS, () => this.#pumpSoon(peer), { background: true });
  }

  async #tellOnce(peer: Peer): Promise<void> {
    const all = peer.needsAll;
    const topics = all ? [...this.#parts.topics.table.values()] : [...peer.changed.values()];
    peer.needsAll = false;
    peer.changed.clear();
    if (!all && this.#parts.config.enableSingleTopicRegister) {
      for (const topic of topics) await this.#registerTopic(peer, this.#withBrokerPermission(topic));
      return;
    }
    for (const chunk of this.#chunks(topics)) await this.#register(peer, chunk);
    if (!peer.registered) this.#parts.logger.info('registered', { nameServer: peer.address });
    peer.registered = true;
  }

  #chunks(topics: readonly TopicConfig[]): TopicConfig[][] {
    const { enableSplitRegistration, splitRegistrationSize } = this.#parts.config;
    const size = enableSplitRegistration ? splitRegistrationSize : Math.max(topics.length, 1);
    const chunks: TopicConfig[][] = [];
    for (let start = 0; start < Math.max(topics.length, 1); start += size) {
      chunks.push(topics.slice(start, start + size).map((topic) => this.#withBrokerPermission(topic)));
    }
    return chunks;
  }

  #withBrokerPermission(topic: TopicConfig): TopicConfig {
    const { brokerPermission } = this.#parts.config;
    if (isWriteable(brokerPermission) && isReadable(brokerPermission)) return topic;
    return { ...topic, perm: topic.perm & brokerPermission };
  }

  async #register(peer: Peer, topics: readonly TopicConfig[]): Promise<void> {
    const { config, client, brokerAddr, haServerAddr } = this.#parts;
    const body = this.#body(topics);
    const header = {
      brokerName: config.brokerName,
      brokerAddr,
      clusterName: config.brokerClusterName,
      haServerAddr,
      brokerId: config.brokerId,
      enableActingMaster: false,
      compressed: config.compressedRegister,
      bodyCrc32: crc32(body),
    };
    const response = await client.invoke(peer.address, REGISTER_BROKER, header, {
      timeoutMs: config.registerBrokerTimeoutMills,
      body,
    });
    if (response.code !== ResponseCode.SUCCESS) throw new RegistrationRefusedError(response.code, response.remark);
    if (response.body !== undefined && response.body.length > 0) {
      this.#parts.topics.updateOrderTopics(KVTable.decode(response.body).table.keys());
    }
  }

  #body(topics: readonly TopicConfig[]): Buffer {
    const body: RegisterBrokerBody = {
      topicConfigSerializeWrapper: {
        topicConfigTable: new Map(topics.map((topic) => [topic.topicName, topic])),
        dataVersion: this.#parts.topics.dataVersion,
        topicQueueMappingInfoMap: new Map(),
        topicQueueMappingDetailMap: new Map(),
        mappingDataVersion: new DataVersion(0),
      },
      filterServerList: [],
    };
    return this.#parts.config.compressedRegister
      ? encodeCompressedRegisterBrokerBody(body)
      : RegisterBrokerBody.encode(body);
  }

  async #registerTopic(peer: Peer, topic: TopicConfig): Promise<void> {
    const { perm, readQueueNums, writeQueueNums, topicSysFlag, topicName } = topic;
    const { brokerName } = this.#parts.config;
    const body = TopicRouteData.encode({
      brokerDatas: [],
      filterServerTable: new Map(),
      queueDatas: [{ brokerName, perm, readQueueNums, writeQueueNums, topicSysFlag }],
    });
    const options = { timeoutMs: SHORT_TIMEOUT_MS, body };
    await this.#parts.client.invoke(peer.address, REGISTER_TOPIC_IN_NAMESRV, { topic: topicName }, options);
  }

  async #isOutdated(peer: Peer): Promise<boolean> {
    const { config, client, brokerAddr, topics } = this.#parts;
    const { brokerName, brokerClusterName: clusterName, brokerId } = config;
    const response = await client.invoke(
      peer.address,
      QUERY_DATA_VERSION,
      { brokerName, brokerAddr, clusterName, brokerId },
      { timeoutMs: config.registerBrokerTimeoutMills, body: DataVersionBody.encode(topics.dataVersion) },
    );
    if (response.code !== ResponseCode.SUCCESS) return true;
    if (response.header().changed) return true;
    const { body } = response;
    return body !== undefined && body.length > 0 && !DataVersionBody.decode(body).equals(topics.dataVersion);
  }

  async #unregister(peer: Peer): Promise<void> {
    if (!peer.registered) return;
    const { config, client, brokerAddr, logger } = this.#parts;
    const { brokerName, brokerClusterName: clusterName, brokerId } = config;
    const header = { brokerName, brokerAddr, clusterName, brokerId };
    try {
      await client.invoke(peer.address, UNREGISTER_BROKER, header, { timeoutMs: SHORT_TIMEOUT_MS });
    } catch (error) {
      if (!(error instanceof RemotingError)) throw error;
      logger.warn('not unregistered', { nameServer: peer.address, reason: error.message });
    }
  }
}

/** The name server answered, but did not take the registration. */
class RegistrationRefusedError extends Error {
  constructor(code: number, remark: string | undefined) {
    super(`the name server answered ${code}: ${remark ?? ''}`);
  }
}
