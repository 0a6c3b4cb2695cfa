// A container with brokers of its own names, ports and directories, the name server they register with, and mqadmin.
import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../support/free-ports.js';
import { type Settings, TestServer } from './server.js';

const MQADMIN = fileURLToPath(new URL('../../../packages/server/bin/mqadmin.js', import.meta.url));
const MQADMIN_TIMEOUT_MS = 60_000;

/** One broker of a container, running or not. */
export interface TestBroker {
  readonly name: string;
  readonly port: number;
  readonly data: string;
  readonly configFile: string;
}

/** How mqadmin ended. */
export interface Told {
  readonly code: number;
  readonly output: string;
}

export class TestContainer {
  readonly namesrv: TestServer;
  readonly server: TestServer;

  private constructor(namesrv: TestServer, server: TestServer) {
    this.namesrv = namesrv;
    this.server = server;
  }

  /** A name server that runs, and a container that does not yet. */
  static async create(options: { nodeOptions?: string } = {}): Promise<TestContainer> {
    const namesrv = await TestServer.start({ role: 'namesrv' });
    return new TestContainer(namesrv, await TestServer.create({ role: 'broker-container', ...options }));
  }

  get address(): string {
    return `127.0.0.1:${this.server.brokerPort}`;
  }

  /** Writes the file of a broker. */
  async broker(name: string, settings: Settings = {}): Promise<TestBroker> {
    const port = await freePort(-2, 1);
    const broker = {
      name,
      port,
      data: join(this.server.directory, name),
      configFile: join(this.server.directory, `${name}.conf`),
    };
    const all: Settings = {
      brokerName: name,
      brokerIP1: '127.0.0.1',
      listenPort: port,
      storePathRootDir: broker.data,
      mappedFileSizeCommitLog: 1 << 20,
      ...settings,
    };
    const lines = Object.entries(all).map(([key, value]) => `${key}=${value}\n`);
    writeFileSync(broker.configFile, lines.join(''));
    return broker;
  }

  /** The brokers that the next start begins with. */
  configure(brokers: readonly TestBroker[]): void {
    this.server.configure({
      namesrvAddr: `127.0.0.1:${this.namesrv.namesrvPort}`,
      brokerConfigPaths: brokers.map(({ configFile }) => configFile).join(':'),
    });
  }

  /** Runs one command of our mqadmin. */
  mqadmin(...words: string[]): Promise<Told> {
    const args = [MQADMIN, ...words, '-n', `127.0.0.1:${this.namesrv.namesrvPort}`];
    return new Promise((resolve) => {
      execFile(process.execPath, args, { timeout: MQADMIN_TIMEOUT_MS }, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), output: `${stdout}${stderr}` });
      });
    });
  }

  /** The figures that the container tells of its brokers. */
  async status(): Promise<string> {
    return (await this.mqadmin('brokerStatus', '-b', this.address)).output;
  }

  async dispose(): Promise<void> {
    await this.server.dispose();
    await this.namesrv.dispose();
  }
}

/** Whether the store of a broker was not closed. */
export function hasAbort({ data }: TestBroker): boolean {
  return existsSync(join(data, 'abort'));
}
