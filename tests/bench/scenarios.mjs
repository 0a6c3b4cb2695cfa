// What is measured. Each scenario runs one job of the load generator against one server.
import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { cpuUs, memoryKb } from './load/usage.mjs';

const LOAD = fileURLToPath(new URL('./load/main.mjs', import.meta.url));
const LOAD_LIMIT_MS = 300_000;
/** Of every topic. */
export const QUEUES = 8;
const IDLE_MS = 4000;
const QUIET_MS = 3000;
const PULL_BACKLOG = 100_000;

/** @typedef {import('./servers.mjs').BenchServer} BenchServer */
/** @typedef {Record<string, number | undefined>} Figures */
/** @typedef {{name: string, title: string, run: (server: BenchServer, seconds: number) => Promise<Figures>}} Scenario */

const KB = { connections: 4, inFlight: 256, size: 1024, batch: 1 };

/** @type {readonly Scenario[]} */
export const scenarios = [
  { name: 'idle', title: 'nothing to do', run: idle },
  {
    name: 'send-1k',
    title: '1 KB, 4 connections × 256 in flight',
    run: (server, seconds) => send(server, { ...KB, seconds }),
  },
  { name: 'pull-1k', title: '1 KB, 8 queues over 2 connections', run: pull },
  {
    name: 'send-100',
    title: '100 B, 4 connections × 256 in flight',
    run: (server, seconds) => send(server, { ...KB, size: 100, seconds }),
  },
  {
    name: 'batch-32x100',
    title: '32 × 100 B, 4 connections × 16 in flight',
    run: (server, seconds) => send(server, { connections: 4, inFlight: 16, size: 100, batch: 32, seconds }),
  },
  {
    name: 'sync-1',
    title: '1 KB, one synchronous sender',
    run: (server, seconds) => send(server, { connections: 1, inFlight: 1, size: 1024, batch: 1, seconds }),
  },
  {
    name: 'sync-64',
    title: '1 KB, 64 synchronous senders',
    run: (server, seconds) => send(server, { connections: 64, inFlight: 1, size: 1024, batch: 1, seconds }),
  },
];

let topics = 0;

/** Warms a server up with every kind of request, by counts, as its just-in-time compiler wants. */
export async function warmUp(server) {
  const limit = { seconds: 45 };
  const topic = await newTopic(server);
  await load(server, {
    ...job(server, topic),
    connections: 4,
    inFlight: 32,
    size: 1024,
    batch: 1,
    count: 250_000,
    ...limit,
  });
  await load(server, { ...job(server, topic), kind: 'pull', connections: 2 });
  await send(server, { connections: 4, inFlight: 16, size: 100, batch: 32, count: 640_000, seconds: 15 });
  await send(server, { connections: 64, inFlight: 1, size: 1024, batch: 1, count: 60_000, seconds: 15 });
}

async function send(server, load_) {
  return load(server, { ...job(server, await newTopic(server)), ...load_ });
}

/** Reads what was just sent, so from memory, as consumers that keep up do. */
async function pull(server) {
  const topic = await newTopic(server);
  await load(server, { ...job(server, topic), ...KB, count: PULL_BACKLOG, seconds: 60 });
  return load(server, { ...job(server, topic), kind: 'pull', connections: 2 });
}

async function idle(server) {
  const { pids } = server;
  await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
  const before = cpuUs(pids);
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
  const memory = memoryKb(pids);
  return {
    idleCpuPercent: (cpuUs(pids) - before) / (IDLE_MS * 10),
    rssMb: memory.rss / 1024,
    anonMb: memory.anon / 1024,
  };
}

/** A topic that nobody has used. @param {BenchServer} server */
export async function newTopic(server) {
  const topic = `BENCH_${++topics}`;
  await server.createTopic(topic, QUEUES);
  return topic;
}

function job(server, topic) {
  const { broker, brokerName, pids } = server;
  return { kind: 'send', broker, brokerName, pids, topic, queues: QUEUES };
}

/** Runs the load generator as a process of its own, after the disk has come to rest. */
function load(server, of) {
  spawnSync('sync', ['-f', server.directory]);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [LOAD, JSON.stringify(of)], { stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, errors] = ['', ''];
    const limit = setTimeout(() => child.kill('SIGKILL'), LOAD_LIMIT_MS);
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    child.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    child.once('close', (code) => {
      clearTimeout(limit);
      if (code === 0) resolve(JSON.parse(out));
      else reject(new Error(`${server.kind}: ${errors || `the load generator ended with ${code}`}`));
    });
  });
}
