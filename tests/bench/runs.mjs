// What scenarios are made of: topics, sends, pulls, and what a server uses when nothing happens.
import { measureJob, runJob } from './generator.mjs';
import { cpuUs, memoryKb } from './load/usage.mjs';

/** @typedef {import('./servers.mjs').BenchServer} BenchServer */
/** @typedef {import('./generator.mjs').Figures} Figures */

/** Of every topic. */
export const QUEUES = 8;
export const KB = { connections: 4, inFlight: 256, size: 1024, batch: 1 };
export const SYNC_64 = { connections: 64, inFlight: 1, size: 1024, batch: 1 };
const QUIET_MS = 3000;

let topics = 0;

/** A name that no topic has. */
export function newName() {
  return `BENCH_${++topics}`;
}

/** A topic that nobody has used. @param {BenchServer} server */
export async function newTopic(server) {
  const topic = newName();
  await server.createTopic(topic, QUEUES);
  return topic;
}

/** Sends to a new topic, or to the given one, which nobody has sent to. @param {BenchServer} server @param {object} load */
export async function send(server, load) {
  const topic = load.topic ?? (await newTopic(server));
  return measureJob(server, { kind: 'send', queues: QUEUES, ...load, topic });
}

/** Reads a topic from its first message to its newest. @param {BenchServer} server @param {string} topic */
export async function pull(server, topic) {
  return measureJob(server, { kind: 'pull', topic, queues: QUEUES, connections: 2 });
}

/** Warms a server up with every kind of request, by counts, as its just-in-time compiler wants. @param {BenchServer} server */
export async function warmUp(server) {
  const topic = await newTopic(server);
  await send(server, { topic, ...KB, inFlight: 32, count: 250_000, seconds: 45 });
  // A pull is one request for 32 messages: once through the topic is not enough for either compiler.
  for (let i = 0; i < 4; i++) await pull(server, topic);
  await send(server, { connections: 4, inFlight: 16, size: 100, batch: 32, count: 640_000, seconds: 15 });
  await send(server, { ...SYNC_64, count: 60_000, seconds: 15 });
  await endToEnd(server, 2000, 5);
}

/** Messages at a rate, and how long each is under way to a pull that waits for it. @param {BenchServer} server */
export async function endToEnd(server, rate, seconds) {
  return measureJob(server, { kind: 'e2e', topic: await newTopic(server), queues: QUEUES, size: 1024, rate, seconds });
}

/**
 * Takes the server's files out of the page cache, also out of its mappings; true when they are.
 * @param {BenchServer} server
 */
export async function evict(server) {
  const { store, pids } = server;
  const { residentMb = 0 } = await runJob(server, { kind: 'evict', directory: store, pids });
  return residentMb < 64;
}

/** What the server uses while nothing happens. @param {BenchServer} server @param {number} ms */
export async function watchIdle(server, ms) {
  const { pids } = server;
  await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
  const before = cpuUs(pids);
  await new Promise((resolve) => setTimeout(resolve, ms));
  const memory = memoryKb(pids);
  return {
    idleCpuPercent: (cpuUs(pids) - before) / (ms * 10),
    rssMb: memory.rss / 1024,
    anonMb: memory.anon / 1024,
  };
}
