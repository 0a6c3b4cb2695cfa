// What is measured, and what is aimed at: for most figures the ratio to the reference, for some our own figure.
import { backlog } from './backlog.mjs';
import { manyIdle, manyTopics } from './many.mjs';
import { endToEnd, evict, KB, newTopic, pull, SYNC_64, send, watchIdle } from './runs.mjs';

const IDLE_MS = 4000;
// Enough that what is compiled just in time while it is read does not count.
const PULL_BACKLOG = 400_000;

/** @typedef {import('./servers.mjs').BenchServer} BenchServer */
/** @typedef {import('./generator.mjs').Figures} Figures */
/** @typedef {{seconds: number, backlog: number}} Extent */
/**
 * @typedef {object} Scenario
 * @property {string} name @property {string} title
 * @property {Record<string, number>} [goals] by figure: at most, or at least, this ratio, or this figure of ours
 * @property {object} [settings] of brokers of its own, new and empty in each round
 * @property {boolean} [isCold] its brokers are not warmed up
 * @property {(server: BenchServer, extent: Extent) => Promise<Figures>} run
 */

const SEND_GOALS = { cpuUsPerMessage: 0.3, messagesPerSecond: 3 };
const SYNC_GOALS = { p50Us: 0.7, p99Us: 0.7 };
const PULL_GOALS = { cpuUsPerMessage: 0.5, messagesPerSecond: 1.5 };
const LATENCY_GOALS = { p50Us: 0.7, p99Us: 0.7, p999Us: 0.7 };

export const START_UP = { name: 'start-up', goals: { startToAckMs: 0.1 } };

/** @type {readonly Scenario[]} */
export const scenarios = [
  { name: 'idle', title: 'nothing to do', run: (server) => watchIdle(server, IDLE_MS) },
  {
    name: 'send-1k',
    title: '1 KB, 4 connections × 256 in flight',
    goals: SEND_GOALS,
    run: (server, { seconds }) => send(server, { ...KB, seconds }),
  },
  { name: 'pull-hot', title: '1 KB, what was just sent', goals: PULL_GOALS, run: pullHot },
  { name: 'pull-cold', title: '1 KB, from the disk', goals: PULL_GOALS, run: pullCold },
  {
    name: 'send-100',
    title: '100 B, 4 connections × 256 in flight',
    goals: SEND_GOALS,
    run: (server, { seconds }) => send(server, { ...KB, size: 100, seconds }),
  },
  {
    name: 'batch-32x100',
    title: '32 × 100 B, 4 connections × 16 in flight',
    goals: { cpuUsPerMessage: 0.45, messagesPerSecond: 1.2 },
    run: (server, { seconds }) => send(server, { connections: 4, inFlight: 16, size: 100, batch: 32, seconds }),
  },
  {
    name: 'sync-1',
    title: '1 KB, one synchronous sender',
    goals: SYNC_GOALS,
    run: (server, { seconds }) => send(server, { ...SYNC_64, connections: 1, seconds }),
  },
  {
    name: 'sync-64',
    title: '1 KB, 64 synchronous senders',
    goals: SYNC_GOALS,
    run: (server, { seconds }) => send(server, { ...SYNC_64, seconds }),
  },
  {
    name: 'e2e-1k',
    title: 'from sending to receipt, 1,000 messages/s',
    goals: LATENCY_GOALS,
    run: (server, { seconds }) => endToEnd(server, 1000, seconds),
  },
  {
    name: 'e2e-10k',
    title: 'from sending to receipt, 10,000 messages/s',
    goals: LATENCY_GOALS,
    run: (server, { seconds }) => endToEnd(server, 10_000, seconds),
  },
  {
    name: 'topics-1000',
    title: '1 KB, spread over 1,000 topics × 4 queues',
    goals: { ofOneTopicPercent: 90 },
    run: (server, { seconds }) => manyTopics(server, seconds),
  },
  {
    name: 'flush-64',
    title: 'SYNC_FLUSH, 1 KB, 64 synchronous senders',
    goals: { messagesPerSecond: 1.5, p99Us: 0.7 },
    settings: { flushDiskType: 'SYNC_FLUSH' },
    run: (server, { seconds }) => send(server, { ...SYNC_64, seconds }),
  },
  {
    name: 'idle-many',
    title: '10,000 queues, 2,000 idle connections',
    goals: { idleCpuPercent: 0.1, rssMb: 1 / 6 },
    settings: {},
    isCold: true,
    run: manyIdle,
  },
  {
    name: 'backlog',
    title: 'producers beside a cold drain',
    goals: { withDrainPercent: 75 },
    settings: {},
    run: (server, extent) => backlog(server, extent.seconds, extent.backlog),
  },
];

/** Reads from memory, as consumers that keep up do. */
async function pullHot(server) {
  const topic = await newTopic(server);
  await send(server, { ...KB, topic, count: PULL_BACKLOG });
  return pull(server, topic);
}

async function pullCold(server) {
  const topic = await newTopic(server);
  await send(server, { ...KB, topic, count: PULL_BACKLOG });
  // What the broker itself keeps is the newest; it is pushed out by others.
  await send(server, { ...KB, count: PULL_BACKLOG });
  const coldCache = (await evict(server)) ? 1 : 0;
  return { ...(await pull(server, topic)), coldCache };
}
