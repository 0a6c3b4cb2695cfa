// A backlog that grows, and is read from its cold end while producers go on.
import { readFileSync } from 'node:fs';
import { startJob } from './generator.mjs';
import { evict, KB, newTopic, pull, QUEUES, send } from './runs.mjs';

/** @typedef {import('./servers.mjs').BenchServer} BenchServer */

/** The drain is under way before the producers start. */
const HEAD_START_MS = 500;
const TAIL_MESSAGES = 50_000;
const QUIET_DISK_MB = 64;
const SETTLE_STEP_MS = 500;
const SETTLE_LIMIT_MS = 180_000;

/** @param {BenchServer} server @param {number} seconds @param {number} messages of 1 KB */
export async function backlog(server, seconds, messages) {
  const empty = await measured(server, seconds);
  const topic = await newTopic(server);
  const filled = await send(server, { ...KB, topic, count: messages });
  await diskIsQuiet();
  const full = await measured(server, seconds);
  const isCold = await evict(server);
  const drain = startJob(server, { kind: 'pull', topic, queues: QUEUES, connections: 2, seconds: seconds + 2 });
  await new Promise((resolve) => setTimeout(resolve, HEAD_START_MS));
  const beside = await send(server, { ...KB, seconds });
  const drained = await drain.ended;
  if (drained.unread === 0)
    process.stderr.write(`${server.kind}: the drain ended before the producers; use a larger --backlog\n`);
  return {
    messagesPerSecond: beside.messagesPerSecond,
    p99Us: beside.p99Us,
    withoutDrainPerSecond: full.send.messagesPerSecond,
    withDrainPercent: percent(beside.messagesPerSecond, full.send.messagesPerSecond),
    drainPerSecond: drained.messagesPerSecond,
    coldCache: isCold ? 1 : 0,
    fillPerSecond: filled.messagesPerSecond,
    sendOfEmptyPercent: percent(full.send.messagesPerSecond, empty.send.messagesPerSecond),
    tailOfEmptyPercent: percent(full.tail.messagesPerSecond, empty.tail.messagesPerSecond),
    rssPeakMb: Math.max(filled.rssPeakMb, full.send.rssPeakMb, beside.rssPeakMb),
    anonPeakMb: Math.max(filled.anonPeakMb, full.send.anonPeakMb, beside.anonPeakMb),
  };
}

/** Waits until the system has written what it was given, for a while at most: the backlog is to lie there, not to be under way. */
async function diskIsQuiet() {
  for (let waitedMs = 0; dirtyMb() > QUIET_DISK_MB && waitedMs < SETTLE_LIMIT_MS; waitedMs += SETTLE_STEP_MS) {
    await new Promise((resolve) => setTimeout(resolve, SETTLE_STEP_MS));
  }
}

/** What waits in the page cache for the disk. */
function dirtyMb() {
  const lines = readFileSync('/proc/meminfo', 'utf8').matchAll(/^(?:Dirty|Writeback): *(\d+) kB$/gm);
  return [...lines].reduce((sum, [, kb]) => sum + Number(kb) / 1024, 0);
}

/** How fast messages go in, and the newest out again. */
async function measured(server, seconds) {
  const sent = await send(server, { ...KB, seconds });
  const topic = await newTopic(server);
  await send(server, { ...KB, topic, count: TAIL_MESSAGES });
  return { send: sent, tail: await pull(server, topic) };
}

function percent(part, whole) {
  return (100 * (part ?? 0)) / (whole ?? 0);
}
