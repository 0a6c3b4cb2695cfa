/** What a broker as a whole is asked: runtime figures, settings, statistics, cleaning. */
import {
  ADD_BROKER,
  BrokerStatsData,
  CLEAN_EXPIRED_CONSUMEQUEUE,
  CLEAN_UNUSED_TOPIC,
  DELETE_EXPIRED_COMMITLOG,
  GET_BROKER_CONFIG,
  GET_BROKER_HA_STATUS,
  GET_BROKER_RUNTIME_INFO,
  HARuntimeInfo,
  KVTable,
  REMOVE_BROKER,
  ResponseCode,
  SWITCH_TIMER_ENGINE,
  UPDATE_BROKER_CONFIG,
  VIEW_BROKER_STATS_DATA,
} from '@rocketmq-ts/remoting';
import { hasCode } from './admin-errors.js';
import type { AdminTransport } from './admin-transport.js';
import { readConfig, writeConfig } from './name-server-admin.js';

/** A broker that is started recovers its store, one that is stopped flushes it, before the answer. */
const CONTAINER_TIMEOUT_MS = 60_000;

export class BrokerAdmin {
  readonly #transport: AdminTransport;

  constructor(transport: AdminTransport) {
    this.#transport = transport;
  }

  /** Figures by name; those of the reference, e.g. `putTps`. */
  async runtimeInfo(address: string): Promise<ReadonlyMap<string, string>> {
    const response = await this.#transport.call(address, GET_BROKER_RUNTIME_INFO, undefined);
    return KVTable.decode(response.body).table;
  }

  async getConfig(address: string): Promise<Map<string, string>> {
    const response = await this.#transport.call(address, GET_BROKER_CONFIG, undefined);
    return readConfig(response.body);
  }

  async updateConfig(address: string, settings: ReadonlyMap<string, string>): Promise<void> {
    await this.#transport.call(address, UPDATE_BROKER_CONFIG, undefined, { body: writeConfig(settings) });
  }

  /** One counter, e.g. `TOPIC_PUT_NUMS` of a topic; undefined when nothing was counted yet. */
  async statsData(address: string, statsName: string, statsKey: string): Promise<BrokerStatsData | undefined> {
    try {
      const response = await this.#transport.call(address, VIEW_BROKER_STATS_DATA, { statsName, statsKey });
      return BrokerStatsData.decode(response.body);
    } catch (error) {
      // A counter comes to life with the first event that it counts.
      if (hasCode(error, ResponseCode.SYSTEM_ERROR)) return undefined;
      throw error;
    }
  }

  /** State of the replication, seen from this broker. */
  async haStatus(address: string): Promise<HARuntimeInfo> {
    return HARuntimeInfo.decode((await this.#transport.call(address, GET_BROKER_HA_STATUS, undefined)).body);
  }

  /** Deletes consume queues whose messages are all gone. */
  async cleanExpiredConsumeQueue(address: string): Promise<void> {
    await this.#transport.call(address, CLEAN_EXPIRED_CONSUMEQUEUE, undefined);
  }

  /** Chooses what keeps the times of timed messages: `F` the wheel in files, `R` the timeline in RocksDB where there is one. */
  async switchTimerEngine(address: string, engineType: 'F' | 'R'): Promise<void> {
    await this.#transport.call(address, SWITCH_TIMER_ENGINE, { engineType });
  }

  /** Starts one more broker in a container, from a configuration file on the container's machine. */
  async addToContainer(containerAddress: string, configPath: string): Promise<void> {
    await this.#transport.call(containerAddress, ADD_BROKER, { configPath }, { timeoutMs: CONTAINER_TIMEOUT_MS });
  }

  /** Stops a broker of a container. Throws BrokerError with BROKER_NOT_EXIST when there is none of this identity. */
  async removeFromContainer(
    containerAddress: string,
    identity: { readonly brokerClusterName: string; readonly brokerName: string; readonly brokerId: number },
  ): Promise<void> {
    await this.#transport.call(containerAddress, REMOVE_BROKER, identity, { timeoutMs: CONTAINER_TIMEOUT_MS });
  }

  /** Deletes expired commit log files at once. */
  async deleteExpiredCommitLog(address: string): Promise<void> {
    await this.#transport.call(address, DELETE_EXPIRED_COMMITLOG, undefined);
  }

  /** Deletes the queues of topics that no longer exist. */
  async cleanUnusedTopic(address: string): Promise<void> {
    await this.#transport.call(address, CLEAN_UNUSED_TOPIC, undefined);
  }
}

/** Messages counted in a day, or in the longest span there is. Source: StatsAllSubCommand#compute24HourSum. */
export function sumOfDay({ statsDay, statsHour, statsMinute }: BrokerStatsData): number {
  return statsDay?.sum || statsHour?.sum || statsMinute?.sum || 0;
}
