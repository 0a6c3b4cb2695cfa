/** The role of `rocketmq broker`: one broker in this process. */
import { totalmem } from 'node:os';
import { Broker, type BrokerSettings, type BrokerSettingsOverrides, createBrokerSettings } from '@rocketmq-ts/broker';
import { MessageStore } from '@rocketmq-ts/store';
import { addressOf } from '../address.js';
import { applyConfigFile, readConfigFile } from '../config-file.js';
import { LogReaderThread } from '../log-reader/log-reader-thread.js';
import type { ProcessPorts } from '../ports.js';
import type { Role } from '../process.js';
import { QueueWriterThread } from '../queue-writer/queue-writer-thread.js';
import { tlsServerOptions } from '../tls.js';

export interface BrokerRoleOptions {
  readonly configFile?: string | undefined;
  /** What stands in the file, where it was read already. */
  readonly properties?: ReadonlyMap<string, string>;
  /** Over the defaults, under the file. */
  readonly overrides?: BrokerSettingsOverrides;
  /** Keys that the command line sets: over the file and the environment. */
  readonly commandLine?: ReadonlyMap<string, string>;
}

/** The settings that the options, the file and the environment give together. */
export function brokerSettings(options: BrokerRoleOptions, ports: ProcessPorts): BrokerSettings {
  const { configFile: path, commandLine, overrides } = options;
  const broker = { ...overrides?.broker, ...(path === undefined ? {} : { brokerConfigPath: path }) };
  const settings = createBrokerSettings(ports.environment, { ...overrides, broker });
  if (path !== undefined) {
    const properties = options.properties ?? readConfigFile(ports.files, path);
    applyConfigFile(settings.configuration, { path, properties }, ports.logger);
  }
  if (commandLine !== undefined) settings.configuration.load(commandLine);
  return settings;
}

/** Starts a broker. */
export async function startBroker(
  options: BrokerRoleOptions,
  ports: ProcessPorts,
): Promise<Role & { readonly address: string }> {
  const settings = brokerSettings(options, ports);
  // On a single core they would only take the event loop's time.
  const hasCores = ports.environment.cpuCount > 1;
  const blockReader = hasCores ? new LogReaderThread(ports) : undefined;
  const strokeWriter = hasCores ? new QueueWriterThread(ports) : undefined;
  const broker = new Broker({
    ...ports,
    settings,
    pid: process.pid,
    tls: tlsServerOptions(ports),
    openStore: (store) => MessageStore.open({ ...store, physicalMemoryBytes: totalmem(), blockReader, strokeWriter }),
  });
  await broker.start();
  const { brokerName, namesrvAddr } = settings.broker;
  const registered = namesrvAddr === undefined ? 'no name server' : `name server ${namesrvAddr}`;
  return {
    address: broker.address,
    endpoints: `${addressOf(settings.nettyServer.bindAddress, broker.port)} (${brokerName}, ${registered})`,
    async stop() {
      // What it had not read yet is read by the broker itself.
      await blockReader?.close();
      await broker.stop();
      await strokeWriter?.close();
    },
  };
}
