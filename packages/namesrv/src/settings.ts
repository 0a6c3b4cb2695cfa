/** The configuration of a name server process: its classes with their values, as one. */
import { Configuration, createConfig, type Environment } from '@rocketmq-ts/common';
import {
  type NettyClientConfig,
  type NettyServerConfig,
  nettyClientConfigDeclaration,
  nettyServerConfigDeclaration,
  type ServerLimitsConfig,
  serverLimitsConfigDeclaration,
} from '@rocketmq-ts/remoting';
import { type NamesrvConfig, namesrvConfigDeclaration } from './config.js';

/** The port of a name server that names none. */
export const DEFAULT_NAMESRV_PORT = 9876;

export interface NamesrvSettings {
  readonly namesrv: NamesrvConfig;
  readonly nettyServer: NettyServerConfig;
  readonly nettyClient: NettyClientConfig;
  readonly serverLimits: ServerLimitsConfig;
  /** Holds the values of `namesrv` and `nettyServer`: loads files, shows and changes them. */
  readonly configuration: Configuration;
}

/** Values that stand in for the defaults; configuration files and the wire may change them further. */
export interface NamesrvSettingsOverrides {
  readonly namesrv?: Partial<NamesrvConfig>;
  readonly nettyServer?: Partial<NettyServerConfig>;
  readonly nettyClient?: Partial<NettyClientConfig>;
  readonly serverLimits?: Partial<ServerLimitsConfig>;
}

/** The defaults in this environment with `overrides` over them. Source: NamesrvStartup. */
export function createNamesrvSettings(
  environment: Environment,
  overrides: NamesrvSettingsOverrides = {},
): NamesrvSettings {
  const namesrv = createConfig(namesrvConfigDeclaration, environment, overrides.namesrv);
  const nettyServer = createConfig(nettyServerConfigDeclaration, environment, {
    listenPort: DEFAULT_NAMESRV_PORT,
    ...overrides.nettyServer,
  });
  const nettyClient = createConfig(nettyClientConfigDeclaration, environment, overrides.nettyClient);
  const serverLimits = createConfig(serverLimitsConfigDeclaration, environment, overrides.serverLimits);
  const configuration = new Configuration()
    .add(namesrvConfigDeclaration, namesrv)
    .add(nettyServerConfigDeclaration, nettyServer)
    .add(serverLimitsConfigDeclaration, serverLimits);
  return { namesrv, nettyServer, nettyClient, serverLimits, configuration };
}
