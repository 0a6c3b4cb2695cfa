/** From a broker's configuration file to a broker that the container may start, or to the reason why it may not. */
import { resolve } from 'node:path';
import {
  ConfigError,
  type Environment,
  type Files,
  isFileSystemError,
  MalformedDataError,
  readProperties,
} from '@rocketmq-ts/common';
import { CommitLogDirectories } from '@rocketmq-ts/store';
import { type BrokerSettings, type BrokerSettingsOverrides, createBrokerSettings } from '../settings.js';
import type { BrokerContainerSettings } from './broker-container-settings.js';
import { type BrokerIdentity, canonicalNameOf, type InnerBrokerPlan } from './inner-broker.js';

/** The container does not take this broker; the message is the remark of the answer. */
export class InnerBrokerRefusedError extends Error {
  override readonly name = 'InnerBrokerRefusedError';
}

/** The port of a broker whose file names none. Source: BrokerConfig#listenPort, which nobody sets to 10911 here. */
const DEFAULT_INNER_PORT = 6888;
const FAST_PORT_DISTANCE = 2;
const MAX_FILE_BYTES = 1024 * 1024;
/** Points of accessMessageInMemoryMaxRatio that a slave leaves to the masters beside it. */
const RATIO_OF_MASTERS = 10;

/**
 * The properties of a broker's file.
 * @throws InnerBrokerRefusedError when it cannot be read, is empty, or larger than any configuration
 */
export function readBrokerFile(files: Files, path: string): ReadonlyMap<string, string> {
  try {
    const stat = files.statSync(path);
    // Devices and pipes have no size, and reading them may never end.
    if (stat === undefined || stat.isDirectory || stat.sizeBytes === 0 || stat.sizeBytes > MAX_FILE_BYTES) {
      throw new InnerBrokerRefusedError('addBroker properties empty');
    }
    return readProperties(files.readFileSync(path));
  } catch (error) {
    if (!(error instanceof MalformedDataError || isFileSystemError(error))) throw error;
    throw new InnerBrokerRefusedError('addBroker properties empty', { cause: error });
  }
}

/**
 * Checks what a file says as the reference does.
 * @throws InnerBrokerRefusedError with the reference's remark where it has one
 * Source: BrokerContainerProcessor#addBroker, BrokerContainerStartup#createAndInitializeBroker.
 */
export function planInnerBroker(
  file: { readonly path: string; readonly properties: ReadonlyMap<string, string> },
  container: BrokerContainerSettings,
  environment: Environment,
): InnerBrokerPlan {
  const { path: configPath, properties } = file;
  const overrides = overridesOf(container, configPath);
  const settings = createBrokerSettings(environment, overrides);
  load(settings, properties, configPath);
  const decided = decide(settings, container);
  load(settings, decided, configPath);
  const { brokerClusterName, brokerName, brokerId } = settings.broker;
  const identity: BrokerIdentity = { brokerClusterName, brokerName, brokerId };
  return {
    identity,
    name: canonicalNameOf(identity),
    isSlave: isSlave(settings),
    configPath,
    properties,
    overrides,
    decided,
    ports: portsOf(settings),
    directories: directoriesOf(settings),
  };
}

/** The brokers share the settings of the container's sockets, all but the port. */
function overridesOf({ nettyServer, nettyClient }: BrokerContainerSettings, path: string): BrokerSettingsOverrides {
  return {
    broker: { listenPort: DEFAULT_INNER_PORT, brokerConfigPath: path },
    nettyServer: { ...nettyServer },
    nettyClient: { ...nettyClient },
  };
}

function load({ configuration }: BrokerSettings, values: ReadonlyMap<string, string>, path: string): void {
  try {
    configuration.load(values);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new InnerBrokerRefusedError(`configuration file ${path}: ${error.message}`, { cause: error });
  }
}

/** What the container sets whatever the file says. */
function decide(settings: BrokerSettings, { container }: BrokerContainerSettings): Map<string, string> {
  const { broker, store } = settings;
  const decided = new Map([
    ['inBrokerContainer', 'true'],
    ['haListenPort', String(broker.listenPort === 0 ? 0 : broker.listenPort + 1)],
  ]);
  if (container.namesrvAddr !== undefined) decided.set('namesrvAddr', container.namesrvAddr);
  const isManaged = store.enableDLegerCommitLog || broker.enableControllerMode;
  if (!isManaged && store.brokerRole === 'SLAVE' && broker.brokerId <= 0) {
    throw new InnerBrokerRefusedError('slave broker id must be > 0');
  }
  if (!isManaged && store.brokerRole !== 'SLAVE') decided.set('brokerId', '0');
  if (!store.enableDLegerCommitLog) mustHaveReplicas(store);
  if (store.duplicationEnable) {
    throw new InnerBrokerRefusedError('Can not add broker to container when duplicationEnable is true currently');
  }
  const id = Number(decided.get('brokerId') ?? broker.brokerId);
  if ((id === 0) === (store.brokerRole === 'SLAVE')) throw new InnerBrokerRefusedError('add broker return null');
  if (isSlave(settings)) {
    const ratio = Math.max(store.accessMessageInMemoryMaxRatio - RATIO_OF_MASTERS, 0);
    decided.set('accessMessageInMemoryMaxRatio', String(ratio));
  }
  return decided;
}

function mustHaveReplicas({ totalReplicas, inSyncReplicas, minInSyncReplicas }: BrokerSettings['store']): void {
  if (totalReplicas < inSyncReplicas || totalReplicas < minInSyncReplicas || inSyncReplicas < minInSyncReplicas) {
    throw new InnerBrokerRefusedError('invalid replicas number');
  }
}

function isSlave({ store }: BrokerSettings): boolean {
  return store.brokerRole === 'SLAVE';
}

function portsOf({ broker, store }: BrokerSettings): number[] {
  const { listenPort } = broker;
  return listenPort === 0 ? [] : [listenPort, listenPort - FAST_PORT_DISTANCE, store.haListenPort];
}

function directoriesOf({ store }: BrokerSettings): string[] {
  const paths = [store.storePathRootDir, ...new CommitLogDirectories(store).all];
  return [...new Set(paths.map((path) => resolve(path)))];
}

/** Why two brokers cannot be in one process, in words; undefined when they can. */
export function conflictBetween(plan: InnerBrokerPlan, other: InnerBrokerPlan): string | undefined {
  const port = plan.ports.find((one) => other.ports.includes(one));
  if (port !== undefined) {
    return `port ${port} of broker ${plan.name} is taken by broker ${other.name} of this container: each needs listenPort, the port two below and the one above`;
  }
  const directory = plan.directories.find((one) => other.directories.includes(one));
  if (directory === undefined) return undefined;
  return `directory ${directory} of broker ${plan.name} is used by broker ${other.name} of this container: each needs a storePathRootDir of its own`;
}
