/** The producers that are connected, by group. */
import type { Clock, Logger } from '@rocketmq-ts/common';
import type { Connection } from '@rocketmq-ts/remoting';
import type { BrokerConfig } from '../config.js';
import type { ClientChannel } from './client-channel.js';

export interface ProducerManagerParts {
  readonly config: Pick<BrokerConfig, 'channelExpiredTimeout' | 'enableRegisterProducer' | 'rejectTransactionMessage'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What one heartbeat registered; it holds as long as no producer at all has left since. */
export interface ProducerLease {
  readonly channels: readonly ClientChannel[];
  readonly departures: number;
}

/** Groups that are kept at most. */
const MAX_GROUPS = 100_000;

/** Source: ProducerManager. */
export class ProducerManager {
  readonly #parts: ProducerManagerParts;
  readonly #groups = new Map<string, Map<Connection, ClientChannel>>();
  readonly #groupsOfConnection = new Map<Connection, Set<string>>();
  readonly #connectionOfClient = new Map<string, Connection>();
  /** Producers that have left. */
  #departures = 0;

  constructor(parts: ProducerManagerParts) {
    this.#parts = parts;
  }

  /** The channels of all groups. */
  get groups(): ReadonlyMap<string, ReadonlyMap<Connection, ClientChannel>> {
    return this.#groups;
  }

  /** The connection of a client id, for requests to it. */
  findConnection(clientId: string): Connection | undefined {
    return this.#connectionOfClient.get(clientId);
  }

  /** The channels as one lease; undefined when one of them was refused. */
  lease(channels: readonly (ClientChannel | undefined)[]): ProducerLease | undefined {
    const known = channels.filter((channel) => channel !== undefined);
    return known.length === channels.length ? { channels: known, departures: this.#departures } : undefined;
  }

  /** Does what registering all of them again does; false, and nothing is done, when the lease holds no more. */
  renew({ channels, departures }: ProducerLease): boolean {
    if (departures !== this.#departures) return false;
    const nowMs = this.#parts.clock.now();
    for (const channel of channels) channel.lastUpdateTimestamp = nowMs;
    return true;
  }

  /** Takes a heartbeat of one group; what is known of the client then, or undefined when it was refused. */
  register(group: string, channel: ClientChannel): ClientChannel | undefined {
    const { enableRegisterProducer, rejectTransactionMessage } = this.#parts.config;
    const channels = this.#groups.get(group);
    const known = channels?.get(channel.connection);
    if (known !== undefined) {
      known.lastUpdateTimestamp = this.#parts.clock.now();
      return known;
    }
    if (!enableRegisterProducer && rejectTransactionMessage) return undefined;
    if (channel.connection.closed) return undefined;
    if (channels === undefined) {
      if (this.#groups.size >= MAX_GROUPS) return undefined;
      this.#groups.set(group, new Map([[channel.connection, channel]]));
    } else channels.set(channel.connection, channel);
    const groups = this.#groupsOfConnection.get(channel.connection);
    if (groups === undefined) this.#groupsOfConnection.set(channel.connection, new Set([group]));
    else groups.add(group);
    this.#connectionOfClient.set(channel.clientId, channel.connection);
    this.#parts.logger.info('producer connected', { group, clientId: channel.clientId });
    return channel;
  }

  unregister(group: string, connection: Connection): void {
    const channels = this.#groups.get(group);
    const channel = channels?.get(connection);
    if (channels === undefined || channel === undefined) return;
    channels.delete(connection);
    this.#departures++;
    if (channels.size === 0) this.#groups.delete(group);
    const groups = this.#groupsOfConnection.get(connection);
    groups?.delete(group);
    if (groups?.size === 0) this.#groupsOfConnection.delete(connection);
    if (this.#connectionOfClient.get(channel.clientId) === connection)
      this.#connectionOfClient.delete(channel.clientId);
    this.#parts.logger.info('producer gone', { group, clientId: channel.clientId });
  }

  /** The connection is closed: its producers are gone. */
  closed(connection: Connection): void {
    for (const group of this.#groupsOfConnection.get(connection) ?? []) this.unregister(group, connection);
  }

  /** Cuts off clients that have been silent for too long. */
  scan(): void {
    const oldest = this.#parts.clock.now() - this.#parts.config.channelExpiredTimeout;
    for (const [group, channels] of this.#groups) {
      for (const { connection, lastUpdateTimestamp } of channels.values()) {
        if (lastUpdateTimestamp >= oldest) continue;
        this.unregister(group, connection);
        connection.destroy();
      }
    }
  }
}
