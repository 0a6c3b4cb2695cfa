// What every suite wants of a name server and a broker, whoever made them, and the choice between ours and Java's.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../support/free-ports.js';
import type { Child } from './child.js';
import { REFERENCE_4 } from './java.js';
import type { Launch, Server } from './launch.js';
import { startOurBroker, startOurNamesrv, startOurStandalone } from './ours.js';
import { CALM, startReferenceBroker, startReferenceNamesrv } from './reference.js';
import type { TlsFiles } from './tls.js';

/** Whose server: the Apache one, its last of the 4.x line, or ours. */
export type Kind = 'reference' | 'reference-4' | 'ours';

/** The server under judgement: `COMPAT_SERVER=reference` checks the suites themselves. */
export const kindUnderTest: Kind = process.env.COMPAT_SERVER === 'reference' ? 'reference' : 'ours';

/** Lines of a configuration file. */
export type Config = Readonly<Record<string, string | number>>;

/** A broker's names and addresses, with those of a name server that knows it. */
export interface Endpoints {
  readonly kind: Kind;
  readonly namesrv: string;
  readonly broker: string;
  readonly brokerName: string;
  readonly clusterName: string;
}

/** A whole system, with its processes. */
export interface Servers extends Endpoints {
  readonly children: readonly Child[];
  stop(): Promise<void>;
}

/** The cluster's name in every suite. */
export const CLUSTER_NAME = 'DefaultCluster';

/** The name of a suite's only broker. */
export const BROKER_NAME = 'broker-a';

/** A directory of its own below the system's temporary one, made when it is first asked for. */
export function scratch(name: string): { readonly path: string; remove: () => void } {
  let made: string | undefined;
  return {
    get path() {
      made ??= mkdtempSync(join(tmpdir(), `compat-${name}-`));
      return made;
    },
    remove: () => {
      if (made !== undefined) rmSync(made, { recursive: true, force: true });
    },
  };
}

export function writeConfig(file: string, config: Config): void {
  const lines = Object.entries(config).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(file, lines.join(''));
}

/** Starts one name server. */
export async function startNamesrv(kind: Kind, directory: string, config: Config = {}): Promise<Server> {
  const port = await freePort();
  const launch = plan(directory, `namesrv-${port}`, port, versionOf(kind));
  writeConfig(launch.configFile, {
    listenPort: port,
    bindAddress: '127.0.0.1',
    kvConfigPath: join(directory, `namesrv-${port}-kv.json`),
    configStorePath: join(directory, `namesrv-${port}.properties`),
    ...config,
  });
  return (kind === 'ours' ? startOurNamesrv : startReferenceNamesrv)(launch);
}

/** The settings that a broker has in every suite. */
function brokerConfig(kind: Kind, launch: Launch, config: Config): Config {
  return {
    brokerClusterName: CLUSTER_NAME,
    brokerName: BROKER_NAME,
    brokerId: 0,
    namesrvAddr: launch.namesrv,
    brokerIP1: '127.0.0.1',
    bindAddress: '127.0.0.1',
    listenPort: launch.port,
    haListenPort: launch.port + 1,
    storePathRootDir: launch.storeDir,
    storePathCommitLog: join(launch.storeDir, 'commitlog'),
    autoCreateTopicEnable: 'true',
    flushDiskType: 'ASYNC_FLUSH',
    recallMessageEnable: 'true',
    // A busy machine is no reason to refuse a message: that is judged elsewhere.
    waitTimeMillsInSendQueue: 20_000,
    waitTimeMillsInPullQueue: 20_000,
    osPageCacheBusyTimeOutMills: 20_000,
    ...(kind === 'ours' ? {} : CALM),
    ...config,
  };
}

function plan(directory: string, name: string, port: number, extra: Partial<Launch> = {}): Launch {
  return {
    directory,
    configFile: join(directory, `${name}.conf`),
    logFile: join(directory, `${name}.log`),
    port,
    namesrv: '',
    storeDir: join(directory, 'store'),
    ...extra,
  };
}

function versionOf(kind: Kind): { version?: string } {
  return kind === 'reference-4' ? { version: REFERENCE_4 } : {};
}

/** Starts one broker that registers with the given name server. */
export async function startBroker(
  kind: Kind,
  options: { directory: string; namesrv: string; config?: Config; storeDir?: string },
): Promise<Server> {
  const port = await freePort(-2, 1);
  const storeDir = options.storeDir ?? join(options.directory, 'store');
  const extra = { namesrv: options.namesrv, storeDir, ...versionOf(kind) };
  const launch = plan(options.directory, `broker-${port}`, port, extra);
  writeConfig(launch.configFile, brokerConfig(kind, launch, options.config ?? {}));
  return (kind === 'ours' ? startOurBroker : startReferenceBroker)(launch);
}

/** Starts a whole system: the Java name server and broker, or our standalone server. */
export async function startServers(
  kind: Kind,
  options: { directory: string; config?: Config; properties?: Config; tls?: TlsFiles },
): Promise<Servers> {
  const { directory } = options;
  const tlsProperties = options.tls && writeTlsProperties(directory, options.tls);
  const tls = tlsProperties === undefined ? {} : { tlsProperties };
  const [port, namesrvPort] = [await freePort(-2, 1), await freePort()];
  const extra = { ...tls, ...versionOf(kind), ...(options.properties ? { properties: options.properties } : {}) };
  const launch = plan(directory, `broker-${port}`, port, { namesrv: `127.0.0.1:${namesrvPort}`, ...extra });
  writeConfig(launch.configFile, brokerConfig(kind, launch, options.config ?? {}));
  const brokerName = String(options.config?.brokerName ?? BROKER_NAME);
  if (kind === 'ours') return servers(kind, launch, brokerName, [(await startOurStandalone(launch)).child]);
  const nsLaunch = plan(directory, `namesrv-${namesrvPort}`, namesrvPort, extra);
  writeConfig(nsLaunch.configFile, {
    listenPort: namesrvPort,
    kvConfigPath: join(directory, 'kv.json'),
    configStorePath: join(directory, 'namesrv.properties'),
  });
  const namesrv = await startReferenceNamesrv(nsLaunch);
  try {
    return servers(kind, launch, brokerName, [(await startReferenceBroker(launch)).child, namesrv.child]);
  } catch (failure) {
    await namesrv.child.kill();
    throw failure;
  }
}

/** What a suite has to know of a broker that it started itself. */
export function endpoints(kind: Kind, namesrv: string, broker: string): Endpoints {
  return { kind, namesrv, broker, brokerName: BROKER_NAME, clusterName: CLUSTER_NAME };
}

function servers(kind: Kind, launch: Launch, brokerName: string, children: readonly Child[]): Servers {
  return {
    ...endpoints(kind, launch.namesrv, `127.0.0.1:${launch.port}`),
    brokerName,
    children,
    stop: async () => {
      for (const child of children) await child.stop();
    },
  };
}

/** The reference's TLS settings are a file of their own. */
function writeTlsProperties(directory: string, tls: TlsFiles): string {
  const file = join(directory, 'tls.properties');
  writeConfig(file, {
    'tls.test.mode.enable': 'false',
    'tls.server.need.client.auth': 'none',
    'tls.server.keyPath': tls.key,
    'tls.server.certPath': tls.certificate,
  });
  return file;
}
