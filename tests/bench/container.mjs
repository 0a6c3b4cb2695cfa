// `npm run bench:container`: what a second broker in the same process gains on this machine, beside what a second process
// gains, with the same load in all: twice the connections halved over two brokers. The load generator runs on the same
// cores, so its share is measured too. Options: --rounds N (3)  --seconds S of each load (5)  --only REGEXP of loads
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startJob } from './generator.mjs';
import { cpuUs, EndingUsage, memoryKb } from './load/usage.mjs';
import { ask } from './load/wire.mjs';

const OURS = fileURLToPath(new URL('../../packages/server/bin/rocketmq.js', import.meta.url));
const UPDATE_AND_CREATE_TOPIC = 17;
const QUEUES = 8;
const START_LIMIT_MS = 30_000;
const CONNECTIONS = 4;

/** In all: each of two brokers gets half of the connections. */
const LOADS = [
  { name: '1 KB', inFlight: 256, size: 1024, batch: 1 },
  { name: '100 B', inFlight: 256, size: 100, batch: 1 },
  { name: 'batches of 32 × 100 B', inFlight: 16, size: 100, batch: 32 },
];

/** How many brokers each process has. */
const LAYOUTS = [
  { name: 'one broker', processes: [1] },
  { name: 'two in a container', processes: [2] },
  { name: 'two processes', processes: [1, 1] },
];

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '5' },
    only: { type: 'string', default: '.' },
  },
});
const directory = mkdtempSync(join(tmpdir(), 'rocketmq-container-'));
const running = new Set();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
// Brokers that nobody ends would load the machine for ever.
process.once('SIGTERM', () => process.exit(143));
let topics = 0;

try {
  await main();
} finally {
  for (const child of running) child.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
}

async function main() {
  const loads = LOADS.filter(({ name }) => new RegExp(values.only).test(name));
  const measured = [];
  for (let round = 1; round <= Number(values.rounds); round++) {
    for (const layout of round % 2 === 1 ? LAYOUTS : [...LAYOUTS].reverse()) {
      const processes = await startLayout(layout, round);
      // Untold: the just-in-time compiler.
      for (const load of loads) await run(processes, { ...load, seconds: 2 });
      for (const load of loads) {
        const figures = await run(processes, { ...load, seconds: Number(values.seconds) });
        measured.push({ round, load: load.name, layout: layout.name, ...figures });
        process.stderr.write(`${round} ${load.name}, ${layout.name}: ${JSON.stringify(figures)}\n`);
      }
      for (const one of processes) await stop(one);
    }
  }
  process.stdout.write(`${table(loads, measured)}\n`);
}

/** Runs a load on all brokers at once; gives what they did together. */
async function run(processes, { name: _name, ...load }) {
  const brokers = processes.flatMap((one) => one.brokers);
  const topic = `CONTAINER_${++topics}`;
  for (const broker of brokers) await createTopic(broker.broker, topic);
  spawnSync('sync', ['-f', directory]);
  const pids = processes.map(({ child }) => child.pid);
  const job = { kind: 'send', queues: QUEUES, topic, ...load, connections: CONNECTIONS / brokers.length };
  const [brokerUs, began] = [cpuUs(pids), performance.now()];
  const jobs = brokers.map((broker) => startJob(broker, job));
  const usage = new EndingUsage(jobs.map(({ pid }) => pid));
  const results = await Promise.all(jobs.map(({ ended }) => ended));
  const wallUs = (performance.now() - began) * 1000;
  const messages = results.reduce((sum, result) => sum + result.messages, 0);
  const usedUs = cpuUs(pids) - brokerUs;
  const generatorUs = usage.finish();
  return {
    perSecond: Math.round(results.reduce((sum, result) => sum + result.messagesPerSecond, 0)),
    brokerUs: round(usedUs / messages),
    generatorUs: round(generatorUs / messages),
    brokerCores: round(usedUs / wallUs),
    generatorCores: round(generatorUs / wallUs),
    rssMb: Math.round(memoryKb(pids).rss / 1024),
  };
}

async function startLayout({ name, processes }, round) {
  let count = 0;
  const started = [];
  for (const brokers of processes) {
    const home = join(directory, `${name}-${round}-${started.length}`.replaceAll(' ', '-'));
    mkdirSync(home, { recursive: true });
    const ports = [];
    for (let i = 0; i < brokers; i++) ports.push(await freePort(-2, 1));
    const names = ports.map(() => `broker-${++count}`);
    started.push(await startContainer(home, ports, names));
  }
  return started;
}

async function startContainer(home, ports, names) {
  const files = ports.map((listenPort, i) => {
    const file = join(home, `${names[i]}.conf`);
    const store = { storePathRootDir: join(home, names[i]), brokerName: names[i] };
    write(file, { ...store, listenPort, brokerIP1: '127.0.0.1' });
    return file;
  });
  const config = join(home, 'container.conf');
  write(config, { listenPort: await freePort(-2), bindAddress: '127.0.0.1', brokerConfigPaths: files.join(':') });
  const output = join(home, 'output.log');
  const log = openSync(output, 'a');
  const child = spawn(process.execPath, [OURS, 'broker-container', '-c', config], { stdio: ['ignore', log, log] });
  running.add(child);
  child.once('exit', () => running.delete(child));
  const end = performance.now() + START_LIMIT_MS;
  while (!/^ready in/m.test(readFileSync(output, 'utf8'))) {
    if (performance.now() > end || child.exitCode !== null) throw new Error(readFileSync(output, 'utf8').slice(-4000));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const brokers = ports.map((port, i) => ({ kind: 'ours', broker: `127.0.0.1:${port}`, brokerName: names[i] }));
  return { child, home, brokers };
}

async function stop({ child, home }) {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
  rmSync(home, { recursive: true, force: true });
}

async function createTopic(broker, topic) {
  const numbers = { readQueueNums: String(QUEUES), writeQueueNums: String(QUEUES), perm: '6' };
  const rest = { defaultTopic: 'TBW102', topicFilterType: 'SINGLE_TAG', topicSysFlag: '0', order: 'false' };
  const answer = await ask(broker, UPDATE_AND_CREATE_TOPIC, { topic, ...numbers, ...rest });
  if (answer.code !== 0) throw new Error(`topic ${topic} was not created: ${answer.remark}`);
}

/** Medians; the throughput also as a multiple of one broker's in the same round. */
function table(loads, measured) {
  const lines = [
    `${availableParallelism()} cores, Node ${process.version}, medians of ${values.rounds} rounds of ${values.seconds} s`,
    '',
    '| load | brokers | messages/s | of one broker | CPU µs/message: brokers | generator | cores: brokers | generator | resident MB |',
    '| --- | --- | --: | --: | --: | --: | --: | --: | --: |',
  ];
  for (const { name } of loads) {
    const of = (layout, figure) =>
      median(measured.filter((one) => one.load === name && one.layout === layout).map((one) => one[figure]));
    for (const { name: layout } of LAYOUTS) {
      const ratio = median(ratiosTo(LAYOUTS[0].name, layout, name, measured));
      const figures = ['brokerUs', 'generatorUs', 'brokerCores', 'generatorCores', 'rssMb'].map((one) =>
        of(layout, one),
      );
      const perSecond = of(layout, 'perSecond').toLocaleString('en');
      lines.push(`| ${[name, layout, perSecond, ratio.toFixed(2), ...figures].join(' | ')} |`);
    }
  }
  return lines.join('\n');
}

function ratiosTo(base, layout, load, measured) {
  const all = measured.filter((one) => one.load === load);
  const ours = all.filter((one) => one.layout === layout);
  return ours.map(({ round, perSecond }) => {
    const other = all.find((one) => one.layout === base && one.round === round);
    return perSecond / (other?.perSecond ?? Number.NaN);
  });
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

function round(value) {
  return Math.round(value * 100) / 100;
}

function write(file, settings) {
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`);
  writeFileSync(file, lines.join(''));
}

/** A port that is free with those at the given distances. */
async function freePort(...distances) {
  for (let attempt = 0; attempt < 50; attempt++) {
    const port = 12_000 + Math.floor(Math.random() * 19_000);
    const free = await Promise.all([0, ...distances].map((distance) => isFree(port + distance)));
    if (free.every(Boolean)) return port;
  }
  throw new Error('no free ports');
}

function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false)); // taken
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
