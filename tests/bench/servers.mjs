// Starts the servers that are compared, each in its own directory with the same settings: ours as one process, the
// Apache name server and broker as they are shipped (heap of 2 GiB, G1).
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ask } from './load/wire.mjs';
import { accepts, freePort } from './ports.mjs';

const OURS = fileURLToPath(new URL('../../packages/server/bin/rocketmq.js', import.meta.url));
const POM = fileURLToPath(new URL('../compat/java/pom.xml', import.meta.url));
const LOAD_SOURCE = fileURLToPath(new URL('../compat/java/src/main/java/judge/Load.java', import.meta.url));
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/rocketmq-judge', import.meta.url));
const BUILD_TIMEOUT_MS = 300_000;
const READY_TIMEOUT_MS = 120_000;
const STOP_GRACE_MS = 60_000;
const GET_ROUTEINFO_BY_TOPIC = 105;
const UPDATE_AND_CREATE_TOPIC = 17;
const SEND_MESSAGE_V2 = 310;
/** The header of a message to READY, with the reference's names of one letter. */
const FIRST_MESSAGE = {
  a: 'bench',
  b: 'READY',
  c: 'TBW102',
  d: '8',
  e: '0',
  f: '0',
  g: '0',
  h: '0',
  i: '',
  j: '0',
  k: 'false',
};
const BROKER_NAME = 'broker-a';
const CLUSTER_NAME = 'DefaultCluster';

const OPENS = ['jdk.internal.ref', 'sun.nio.ch'].flatMap((name) => [
  `--add-exports=java.base/${name}=ALL-UNNAMED`,
  `--add-opens=java.base/${name}=ALL-UNNAMED`,
]);
const BROKER_JVM = [
  ...['-server', '-Xms2g', '-Xmx2g', '-XX:+UseG1GC', '-XX:G1HeapRegionSize=16m', '-XX:G1ReservePercent=25'],
  ...['-XX:InitiatingHeapOccupancyPercent=30', '-XX:SoftRefLRUPolicyMSPerMB=0', '-XX:-OmitStackTraceInFastThrow'],
  ...['-XX:MaxDirectMemorySize=15g', '-XX:-UseLargePages'],
];
const NAMESRV_JVM = ['-server', '-Xms512m', '-Xmx512m'];

/** @typedef {'ours' | 'reference'} Kind */

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

/** Why a server cannot be measured here, or undefined. @param {Kind} kind */
export function missing(kind) {
  if (kind === 'ours') return existsSync(OURS) ? undefined : 'our server is not built: run "npm run build"';
  for (const tool of ['java', 'mvn']) {
    if (spawnSync(tool, ['-version'], { stdio: 'ignore' }).status !== 0) return `${tool} is not installed`;
  }
  return undefined;
}

/** The class path of the Java client under load. */
export function judgeClassPath() {
  const target = referenceBuild();
  return `${target}/classes:${target}/lib/*`;
}

/** The reference's class path. */
export function referenceClassPath() {
  return `${referenceBuild()}/lib/*`;
}

/** Fetched and compiled once by Maven. */
function referenceBuild() {
  const hash = createHash('sha256')
    .update(readFileSync(POM))
    .update(readFileSync(LOAD_SOURCE))
    .digest('hex')
    .slice(0, 12);
  const target = join(CACHE, `bench-servers-${hash}`);
  if (!existsSync(target)) {
    const partial = `${target}.${process.pid}`;
    const goal = [
      '-q',
      '-B',
      '-f',
      POM,
      '-Pservers',
      'compile',
      'dependency:copy-dependencies',
      '-DincludeScope=runtime',
    ];
    const out = [`-DoutputDirectory=${partial}/lib`, `-Djudge.build=${partial}`];
    const mvn = spawnSync('mvn', [...goal, ...out], {
      encoding: 'utf8',
      timeout: BUILD_TIMEOUT_MS,
    });
    if (mvn.status !== 0) throw new Error(`mvn could not fetch the reference: ${mvn.stdout}${mvn.stderr}`);
    renameSync(partial, target);
  }
  return target;
}

/** A running server: where it listens, and the processes that are it. */
export class BenchServer {
  /** @param {Kind} kind @param {string} directory @param {object} settings */
  constructor(kind, directory, settings) {
    this.settings = settings;
    this.kind = kind;
    this.directory = directory;
    this.brokerName = BROKER_NAME;
    /** @type {import('node:child_process').ChildProcess[]} */
    this.children = [];
  }

  /** Starts with an empty store. @param {Kind} kind @param {string} directory @param {object} [settings] of the broker */
  static async start(kind, directory, settings = {}) {
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(join(directory, 'home', 'conf'), { recursive: true });
    const server = new BenchServer(kind, directory, settings);
    const [broker, namesrv] = [await freePort(-2, 1), await freePort()];
    server.broker = `127.0.0.1:${broker}`;
    server.namesrv = `127.0.0.1:${namesrv}`;
    server.startedAt = performance.now();
    try {
      await (kind === 'ours' ? server.#startOurs(broker, namesrv) : server.#startReference(broker, namesrv));
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  /** Where the messages are. */
  get store() {
    return join(this.directory, 'store');
  }

  get pids() {
    return this.children.map((child) => child.pid ?? 0);
  }

  async #startOurs(broker, namesrv) {
    const config = this.#config('ours.conf', { ...brokerConfig(broker), ...this.settings });
    const ports = ['--namesrv-port', namesrv, '--broker-port', broker, '--proxy-port', '0', '--console-port', '0'];
    const data = ['--data', this.store, '--host', '127.0.0.1', '-c', config];
    this.#spawn(process.execPath, [OURS, 'standalone', ...data, ...ports.map(String)]);
    await this.#answers(broker);
  }

  async #startReference(broker, namesrv) {
    const home = [`-Duser.home=${this.directory}`, `-Drocketmq.home.dir=${join(this.directory, 'home')}`];
    const java = (jvm, main, config) =>
      this.#spawn('java', [...jvm, ...OPENS, ...home, '-cp', referenceClassPath(), main, '-c', config]);
    const namesrvConfig = this.#config('namesrv.conf', { listenPort: namesrv, ...this.#paths() });
    java(NAMESRV_JVM, 'org.apache.rocketmq.namesrv.NamesrvStartup', namesrvConfig);
    // A broker that starts before its name server registers ten seconds later.
    await this.#answers(namesrv);
    const store = { storePathRootDir: this.store };
    const commitLog = { storePathCommitLog: join(this.store, 'commitlog') };
    const config = { ...brokerConfig(broker), ...this.settings, ...store, ...commitLog, namesrvAddr: this.namesrv };
    java(BROKER_JVM, 'org.apache.rocketmq.broker.BrokerStartup', this.#config('broker.conf', config));
    await this.#answers(broker);
  }

  #paths() {
    return {
      kvConfigPath: join(this.directory, 'kv.json'),
      configStorePath: join(this.directory, 'namesrv.properties'),
    };
  }

  #config(name, settings) {
    const file = join(this.directory, name);
    writeFileSync(
      file,
      Object.entries(settings)
        .map(([key, value]) => `${key}=${value}\n`)
        .join(''),
    );
    return file;
  }

  #spawn(command, args) {
    const log = openSync(join(this.directory, 'output.log'), 'a');
    const child = spawn(command, args, { stdio: ['ignore', log, log], cwd: this.directory });
    running.add(child);
    child.once('exit', () => running.delete(child));
    this.children.unshift(child);
  }

  async #answers(port) {
    const end = performance.now() + READY_TIMEOUT_MS;
    while (!(await accepts(port))) {
      if (performance.now() > end || this.children.some((child) => child.exitCode !== null)) throw this.#failure();
      await wait(5);
    }
  }

  #failure() {
    const output = readFileSync(join(this.directory, 'output.log'), 'utf8').slice(-4000);
    return new Error(`${this.kind} does not start:\n${output}`);
  }

  /** Creates a topic and sends until a message is acknowledged; gives the milliseconds since the start. */
  async firstAcknowledged() {
    const end = performance.now() + READY_TIMEOUT_MS;
    for (;;) {
      if (performance.now() > end) throw this.#failure();
      try {
        await this.createTopic('READY', 1);
        const answer = await ask(this.broker, SEND_MESSAGE_V2, FIRST_MESSAGE, Buffer.alloc(100));
        if (answer.code === 0) return performance.now() - (this.startedAt ?? 0);
      } catch (error) {
        if (!isRefusal(error)) throw error;
      }
      await wait(5);
    }
  }

  /** Waits until the name server gives the broker's route. */
  async registered() {
    const end = performance.now() + READY_TIMEOUT_MS;
    while ((await ask(this.namesrv, GET_ROUTEINFO_BY_TOPIC, { topic: 'SELF_TEST_TOPIC' })).code !== 0) {
      if (performance.now() > end) throw this.#failure();
      await wait(50);
    }
  }

  /** @param {string} topic @param {number} queues */
  async createTopic(topic, queues) {
    const answer = await ask(this.broker, UPDATE_AND_CREATE_TOPIC, {
      topic,
      defaultTopic: 'TBW102',
      readQueueNums: String(queues),
      writeQueueNums: String(queues),
      perm: '6',
      topicFilterType: 'SINGLE_TAG',
      topicSysFlag: '0',
      order: 'false',
    });
    if (answer.code !== 0) throw new Error(`topic ${topic} was not created: ${answer.remark}`);
  }

  async stop() {
    for (const child of this.children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
      await gone;
      clearTimeout(force);
    }
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function brokerConfig(port) {
  return {
    brokerClusterName: CLUSTER_NAME,
    brokerName: BROKER_NAME,
    brokerId: 0,
    brokerIP1: '127.0.0.1',
    listenPort: port,
    haListenPort: port + 1,
    autoCreateTopicEnable: true,
    flushDiskType: 'ASYNC_FLUSH',
  };
}

function isRefusal(error) {
  return error instanceof Error && /ECONNREFUSED|ECONNRESET|closed the connection|was not created/.test(error.message);
}

function wait(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
