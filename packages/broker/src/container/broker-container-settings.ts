/** The configuration of a container process: its classes with their values, as one. */
import { Configuration, createConfig, type Environment } from '@rocketmq-ts/common';
import {
  type NettyClientConfig,
  type NettyServerConfig,
  nettyClientConfigDeclaration,
  nettyServerConfigDeclaration,
  type ServerLimitsConfig,
  serverLimitsConfigDeclaration,
} from '@rocketmq-ts/remoting';
import { type BrokerContainerConfig, brokerContainerConfigDeclaration } from './broker-container-config.js';

/** The port of a container that names none. */
export const DEFAULT_CONTAINER_PORT = 10_811;

/** The classes of the configuration, and all of them as one. */
export interface BrokerContainerSettings {
  readonly container: BrokerContainerConfig;
  /** Also what the brokers start from: their files may say otherwise. */
  readonly nettyServer: NettyServerConfig;
  readonly nettyClient: NettyClientConfig;
  readonly serverLimits: ServerLimitsConfig;
  /** Holds the values of all classes: loads files, shows and changes them. */
  readonly configuration: Configuration;
}

/** What is set before any file is read. */
export interface BrokerContainerSettingsOverrides {
  readonly container?: Partial<BrokerContainerConfig>;
  readonly nettyServer?: Partial<NettyServerConfig>;
  readonly nettyClient?: Partial<NettyClientConfig>;
  readonly serverLimits?: Partial<ServerLimitsConfig>;
}

/** The defaults in this environment with `overrides` over them. Source: BrokerContainerStartup. */
export function createBrokerContainerSettings(
  environment: Environment,
  overrides: BrokerContainerSettingsOverrides = {},
): BrokerContainerSettings {
  const container = createConfig(brokerContainerConfigDeclaration, environment, overrides.container);
  const nettyServer = createConfig(nettyServerConfigDeclaration, environment, {
    listenPort: DEFAULT_CONTAINER_PORT,
    ...overrides.nettyServer,
  });
  const nettyClient = createConfig(nettyClientConfigDeclaration, environment, overrides.nettyClient);
  const serverLimits = createConfig(serverLimitsConfigDeclaration, environment, overrides.serverLimits);
  const configuration = new Configuration()
    .add(brokerContainerConfigDeclaration, container)
    .add(nettyServerConfigDeclaration, nettyServer)
    .add(serverLimitsConfigDeclaration, serverLimits)
    .add(nettyClientConfigDeclaration, nettyClient);
  return { container, nettyServer, nettyClient, serverLimits, configuration };
}

/** The paths of a `:` separated list. */
export function brokerConfigPathsOf(text: string | undefined): string[] {
  const paths = (text ?? '').split(':').map((path) => path.trim());
  return paths.filter((path) => path !== '');
}
