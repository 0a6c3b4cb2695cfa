// A store directory that goes from server to server: one broker at a time has it, and ends in its own way.
import { afterAll, beforeAll } from 'vitest';
import { type Context, closeContext, contextOf } from './client-suite.js';
import { CLIENT_5 } from './java.js';
import { Judge } from './judge.js';
import type { Server } from './launch.js';
import { type Config, endpoints, type Kind, kindUnderTest, scratch, startBroker, startNamesrv } from './servers.js';

export type Ending = 'stop' | 'kill';

/** A server that has the directory, and how it ends. */
export interface Stage {
  readonly kind: Kind;
  readonly ending: Ending;
  readonly storeDir: string;
  readonly config?: Config;
}

/** So many stages at a time: most of theirs is waiting, but a Java broker starts with all cores it can have. */
const LANES = 3;

export interface Relay {
  /** Where the tests may make directories; it is gone after the last of them. */
  readonly path: string;
  /** Runs one broker, with clients of its own for `use`. Stages of different directories may run side by side. */
  serve<T>(stage: Stage, use: (context: Context) => Promise<T>): Promise<T>;
}

/** To be called in a `describe`: one JVM has the clients of all of its tests, each directory has a name server. */
export function relay(name: string): Relay {
  const directory = scratch(name);
  const nameServers = new Map<string, Promise<Server>>();
  const brokers = new Map<string, Server>();
  const waiting: (() => void)[] = [];
  let busy = 0;
  let judge: Promise<Judge>;

  beforeAll(async () => {
    judge = Judge.start({ version: CLIENT_5 });
    await judge;
  });
  afterAll(async () => {
    const servers = [...(await Promise.all(nameServers.values())), ...brokers.values()];
    await Promise.all([(await judge)?.stop(), ...servers.map(({ child }) => child.kill())]);
    directory.remove();
  });

  /** Brokers of one name would take each other's place in a common one. */
  function nameServerOf(storeDir: string): Promise<Server> {
    const known = nameServers.get(storeDir);
    const namesrv = known ?? startNamesrv(kindUnderTest, directory.path);
    nameServers.set(storeDir, namesrv);
    return namesrv;
  }

  async function startOn(storeDir: string, kind: Kind, config: Config): Promise<Server> {
    // One that a test which ran out of time has left behind.
    await brokers.get(storeDir)?.child.kill();
    const { address: namesrv } = await nameServerOf(storeDir);
    const broker = await startBroker(kind, { directory: directory.path, namesrv, storeDir, config });
    brokers.set(storeDir, broker);
    return broker;
  }

  async function serve<T>(stage: Stage, use: (context: Context) => Promise<T>): Promise<T> {
    if (busy === LANES) await new Promise<void>((resolve) => waiting.push(resolve));
    else busy++;
    try {
      return await run(stage, use);
    } finally {
      // The lane goes to who has waited longest.
      const next = waiting.shift();
      if (next) next();
      else busy--;
    }
  }

  async function run<T>(stage: Stage, use: (context: Context) => Promise<T>): Promise<T> {
    const { kind, ending, storeDir, config = {} } = stage;
    const broker = await startOn(storeDir, kind, config);
    const { address: namesrv } = await nameServerOf(storeDir);
    const context = await contextOf(await judge, endpoints(kind, namesrv, broker.address));
    try {
      return await use(context);
    } catch (failure) {
      throw new Error(`with the ${kind} broker: ${broker.child.output()}`, { cause: failure });
    } finally {
      // Before its clients, who may take seconds: the broker ends at the moment that the test left it.
      await broker.child[ending]();
      await closeContext(context);
    }
  }
  return { path: directory.path, serve };
}
