// A store directory that goes from server to server: one broker at a time has it, and ends in its own way.
import { afterAll, afterEach, beforeAll } from 'vitest';
import { type Context, openContext } from './client-suite.js';
import { CLIENT_5 } from './java.js';
import type { Server } from './launch.js';
import { type Config, endpoints, type Kind, kindUnderTest, scratch, startBroker, startNamesrv } from './servers.js';

export type Ending = 'stop' | 'kill';

/** A server that has the directory, and how it ends. */
export interface Stage {
  readonly kind: Kind;
  readonly ending: Ending;
  /** Default: a directory that all stages without one share. */
  readonly storeDir?: string;
  readonly config?: Config;
}

export interface Relay {
  /** Where the tests may make directories; it is gone after the last of them. */
  readonly path: string;
  /** Runs one broker, with clients of its own for `use`. */
  serve<T>(stage: Stage, use: (context: Context) => Promise<T>): Promise<T>;
}

/** To be called in a `describe`: one name server serves all of its tests. */
export function relay(name: string): Relay {
  const directory = scratch(name);
  const running: Server[] = [];
  let namesrv: Server;

  beforeAll(async () => {
    namesrv = await startNamesrv(kindUnderTest, directory.path);
  });
  afterEach(async () => {
    for (const server of running.splice(0)) await server.child.kill();
  });
  afterAll(async () => {
    await namesrv?.child.stop();
    directory.remove();
  });

  async function serve<T>({ kind, ending, ...options }: Stage, use: (context: Context) => Promise<T>): Promise<T> {
    const broker = await startBroker(kind, { directory: directory.path, namesrv: namesrv.address, ...options });
    running.push(broker);
    const context = await openContext({ version: CLIENT_5 }, endpoints(kind, namesrv.address, broker.address));
    try {
      return await use(context);
    } catch (failure) {
      throw new Error(`with the ${kind} broker: ${broker.child.output()}`, { cause: failure });
    } finally {
      await context.judge.stop();
      await broker.child[ending]();
    }
  }
  return { path: directory.path, serve };
}
