// What an unmodified Java client must be able to do with a broker, as one suite for every client version,
// serialization and transport. The same tests run against the Java servers, which is how they were made sure of.
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { missing } from './java.js';
import { Judge, type JudgeClient, type JudgeOptions, type Producer } from './judge.js';
import { type Endpoints, kindUnderTest, type Servers, scratch, startServers } from './servers.js';
import { canMakeCertificates, makeCertificate, type TlsFiles, tlsClientProperties } from './tls.js';

/** What the tests of a suite share: the judge with its everyday clients, the servers, and names of their own. */
export interface Context {
  readonly judge: Judge;
  readonly servers: Endpoints;
  readonly namesrv: string;
  name(stem: string): string;
  readonly admin: JudgeClient;
  readonly producer: Producer;
  /** A pull consumer for reading topics back. */
  readonly reader: JudgeClient;
}

/** Which client, and how it talks. */
export interface SuiteOptions extends JudgeOptions {
  readonly title: string;
  /** Why the suite cannot run here, if so. */
  readonly impossible?: string;
}

/** A group of tests over a context that exists once they run. */
export type Tests = (context: () => Context) => void;

/** The groups of a suite. */
export interface Groups {
  /** Each of their tests has topics and groups of its own: they run side by side, since most of their time is waiting. */
  readonly together?: readonly Tests[];
  /** One after the other when the others have ended: they change what belongs to the whole broker, or compute a lot. */
  readonly alone?: readonly Tests[];
}

let contexts = 0;

/** The servers of a test file, and the certificate that they show where one could be made. */
export interface SharedServers {
  servers(): Servers;
  readonly tls: TlsFiles | undefined;
}

/** Starts the servers once for a test file, and shows what they printed when a test fails. */
export function useServers(): SharedServers {
  let servers: Servers | undefined;
  const directory = scratch('clients');
  const tls = !missing && canMakeCertificates ? makeCertificate(directory.path) : undefined;
  beforeAll(async () => {
    if (missing) return;
    servers = await startServers(kindUnderTest, { directory: directory.path, ...(tls ? { tls } : {}) });
  });
  afterEach(({ task }) => {
    if (task.result?.state !== 'fail') return;
    for (const child of servers?.children ?? []) console.error(`pid ${child.pid}: ${child.output()}`);
  });
  afterAll(async () => {
    await servers?.stop();
    directory.remove();
  });
  const given = () => {
    if (!servers) throw new Error('the servers did not start');
    return servers;
  };
  return { servers: given, tls };
}

/** Runs groups of tests with a JVM of their own. */
export function clientSuite(options: SuiteOptions, shared: SharedServers, { together = [], alone = [] }: Groups): void {
  const reason = missing ? `${missing} is not installed` : options.impossible;
  describe.skipIf(reason !== undefined)(reason ? `${options.title} (skipped: ${reason})` : options.title, () => {
    let context: Context | undefined;
    beforeAll(async () => {
      context = await openContext(options, shared.servers());
    });
    afterAll(() => context?.judge.stop());
    const given = () => {
      if (!context) throw new Error('the judge did not start');
      return context;
    };
    if (together.length > 0) {
      describe.concurrent('', () => {
        for (const group of together) group(given);
      });
    }
    for (const group of alone) group(given);
  });
}

/** The suite's options for clients that talk TLS and check who answers. */
export function overTls(options: SuiteOptions, { tls }: SharedServers): SuiteOptions {
  if (!tls) return { ...options, impossible: 'openssl is not installed' };
  return { ...options, properties: { ...options.properties, ...tlsClientProperties(tls) } };
}

/** Starts a judge with its everyday clients; whoever calls this stops the judge. */
export async function openContext(options: JudgeOptions, servers: Endpoints): Promise<Context> {
  return contextOf(await Judge.start(options), servers);
}

/** The everyday clients for these servers, in a judge that runs. */
export async function contextOf(judge: Judge, servers: Endpoints): Promise<Context> {
  const { namesrv } = servers;
  const run = `${Date.now().toString(36)}_${++contexts}`;
  return {
    judge,
    servers,
    namesrv,
    name: (stem) => `${stem}_${run}`,
    admin: await judge.admin({ namesrv }),
    producer: await judge.producer({ namesrv, group: 'judge-producer' }),
    reader: await judge.pull({ namesrv, group: 'judge-reader' }),
  };
}

/** Shuts the everyday clients down; the judge goes on. */
export async function closeContext({ admin, producer, reader }: Context): Promise<void> {
  await Promise.all([admin, producer, reader].map((client) => client.stop()));
}
