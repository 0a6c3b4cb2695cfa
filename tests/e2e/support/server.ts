// Our server as its users run it: the built command in a process of its own, bounded, ended by its pid.
import { type ChildProcess, spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../support/free-ports.js';

const PACKAGE = fileURLToPath(new URL('../../../packages/server/', import.meta.url));
const COMMAND = join(PACKAGE, 'bin/rocketmq.js');
const READY_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 20_000;
const LIFETIME_LIMIT_MS = Number(process.env.E2E_SERVER_LIMIT_MS ?? 30 * 60_000);
const OUTPUT_TAIL_CHARS = 4000;
const running = new Set<ChildProcess>();

// A test worker that ends early must not leave servers behind.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Settings of broker.conf or namesrv.properties. */
export type Settings = Readonly<Record<string, string | number | boolean>>;

export type ServerRole = 'standalone' | 'namesrv' | 'broker-container';

export interface ServerOptions {
  readonly settings?: Settings;
  readonly role?: ServerRole;
  /** Where the data lies, when not below the server's own directory. */
  readonly data?: string;
  /** Limit of open file descriptors (`ulimit -n`). */
  readonly maxFiles?: number;
  /** NODE_OPTIONS of the process. */
  readonly nodeOptions?: string;
}

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const CONFIG_FILES: Readonly<Record<ServerRole, string>> = {
  standalone: 'broker.conf',
  namesrv: 'namesrv.properties',
  'broker-container': 'container.conf',
};

/** A standalone server (or a name server alone, or a container, whose port is `brokerPort`) with a directory and ports that stay the same over restarts. */
export class TestServer {
  readonly directory: string;
  readonly data: string;
  readonly home: string;
  readonly namesrvPort: number;
  readonly brokerPort: number;
  readonly configFile: string;
  readonly #role: ServerRole;
  readonly #maxFiles: number | undefined;
  readonly #nodeOptions: string;
  #child: ChildProcess | undefined;
  #ending: Promise<Ending> | undefined;
  #starts = 0;

  private constructor(options: ServerOptions, ports: { namesrv: number; broker: number }) {
    this.directory = mkdtempSync(join(tmpdir(), 'rocketmq-e2e-'));
    this.data = options.data ?? join(this.directory, 'data');
    this.home = join(this.directory, 'home');
    mkdirSync(this.home);
    mkdirSync(join(this.directory, 'cwd'));
    this.#role = options.role ?? 'standalone';
    this.#maxFiles = options.maxFiles;
    this.#nodeOptions = [process.env.E2E_NODE_OPTIONS, options.nodeOptions].join(' ').trim();
    this.namesrvPort = ports.namesrv;
    this.brokerPort = ports.broker;
    this.configFile = join(this.directory, CONFIG_FILES[this.#role]);
    this.configure(options.settings ?? {});
  }

  /** A server that is not started yet. */
  static async create(options: ServerOptions = {}): Promise<TestServer> {
    mustBeBuilt();
    return new TestServer(options, { broker: await freePort(-2, 1), namesrv: await freePort() });
  }

  /** One that is ready. */
  static async start(options: ServerOptions = {}): Promise<TestServer> {
    const server = await TestServer.create(options);
    await server.start();
    return server;
  }

  /** Writes the configuration file for the next start. */
  configure(settings: Settings): void {
    const listenPort = this.#role === 'namesrv' ? this.namesrvPort : this.brokerPort;
    const own = this.#role === 'standalone' ? {} : { listenPort, bindAddress: '127.0.0.1' };
    const lines = Object.entries({ ...own, ...settings }).map(([key, value]) => `${key}=${value}\n`);
    writeFileSync(this.configFile, lines.join(''));
  }

  /** Starts the process and waits for its `ready in` line; gives the milliseconds that took, seen from outside. */
  async start(): Promise<number> {
    const began = performance.now();
    const ending = this.launch();
    for (;;) {
      if (/^ready in [\d.]+ ms/m.test(this.#read('out'))) return performance.now() - began;
      const ended = await settledWithin(ending, 5);
      if (ended) throw this.failure(`ended at its start with ${ended.code ?? ended.signal}`);
      if (performance.now() - began > READY_TIMEOUT_MS) throw this.failure('did not get ready');
    }
  }

  /** Starts the process and does not wait; `extra` follows the arguments. */
  launch(extra: readonly string[] = []): Promise<Ending> {
    if (this.#child) throw new Error('the server runs already');
    this.#starts++;
    const out = openSync(this.#file('out'), 'w');
    const err = openSync(this.#file('err'), 'a');
    const words = [process.execPath, COMMAND, ...this.#arguments(), ...extra];
    // The shell is replaced by the server: the pid stays the same.
    const limited = ['/bin/sh', '-c', `ulimit -n ${this.#maxFiles}; exec "$0" "$@"`, ...words];
    const [command = '', ...rest] = this.#maxFiles === undefined ? words : limited;
    const child = spawn(command, rest, {
      cwd: join(this.directory, 'cwd'),
      env: {
        ...process.env,
        HOME: this.home,
        NODE_OPTIONS: this.#nodeOptions,
        NODE_ENV: '',
        VITEST: '',
      },
      stdio: ['ignore', out, err],
    });
    closeSync(out);
    closeSync(err);
    this.#child = child;
    running.add(child);
    const limit = setTimeout(() => child.kill('SIGKILL'), LIFETIME_LIMIT_MS);
    limit.unref();
    this.#ending = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        clearTimeout(limit);
        running.delete(child);
        this.#child = undefined;
        resolve({ code, signal });
      });
    });
    return this.#ending;
  }

  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw this.failure('is not running');
    return pid;
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  /** kill -9; settles when the process has ended. */
  async kill(): Promise<void> {
    const ending = this.#ending;
    this.#child?.kill('SIGKILL');
    await ending;
  }

  /** SIGTERM; fails when the process does not end in time. */
  async stop(): Promise<Ending> {
    if (!this.#child || !this.#ending) throw this.failure('is not running');
    this.#child.kill('SIGTERM');
    const ended = await settledWithin(this.#ending, STOP_TIMEOUT_MS);
    if (ended) return ended;
    await this.kill();
    throw this.failure(`did not stop within ${STOP_TIMEOUT_MS} ms of SIGTERM`);
  }

  /** Ends the process if there is one, and removes everything it wrote. */
  async dispose(): Promise<void> {
    await this.kill();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Resident memory. */
  rssBytes(): number {
    const match = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'));
    return Number(match?.[1]) * 1024;
  }

  /** Open file descriptors. */
  fdCount(): number {
    return readdirSync(`/proc/${this.pid}/fd`).length;
  }

  /** Open sockets; unlike files, of which the store keeps a number open, they must come back to what they were. */
  socketCount(): number {
    const links = readdirSync(`/proc/${this.pid}/fd`).map((fd) => linkTarget(`/proc/${this.pid}/fd/${fd}`));
    return links.filter((target) => target.startsWith('socket:')).length;
  }

  /** The standard output of the last start. */
  get stdout(): string {
    return this.#read('out');
  }

  /** The standard error of all starts: the log. */
  get stderr(): string {
    return this.#read('err');
  }

  logBytes(): number {
    return statSync(this.#file('err')).size;
  }

  /** An error that shows the end of what the server has printed. */
  failure(what: string): Error {
    const output = `${this.#read('out')}${this.#read('err')}`.slice(-OUTPUT_TAIL_CHARS);
    return new Error(`the ${this.#role} server in ${this.directory} (start ${this.#starts}) ${what}\n${output}`);
  }

  #arguments(): string[] {
    if (this.#role !== 'standalone') return [this.#role, '-c', this.configFile];
    const ports = ['--namesrv-port', `${this.namesrvPort}`, '--broker-port', `${this.brokerPort}`];
    const unused = ['--proxy-port', '0', '--console-port', '0'];
    return ['standalone', '--data', this.data, '--host', '127.0.0.1', '-c', this.configFile, ...ports, ...unused];
  }

  #file(stream: 'out' | 'err'): string {
    return join(this.directory, `server.${stream}`);
  }

  #read(stream: 'out' | 'err'): string {
    return existsSync(this.#file(stream)) ? readFileSync(this.#file(stream), 'utf8') : '';
  }
}

function linkTarget(path: string): string {
  try {
    return readlinkSync(path);
  } catch (error) {
    // Closed since the directory was read.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}

/** The value of a promise if it has one in this time. */
async function settledWithin<T>(promise: Promise<T>, timeoutMs: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, undefined);
  });
  const value = await Promise.race([promise, timeout]);
  clearTimeout(timer);
  return value;
}

function mustBeBuilt(): void {
  if (!existsSync(join(PACKAGE, 'bundle/rocketmq.js')))
    throw new Error(`${PACKAGE}bundle is missing: these tests run the built server, so run "npm run build" first`);
}
