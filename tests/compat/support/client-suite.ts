// What an unmodified Java client must be able to do with a broker, as one suite for every client version,
// serialization and transport. The same tests run against the Java servers, which is how they were made sure of.
import { afterAll, beforeAll, describe } from 'vitest';
import { missing } from './java.js';
import { Judge, type JudgeClient, type Producer } from './judge.js';
import { kindUnderTest, type Servers, scratch, startServers, type TlsFiles } from './servers.js';

/** What the tests of a suite share: the judge with its everyday clients, the servers, and names of their own. */
export interface Context extends Clients {
  readonly judge: Judge;
  readonly servers: Servers;
  readonly namesrv: string;
  name(stem: string): string;
}

interface Clients {
  readonly admin: JudgeClient;
  readonly producer: Producer;
  /** A pull consumer for reading topics back. */
  readonly reader: JudgeClient;
}

/** Which client, and how it talks. */
export interface SuiteOptions {
  readonly title: string;
  readonly version: string;
  /** System properties of the client's JVM. */
  readonly properties?: Readonly<Record<string, string>>;
}

/** A group of tests over a context that exists once they run. */
export type Tests = (context: () => Context) => void;

/** Starts the servers once for a test file; the returned function gives them while its tests run. */
export function useServers(options: { tls?: () => TlsFiles } = {}): () => Servers {
  let servers: Servers | undefined;
  const directory = scratch('clients');
  beforeAll(async () => {
    if (missing) return;
    servers = await startServers(kindUnderTest, {
      directory: directory.path,
      ...(options.tls ? { tls: options.tls() } : {}),
    });
  });
  afterAll(async () => {
    await servers?.stop();
    directory.remove();
  });
  return () => {
    if (!servers) throw new Error('the servers did not start');
    return servers;
  };
}

/** Runs groups of tests with a JVM of their own. */
export function clientSuite(options: SuiteOptions, servers: () => Servers, groups: readonly Tests[]): void {
  const title = missing ? `${options.title} (skipped: ${missing} is not installed)` : options.title;
  describe.skipIf(missing !== undefined)(title, () => {
    let judge: Judge | undefined;
    let clients: Clients | undefined;
    const run = Date.now().toString(36);
    beforeAll(async () => {
      judge = await Judge.start(options);
      clients = await startClients(judge, servers().namesrv);
    });
    afterAll(() => judge?.stop());
    const context = (): Context => {
      if (!judge || !clients) throw new Error('the judge did not start');
      return { judge, ...clients, servers: servers(), namesrv: servers().namesrv, name: (stem) => `${stem}_${run}` };
    };
    for (const group of groups) group(context);
  });
}

async function startClients(judge: Judge, namesrv: string): Promise<Clients> {
  return {
    admin: await judge.admin({ namesrv }),
    producer: await judge.producer({ namesrv, group: 'judge-producer' }),
    reader: await judge.pull({ namesrv, group: 'judge-reader' }),
  };
}
