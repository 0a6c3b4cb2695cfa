/** The role of `rocketmq standalone`: name server and broker in one process, on one data directory. */
import { resolve } from 'node:path';
import { addressOf } from '../address.js';
import type { ProcessPorts } from '../ports.js';
import type { Role } from '../process.js';
import { type BrokerRoleOptions, startBroker } from './broker.js';
import { startNamesrv } from './namesrv.js';

export interface StandaloneOptions {
  /** The broker's store; the name server keeps its files in `namesrv` below it. */
  readonly data: string;
  /** Address to listen on, and that the broker announces. */
  readonly host: string;
  readonly configFile?: string | undefined;
  readonly namesrvPort: number;
  readonly brokerPort: number;
  /** Which of these were really given: they win over the configuration file, the defaults do not. */
  readonly given: ReadonlySet<'data' | 'host' | 'brokerPort'>;
  /** Further keys of the broker, over the file. */
  readonly settings?: ReadonlyMap<string, string>;
}

/** The two servers, with the addresses that clients use. */
export interface Standalone extends Role {
  readonly namesrvAddress: string;
  readonly brokerAddress: string;
}

/** Starts both; when the second one fails, the first is stopped. */
export async function startStandalone(options: StandaloneOptions, ports: ProcessPorts): Promise<Standalone> {
  const namesrv = await startNamesrv({ overrides: namesrvOverrides(options) }, ports);
  try {
    const broker = await startBroker(brokerOptions(options, namesrv.port, ports), ports);
    return {
      namesrvAddress: addressOf(reachable(options.host), namesrv.port),
      brokerAddress: broker.address,
      endpoints: `name server ${namesrv.endpoints}, broker ${broker.endpoints}, data ${resolve(options.data)}`,
      async stop() {
        await broker.stop();
        await namesrv.stop();
      },
    };
  } catch (error) {
    await namesrv.stop();
    throw error;
  }
}

function namesrvOverrides({ data, host, namesrvPort }: StandaloneOptions) {
  const directory = resolve(data, 'namesrv');
  return {
    namesrv: { kvConfigPath: `${directory}/kvConfig.json`, configStorePath: `${directory}/namesrv.properties` },
    nettyServer: { bindAddress: host, listenPort: namesrvPort },
  };
}

/** What was given on the command line wins over the file; what was not is a default under it. */
function brokerOptions(options: StandaloneOptions, namesrvPort: number, ports: ProcessPorts): BrokerRoleOptions {
  const { data, host, configFile, brokerPort, given } = options;
  const announced = reachable(host) === host ? host : ports.environment.localAddress;
  const commandLine = new Map([...(options.settings ?? []), ['namesrvAddr', addressOf(reachable(host), namesrvPort)]]);
  if (given.has('data')) commandLine.set('storePathRootDir', resolve(data));
  if (given.has('host')) commandLine.set('bindAddress', host);
  if (given.has('brokerPort')) commandLine.set('listenPort', String(brokerPort));
  return {
    configFile,
    commandLine,
    overrides: {
      broker: { brokerIP1: announced, brokerIP2: announced, brokerName: 'broker-a', listenPort: brokerPort },
      nettyServer: { bindAddress: host },
      store: { storePathRootDir: resolve(data) },
    },
  };
}

/** Where this machine reaches a listener on `host`. */
function reachable(host: string): string {
  return host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
}
