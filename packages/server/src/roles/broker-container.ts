/** The role of `rocketmq broker-container`: several brokers in this process, each on a thread of its own. */
import {
  BrokerContainer,
  type BrokerContainerSettings,
  brokerConfigPathsOf,
  createBrokerContainerSettings,
} from '@rocketmq-ts/broker';
import { addressOf } from '../address.js';
import { applyConfigFile, readConfigFile } from '../config-file.js';
import { BrokerThread } from '../container/broker-thread.js';
import type { ProcessPorts } from '../ports.js';
import type { Role } from '../process.js';
import { tlsServerOptions } from '../tls.js';

export interface BrokerContainerRoleOptions {
  readonly configFile?: string | undefined;
  /** Files of the brokers, `:` between them: instead of `brokerConfigPaths` of the file. */
  readonly brokerConfigFiles?: string | undefined;
  /** Keys that the command line sets: over the file and the environment. */
  readonly commandLine?: ReadonlyMap<string, string>;
  /** `-Dname=value` words, for the threads. */
  readonly definitions: readonly string[];
}

/** The settings that the options, the file and the environment give together. */
export function brokerContainerSettings(
  { configFile: path, commandLine }: Omit<BrokerContainerRoleOptions, 'definitions'>,
  ports: ProcessPorts,
): BrokerContainerSettings {
  const settings = createBrokerContainerSettings(ports.environment);
  if (path !== undefined) {
    applyConfigFile(settings.configuration, { path, properties: readConfigFile(ports.files, path) }, ports.logger);
  }
  if (commandLine !== undefined) settings.configuration.load(commandLine);
  return settings;
}

/** Starts a container with its brokers. */
export async function startBrokerContainer(options: BrokerContainerRoleOptions, ports: ProcessPorts): Promise<Role> {
  const settings = brokerContainerSettings(options, ports);
  const { definitions, configFile: configPath, brokerConfigFiles } = options;
  const { clock, logger } = ports;
  const container = new BrokerContainer({
    ...ports,
    settings,
    configPath,
    tls: tlsServerOptions(ports),
    makeBroker: (plan) => new BrokerThread({ plan, definitions, clock, logger }),
  });
  const paths = brokerConfigPathsOf(brokerConfigFiles ?? settings.container.brokerConfigPaths);
  const brokers = await container.start(paths);
  const own = addressOf(settings.nettyServer.bindAddress, container.port);
  return {
    endpoints: [own, ...brokers.map(({ endpoints }) => endpoints)].join(', '),
    stop: () => container.stop(),
  };
}
