/** The configuration of a broker process: its classes with their values, as one. */
import { Configuration, createConfig, type Environment } from '@rocketmq-ts/common';
import {
  type NettyClientConfig,
  type NettyServerConfig,
  nettyClientConfigDeclaration,
  nettyServerConfigDeclaration,
  type ServerLimitsConfig,
  serverLimitsConfigDeclaration,
} from '@rocketmq-ts/remoting';
import { type MessageStoreConfig, messageStoreConfigDeclaration } from '@rocketmq-ts/store';
import { LOCK_MAX_LIVE_MS } from './client/rebalance-lock-manager.js';
import { type AuthConfig, authConfigDeclaration, type BrokerConfig, brokerConfigDeclaration } from './config.js';

/** The port of a broker that names none. */
export const DEFAULT_BROKER_PORT = 10_911;

/** The classes of the configuration, and all of them as one. */
export interface BrokerSettings {
  readonly broker: BrokerConfig;
  readonly nettyServer: NettyServerConfig;
  readonly nettyClient: NettyClientConfig;
  readonly serverLimits: ServerLimitsConfig;
  readonly store: MessageStoreConfig;
  readonly auth: AuthConfig;
  /** How long the lock of a queue lives that is not renewed, ms; the system property `rocketmq.broker.rebalance.lockMaxLiveTime`. */
  readonly lockMaxLiveMs: number;
  /** Holds the values of all classes: loads files, shows and changes them. */
  readonly configuration: Configuration;
}

/** What is set before any file is read. */
export interface BrokerSettingsOverrides {
  readonly broker?: Partial<BrokerConfig>;
  readonly nettyServer?: Partial<NettyServerConfig>;
  readonly nettyClient?: Partial<NettyClientConfig>;
  readonly serverLimits?: Partial<ServerLimitsConfig>;
  readonly store?: Partial<MessageStoreConfig>;
  readonly auth?: Partial<AuthConfig>;
}

/** Source: RebalanceLockManager#REBALANCE_LOCK_MAX_LIVE_TIME. */
function lockMaxLiveMs({ systemProperties }: Environment): number {
  const name = 'rocketmq.broker.rebalance.lockMaxLiveTime';
  const text = systemProperties.get(name);
  if (text === undefined) return LOCK_MAX_LIVE_MS;
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new Error(`${name}: '${text}' is not a whole number above 0`);
  return Number(text);
}

/** The defaults in this environment with `overrides` over them. Source: BrokerStartup. */
export function createBrokerSettings(
  environment: Environment,
  overrides: BrokerSettingsOverrides = {},
): BrokerSettings {
  const listenPort = overrides.broker?.listenPort ?? overrides.nettyServer?.listenPort ?? DEFAULT_BROKER_PORT;
  const broker = createConfig(brokerConfigDeclaration, environment, { ...overrides.broker, listenPort });
  const nettyServer = createConfig(nettyServerConfigDeclaration, environment, { ...overrides.nettyServer, listenPort });
  const nettyClient = createConfig(nettyClientConfigDeclaration, environment, overrides.nettyClient);
  const serverLimits = createConfig(serverLimitsConfigDeclaration, environment, overrides.serverLimits);
  const store = createConfig(messageStoreConfigDeclaration, environment, overrides.store);
  const auth = createConfig(authConfigDeclaration, environment, overrides.auth);
  const configuration = new Configuration()
    .add(brokerConfigDeclaration, broker)
    .add(nettyServerConfigDeclaration, nettyServer)
    .add(serverLimitsConfigDeclaration, serverLimits)
    .add(nettyClientConfigDeclaration, nettyClient)
    .add(messageStoreConfigDeclaration, store)
    .add(authConfigDeclaration, auth, { shownWhenSet: true });
  return {
    ...{ broker, nettyServer, nettyClient, serverLimits, store, auth },
    lockMaxLiveMs: lockMaxLiveMs(environment),
    configuration,
  };
}
